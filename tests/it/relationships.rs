use pgmemory::{ContextType, Direction, ErrorKind, NewNode, NewRelationship, Outcome, RelationshipType};
use serde_json::json;
use uuid::Uuid;

use crate::support::Database;

async fn nodes(user: &pgmemory::UserMemory, count: usize) -> Vec<Uuid> {
    let batch: Vec<_> = (0..count).map(|n| NewNode::new(ContextType::ConversationFact, json!({"n": n}))).collect();
    user.store_many(&batch).await.unwrap().into_iter().map(|stored| stored.node_id).collect()
}

#[tokio::test]
async fn relating_again_keeps_the_relationship() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 2).await;
    let first = NewRelationship::new(ids[0], RelationshipType::DependsOn, ids[1]).strength(0.9).metadata(json!({"a": 1}));
    let again = NewRelationship::new(ids[0], RelationshipType::DependsOn, ids[1]).strength(0.3).metadata(json!({"b": 2}));
    let related = alice.relate_many(&[first, again]).await.unwrap();
    assert_eq!(related[0].id, related[1].id);
    assert_eq!((related[0].outcome, related[1].outcome), (Outcome::Inserted, Outcome::Merged));
    let page = alice.relationships(ids[0]).await.unwrap();
    let [relationship] = page.items.as_slice() else { panic!("one relationship") };
    assert!((relationship.strength - 0.3).abs() < f32::EPSILON);
    assert_eq!(relationship.metadata, json!({"a": 1, "b": 2}));
    // Another type is another relationship.
    alice.relate(&NewRelationship::new(ids[0], RelationshipType::Answers, ids[1])).await.unwrap();
    assert_eq!(alice.stats().await.unwrap().total_relationships, 2);
}

#[tokio::test]
async fn all_types_can_be_stored() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 2).await;
    let types = ["led_to", "relates_to", "depends_on", "produces", "belongs_to", "contradicts", "refines", "answers"];
    for name in types {
        let relationship_type: RelationshipType = name.parse().unwrap();
        alice.relate(&NewRelationship::new(ids[0], relationship_type, ids[1])).await.unwrap();
    }
    assert_eq!(alice.relationships(ids[1]).await.unwrap().items.len(), types.len());
}

#[tokio::test]
async fn directions_and_types_select() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 3).await;
    alice
        .relate_many(&[
            NewRelationship::new(ids[0], RelationshipType::LedTo, ids[1]),
            NewRelationship::new(ids[2], RelationshipType::LedTo, ids[0]),
            NewRelationship::new(ids[0], RelationshipType::Refines, ids[2]),
            NewRelationship::new(ids[0], RelationshipType::RelatesTo, ids[0]),
        ])
        .await
        .unwrap();
    let count = async |direction, types: &[RelationshipType]| {
        let list = alice.relationships(ids[0]).direction(direction);
        types.iter().copied().fold(list, pgmemory::Relationships::of_type).await.unwrap().items.len()
    };
    assert_eq!(count(Direction::Outgoing, &[]).await, 3);
    assert_eq!(count(Direction::Incoming, &[]).await, 2);
    assert_eq!(count(Direction::Both, &[]).await, 4, "a loop is listed once");
    assert_eq!(count(Direction::Both, &[RelationshipType::LedTo]).await, 2);
    assert_eq!(count(Direction::Both, &[RelationshipType::LedTo, RelationshipType::Refines]).await, 3);
    assert_eq!(count(Direction::Incoming, &[RelationshipType::Refines]).await, 0);
}

#[tokio::test]
async fn a_missing_end_is_not_found() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 1).await;
    for (from, to) in [(ids[0], Uuid::now_v7()), (Uuid::now_v7(), ids[0])] {
        let error = alice.relate(&NewRelationship::new(from, RelationshipType::LedTo, to)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn strengths_are_shares() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 2).await;
    for strength in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
        let relationship = NewRelationship::new(ids[0], RelationshipType::LedTo, ids[1]).strength(strength);
        assert_eq!(alice.relate(&relationship).await.unwrap_err().field(), Some("strength"));
    }
    let relationship = NewRelationship::new(ids[0], RelationshipType::LedTo, ids[1]).metadata(json!("text"));
    assert_eq!(alice.relate(&relationship).await.unwrap_err().field(), Some("metadata"));
}
