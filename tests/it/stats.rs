use chrono::{DateTime, Utc};
use pgmemory::{ContextType, NewNode, NewRelationship, Period, RelationshipType};
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

/// A period begins by the clock of the time zone, through changes of summer time.
#[tokio::test]
async fn activity_counts_by_calendar_and_zone() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let node = |time| NewNode::new(ContextType::ConversationFact, json!({})).created_at(at(time));
    alice
        .store_many(&[
            node("2026-03-28T22:59:59Z"),
            node("2026-03-28T23:00:00Z"),
            node("2026-03-29T21:59:59Z"),
            node("2026-03-29T22:00:00Z"),
            NewNode::entity("crm", "1").created_at(at("2026-03-29T12:00:00Z")),
        ])
        .await
        .unwrap();

    let days = alice.activity(Period::Day).time_zone("Europe/Zurich").await.unwrap();
    let days: Vec<_> = days.iter().map(|count| (count.period, count.context_type, count.nodes, count.entities)).collect();
    assert_eq!(
        days,
        [
            (at("2026-03-29T22:00:00Z"), ContextType::ConversationFact, 1, 0),
            (at("2026-03-28T23:00:00Z"), ContextType::ConversationFact, 2, 0),
            (at("2026-03-28T23:00:00Z"), ContextType::DomainEntity, 1, 1),
            (at("2026-03-27T23:00:00Z"), ContextType::ConversationFact, 1, 0),
        ]
    );
    assert_eq!(alice.activity(Period::Day).time_zone("Europe/Zurich").await.unwrap()[1].local_time, "2026-03-29 00:00");
    let part = alice.activity(Period::Month).since(at("2026-03-29T00:00:00Z")).before(at("2026-03-29T22:00:00Z")).await.unwrap();
    assert_eq!(part.iter().map(|count| (count.period, count.nodes)).collect::<Vec<_>>(), [(at("2026-03-01T00:00:00Z"), 1); 2]);
    for zone in ["Europe/Atlantis", "", "'; --"] {
        assert_eq!(alice.activity(Period::Hour).time_zone(zone).await.unwrap_err().field(), Some("time_zone"), "{zone}");
    }
    assert_eq!("fortnight".parse::<Period>().unwrap_err().field(), Some("period"));
}

#[tokio::test]
async fn operators_see_who_has_how_much() {
    let database = Database::new().await;
    let fact = NewNode::new(ContextType::ConversationFact, json!({}));
    for (user, nodes) in [("alice", 2), ("bob", 3), ("carol", 1)] {
        database.user(user).store_many(&vec![fact.clone(); nodes]).await.unwrap();
    }
    database.user("carol").store(&NewNode::entity("crm", "1")).await.unwrap();
    let before = Utc::now();
    database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap();

    let users = database.memory.user_distribution(2).await.unwrap();
    let users: Vec<_> = users.iter().map(|user| (user.user_id.as_str(), user.total_nodes, user.total_entities)).collect();
    assert_eq!(users, [("alice", 3, 1), ("bob", 3, 0)]);
    let recent = database.memory.recent_activity(before, 10).await.unwrap();
    let recent: Vec<_> = recent.iter().map(|user| (user.user_id.as_str(), user.new_nodes)).collect();
    assert_eq!(recent, [("alice", 1)]);
    for limit in [0, 1_001] {
        assert_eq!(database.memory.user_distribution(limit).await.unwrap_err().field(), Some("limit"));
        assert_eq!(database.memory.recent_activity(before, limit).await.unwrap_err().field(), Some("limit"));
    }
}

#[tokio::test]
async fn the_view_is_refreshed_while_it_is_read() {
    let database = Database::new().await;
    database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap();
    let mut client = database.client().await;
    let reader = client.transaction().await.unwrap();
    assert!(reader.query("SELECT FROM memory.user_stats", &[]).await.unwrap().is_empty());
    database.memory.refresh_stats().await.unwrap();
    assert_eq!(reader.query("SELECT FROM memory.user_stats", &[]).await.unwrap().len(), 1);
}
