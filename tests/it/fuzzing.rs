//! Searches with texts that nobody would type. What they become is up to the server, so what guides this fuzzing is not the
//! code that a text reaches, but the answer: how it parses, what it finds, and how it fails.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use pgmemory::{ContextType, ErrorKind, Hit, NewNode, NewRelationship, RelationshipType, UserMemory};
use proptest::{
    prelude::*,
    sample,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::Database;

/// Alice has these; Bob has the same and more, and Carol as much as Alice.
const TEXTS: [&str; 12] = [
    "Acme Corp approved the renewal of the checkout contract",
    "The checkout outage of 2024-03-05 was caused by PLAT-101",
    "Prefers mornings; writes to jane.doe@example.com and https://example.com/a/b?c=d",
    "東京で検索する。大阪・京都 ไทย 안녕 세상",
    "C++ and C# are not the same as a-b-c, foo_bar or it's",
    "Zürich naïve café ﬁne Straße 😀 שלום مرحبا",
    "1.5e-9 -17 3/4 0x1F $100 50%",
    "& | ! <-> ( ) :* ' \" \\ NULL",
    "the and of a",
    "x",
    "supercalifragilisticexpialidocious",
    "'quoted':1A,2B \\'escaped\\'",
];

/// What means something to a query language, a parser of words or a screen.
const FRAGMENTS: [&str; 40] = [
    "acme", "acne", "renewal", "checkout", "the", "\"", "-", "-\"", "\"\"", " ", "\t", "\n", "&", "|", "!", "<->", "<2>", "(", ")", ":*",
    ":A", "'", "''", "\\", "%", "_", "--", "/*", "$1", "$$", "東京", "検", "ไ", "한", "😀", "\u{202e}", "\u{200d}", "\u{301}", "\u{feff}",
    "a.b/c?d",
];

/// The same memory for two users, and more of it for a third.
async fn remember(database: &Database) -> HashSet<Uuid> {
    let mut alices = HashSet::new();
    for user_id in ["alice", "bob", "carol"] {
        let user = database.user(user_id);
        let mut nodes: Vec<NewNode> = TEXTS
            .iter()
            .enumerate()
            .map(|(number, text)| {
                let node = NewNode::new(ContextType::ConversationFact, json!({"text": text})).node_id(Uuid::from_u128(number as u128));
                node.created_at(chrono::DateTime::UNIX_EPOCH).tags([text.split(' ').next().unwrap_or_default()])
            })
            .collect();
        if user_id == "bob" {
            nodes.extend(
                (0..100).map(|number| NewNode::new(ContextType::ToolOutput, json!({"text": format!("acme renewal {number} 東京")}))),
            );
        }
        let stored = user.store_many(&nodes).await.unwrap();
        let related = NewRelationship::new(stored[0].node_id, RelationshipType::LedTo, stored[1].node_id);
        user.relate(&related).await.unwrap();
        if user_id == "alice" {
            alices.extend(stored.iter().map(|stored| stored.node_id));
        }
    }
    alices
}

/// What two answers are compared by. Scores fall with time.
fn outline(hits: &[Hit]) -> BTreeMap<Uuid, i64> {
    #[allow(clippy::cast_possible_truncation, reason = "a score is small")]
    hits.iter().map(|hit| (hit.node.node_id, ((hit.parts.lexical + hit.parts.fuzzy) * 1e6).round() as i64)).collect()
}

/// What must hold for any text; returns what the answer was like.
async fn holds(client: &Client, users: &[UserMemory; 2], alices: &HashSet<Uuid>, text: &str) -> String {
    let [alice, carol] = users;
    let answer = alice.search(text).limit(1_000).snippets().await;
    let is_refused = text.contains('\0') || text.len() > 1 << 16;
    let hits = match answer {
        Ok(hits) => hits,
        Err(error) => {
            assert!(is_refused, "{error:?}");
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("query")), "{error:?}");
            assert_eq!(alice.recall(text).await.unwrap_err().kind(), ErrorKind::InvalidInput);
            return "refused".to_owned();
        }
    };
    assert!(!is_refused, "accepted");
    let ids: HashSet<Uuid> = hits.iter().map(|hit| hit.node.node_id).collect();
    assert_eq!(ids.len(), hits.len(), "each once");
    assert!(ids.is_subset(alices), "no other user's");
    for hit in &hits {
        let parts = [hit.parts.lexical, hit.parts.fuzzy, hit.parts.graph, hit.parts.recency];
        assert!(hit.score.is_finite() && parts.iter().all(|part| part.is_finite() && *part >= 0.0), "{hit:?}");
    }
    assert!(hits.is_sorted_by(|one, other| one.score >= other.score), "best first");
    // Who remembers the same finds the same, whatever others remember.
    assert_eq!(outline(&carol.search(text).limit(1_000).await.unwrap()), outline(&hits));
    let first = alice.search(text).limit(1).await.unwrap();
    assert!(first.len() <= 1 && first.iter().all(|hit| ids.contains(&hit.node.node_id)));
    alice.recall(text).limit(1_000).await.unwrap();
    let completions = alice.complete(text, 10).await;
    assert!(completions.is_ok() || text.len() > 512 || text.is_empty(), "{completions:?}");

    // Its shape: the kinds of tokens, the tree of the phrase, which parts of a score there are.
    let shape = "SELECT (SELECT string_agg(DISTINCT tokid::text, ',') FROM ts_parse('default', $1)),
        regexp_replace(memory.phrase_query(left($1, 1000))::text, '''([^'']|'''')*''', 'w', 'g'),
        cardinality(tsvector_to_array(memory.query_vector($1)))";
    let row = client.query_one(shape, &[&text]).await.unwrap();
    let parsed: (Option<String>, Option<String>, Option<i32>) = (row.get(0), row.get(1), row.get(2));
    let scored = hits.iter().map(|hit| (hit.parts.lexical > 0.0, hit.parts.fuzzy > 0.0, hit.snippet.is_some())).collect::<HashSet<_>>();
    let mut scored: Vec<_> = scored.into_iter().collect();
    scored.sort_unstable();
    let phrases = parsed.1.map(|tree| tree.chars().filter(|char| !char.is_ascii_digit()).take(24).collect::<String>());
    format!("{:?} {phrases:?} {} {scored:?}", parsed.0, parsed.2.unwrap_or(0).min(8))
}

/// A text like one that is known: something put in, left out, doubled or joined to another.
fn neighbour(corpus: Vec<String>) -> impl Strategy<Value = String> {
    let known = sample::select(corpus);
    let inserted = prop_oneof![3 => sample::select(&FRAGMENTS[..]).prop_map(str::to_owned), 1 => "\\PC{1,3}", 1 => any::<String>()];
    let edits = proptest::collection::vec((any::<sample::Index>(), 0..4_u8, inserted), 1..6);
    (known.clone(), known, edits).prop_map(|(text, other, edits)| {
        let mut text = text;
        for (place, edit, inserted) in edits {
            let places: Vec<usize> = text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
            let at = places[place.index(places.len())];
            match edit {
                0 => text.truncate(at),
                1 => text = text.split_off(at),
                2 => text = format!("{}{other}{}", &text[..at], &text[at..]),
                _ => text.insert_str(at, &inserted),
            }
        }
        text.truncate(text.floor_char_boundary(2_000));
        text
    })
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/search")
}

/// Replays the corpus; then, for `PGMEMORY_FUZZ_SECONDS`, goes on from there. What has a new shape is kept in
/// `target/fuzz/corpus/search`.
#[tokio::test(flavor = "multi_thread")]
async fn searches_of_the_corpus_hold() {
    let database = Database::new().await;
    let alices = remember(&database).await;
    let client = database.client().await;
    let users = [database.user("alice"), database.user("carol")];
    let mut corpus = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        corpus.push(String::from_utf8(fs::read(entry.unwrap().path()).unwrap()).unwrap());
    }
    assert!(corpus.len() > 20, "{}", corpus.len());
    let mut shapes = HashSet::new();
    for text in &corpus {
        eprintln!("{:?}", text.chars().take(100).collect::<String>());
        shapes.insert(holds(&client, &users, &alices, text).await);
    }
    let Some(seconds) = std::env::var("PGMEMORY_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()) else { return };

    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz/corpus/search");
    fs::create_dir_all(&kept).unwrap();
    let (mut runner, end, mut runs) = (TestRunner::new(Config::default()), Instant::now() + Duration::from_secs(seconds), 0);
    while Instant::now() < end {
        let text = neighbour(corpus.clone()).new_tree(&mut runner).unwrap().current();
        fs::write(kept.join("last"), &text).unwrap();
        runs += 1;
        if shapes.insert(holds(&client, &users, &alices, &text).await) {
            fs::write(kept.join(format!("{:05}", corpus.len())), &text).unwrap();
            corpus.push(text);
        }
    }
    fs::remove_file(kept.join("last")).unwrap();
    println!("{runs} searches, {} shapes, {} texts", shapes.len(), corpus.len());
}
