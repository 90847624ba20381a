//! A database that is not the one the program was compiled for is told from one that is.

use std::{fs, path::Path, process::Command};

use pgmemory::{Config, ErrorKind, Finding, Memory, Severity};
use serde_json::Value;

use crate::support::{Database, Layout};

mod rolling;
mod servers;

async fn findings(database: &Database) -> Vec<Finding> {
    database.memory.verify().await.unwrap().findings
}

#[tokio::test]
async fn a_migrated_database_fits() {
    let database = Database::new().await;
    let verification = database.memory.verify().await.unwrap();
    assert_eq!(verification.findings, []);
    assert!(verification.queries > 70 && verification.objects > 150, "{verification:?}");
    assert_eq!(verification.scopes, verification.queries);
}

/// Each change, what of it is found, and how it is to be mended.
const DRIFTS: [(&str, &str, &str); 28] = [
    ("ALTER TABLE memory.nodes RENAME summary TO abstract", "column nodes.summary", "make the column again"),
    ("ALTER TABLE memory.relationships ALTER strength TYPE double precision", "column relationships.strength", "real NOT NULL"),
    ("ALTER TABLE memory.nodes ALTER tags DROP NOT NULL", "column nodes.tags", "ALTER COLUMN tags SET NOT NULL"),
    ("ALTER TABLE memory.nodes ALTER tags DROP DEFAULT", "column nodes.tags", "text[] NOT NULL DEFAULT"),
    ("DROP INDEX memory.nodes_created_idx", "index nodes_created_idx", "make the index again"),
    (
        "DROP INDEX memory.nodes_created_idx; CREATE INDEX nodes_created_idx ON memory.nodes (user_id, created_at, node_id)",
        "index nodes_created_idx",
        "make the index what it was",
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'memory.nodes_tags_idx'::regclass",
        "index nodes_tags_idx",
        "REINDEX INDEX CONCURRENTLY memory.nodes_tags_idx",
    ),
    ("ALTER TABLE memory.nodes DISABLE TRIGGER nodes_inserted", "trigger nodes.nodes_inserted", "ENABLE TRIGGER nodes_inserted"),
    ("DROP TRIGGER nodes_deleted ON memory.nodes", "trigger nodes.nodes_deleted", "make the trigger again"),
    (
        "ALTER TABLE memory.relationships DROP CONSTRAINT relationships_strength_check",
        "constraint relationships.relationships_strength_check",
        "make the constraint again",
    ),
    (
        "CREATE OR REPLACE FUNCTION memory.unite_json(older jsonb, newer jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT newer'",
        "function unite_json(older jsonb, newer jsonb)",
        "make the function what it was",
    ),
    ("ALTER FUNCTION memory.unite_tags(text[], text[]) VOLATILE", "function unite_tags(older text[], newer text[])", "make the function"),
    ("DROP POLICY nodes_tenant ON memory.nodes", "policy nodes.nodes_tenant", "SELECT memory.protect_rows('memory.nodes')"),
    ("ALTER POLICY nodes_tenant ON memory.nodes USING (true)", "policy nodes.nodes_tenant", "memory.protect_rows('memory.nodes')"),
    (
        "ALTER POLICY nodes_tenant ON memory.nodes USING (user_id = (SELECT memory.tenant_user()) OR true)",
        "policy nodes.nodes_tenant",
        "memory.protect_rows('memory.nodes')",
    ),
    (
        "ALTER POLICY nodes_tenant ON memory.nodes USING (user_id <> (SELECT memory.tenant_user()))",
        "policy nodes.nodes_tenant",
        "memory.protect_rows('memory.nodes')",
    ),
    ("ALTER POLICY lexemes_readonly ON memory.lexemes TO PUBLIC", "policy lexemes.lexemes_readonly", "protect_rows('memory.lexemes')"),
    ("CREATE POLICY more ON memory.nodes TO pgmemory_tenant USING (true)", "policy nodes.more", "DROP POLICY more ON memory.nodes"),
    ("ALTER TABLE memory.changes DISABLE ROW LEVEL SECURITY", "table changes", "ALTER TABLE memory.changes ENABLE ROW LEVEL SECURITY"),
    ("ALTER TABLE memory.nodes FORCE ROW LEVEL SECURITY", "table nodes", "make the table what it was"),
    (
        "REVOKE SELECT ON memory.nodes FROM pgmemory_tenant",
        "grant nodes.pgmemory_tenant",
        "GRANT SELECT ON memory.nodes TO pgmemory_tenant",
    ),
    (
        "GRANT SELECT ON memory.user_stats TO pgmemory_tenant",
        "grant user_stats.pgmemory_tenant",
        "REVOKE SELECT ON memory.user_stats FROM pgmemory_tenant",
    ),
    ("GRANT UPDATE ON memory.nodes TO PUBLIC", "grant nodes.PUBLIC", "REVOKE UPDATE ON memory.nodes FROM PUBLIC"),
    ("ALTER FUNCTION memory.tenant_user() RESET search_path", "function tenant_user()", "make the function what it was"),
    (
        "GRANT EXECUTE ON FUNCTION memory.slow_statements TO PUBLIC",
        "function slow_statements(max_rows bigint)",
        "make the function what it was",
    ),
    ("ALTER EXTENSION btree_gin SET SCHEMA memory", "extension btree_gin", "make the extension what it was"),
    ("INSERT INTO memory.schema_history VALUES (99, 'later', now()::text, '1')", "the schema memory", "use the program of that version"),
    (
        "DELETE FROM memory.schema_history WHERE version = (SELECT max(version) FROM memory.schema_history)",
        "the schema memory",
        "run `pgmemory migrate`",
    ),
];

#[tokio::test]
async fn whatever_drifts_is_found() {
    for (drift, object, remedy) in DRIFTS {
        // Of partitioned tables some of it cannot be changed.
        let database = Database::with_layout(Layout::Plain).await;
        database.client().await.batch_execute(drift).await.unwrap_or_else(|error| panic!("{drift}: {error}"));
        let findings = findings(&database).await;
        let finding = findings.iter().find(|finding| finding.object == object).unwrap_or_else(|| panic!("{drift}: {findings:?}"));
        assert!(finding.severity == Severity::Error && finding.expected != finding.found, "{drift}: {finding:?}");
        assert!(finding.remedy.contains(remedy), "{drift}: {}", finding.remedy);
    }
}

/// A query that fails is shown where its file names what is missing.
#[tokio::test]
async fn a_query_that_fails_is_shown_at_its_place() {
    let database = Database::with_layout(Layout::Plain).await;
    database.client().await.batch_execute("ALTER TABLE memory.nodes RENAME summary TO abstract").await.unwrap();
    let findings = findings(&database).await;
    let failing: Vec<_> = findings.iter().filter(|finding| finding.object.starts_with("query ")).collect();
    assert!(failing.iter().any(|finding| finding.object == "query nodes::list"), "{failing:?}");
    for finding in failing {
        let [place] = &finding.queries[..] else { panic!("{finding:?}") };
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&place.file)).unwrap();
        let line = text.lines().nth(place.line - 1).unwrap();
        let rest: String = line.chars().skip(place.column - 1).collect();
        assert!(rest.starts_with("summary") || rest.starts_with("n.summary"), "{place:?}: {line}");
        assert!(finding.found.contains("summary"), "{finding:?}");
    }
    let column = findings.iter().find(|finding| finding.object == "column nodes.summary").unwrap();
    assert!(column.queries.iter().any(|affected| affected.query == "nodes::get"), "{column:?}");
}

#[tokio::test]
async fn what_does_no_harm_is_a_note() {
    let database = Database::with_layout(Layout::Plain).await;
    let additions = "ALTER TABLE memory.nodes ADD COLUMN mood text; CREATE INDEX nodes_mood_idx ON memory.nodes (mood);
        CREATE TABLE memory.moods (mood text)";
    database.client().await.batch_execute(additions).await.unwrap();
    database.memory.reindex().configuration("german").await.unwrap();
    let findings = findings(&database).await;
    let objects: Vec<&str> = findings.iter().map(|finding| finding.object.as_str()).collect();
    assert_eq!(objects, ["column moods.mood", "column nodes.mood", "index nodes_mood_idx", "table moods"]);
    assert!(findings.iter().all(|finding| finding.severity == Severity::Note));
}

#[tokio::test]
async fn an_extension_that_was_not_updated_is_a_note() {
    let database = Database::empty().await;
    database.client().await.batch_execute("CREATE EXTENSION btree_gin VERSION '1.2'").await.unwrap();
    database.memory.migrate().await.unwrap();
    let findings = findings(&database).await;
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((finding.severity, finding.object.as_str()), (Severity::Note, "version of btree_gin"));
    assert_eq!((finding.found.as_str(), finding.remedy.as_str()), ("version 1.2", "ALTER EXTENSION btree_gin UPDATE"));
}

/// As behind a pooler that passes no settings on.
#[tokio::test]
async fn settings_that_a_connection_lacks_are_notes() {
    let database = Database::new().await;
    let options = "-c%20jit%3Don%20-c%20plan_cache_mode%3Dauto";
    let separator = if database.direct_url().contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}options={options}", database.direct_url());
    let memory = Memory::connect(Config::from_url(&url).unwrap()).await.unwrap();
    let findings = memory.verify().await.unwrap().findings;
    let [jit, planning] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!((jit.severity, jit.object.as_str()), (Severity::Note, "setting jit of this connection"));
    assert_eq!((jit.found.as_str(), jit.remedy.as_str()), ("on", "ALTER ROLE postgres SET jit = 'off'"));
    assert_eq!((planning.expected.as_str(), planning.found.as_str()), ("force_generic_plan", "auto"));
}

#[tokio::test]
async fn an_empty_database_wants_to_be_migrated() {
    let database = Database::empty().await;
    let findings = findings(&database).await;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].found.as_str(), findings[0].remedy.as_str()), ("none", "run `pgmemory migrate`"));
}

/// What cannot be looked at is an error, not a finding.
#[tokio::test]
async fn a_database_that_cannot_be_read_is_an_error() {
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    client.batch_execute("CREATE ROLE nobody_of_ours LOGIN").await.unwrap();
    let url = database.direct_url().replace("postgres@", "nobody_of_ours@");
    let memory = Memory::connect(Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap();
    assert_eq!(memory.verify().await.unwrap_err().kind(), ErrorKind::Denied);
    client.batch_execute("DROP ROLE nobody_of_ours").await.unwrap();
    memory.close().await;
    assert!(memory.verify().await.is_err());
}

/// Exit code and output of the command.
fn run(database: &Database, format: &str) -> (Option<i32>, String) {
    let output = verify(database).args(["--format", format]).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn verify(database: &Database) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmemory"));
    command.args(["--database-url", &database.direct_url(), "verify"]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_printed_for_people_and_for_ci() {
    let database = Database::with_layout(Layout::Plain).await;
    assert_eq!(run(&database, "github"), (Some(0), String::new()));
    let (status, text) = run(&database, "text");
    assert!(status == Some(0) && text.ends_with("objects of the schema compared\n"), "{text}");

    let drift = "DROP INDEX memory.nodes_tags_idx; ALTER TABLE memory.nodes ALTER tags DROP NOT NULL";
    database.client().await.batch_execute(drift).await.unwrap();
    let (status, text) = run(&database, "text");
    assert!(status == Some(1) && text.contains("remedy    ALTER TABLE memory.nodes ALTER COLUMN tags SET NOT NULL"), "{text}");
    let (status, annotations) = run(&database, "github");
    let is_annotation = |line: &str| line.starts_with("::error file=queries/") || line.starts_with("::error title=");
    assert!(status == Some(1) && annotations.lines().count() > 5 && annotations.lines().all(is_annotation), "{annotations}");
    let (status, document) = run(&database, "json");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((status, document["findings"].as_array().unwrap().len()), (Some(1), 2));
    let (status, sarif) = run(&database, "sarif");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!((status, results.len(), sarif["version"].as_str()), (Some(1), 2, Some("2.1.0")));
    let column = results.iter().find(|result| result["ruleId"] == "column").unwrap();
    assert!(column["locations"][0]["physicalLocation"]["region"]["startLine"].is_u64(), "{column:#}");
    assert_eq!(run(&database, "xml").0, Some(2));
}
