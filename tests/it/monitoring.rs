use std::process::Command;

use pgmemory::{Config, Memory, NewNode, NewRelationship, RelationshipType, UserMemory};
use pgmemory_embedded::{Server, Settings};
use tokio_postgres::NoTls;

use crate::{expiry::faults, support::Database};

#[tokio::test]
async fn sizes_tell_of_every_table_and_index() {
    let database = Database::new().await;
    let alice = database.user("alice");
    alice.store_many(&(0..500).map(|n| NewNode::entity("crm", n.to_string())).collect::<Vec<_>>()).await.unwrap();
    database.client().await.batch_execute("ANALYZE memory.nodes").await.unwrap();

    let tables = database.memory.table_sizes().await.unwrap();
    let mut names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names[0], "nodes", "the largest first");
    names.sort_unstable();
    assert_eq!(
        names,
        ["changes", "journals", "lexemes", "nodes", "relationships", "schema_history", "tenant_logins", "user_metadata", "user_stats"]
    );
    assert_eq!(tables[0].estimated_rows, 500);
    assert!(tables[0].total_bytes > tables[0].index_bytes && tables[0].index_bytes > 0);

    let indexes = database.memory.index_sizes().await.unwrap();
    let index = indexes.iter().find(|index| index.name == "nodes_entity_key").unwrap();
    assert_eq!(index.table, "nodes");
    assert!(index.bytes > 0);
}

#[tokio::test]
async fn connections_name_the_program() {
    let database = Database::new().await;
    let connections = database.memory.connections().await.unwrap();
    assert!(
        connections.iter().any(|connection| {
            connection.application_name.as_deref() == Some("pgmemory") && connection.state.as_deref() == Some("active")
        })
    );
}

#[tokio::test]
async fn slow_statements_need_their_extension() {
    let database = Database::new().await;
    assert!(database.memory.slow_statements(10).await.unwrap().is_empty());
    assert_eq!(database.memory.slow_statements(0).await.unwrap_err().field(), Some("limit"));
}

/// The texts that the server keeps are told to be this program's queries, and explained.
#[tokio::test(flavor = "multi_thread")]
async fn slow_statements_are_named_by_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::fast(folder.path().join("data")).option("shared_preload_libraries", "pg_stat_statements");
    let server = Server::start(&settings).unwrap();
    let url = server.url("postgres");
    let memory = Memory::connect(Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap();
    memory.migrate().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()").await.unwrap();
    every_operation(&memory.user("alice").unwrap()).await;
    client.query("SELECT summary FROM memory.nodes", &[]).await.unwrap();

    let slow = memory.slow_statements(100).await.unwrap();
    let names: Vec<&str> = slow.iter().filter_map(|statement| statement.name.as_deref()).collect();
    for name in ["nodes::upsert_many", "nodes::get", "nodes::list", "relationships::upsert_many", "relationships::path", "search::rank"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    let unknown: Vec<_> = slow.iter().filter(|statement| statement.name.is_none()).collect();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert!(unknown[0].query.starts_with("SELECT summary") && unknown[0].place.is_none());
    let get = slow.iter().find(|statement| statement.name.as_deref() == Some("nodes::get")).unwrap();
    assert!(get.place.as_deref().unwrap().starts_with("queries/nodes.sql:"));

    let output = Command::new(env!("CARGO_BIN_EXE_pgmemory")).args(["--database-url", &url, "explain", "--slow"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.matches("planned for any parameters").count() >= 3, "{text}");
}

/// One call of each, about.
async fn every_operation(alice: &UserMemory) {
    let nodes = alice.store_many(&[NewNode::entity("crm", "1").name("Acme"), NewNode::entity("crm", "2")]).await.unwrap();
    let [one, two] = [nodes[0].node_id, nodes[1].node_id];
    alice.relate(&NewRelationship::new(one, RelationshipType::LedTo, two)).await.unwrap();
    alice.get(one).await.unwrap();
    alice.list().await.unwrap();
    alice.path(one, two).await.unwrap();
    alice.search("acme").await.unwrap();
}

#[tokio::test]
async fn a_check_finds_what_was_broken() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let stored = alice.store_many(&[NewNode::entity("crm", "1"), NewNode::entity("crm", "2")]).await.unwrap();
    alice.relate(&NewRelationship::new(stored[0].node_id, RelationshipType::LedTo, stored[1].node_id)).await.unwrap();
    assert_eq!(faults(&database.memory).await, 0);

    let client = database.client().await;
    for (damage, rule) in [
        ("UPDATE memory.user_metadata SET total_nodes = 7", "users whose counted nodes are not their nodes"),
        ("UPDATE memory.user_metadata SET total_relationships = 0", "users whose counted relationships are not their relationships"),
        ("DELETE FROM memory.changes WHERE version = 2", "users with a gap in their log of changes"),
        ("SET session_replication_role = replica; DELETE FROM memory.nodes WHERE entity_id = '2'", "relationships without their nodes"),
        (
            "ALTER TABLE memory.nodes DROP CONSTRAINT nodes_entity_key;
             INSERT INTO memory.nodes SELECT user_id, gen_random_uuid(), content, context_type, summary, created_at, last_accessed,
                access_count, base_relevance, tags, metadata, entity_id, entity_system FROM memory.nodes",
            "duplicate entities",
        ),
    ] {
        client.batch_execute(damage).await.unwrap();
        let checks = database.memory.check().await.unwrap();
        assert!(checks.iter().any(|check| check.rule == rule && check.faults == 1), "{rule}: {checks:?}");
    }
}
