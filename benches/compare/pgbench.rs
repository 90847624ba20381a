//! The ceiling: pgbench with the very statements of `queries/`, whose parameters it computes in SQL.

use std::{collections::BTreeMap, fs, path::Path, process::Command, time::Duration};

use pgmemory_embedded::Server;

use crate::Outcome;

/// Rows that its statements take their texts from.
pub(crate) const ITEMS: &str = "
    CREATE SCHEMA bench;
    CREATE TABLE bench.items (id integer PRIMARY KEY, content jsonb NOT NULL, summary text NOT NULL)";

/// The text of a statement, as its file has it.
fn statement(name: &str) -> Outcome<String> {
    let (file, name) = name.split_once("::").ok_or("a statement is called file::name")?;
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("queries/{file}.sql")))?;
    let found = text.split("\n--! ").find(|part| part.trim_start_matches("--! ").split([' ', '\n']).next() == Some(name));
    let body = found.ok_or_else(|| format!("no statement {name}"))?.lines().skip(1).filter(|line| !line.starts_with("---"));
    Ok(body.collect::<Vec<_>>().join("\n"))
}

/// Puts SQL where the parameters are.
fn with(sql: &str, parameters: &BTreeMap<&str, String>) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some(place) = rest.find(':') {
        let (before, after) = rest.split_at(place);
        text.push_str(before);
        let name: &str = after[1..].split(|character: char| !character.is_ascii_lowercase() && character != '_').next().unwrap_or_default();
        match parameters.get(name) {
            Some(value) if !name.is_empty() && !before.ends_with(':') => {
                text.push_str(value);
                rest = &after[1 + name.len()..];
            }
            _ => {
                text.push(':');
                rest = &after[1..];
            }
        }
    }
    text + rest
}

/// Which rows a script writes or reads.
pub(crate) enum Script {
    /// One statement that stores so many entities: of one user, or each of another.
    Store {
        rows: usize,
        users: usize,
        distinct: u64,
        prefix: String,
    },
    Get,
    GetEntity,
    Relationships,
}

impl Script {
    fn text(&self) -> Outcome<String> {
        let array = |expression: &str, rows: usize| {
            format!("ARRAY(SELECT {expression} FROM generate_series(0, {}) AS each ORDER BY each)", rows - 1)
        };
        let mut parameters =
            BTreeMap::from([("user_id", "'filled'".to_owned()), ("now", "now()".to_owned()), ("last_updated", "now()".to_owned())]);
        let (first, name) = match self {
            Self::Store { rows, users, distinct, prefix } => {
                let number = format!("((:n::bigint * {rows} + each) % {distinct})");
                let content = format!(
                    "(SELECT content || jsonb_build_object('entity_id', '{prefix}' || {number}) FROM bench.items WHERE id = {number} % {})",
                    crate::data::TEXTS
                );
                let summary = format!("(SELECT summary FROM bench.items WHERE id = {number} % {})", crate::data::TEXTS);
                let columns = [
                    ("user_ids", format!("'{prefix}' || {number} % {users}")),
                    ("node_ids", "gen_random_uuid()".to_owned()),
                    ("contents", content),
                    ("context_types", "'domain_entity'::text".to_owned()),
                    ("summaries", summary),
                    ("tags", "'[\"t\"]'::jsonb".to_owned()),
                    ("metadatas", "'{}'::jsonb".to_owned()),
                ];
                parameters.extend(columns.map(|(name, expression)| (name, array(&expression, *rows))));
                for name in [
                    "created_ats",
                    "last_accesseds",
                    "access_counts",
                    "base_relevances",
                    "expires_ats",
                    "journal_id",
                    "first_seq",
                    "last_seq",
                ] {
                    parameters.insert(name, "NULL".to_owned());
                }
                let user = format!("('{prefix}' || (:n::bigint % {distinct} % {users}))");
                parameters.insert("user_id", user);
                let across = *rows > 1 && *users > 1;
                (r"\set n random(1, 4000000000000)", if across { "coalesced::store" } else { "nodes::upsert_many" })
            }
            Self::Get => {
                parameters.insert("node_id", "md5('filled' || :n::bigint)::uuid".to_owned());
                (r"\set n random(0, 999)", "nodes::get")
            }
            Self::GetEntity => {
                parameters.insert("entity_system", "'crm'".to_owned());
                parameters.insert("entity_id", "('F' || :n::bigint)".to_owned());
                (r"\set n random(0, 999)", "nodes::get_by_entity")
            }
            Self::Relationships => {
                let values = [
                    ("node_id", "md5('filled' || :n::bigint)::uuid"),
                    ("outgoing", "true"),
                    ("incoming", "true"),
                    ("before_created_at", "'infinity'::timestamptz"),
                    ("before_id", "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid"),
                    ("relationship_types", "NULL"),
                    ("limit", "51"),
                ];
                parameters.extend(values.map(|(name, value)| (name, value.to_owned())));
                (r"\set n random(0, 999)", "relationships::list")
            }
        };
        Ok(format!("{first}\n{}\n", with(&statement(name)?, &parameters)))
    }

    /// Statements a second.
    pub(crate) fn run(&self, server: &Server, database: &str, clients: usize, time: Duration, folder: &Path) -> Outcome<f64> {
        let script = folder.join("script.sql");
        fs::write(&script, self.text()?)?;
        // It knows whole seconds only.
        let limit = if time.as_secs() > 0 { ["-T".to_owned(), time.as_secs().to_string()] } else { ["-t".to_owned(), "20".to_owned()] };
        let output = Command::new(server.bin_dir().join("pgbench"))
            .args(["-n", "-M", "prepared", "-j", "1", "-c", &clients.to_string()])
            .args(limit)
            .arg("-f")
            .arg(&script)
            .args(["-h", &server.socket_dir().display().to_string(), "-U", "postgres", database])
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}
