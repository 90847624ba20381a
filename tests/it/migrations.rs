use pg_query::DeparseOptions;
use pgmemory::{Config, ErrorKind, Memory, NewNode};

use crate::support::Database;

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = Database::empty().await;
    let applied = database.memory.migrate().await.unwrap();
    assert!(applied.len() >= 5 && applied[0].contains("extensions"), "{applied:?}");
    database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap();
    assert!(database.memory.migrate().await.unwrap().is_empty());
    assert!(database.user("alice").get_entity("crm", "1").await.unwrap().is_some());
    let health = database.memory.health().await.unwrap();
    assert!(health.is_current() && health.server_version >= 140_000, "{health:?}");
}

#[tokio::test]
async fn instances_that_start_together_wait_for_each_other() {
    let database = Database::empty().await;
    let instances = futures::future::join_all((0..6).map(|_| async {
        let memory = Memory::connect(Config::from_url(&database.url).unwrap().pool_min_size(1)).await.unwrap();
        memory.migrate().await.map(|applied| applied.len())
    }));
    let applied: Vec<usize> = instances.await.into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(applied.iter().filter(|&&count| count > 0).count(), 1, "{applied:?}");
}

#[tokio::test]
async fn tables_of_somebody_else_are_left_alone() {
    let database = Database::empty().await;
    let client = database.client().await;
    client.batch_execute("CREATE SCHEMA memory").await.unwrap();
    for table in ["nodes", "changes"] {
        client.batch_execute(&format!("CREATE TABLE memory.{table} (mine int)")).await.unwrap();
        let error = database.memory.migrate().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Schema);
        assert!(error.to_string().contains("memory.") && error.to_string().contains(table), "{error}");
        client.batch_execute(&format!("DROP TABLE memory.{table}")).await.unwrap();
    }
    client.batch_execute("CREATE VIEW memory.nodes AS SELECT 1 AS mine").await.unwrap();
    database.memory.migrate().await.unwrap_err();
    let tables: i64 =
        client.query_one("SELECT count(*) FROM pg_class WHERE relnamespace = 'memory'::regnamespace", &[]).await.unwrap().get(0);
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_failed_migration_leaves_the_version_before_it() {
    let database = Database::empty().await;
    let client = database.client().await;
    // A function of the fourth migration's name is in its way.
    client
        .batch_execute("CREATE SCHEMA memory; CREATE FUNCTION memory.nodes_written() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        .await
        .unwrap();
    let error = database.memory.migrate().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert!(error.to_string().contains("V4__changes") && error.to_string().contains("the version before"), "{error}");
    assert_eq!(database.memory.health().await.unwrap().schema_version, 3);

    client.batch_execute("DROP FUNCTION memory.nodes_written").await.unwrap();
    database.memory.migrate().await.unwrap();
    assert!(database.memory.health().await.unwrap().is_current());
}

#[tokio::test]
async fn a_newer_or_edited_schema_is_refused() {
    let database = Database::new().await;
    let client = database.client().await;
    client.batch_execute("INSERT INTO memory.schema_history VALUES (9999, 'future', '2030-01-01T00:00:00Z', '1')").await.unwrap();
    let error = database.memory.migrate().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Schema && error.to_string().contains("newer pgmemory"), "{error}");
    assert!(!database.memory.health().await.unwrap().is_current());

    client
        .batch_execute(
            "DELETE FROM memory.schema_history WHERE version = 9999; UPDATE memory.schema_history SET checksum = '1' WHERE version = 2",
        )
        .await
        .unwrap();
    let error = database.memory.migrate().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Schema && error.to_string().contains("edited"), "{error}");
}

#[tokio::test]
async fn an_unmigrated_database_says_what_to_do() {
    let database = Database::empty().await;
    let error = database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Schema && error.to_string().contains("pgmemory migrate"), "{error}");
    assert_eq!(database.memory.health().await.unwrap().schema_version, 0);
}

/// What keeps a file that is no transaction from being begun again after a crash in its middle.
fn not_repeatable(file: &str) -> Vec<String> {
    if !file.starts_with("-- no transaction\n") {
        return Vec::new();
    }
    let deparsed = |sql: &str| pg_query::parse(sql, 0).and_then(|parsed| parsed.protobuf.deparse(DeparseOptions::default())).expect(sql);
    let statements: Vec<String> = file.split_inclusive(";\n").map(deparsed).collect();
    let several = statements.iter().filter(|sql| sql.contains("; ")).map(|sql| format!("several statements in one: {sql}"));
    let unsure = statements.iter().filter(|sql| sql.starts_with("CREATE") && !sql.contains(" INDEX CONCURRENTLY IF NOT EXISTS "));
    // As `drop_unfinished` looks for it.
    let name = |sql: &str| Some(format!(" {} ON ", sql.split_once(" INDEX CONCURRENTLY IF NOT EXISTS ")?.1.split(' ').next()?));
    let hidden = statements.iter().filter_map(|sql| name(sql)).filter(|name| !file.contains(name));
    several
        .chain(unsure.map(|sql| format!("no INDEX CONCURRENTLY IF NOT EXISTS: {sql}")))
        .chain(hidden.map(|name| format!("no {name:?} in one line")))
        .collect()
}

#[test]
fn migrations_without_a_transaction_can_be_repeated() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let file = std::fs::read_to_string(path).unwrap();
        assert_eq!(not_repeatable(&file), Vec::<String>::new());
    }
    let good = "-- no transaction\n\n-- Which; and why?\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_idx ON memory.nodes (user_id)\nWHERE tags = '{}';\n";
    assert_eq!(not_repeatable(good), Vec::<String>::new());
    for (from, to) in [("IF NOT EXISTS ", ""), ("CONCURRENTLY ", ""), ("a_idx ON", "a_idx\nON"), ("';\n", "'; ANALYZE memory.nodes;\n")] {
        assert!(good.contains(from));
        assert_eq!(not_repeatable(&good.replace(from, to)).len(), 1, "{from:?}");
    }
}

/// The lock ends with the call, also with one that nobody waits for any more.
#[tokio::test]
async fn a_cancelled_migration_keeps_nobody_out() {
    let database = Database::empty().await;
    for microseconds in [500, 2_000, 10_000, 50_000] {
        let _ = tokio::time::timeout(std::time::Duration::from_micros(microseconds), database.memory.migrate()).await;
    }
    database.memory.migrate().await.unwrap();
    assert!(database.memory.health().await.unwrap().is_current());
}

/// Extensions cannot be created by everybody; the server's reason comes through, with what to do.
#[tokio::test]
async fn extensions_that_cannot_be_had_are_explained() {
    let database = Database::empty().await;
    let client = database.client().await;
    client.batch_execute("CREATE SCHEMA elsewhere; CREATE EXTENSION pg_trgm WITH SCHEMA elsewhere").await.unwrap();
    let error = database.memory.migrate().await.unwrap_err();
    assert!(error.to_string().contains("pg_trgm") && error.to_string().contains("ALTER EXTENSION"), "{error}");

    let role = format!("plain_{}", std::process::id());
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    let url = database.url.replacen("postgres@", &format!("{role}@"), 1);
    let plain = Memory::connect(Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap();
    let error = plain.migrate().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    drop(plain);
    client.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}
