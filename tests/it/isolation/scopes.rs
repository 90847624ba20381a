//! One user never sees, changes or links another's memory.

use pgmemory::{Cursor, ErrorKind, NewNode, NewRelationship, RelationshipType};
use serde_json::json;

use crate::support::Database;

#[tokio::test]
async fn one_user_never_reaches_another() {
    let database = Database::new().await;
    let (alice, mallory) = (database.user("alice"), database.user("mallory"));
    let secret = alice.store(&NewNode::entity("crm", "1").name("Secret").tags(["secret"])).await.unwrap().node_id;
    let other = alice.store(&NewNode::entity("crm", "2")).await.unwrap().node_id;
    let link = NewRelationship::new(secret, RelationshipType::LedTo, other);
    alice.relate(&link).await.unwrap();
    let own = mallory.store(&NewNode::entity("mine", "1")).await.unwrap().node_id;
    let cursor: Cursor = alice.list().limit(1).await.unwrap().next.unwrap();

    // Sees.
    assert!(mallory.get(secret).await.unwrap().is_none());
    assert!(mallory.get_many(&[secret, other]).await.unwrap().is_empty());
    assert!(mallory.get_entity("crm", "1").await.unwrap().is_none());
    assert!(mallory.search("Secret").await.unwrap().is_empty());
    assert!(mallory.list().tag("secret").await.unwrap().items.is_empty());
    assert!(mallory.list().after(cursor).await.unwrap().items.iter().all(|node| node.node_id == own));
    assert!(mallory.relationships(secret).await.unwrap().items.is_empty());
    assert!(mallory.relationships_among(&[secret, other], 10).await.unwrap().is_empty());
    assert_eq!(mallory.stats().await.unwrap().total_nodes, 1);

    // Changes.
    let before = alice.get(secret).await.unwrap();
    assert!(!mallory.delete(secret).await.unwrap());
    let merged = mallory.store(&NewNode::entity("crm", "1").data(json!({"owned": true}))).await.unwrap();
    assert_ne!(merged.node_id, secret);
    mallory.store(&NewNode::entity("crm", "3").node_id(secret)).await.unwrap();
    assert_eq!(alice.get(secret).await.unwrap(), before);

    // Links: an id of alice's is nobody's to mallory, unless she has a node with it herself.
    for (from, to) in [(own, other), (other, own)] {
        let error = mallory.relate(&NewRelationship::new(from, RelationshipType::LedTo, to)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    assert_eq!(alice.relationships(other).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn user_ids_are_checked_and_taken_as_they_are() {
    let database = Database::new().await;
    for bad in ["", "a\0b", &"x".repeat(257), &"é".repeat(129)] {
        assert_eq!(database.memory.user(bad).unwrap_err().field(), Some("user_id"));
    }
    let odd = ["'; --", "a%", "a_", "A", "a", " a", "ä", "🦀", &"x".repeat(256)];
    for user_id in odd {
        database.user(user_id).store(&NewNode::entity("crm", "1").name(user_id)).await.unwrap();
    }
    for user_id in odd {
        let page = database.user(user_id).list().await.unwrap();
        assert_eq!(page.items.len(), 1);
        assert_eq!(page.items[0].entity_name.as_deref(), Some(user_id));
    }
}

/// The tables refuse it too, whoever writes.
#[tokio::test]
async fn two_users_nodes_cannot_be_linked_in_the_tables() {
    let database = Database::new().await;
    let one = database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let two = database.user("bob").store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let insert = format!(
        "INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type) VALUES ('alice', '{one}', '{two}', 'led_to')"
    );
    let error = database.client().await.batch_execute(&insert).await.unwrap_err();
    assert_eq!(error.code(), Some(&tokio_postgres::error::SqlState::FOREIGN_KEY_VIOLATION));
}
