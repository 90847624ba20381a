//! What the queries ask of a database, and what the schema gives them, as the build found it: `codegen/contract.json`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::Error;

/// That of this program.
pub(crate) static COMPILED: LazyLock<Contract> = LazyLock::new(|| Contract::read(codegen::CONTRACT).expect("the build wrote it"));

#[derive(Deserialize)]
pub(crate) struct Contract {
    pub(crate) queries: Vec<Query>,
    pub(crate) objects: Vec<Object>,
}

/// A query as it was compiled.
#[derive(Deserialize)]
pub(crate) struct Query {
    pub(crate) module: String,
    pub(crate) name: String,
    /// The line of its file at which `sql` begins.
    pub(crate) line: usize,
    /// The text of the file, comment included, with `$1` and so on, padded, in the place of names.
    pub(crate) sql: String,
    /// Names and types.
    pub(crate) parameters: Vec<(String, String)>,
    /// Names and types.
    pub(crate) columns: Vec<(String, String)>,
    /// Tables of the schema, each with a privilege.
    pub(crate) privileges: Vec<(String, String)>,
}

/// Something that the migrations made.
#[derive(Deserialize)]
pub(crate) struct Object {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) definition: String,
}

impl Contract {
    /// The text of such a file.
    pub(crate) fn read(json: &str) -> Result<Self, Error> {
        let malformed = |error| Error::invalid("contract", "is not what the build of a pgmemory writes").because(error);
        serde_json::from_str(json).map_err(|error: serde_json::Error| malformed(error))
    }

    /// The query that a text of `pg_stat_statements` is, which has numbers in the place of constants and no comments.
    pub(crate) fn query_of(&self, statement: &str) -> Option<&Query> {
        let asked = words(statement);
        self.queries.iter().find(|query| words(&query.sql) == asked)
    }
}

/// The names and keywords of a statement, without comments and constants.
fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let end_of = |text: &str, end: &str| text.find(end).map_or(text.len(), |place| place + end.len());
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = if rest.starts_with("--") {
            end_of(rest, "\n")
        } else if rest.starts_with("/*") {
            end_of(rest, "*/")
        } else if first == '\'' {
            1 + end_of(&rest[1..], "'")
        } else if is_part(first) {
            let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
            let word = rest[..length].to_lowercase();
            // The E of E'…' goes with its string.
            let is_prefix = word == "e" && rest[length..].starts_with('\'');
            let is_number = first.is_ascii_digit() || first == '$';
            // The field of extract(epoch FROM …) is a constant, too.
            let is_field = words.last().is_some_and(|before| before == "extract");
            if !is_prefix && !is_number && !is_field && !["true", "false", "null"].contains(&word.as_str()) {
                words.push(word);
            }
            length
        } else {
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    words
}

impl Query {
    /// As `nodes::get`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }

    /// Whether the server plans it; REFRESH and LOCK it does not.
    pub(crate) fn has_plan(&self) -> bool {
        let statement = self.sql.lines().find(|line| !line.starts_with("--")).unwrap_or_default();
        ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.starts_with(verb))
    }

    /// The text as it stands in the file.
    pub(crate) fn source(&self) -> String {
        let mut source = String::with_capacity(self.sql.len());
        let mut rest = self.sql.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            source.push_str(before);
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let name = after[..digits].parse().ok().and_then(|number: usize| self.parameters.get(number.checked_sub(1)?));
            // The number is padded to the length of the name and its colon.
            rest = if let Some((name, _)) = name {
                source.extend([":", name]);
                &after[name.len()..]
            } else {
                source.push('$');
                after
            };
        }
        source + rest
    }

    /// As `queries/nodes.sql:184`.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.file(), self.line)
    }

    /// Its file in the sources.
    pub(crate) fn file(&self) -> String {
        format!("queries/{}.sql", self.module)
    }
}

#[cfg(test)]
mod tests {
    use super::{COMPILED, Query, words};

    #[test]
    fn a_statement_is_recognised_by_its_words() {
        let words = words("SELECT e'\\n', E 'x', 12, $1::text -- not this\n/* nor this */ FROM memory.nodes WHERE true AND name = 'it''s'");
        assert_eq!(words, ["select", "e", "text", "from", "memory", "nodes", "where", "and", "name"]);
    }

    #[test]
    fn no_two_queries_have_the_same_words() {
        let of_tables = || COMPILED.queries.iter().filter(|query| !query.privileges.is_empty());
        for query in of_tables() {
            let same: Vec<String> = of_tables().filter(|other| words(&other.sql) == words(&query.sql)).map(Query::full_name).collect();
            assert_eq!(same.len(), 1, "{same:?}");
        }
    }

    #[test]
    fn the_source_is_what_was_written() {
        let query = COMPILED.queries.iter().find(|query| query.full_name() == "nodes::get").unwrap();
        assert!(query.source().contains("WHERE user_id = :user_id AND node_id = :node_id AND coalesce"), "{}", query.source());
    }
}
