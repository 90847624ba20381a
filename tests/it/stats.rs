use pgmemory::{ContextType, NewNode, NewRelationship, RelationshipType};
use serde_json::json;

use crate::support::Database;

#[tokio::test]
async fn a_user_without_memories_has_nothing() {
    let database = Database::new().await;
    let stats = database.user("nobody").stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships, stats.version), (0, 0, 0));
    assert!(stats.created_at.is_none() && stats.context_types.is_empty());
}

#[tokio::test]
async fn stats_count_per_user_and_over_all() {
    let database = Database::new().await;
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let fact = NewNode::new(ContextType::ConversationFact, json!({}));
    let stored = alice.store_many(&[NewNode::entity("crm", "1"), NewNode::entity("crm", "2"), fact.clone()]).await.unwrap();
    alice.relate(&NewRelationship::new(stored[0].node_id, RelationshipType::LedTo, stored[1].node_id)).await.unwrap();
    bob.store(&fact).await.unwrap();

    let stats = alice.stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships, stats.version), (3, 1, 4));
    let counts: Vec<_> = stats.context_types.iter().map(|row| (row.context_type, row.nodes, row.entities)).collect();
    assert_eq!(counts, [(ContextType::DomainEntity, 2, 2), (ContextType::ConversationFact, 1, 0)]);

    let totals = database.memory.totals().await.unwrap();
    assert_eq!((totals.users, totals.nodes, totals.relationships), (2, 4, 1));
}

/// The view joins counts, not rows: 2 nodes × 2 relationships are not 4 of each.
#[tokio::test]
async fn the_statistics_view_counts_each_side_once() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let stored = alice.store_many(&[NewNode::entity("crm", "1"), NewNode::entity("crm", "2")]).await.unwrap();
    for relationship_type in [RelationshipType::LedTo, RelationshipType::Refines] {
        alice.relate(&NewRelationship::new(stored[0].node_id, relationship_type, stored[1].node_id)).await.unwrap();
    }
    let client = database.client().await;
    client.batch_execute("REFRESH MATERIALIZED VIEW CONCURRENTLY memory.user_stats").await.unwrap();
    let row = client.query_one("SELECT total_nodes, total_entities, total_relationships FROM memory.user_stats", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (2, 2, 2));
}
