use chrono::{TimeDelta, Utc};
use pgmemory::{ContextType, Filter, NewNode, NewRelationship, RelationshipType, UserMemory};
use serde_json::json;
use uuid::Uuid;

use crate::support::Database;

/// An incident at an account, and what was said about it, none of which names the account.
async fn incident(alice: &UserMemory) -> [Uuid; 4] {
    let text = |text: &str| NewNode::new(ContextType::ConversationFact, json!({"text": text}));
    let nodes = [
        NewNode::entity("salesforce", "1").name("Acme Corp"),
        NewNode::entity("servicenow", "7").name("Checkout outage"),
        text("The connection pool was exhausted"),
        text("Lunch is at noon"),
    ];
    let stored = alice.store_many(&nodes).await.unwrap();
    let [account, outage, cause, lunch] = [0, 1, 2, 3].map(|index| stored[index].node_id);
    let relationships =
        [NewRelationship::new(outage, RelationshipType::RelatesTo, account), NewRelationship::new(cause, RelationshipType::LedTo, outage)];
    alice.relate_many(&relationships).await.unwrap();
    [account, outage, cause, lunch]
}

#[tokio::test]
async fn what_stands_near_the_words_is_recalled() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let [account, outage, cause, _] = incident(&alice).await;
    let known = alice.recall("acme").await.unwrap();
    let ids: Vec<Uuid> = known.hits.iter().map(|hit| hit.node.node_id).collect();
    assert_eq!(ids, [account, outage, cause], "nearest first, and not what is said elsewhere");
    assert_eq!(known.relationships.len(), 2);
    assert!(known.hits[0].parts.lexical > 0.9 && known.hits[0].parts.graph == 0.0);
    assert!(known.hits[1].parts.lexical == 0.0 && known.hits[1].parts.graph > known.hits[2].parts.graph);
    assert_eq!(alice.search("acme").await.unwrap().len(), 1, "a search stays with the words");

    let facts = alice.recall("acme").filter(Filter::new().context_type(ContextType::ConversationFact)).await.unwrap();
    assert_eq!(facts.hits.iter().map(|hit| hit.node.node_id).collect::<Vec<_>>(), [cause], "what leads to it need not pass");
    assert!(database.user("bob").recall("acme").await.unwrap().hits.is_empty());
    assert_eq!(alice.recall("").await.unwrap(), pgmemory::Recollection::default());
}

/// A word counts once, from the best place: what has both words in reach beats what has one of them twice.
#[tokio::test]
async fn words_may_stand_apart() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let text = |text: &str| NewNode::new(ContextType::ConversationFact, json!({"text": text}));
    let turns = ["did you paint the harbour?", "yes, last year", "paint paint", "nothing"].map(text);
    let stored = alice.store_many(&turns).await.unwrap();
    alice.relate(&NewRelationship::new(stored[0].node_id, RelationshipType::LedTo, stored[1].node_id)).await.unwrap();
    let hits = alice.recall("paint harbour").await.unwrap().hits;
    let ids: Vec<Uuid> = hits.iter().map(|hit| hit.node.node_id).collect();
    assert_eq!(ids, [0, 1, 2].map(|index| stored[index].node_id));
}

#[tokio::test]
async fn the_recent_and_relevant_come_first() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let text = || NewNode::new(ContextType::ConversationFact, json!({"text": "harbour"}));
    let old = text().created_at(Utc::now() - TimeDelta::days(1_000));
    let stored = alice.store_many(&[old, text(), text().relevance(1.0), text().relevance(0.0)]).await.unwrap();
    let hits = alice.recall("harbour").await.unwrap().hits;
    let ids: Vec<Uuid> = hits.iter().map(|hit| hit.node.node_id).collect();
    assert_eq!(ids, [2, 1, 0, 3].map(|index| stored[index].node_id));
    assert!(hits[3].parts.relevance < 0.0 && hits[1].parts.recency > hits[2].parts.recency);
}

#[tokio::test]
async fn a_budget_holds_and_touching_counts() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let [account, ..] = incident(&alice).await;
    let known = alice.recall("acme").tokens(15).touch().await.unwrap();
    assert_eq!((known.hits.len(), known.hits[0].node.node_id), (1, account));
    assert!((1..=15).contains(&known.tokens));
    assert_eq!(alice.get(account).await.unwrap().unwrap().access_count, 1);
    assert_eq!(alice.recall("acme").limit(2).await.unwrap().hits.len(), 2);
    assert_eq!(alice.recall("acme").tokens(0).await.unwrap().hits, []);
}

#[tokio::test]
async fn a_recollection_reads_as_markdown() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let day = "2026-03-01T00:00:00Z".parse().unwrap();
    let acme = NewNode::entity("crm", "1").name("Acme\nCorp").data(json!({"industry": "Technology"})).created_at(day);
    let fact = NewNode::new(ContextType::ConversationFact, json!({"text": "Acme renews"})).created_at(day);
    let stored = alice.store_many(&[acme, fact]).await.unwrap();
    alice.relate(&NewRelationship::new(stored[1].node_id, RelationshipType::RelatesTo, stored[0].node_id)).await.unwrap();
    let text = alice.recall("acme").await.unwrap().to_string();
    assert_eq!(
        text,
        "- Acme Corp (domain_entity, 2026-03-01, crm 1)\n  - industry: Technology\n- Acme renews (conversation_fact, 2026-03-01)\n\
         \nRelationships:\n\n- Acme renews **relates_to** Acme Corp\n"
    );
}

/// Twenty-five thousand around one node: only some are followed, and each gets little.
#[tokio::test]
async fn a_hub_is_damped() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let hub = alice.store(&NewNode::entity("git", "hub").name("monorepo")).await.unwrap().node_id;
    let commits: Vec<_> =
        (0..2_000).map(|number| NewNode::new(ContextType::CompletedAction, json!({"text": format!("change {number}")}))).collect();
    let commits = alice.store_many(&commits).await.unwrap();
    let relationships: Vec<_> =
        commits.iter().map(|commit| NewRelationship::new(commit.node_id, RelationshipType::BelongsTo, hub)).collect();
    alice.relate_many(&relationships).await.unwrap();
    let hits = alice.recall("monorepo").limit(1_000).await.unwrap().hits;
    assert_eq!((hits[0].node.node_id, hits.len()), (hub, 1 + 64));
    assert!(hits[1].parts.graph < 0.2);
}
