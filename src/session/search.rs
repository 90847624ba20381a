//! Finding nodes in the file, by the words of SQLite's full-text index.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, ToSql, named_params};
use serde_json::{Value, json};

use super::{
    Session, index,
    rows::{Time, all, node_of, one},
};
use crate::{
    Error, Filter, Hit, Parts, Search,
    search::{Ranking, Request},
};

/// How many words of a query count.
const MOST_WORDS: usize = 32;
/// How many nodes with rare words are ranked.
const CANDIDATES: i64 = 300;
/// What more nodes have is worth remembering how many.
const COMMON: i64 = 200;
/// How many words that is remembered of.
const MOST_COUNTS: usize = 10_000;
/// How many of the newest nodes are ranked beside them.
const NEWEST: i64 = 100;

impl Session {
    /// The nodes that say what the query says, best first: what was remembered, and the notes of this thread. Await it to get
    /// them.
    ///
    /// It reads the session's file alone. Words, phrases, `-excluded` words and filters mean what they mean in
    /// [`UserMemory::search`](crate::UserMemory::search); the order is that of BM25 with the same weights for name, summary, tags and
    /// content, without misspelt words and what the best hits have in common. Scripts without spaces between words are found by whole
    /// runs. Embeddings are refused.
    ///
    /// ```no_run
    /// # async fn run(session: pgmemory::Session) -> Result<(), pgmemory::Error> {
    /// let hits = session.search("acme renewal").limit(10).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(&self, query: impl Into<String>) -> Search<'_> {
        Search::new(self, Request::Text(query.into()))
    }

    pub(super) async fn rank(&self, ranking: Ranking) -> Result<Vec<Hit>, Error> {
        ranking.validate()?;
        if ranking.embedding.is_some() {
            return Err(Error::invalid("embedding", "a session's file has none; search the user's memory itself"));
        }
        let Request::Text(text) = &ranking.request else {
            return Err(Error::invalid("query", "must be a text"));
        };
        let wanted = Arc::new((Query::parse(text), ranking));
        let mut is_indexed = false;
        let hits = loop {
            let (shared, thread, wanted) = (Arc::clone(&self.0.shared), self.0.thread.clone(), Arc::clone(&wanted));
            let find = move |connection: &Connection| {
                let (query, ranking) = &*wanted;
                let is_behind = || one(connection, "nodes::list_unindexed", named_params! {":limit": 1}, |_| Ok(()));
                (is_indexed || is_behind()?.is_none()).then(|| find(connection, &shared.counts, &thread, query, ranking)).transpose()
            };
            if let Some(hits) = self.0.shared.local.read(find).await? {
                break hits;
            }
            index::index_rest(&self.0.shared.local).await?;
            is_indexed = true;
        };
        self.used(hits.iter().map(|hit| hit.node.node_id));
        Ok(hits)
    }
}

fn find(connection: &Connection, counts: &Counts, thread: &str, query: &Query, ranking: &Ranking) -> Result<Vec<Hit>, Error> {
    let Filter { entity_type, entity_system, .. } = &ranking.filter;
    let filter = Texts::of(&ranking.filter);
    let (now, limit) = (Time::now(), i64::try_from(ranking.limit).unwrap_or(i64::MAX));
    let (since, before) = (Time(ranking.filter.since), Time(ranking.filter.before));
    let params: &[(&str, &dyn ToSql)] = &[
        (":thread", &thread),
        (":now", &now),
        (":context_types", &filter.context_types),
        (":any_tags", &filter.any_tags),
        (":all_tags", &filter.all_tags),
        (":entity_type", entity_type),
        (":entity_system", entity_system),
        (":since", &since),
        (":before", &before),
        (":containing", &filter.containing),
        (":conditions", &filter.conditions),
        (":limit", &limit),
    ];
    let excluded = query.excluded();
    let plan = query.plan(connection, counts, ranking.filter.is_open())?;
    if plan.is_empty() {
        let params = [params, &[(":excluded", &excluded)]].concat();
        return all(connection, "nodes::list_newest", &*params, |row| {
            Ok(Hit { score: 0.0, parts: Parts::default(), snippet: None, node: node_of(row)? })
        });
    }
    let [name, summary, tags, body] = ranking.weights.fields;
    let mut hits = Vec::new();
    for Part { wanted, newest } in plan {
        let wanted = match &excluded {
            Some(excluded) => format!("({wanted}) NOT ({excluded})"),
            None => wanted,
        };
        let own: [(&str, &dyn ToSql); 7] = [
            (":query", &wanted),
            (":newest", &newest),
            (":name", &name),
            (":summary", &summary),
            (":tags", &tags),
            (":body", &body),
            (":with_snippet", &ranking.with_snippets),
        ];
        hits.extend(all(connection, "node_text::search", &*[params, &own].concat(), |row| {
            let score: f64 = row.get(14)?;
            Ok(Hit { score, parts: Parts { lexical: score, ..Parts::default() }, snippet: row.get(15)?, node: node_of(row)? })
        })?);
    }
    // A node of several parts counts by the one in which it has most of the words.
    hits.sort_by(|one, other| other.score.total_cmp(&one.score).then(other.node.node_id.cmp(&one.node.node_id)));
    let mut seen = HashSet::new();
    hits.retain(|hit| seen.insert(hit.node.node_id));
    hits.truncate(ranking.limit);
    Ok(hits)
}

/// How many nodes have a word, as far as that was counted lately.
#[derive(Default)]
pub(super) struct Counts(Mutex<HashMap<String, (i64, i64)>>);

impl Counts {
    /// More than half of the nodes, which is as far as anybody counts.
    fn most(nodes: i64) -> i64 {
        (nodes / 2).max(CANDIDATES) + 1
    }

    /// How many of about so many nodes have a word. Common words are counted anew when there are a tenth more nodes; to
    /// count them takes as long as to find them.
    fn get(&self, connection: &Connection, word: &str, nodes: i64) -> Result<i64, Error> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, _)) = known().get(word).filter(|(_, then)| nodes - then <= nodes / 10) {
            return Ok((*count).min(Self::most(nodes)));
        }
        let params = named_params! {":query": word, ":limit": Self::most(nodes)};
        let count = one(connection, "node_text::count", params, |row| row.get(0))?.unwrap_or(0);
        let mut known = known();
        if count > COMMON && (known.len() < MOST_COUNTS || known.contains_key(word)) {
            known.insert(word.to_owned(), (count, nodes));
        }
        Ok(count)
    }
}

/// Nodes to look at: what they match, and how many of the newest.
struct Part {
    wanted: String,
    newest: i64,
}

/// A filter as the statements take it: lists as JSON, NULL for all.
struct Texts {
    context_types: Option<String>,
    any_tags: Option<String>,
    all_tags: Option<String>,
    containing: Option<String>,
    conditions: Option<String>,
}

impl Texts {
    fn of(filter: &Filter) -> Self {
        let list = |values: Vec<Value>| (!values.is_empty()).then(|| Value::Array(values).to_string());
        let tags = |tags: &[String]| list(tags.iter().map(|tag| json!(tag)).collect());
        Self {
            context_types: list(filter.context_types.iter().map(|context_type| json!(context_type.as_str())).collect()),
            any_tags: tags(&filter.any_tags),
            all_tags: tags(&filter.all_tags),
            containing: filter.containing.as_ref().map(Value::to_string),
            conditions: list(
                filter
                    .conditions
                    .iter()
                    .map(|condition| json!([condition.path, <&str>::from(condition.comparison), condition.operand]))
                    .collect(),
            ),
        }
    }
}

/// What a text asks for.
#[derive(Debug, Default, PartialEq)]
struct Query {
    words: Vec<String>,
    /// Words that must stand together.
    phrases: Vec<Vec<String>>,
    excluded: Vec<Vec<String>>,
}

impl Query {
    fn parse(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (is_excluded, start) = match rest.strip_prefix('-') {
                Some(after) if !after.starts_with(char::is_whitespace) => (true, after),
                _ => (false, rest),
            };
            let quoted = start.strip_prefix('"').and_then(|after| after.split_once('"'));
            let (said, after) = quoted.unwrap_or_else(|| {
                // A quote that is never closed is none; one within a word ends it.
                let is_end = |(place, character): (usize, char)| character.is_whitespace() || (character == '"' && place > 0);
                let end = start.char_indices().find(|found| is_end(*found)).map_or(start.len(), |(place, _)| place);
                start.split_at(end)
            });
            let said = words(said);
            match (is_excluded, quoted.is_some()) {
                _ if said.is_empty() => {}
                (true, _) => query.excluded.push(said),
                (false, true) => query.phrases.push(said),
                (false, false) => query.words.extend(said),
            }
            rest = after.trim_start();
        }
        query.words.truncate(MOST_WORDS);
        query
    }

    /// What to look at, best by parts; nothing for a query of no words. A word that no node has is the beginning of one.
    ///
    /// To rank a node takes a microsecond, so of a word that thousands have not all are: those with the rare words, as many as
    /// `CANDIDATES`, and of those with the others the newest. A filter may leave few of these, so with one all are. What more
    /// than half of the nodes have is worth nothing to BM25, and left out beside other words.
    fn plan(&self, connection: &Connection, counts: &Counts, is_open: bool) -> Result<Vec<Part>, Error> {
        let nodes: i64 = one(connection, "nodes::get_last", [], |row| row.get(0))?.unwrap_or(0);
        let most = Counts::most(nodes);
        let mut words = Vec::new();
        for word in self.words.iter().chain(self.phrases.iter().flatten()) {
            let mut word = quoted(std::slice::from_ref(word));
            let mut count = counts.get(connection, &word, nodes)?;
            if count == 0 {
                word += " *";
                count = counts.get(connection, &word, nodes)?;
            }
            words.push((count, word));
        }
        words.sort();
        words.dedup();
        if words.iter().any(|(count, _)| *count < most) {
            words.retain(|(count, _)| *count < most);
        }
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let any = |words: &[(i64, String)]| words.iter().map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" OR ");
        if !is_open || !self.phrases.is_empty() {
            let together = self.phrases.iter().map(|phrase| quoted(phrase)).chain([format!("({})", any(&words))]);
            return Ok(vec![Part { wanted: together.collect::<Vec<_>>().join(" AND "), newest: -1 }]);
        }
        let mut sum = 0;
        let rare = words.iter().take_while(|(count, _)| {
            sum += count;
            sum <= CANDIDATES
        });
        let (rare, common) = words.split_at(rare.count());
        let mut parts = Vec::new();
        if !rare.is_empty() {
            parts.push(Part { wanted: any(rare), newest: -1 });
        }
        if !common.is_empty() {
            parts.push(Part { wanted: any(common), newest: NEWEST });
        }
        if let [rare, common] = &parts[..] {
            parts.push(Part { wanted: format!("({}) AND ({})", rare.wanted, common.wanted), newest: -1 });
        }
        Ok(parts)
    }

    fn excluded(&self) -> Option<String> {
        let excluded: Vec<String> = self.excluded.iter().map(|words| quoted(words)).collect();
        (!excluded.is_empty()).then(|| excluded.join(" OR "))
    }
}

/// Letters and digits; everything else stands between words.
fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Plain text in the language of FTS5.
fn quoted(words: &[String]) -> String {
    format!("\"{}\"", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn a_text_is_words_phrases_and_exclusions() {
        let query = Query::parse(r#"renewal "payment gateway" -retry -"old plan" it's 50% "open"#);
        assert_eq!(query.words, ["renewal", "it", "s", "50", "open"]);
        assert_eq!(query.phrases, [["payment", "gateway"]]);
        assert_eq!(query.excluded, [vec!["retry"], vec!["old", "plan"]]);
        assert_eq!(Query::parse(r#" - "" -- * " "#), Query::default());
    }
}
