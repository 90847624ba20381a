//! What has expired is gone for every read at once, long before a sweep.

use chrono::{DateTime, TimeDelta, Utc};
use pgmemory::{ContextType, ErrorKind, Memory, NewNode, NewRelationship, Outcome, Period, RelationshipType, UserMemory};
use serde_json::json;
use uuid::Uuid;

use crate::support::Database;

fn past() -> DateTime<Utc> {
    Utc::now() - TimeDelta::seconds(1)
}

fn future() -> DateTime<Utc> {
    Utc::now() + TimeDelta::hours(1)
}

/// first → secret → last, of which `secret` has expired.
async fn with_an_expired_node(alice: &UserMemory) -> [Uuid; 3] {
    let entity = |id| NewNode::entity("crm", id).name(format!("Zeppelin {id}")).tags(["zeppelin"]).expires_at(future());
    let stored = alice.store_many(&[entity("first"), entity("secret"), entity("last")]).await.unwrap();
    let [first, secret, last] = [stored[0].node_id, stored[1].node_id, stored[2].node_id];
    for (from, to) in [(first, secret), (secret, last)] {
        alice.relate(&NewRelationship::new(from, RelationshipType::LedTo, to)).await.unwrap();
    }
    assert!(alice.update(secret).expires_at(past()).await.unwrap());
    [first, secret, last]
}

#[tokio::test]
async fn no_read_sees_what_has_expired() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let [first, secret, last] = with_an_expired_node(&alice).await;

    assert!(alice.get(secret).await.unwrap().is_none());
    assert_eq!(alice.get_many(&[first, secret]).await.unwrap().len(), 1);
    assert!(alice.get_entity("crm", "secret").await.unwrap().is_none());
    assert_eq!(alice.list().await.unwrap().items.len(), 2);
    for query in ["zeppelin", "secret", "zepelin"] {
        assert!(alice.search(query).await.unwrap().iter().all(|hit| hit.node.node_id != secret), "{query}");
    }
    assert!(alice.relationships(first).await.unwrap().items.is_empty());
    assert!(alice.relationships(secret).await.unwrap().items.is_empty());
    assert!(alice.relationships(last).await.unwrap().items.is_empty());
    assert!(alice.neighbors(first).depth(3).await.unwrap().is_empty());
    assert!(alice.neighbors(secret).await.unwrap().is_empty());
    assert!(alice.path(first, last).await.unwrap().is_empty());
    let graph = alice.load().await.unwrap();
    assert_eq!((graph.nodes.len(), graph.relationships.len()), (2, 0));
    let mut exported = Vec::new();
    alice.export(&mut exported).await.unwrap();
    assert!(!String::from_utf8(exported).unwrap().contains("secret"));
    assert_eq!(alice.context_breakdown().await.unwrap()[0].nodes, 2);
    assert_eq!(alice.activity(Period::Year).await.unwrap()[0].nodes, 2);
}

#[tokio::test]
async fn no_write_reaches_what_has_expired() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let [first, secret, last] = with_an_expired_node(&alice).await;
    assert_eq!(alice.touch(&[first, secret]).await.unwrap(), 1);
    assert!(!alice.update(secret).summary("back").never_expires().await.unwrap());
    for (from, to) in [(last, secret), (secret, first)] {
        let error = alice.relate(&NewRelationship::new(from, RelationshipType::Refines, to)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

/// Storing it again brings nothing back: not its content, not its relationships.
#[tokio::test]
async fn an_entity_that_expired_starts_afresh() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let [first, secret, _] = with_an_expired_node(&alice).await;
    let again = alice.store(&NewNode::entity("crm", "secret").data(json!({"new": true}))).await.unwrap();
    assert_eq!(again.outcome, Outcome::Inserted);
    assert_ne!(again.node_id, secret);
    let node = alice.get(again.node_id).await.unwrap().unwrap();
    assert_eq!((node.entity_name, node.expires_at, node.updated_at), (None, None, None));
    assert_eq!(node.content["entity_data"], json!({"new": true}));
    assert_eq!(node.content["update_count"], 0);
    assert!(alice.relationships(first).await.unwrap().items.is_empty());
    let stats = alice.stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships), (3, 0));
    assert_eq!(faults(&database.memory).await, 0);
}

/// The same with its id, which two nodes may have one after the other.
#[tokio::test]
async fn an_id_that_expired_is_free() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let [first, secret, _] = with_an_expired_node(&alice).await;
    let fact = NewNode::new(ContextType::ConversationFact, json!({"text": "new"})).node_id(secret);
    let stored = alice.store(&fact).await.unwrap();
    assert_eq!((stored.node_id, stored.outcome), (secret, Outcome::Inserted));
    assert!(alice.relationships(first).await.unwrap().items.is_empty(), "the old relationships went with the old node");
    assert_eq!(faults(&database.memory).await, 0);
}

#[tokio::test]
async fn the_newest_expiry_wins() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let later = DateTime::from_timestamp(4_102_444_800, 0).unwrap();
    let entity = NewNode::entity("crm", "1");
    let node_id = alice.store(&entity.clone().expires_at(future())).await.unwrap().node_id;
    alice.store(&entity.clone().expires_at(later)).await.unwrap();
    alice.store(&entity).await.unwrap();
    assert_eq!(alice.get(node_id).await.unwrap().unwrap().expires_at, Some(later));
    alice.update(node_id).summary("kept").await.unwrap();
    assert_eq!(alice.get(node_id).await.unwrap().unwrap().expires_at, Some(later));
    let version = alice.stats().await.unwrap().version;
    alice.update(node_id).never_expires().await.unwrap();
    assert_eq!(alice.get(node_id).await.unwrap().unwrap().expires_at, None);
    assert_eq!(alice.stats().await.unwrap().version, version + 1, "the log tells of a changed expiry");
}

#[tokio::test]
async fn a_sweep_deletes_what_has_expired_and_nothing_else() {
    let database = Database::new().await;
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    with_an_expired_node(&alice).await;
    let facts: Vec<_> = (0..2_500).map(|n| NewNode::new(ContextType::ToolOutput, json!({"n": n})).expires_at(past())).collect();
    bob.store_many(&facts).await.unwrap();
    let kept = bob.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;

    let (one, two) = (database.memory.clone(), database.memory.clone());
    let (one, two) = tokio::try_join!(async { one.sweep().await }, async { two.sweep().await }).unwrap();
    // Each passes over the user whom the other one is about to sweep.
    let rest = database.memory.sweep().await.unwrap();
    assert_eq!(one.nodes + two.nodes + rest.nodes, 2_501);
    assert_eq!(database.memory.sweep().await.unwrap().nodes, 0);
    let stats = (alice.stats().await.unwrap().total_nodes, bob.stats().await.unwrap().total_nodes);
    assert_eq!(stats, (2, 1));
    assert!(bob.get(kept).await.unwrap().is_some());
    assert_eq!(faults(&database.memory).await, 0);
}

/// A sweep waits for nobody: who is being written for is left to the next.
#[tokio::test]
async fn a_sweep_passes_over_a_user_in_use() {
    let database = Database::new().await;
    for user in ["alice", "bob"] {
        database.user(user).store(&NewNode::entity("crm", "1").expires_at(past())).await.unwrap();
    }
    let mut client = database.client().await;
    let transaction = client.transaction().await.unwrap();
    transaction.query("SELECT FROM memory.user_metadata WHERE user_id = 'alice' FOR NO KEY UPDATE", &[]).await.unwrap();
    assert_eq!(database.memory.sweep().await.unwrap().nodes, 1);
    transaction.commit().await.unwrap();
    assert_eq!(database.memory.sweep().await.unwrap().nodes, 1);
}

pub(crate) async fn faults(memory: &Memory) -> i64 {
    memory.check().await.unwrap().iter().map(|check| check.faults).sum()
}
