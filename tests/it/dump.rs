//! A store that is dumped and restored is the same store.

use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use pgmemory::{ContextType, NewNode};
use serde_json::json;
use tokio_postgres::Client;

use crate::support::{Database, client_program, tour::every_operation};

/// Runs one of PostgreSQL's programs on some input.
fn run(name: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let program: PathBuf = client_program(name);
    let mut child = Command::new(&program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; these tests want the client programs of the server's version", program.display()));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{name} {arguments:?}");
    output.stdout
}

/// The rows of every table and view, generated columns included.
pub(crate) async fn contents(client: &Client) -> BTreeMap<String, String> {
    let tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'memory'::regnamespace AND relkind IN ('r', 'p', 'm')";
    let mut contents = BTreeMap::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = format!("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM memory.{table} AS t");
        contents.insert(table, client.query_one(&rows, &[]).await.unwrap().get(0));
    }
    contents
}

/// The definitions of everything in the schema, as the server tells them.
async fn definitions(client: &Client) -> Vec<String> {
    let definitions = "SELECT pg_get_indexdef(indexrelid) || ' valid: ' || indisvalid FROM pg_index
            JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'memory'::regnamespace
        UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'memory'::regnamespace
        UNION ALL SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
            WHERE relnamespace = 'memory'::regnamespace AND NOT tgisinternal
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'memory'::regnamespace
        UNION ALL SELECT proname || ' ' || proacl::text FROM pg_proc WHERE pronamespace = 'memory'::regnamespace AND proacl IS NOT NULL
        UNION ALL SELECT polname || ' ' || polcmd::text || ' ' || polroles::regrole[]::text || ' ' || pg_get_expr(polqual, polrelid)
            FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace = 'memory'::regnamespace
        UNION ALL SELECT relname || ' ' || relrowsecurity || ' ' || (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(relacl) AS a)
            FROM pg_class WHERE relnamespace = 'memory'::regnamespace AND relkind IN ('r', 'p', 'm')
        UNION ALL SELECT attrelid::regclass || '.' || attname || ' is not sampled' FROM pg_attribute
            JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'memory'::regnamespace AND attstattarget = 0
        UNION ALL SELECT c.relname || '.' || coalesce(attname, '') || ' ' || description FROM pg_description d
            JOIN pg_class c ON c.oid = objoid AND classoid = 'pg_class'::regclass
            LEFT JOIN pg_attribute a ON attrelid = objoid AND attnum = objsubid AND attnum > 0
            WHERE relnamespace = 'memory'::regnamespace
        ORDER BY 1";
    client.query(definitions, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn exports(database: &Database, user_ids: &[&str]) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for user_id in user_ids {
        let mut file = Vec::new();
        database.user(user_id).export(&mut file).await.unwrap();
        let mut lines: Vec<_> = file.split(|byte| *byte == b'\n').collect();
        lines.sort_unstable();
        files.push(lines.join(&b'\n'));
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_store_goes_on() {
    let users = ["alice", "bob", "demo"];
    let original = Database::new().await;
    let client = original.client().await;
    every_operation(&original.memory, &client, &users[..2]).await;
    original.memory.import(include_str!("../../examples/demo.jsonl").as_bytes()).await.unwrap();
    // Restoring refreshes the view.
    client.batch_execute("REFRESH MATERIALIZED VIEW memory.user_stats").await.unwrap();
    let hits = async |database: &Database| database.user("demo").search("checkout outgae").await.unwrap();

    for (format, restore) in [("plain", "psql"), ("custom", "pg_restore")] {
        let dump = run("pg_dump", &["--format", format, "--dbname", &original.direct_url()], &[]);
        let restored = Database::empty().await;
        match restore {
            "psql" => run("psql", &["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", &restored.direct_url()], &dump),
            _ => run("pg_restore", &["--exit-on-error", "--dbname", &restored.direct_url()], &dump),
        };

        let copy = restored.client().await;
        let (rows, expected) = (contents(&copy).await, contents(&client).await);
        assert!(rows.keys().eq(expected.keys()) && rows.len() >= 6);
        let differing: Vec<_> = rows.iter().filter(|(table, rows)| expected[*table] != **rows).map(|(table, _)| table).collect();
        assert!(differing.is_empty(), "{format}: {differing:?}");
        assert!(definitions(&copy).await.len() > 100);
        assert_eq!(definitions(&copy).await, definitions(&client).await, "{format}");
        assert_eq!(exports(&restored, &users).await, exports(&original, &users).await);
        assert!(hits(&restored).await.len() > 1);
        assert_eq!(hits(&restored).await, hits(&original).await);
        assert!(restored.memory.migrate().await.unwrap().is_empty());
        assert!(restored.memory.health().await.unwrap().is_current());
        every_operation(&restored.memory, &copy, &["carol"]).await;
    }
}

/// As OPERATIONS.md says after `pg_upgrade`, which copies the lexemes that another stemmer made.
#[tokio::test]
async fn the_search_column_can_be_made_anew() {
    let database = Database::new().await;
    let (alice, client) = (database.user("alice"), database.client().await);
    let definition = client.query_one("SELECT pg_get_functiondef('memory.text_search_configuration'::regproc)", &[]).await.unwrap();
    let definition: &str = definition.get(0);
    client.batch_execute(&definition.replace("pg_catalog.english", "pg_catalog.simple")).await.unwrap();
    alice.store(&NewNode::new(ContextType::ConversationFact, json!({"text": "running shoes"}))).await.unwrap();
    client.batch_execute(definition).await.unwrap();
    let found_as_a_word = async || alice.search("shoes").await.unwrap().iter().any(|hit| hit.parts.lexical > 0.0);
    assert!(!found_as_a_word().await);

    let before = alice.stats().await.unwrap();
    assert_eq!(database.memory.reindex().await.unwrap().outdated, 1);
    assert!(found_as_a_word().await);
    assert_eq!(alice.stats().await.unwrap(), before);
}
