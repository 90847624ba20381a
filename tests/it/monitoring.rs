use pgmemory::{NewNode, NewRelationship, RelationshipType};

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
    assert_eq!(names, ["changes", "lexemes", "nodes", "relationships", "schema_history", "tenant_logins", "user_metadata", "user_stats"]);
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
