use chrono::{DateTime, TimeZone, Utc};
use pgmemory::{Comparison, ContextType, ErrorKind, NewNode, NewRelationship, Outcome, RelationshipType};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Database;

fn fact(text: &str) -> NewNode {
    NewNode::new(ContextType::ConversationFact, json!({"text": text}))
}

fn day(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, day, 12, 0, 0).unwrap()
}

#[tokio::test]
async fn what_is_stored_comes_back() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let content = json!({"text": "naïve 🦀", "n": 1.5, "big": 9_007_199_254_740_993_i64, "deep": {"list": [1, null, {"a": []}]}});
    let new = NewNode::new(ContextType::ToolOutput, content.clone())
        .summary("a summary")
        .tags(["b", "a"])
        .relevance(0.25)
        .created_at(day(3))
        .metadata(json!({"source": "test"}));
    let stored = alice.store(&new).await.unwrap();
    assert_eq!(stored.outcome, Outcome::Inserted);

    let node = alice.get(stored.node_id).await.unwrap().unwrap();
    assert_eq!(node.content, content);
    assert_eq!(node.context_type, ContextType::ToolOutput);
    assert_eq!(node.summary.as_deref(), Some("a summary"));
    assert_eq!(node.tags, ["b", "a"]);
    assert_eq!(node.base_relevance, Some(0.25));
    assert_eq!(node.created_at, day(3));
    assert_eq!(node.metadata, json!({"source": "test"}));
    assert_eq!((node.entity_system, node.entity_id, node.updated_at, node.access_count), (None, None, None, 0));
}

#[tokio::test]
async fn an_entity_that_comes_again_is_merged() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let first = NewNode::entity("salesforce", "001234")
        .entity_type("Account")
        .name("Acme")
        .data(json!({"industry": "Technology", "address": {"city": "Bern", "zip": "3000"}, "owners": ["ann"]}))
        .summary("first")
        .tags(["customer", "eu"])
        .relevance(0.9)
        .created_at(day(9))
        .metadata(json!({"a": 1}));
    let second = NewNode::entity("salesforce", "001234")
        .name("Acme Corp")
        .data(json!({"revenue": 1, "address": {"zip": null}, "owners": ["bob"]}))
        .tags(["eu", "gold"])
        .relevance(0.2)
        .created_at(day(4))
        .metadata(json!({"b": 2}));

    let inserted = alice.store(&first).await.unwrap();
    let merged = alice.store(&second).await.unwrap();
    assert_eq!((inserted.outcome, merged.outcome), (Outcome::Inserted, Outcome::Merged));
    assert_eq!(inserted.node_id, merged.node_id);

    let node = alice.get_entity("salesforce", "001234").await.unwrap().unwrap();
    assert_eq!(
        node.content["entity_data"],
        json!({"industry": "Technology", "address": {"city": "Bern", "zip": null}, "owners": ["bob"], "revenue": 1})
    );
    assert_eq!(node.content["update_count"], 1);
    assert_eq!(node.entity_type.as_deref(), Some("Account"));
    assert_eq!(node.entity_name.as_deref(), Some("Acme Corp"));
    assert_eq!(node.summary.as_deref(), Some("first"));
    assert_eq!(node.tags, ["customer", "eu", "gold"]);
    assert_eq!(node.base_relevance, Some(0.9));
    assert_eq!(node.created_at, day(4));
    assert_eq!(node.metadata, json!({"a": 1, "b": 2}));
    assert!(node.updated_at.is_some());
}

/// Without `entity_data` on either side, nothing moves into or out of it.
#[tokio::test]
async fn keys_beside_entity_data_stay_beside_it() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let key = json!({"entity_system": "jira", "entity_id": "P-1"});
    let with = |more: Value| {
        let mut content = key.clone();
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        NewNode::new(ContextType::DomainEntity, content)
    };
    alice.store(&with(json!({"state": "open", "": 1, "meta": {"a": 1}}))).await.unwrap();
    alice.store(&with(json!({"entity_data": {"points": 3}, "meta": {"b": 2}}))).await.unwrap();
    alice.store(&with(json!({"state": "closed", "entity_name": null}))).await.unwrap();
    let content = alice.get_entity("jira", "P-1").await.unwrap().unwrap().content;
    assert_eq!(content["state"], "closed");
    assert_eq!(content[""], 1);
    assert_eq!(content["meta"], json!({"a": 1, "b": 2}));
    assert_eq!(content["entity_data"], json!({"points": 3}));
    assert_eq!(content["update_count"], 2);
}

#[tokio::test]
async fn one_batch_may_hold_an_entity_several_times() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let part = |id: &str, key: &str| NewNode::entity("crm", id).data(json!({key: true}));
    let batch = [part("1", "a"), fact("between"), part("2", "a"), part("1", "b"), part("1", "c")];
    let stored = alice.store_many(&batch).await.unwrap();
    let outcomes: Vec<_> = stored.iter().map(|stored| stored.outcome).collect();
    assert_eq!(outcomes, [Outcome::Inserted, Outcome::Inserted, Outcome::Inserted, Outcome::Merged, Outcome::Merged]);
    assert!(stored[0].node_id == stored[3].node_id && stored[3].node_id == stored[4].node_id);
    let node = alice.get(stored[0].node_id).await.unwrap().unwrap();
    assert_eq!(node.content["entity_data"], json!({"a": true, "b": true, "c": true}));
    assert!(alice.store_many(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_large_batch_is_stored_whole_or_not_at_all() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let mut batch: Vec<_> = (0..5_000).map(|n| NewNode::entity("crm", format!("{}", n % 4_000))).collect();
    assert_eq!(alice.store_many(&batch).await.unwrap().len(), 5_000);
    assert_eq!(alice.stats().await.unwrap().total_nodes, 4_000);

    batch.push(fact("bad").relevance(2.0));
    let bob = database.user("bob");
    let error = bob.store_many(&batch).await.unwrap_err();
    assert_eq!(error.field(), Some("base_relevance"));
    assert!(error.to_string().contains("item 5000"), "{error}");
    assert_eq!(bob.stats().await.unwrap().total_nodes, 0);
}

#[tokio::test]
async fn a_taken_id_is_a_conflict() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let id = Uuid::now_v7();
    alice.store(&fact("one").node_id(id)).await.unwrap();
    for other in [fact("two").node_id(id), NewNode::entity("crm", "1").node_id(id)] {
        assert_eq!(alice.store(&other).await.unwrap_err().kind(), ErrorKind::Conflict);
    }
    // An entity that is there keeps its own id.
    let acme = alice.store(&NewNode::entity("crm", "2")).await.unwrap();
    let again = alice.store(&NewNode::entity("crm", "2").node_id(Uuid::now_v7())).await.unwrap();
    assert_eq!(again.node_id, acme.node_id);
    // Another user's ids are no concern.
    database.user("bob").store(&fact("one").node_id(id)).await.unwrap();
}

#[tokio::test]
async fn merged_content_over_the_limit_is_refused() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let half = |key: &str| NewNode::entity("crm", "1").data(json!({key: "x".repeat(600_000)}));
    alice.store(&half("a")).await.unwrap();
    let error = alice.store(&half("b")).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("content")), "{error}");
    assert_eq!(alice.get_entity("crm", "1").await.unwrap().unwrap().content["update_count"], 0);
}

#[tokio::test]
async fn long_texts_are_stored_although_only_their_beginning_is_indexed() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let words: Vec<_> = (0..100_000).map(|n| format!("w{n}")).collect();
    let stored = alice.store(&fact(&format!("beginning {}", words.join(" ")))).await.unwrap();
    assert_eq!(alice.search("beginning").await.unwrap()[0].node.node_id, stored.node_id);
}

#[tokio::test]
async fn get_many_keeps_the_order_and_leaves_out_what_is_missing() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let stored = alice.store_many(&[fact("a"), fact("b"), fact("c")]).await.unwrap();
    let ids = [stored[2].node_id, Uuid::now_v7(), stored[0].node_id];
    let found: Vec<_> = alice.get_many(&ids).await.unwrap().into_iter().map(|node| node.node_id).collect();
    assert_eq!(found, [stored[2].node_id, stored[0].node_id]);
}

#[tokio::test]
async fn lists_are_filtered_and_newest_first() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let account =
        |n: u32, tags: &[&str]| NewNode::entity("crm", n.to_string()).entity_type("Account").tags(tags.iter().copied()).created_at(day(n));
    alice
        .store_many(&[account(1, &["eu"]), account(2, &["eu", "gold"]), fact("x").created_at(day(3)), account(4, &["us", "gold"])])
        .await
        .unwrap();
    let days = |page: pgmemory::Page<pgmemory::Node>| -> Vec<_> {
        page.items.iter().map(|node| (1..=4).find(|&n| node.created_at == day(n)).unwrap()).collect()
    };
    assert_eq!(days(alice.list().await.unwrap()), [4, 3, 2, 1]);
    assert_eq!(days(alice.list().context_type(ContextType::DomainEntity).await.unwrap()), [4, 2, 1]);
    assert_eq!(days(alice.list().tag("gold").await.unwrap()), [4, 2]);
    assert_eq!(days(alice.list().tag("gold").tag("eu").await.unwrap()), [2]);
    assert_eq!(days(alice.list().entity_type("Account").since(day(2)).await.unwrap()), [4, 2]);
    assert_eq!(days(alice.list().before(day(3)).await.unwrap()), [2, 1]);
    assert_eq!(days(alice.list().since(DateTime::<Utc>::MIN_UTC).before(DateTime::<Utc>::MAX_UTC).await.unwrap()), [4, 3, 2, 1]);
    assert_eq!(days(alice.list().since(day(3)).before(day(4)).await.unwrap()), [3]);

    let first = alice.list().limit(3).await.unwrap();
    let second = alice.list().limit(3).after(first.next.unwrap()).await.unwrap();
    assert_eq!((days(first), second.next, days(second)), (vec![4, 3, 2], None, vec![1]));
}

#[tokio::test]
async fn deleting_a_node_takes_its_relationships_along() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let stored = alice.store_many(&[fact("a"), fact("b"), fact("c")]).await.unwrap();
    let [a, b, c] = [stored[0].node_id, stored[1].node_id, stored[2].node_id];
    for (from, to) in [(a, b), (b, c), (c, a)] {
        alice.relate(&NewRelationship::new(from, RelationshipType::LedTo, to)).await.unwrap();
    }
    assert!(alice.delete(a).await.unwrap());
    assert!(!alice.delete(a).await.unwrap());
    assert_eq!(alice.relationships(b).await.unwrap().items.len(), 1);
    let stats = alice.stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships), (2, 1));
}

#[tokio::test]
async fn only_touch_counts_an_access() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let stored = alice.store_many(&[NewNode::entity("crm", "1"), fact("b")]).await.unwrap();
    let ids = [stored[0].node_id, stored[1].node_id];
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
    alice.get(ids[0]).await.unwrap();
    alice.list().await.unwrap();
    alice.update(ids[0]).summary("s").await.unwrap();
    let version = alice.stats().await.unwrap().version;
    assert_eq!(alice.touch(&[ids[0], ids[1], ids[0], Uuid::now_v7()]).await.unwrap(), 2);
    assert_eq!(alice.touch(&ids[..1]).await.unwrap(), 1);
    assert_eq!(database.user("bob").touch(&ids).await.unwrap(), 0);
    let nodes = alice.get_many(&ids).await.unwrap();
    assert_eq!((nodes[0].access_count, nodes[1].access_count), (2, 1));
    assert!(nodes[0].last_accessed > nodes[1].last_accessed);
    assert_eq!(alice.stats().await.unwrap().version, version, "an access is no change");
}

#[tokio::test]
async fn an_update_replaces_what_is_given() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let new = fact("x").summary("old").tags(["a"]).relevance(0.5).metadata(json!({"a": 1}));
    let id = alice.store(&new).await.unwrap().node_id;
    assert!(alice.update(id).summary("new").relevance(0.1).await.unwrap());
    assert!(alice.update(id).tags(["b", "c"]).metadata(json!({"b": 2})).await.unwrap());
    let node = alice.get(id).await.unwrap().unwrap();
    assert_eq!((node.summary.as_deref(), node.base_relevance), (Some("new"), Some(0.1)));
    assert_eq!((node.tags, node.metadata, node.content), (vec!["b".to_owned(), "c".to_owned()], json!({"b": 2}), json!({"text": "x"})));
    assert_eq!(alice.search("new").await.unwrap().len(), 1);
    assert_eq!(alice.stats().await.unwrap().version, 3);

    assert!(!alice.update(Uuid::now_v7()).summary("new").await.unwrap());
    assert!(!database.user("bob").update(id).summary("stolen").await.unwrap());
    assert_eq!(alice.update(id).relevance(2.0).await.unwrap_err().field(), Some("base_relevance"));
    assert_eq!(alice.update(id).metadata(json!([])).await.unwrap_err().field(), Some("metadata"));
    assert_eq!(alice.update(id).summary("a\0").await.unwrap_err().field(), Some("summary"));
    assert_eq!(alice.update(id).tags(["a\0"]).await.unwrap_err().field(), Some("tags"));
}

#[tokio::test]
async fn many_nodes_are_deleted_at_once() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let batch: Vec<_> = (0..100).map(|n| fact(&n.to_string())).collect();
    let ids: Vec<_> = alice.store_many(&batch).await.unwrap().into_iter().map(|stored| stored.node_id).collect();
    let chain: Vec<_> = ids.windows(2).map(|pair| NewRelationship::new(pair[0], RelationshipType::LedTo, pair[1])).collect();
    alice.relate_many(&chain).await.unwrap();
    assert_eq!(database.user("bob").delete_many(&ids).await.unwrap(), 0);
    assert_eq!(alice.delete_many(&ids[10..]).await.unwrap(), 90);
    assert_eq!(alice.delete_many(&ids[10..]).await.unwrap(), 0);
    let stats = alice.stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships), (10, 9));
}

#[tokio::test]
async fn writes_join_a_transaction_of_the_caller() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let mut client = database.client().await;

    let transaction = client.transaction().await.unwrap();
    let within = alice.within(&transaction);
    let stored = within.store_many(&[fact("a"), NewNode::entity("crm", "1"), NewNode::entity("crm", "1")]).await.unwrap();
    within.relate(&NewRelationship::new(stored[0].node_id, RelationshipType::Refines, stored[1].node_id)).await.unwrap();
    assert!(within.delete(stored[0].node_id).await.unwrap());
    assert!(alice.get(stored[1].node_id).await.unwrap().is_none(), "not committed yet");
    transaction.rollback().await.unwrap();
    assert_eq!(alice.stats().await.unwrap().version, 0);

    let transaction = client.transaction().await.unwrap();
    let stored = alice.within(&transaction).store(&fact("a")).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(alice.get(stored.node_id).await.unwrap().is_some());
}

#[tokio::test]
async fn lists_filter_by_what_the_content_holds() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let entity = |id: &str, data: Value| NewNode::entity("crm", id).data(data);
    alice
        .store_many(&[
            entity("nine", json!({"n": 9, "s": "9", "tags": ["a", "b"], "at": {"city": "Bern"}})),
            entity("ten", json!({"n": 10, "s": "10", "tags": ["a"]})),
            entity("text", json!({"n": "9", "at": {"city": "Basel"}})),
            entity("null", json!({"n": null})),
            NewNode::new(ContextType::ConversationFact, json!({"n": 9})),
        ])
        .await
        .unwrap();
    let ids = |page: pgmemory::Page<pgmemory::Node>| {
        let mut ids: Vec<String> = page.items.into_iter().filter_map(|node| node.entity_id).collect();
        ids.sort();
        ids
    };
    let compare = async |key: &str, comparison: Comparison, operand: Value| {
        ids(alice.list().compare(["entity_data", key], comparison, operand).await.unwrap())
    };
    // Numbers as numbers: as text, 9 would not be less than 10.
    assert_eq!(compare("n", Comparison::AtLeast, json!(9)).await, ["nine", "ten"]);
    assert_eq!(compare("n", Comparison::Greater, json!(9.5)).await, ["ten"]);
    assert_eq!(compare("n", Comparison::Less, json!(10)).await, ["nine"]);
    assert_eq!(compare("n", Comparison::AtMost, json!(10.0)).await, ["nine", "ten"]);
    assert_eq!(compare("n", Comparison::Equal, json!(9.0)).await, ["nine"]);
    assert_eq!(compare("n", Comparison::NotEqual, json!(9)).await, ["ten"]);
    // Never across types; an absent value compares with nothing.
    assert_eq!(compare("n", Comparison::Equal, json!("9")).await, ["text"]);
    assert_eq!(compare("n", Comparison::Equal, json!(null)).await, ["null"]);
    assert_eq!(compare("s", Comparison::Greater, json!("10")).await, ["nine"]);
    assert!(compare("absent", Comparison::NotEqual, json!(1)).await.is_empty());

    let both = alice.list().compare(["entity_data", "n"], Comparison::Greater, 1).compare(
        ["entity_data", "at", "city"],
        Comparison::Equal,
        "Bern",
    );
    assert_eq!(ids(both.await.unwrap()), ["nine"]);
    assert_eq!(ids(alice.list().compare(["entity_data", "tags", "1"], Comparison::Equal, "b").await.unwrap()), ["nine"]);
    assert_eq!(ids(alice.list().containing(json!({"entity_data": {"tags": ["a"]}})).await.unwrap()), ["nine", "ten"]);
    assert_eq!(ids(alice.list().containing(json!({"entity_data": {"n": 9}, "entity_id": "nine"})).await.unwrap()), ["nine"]);

    assert_eq!(alice.list().containing(json!([])).await.unwrap_err().field(), Some("containing"));
    assert_eq!(alice.list().compare(["a\0"], Comparison::Equal, 1).await.unwrap_err().field(), Some("path"));
    assert_eq!(alice.list().compare(["a"], Comparison::Equal, "\0").await.unwrap_err().field(), Some("operand"));
    assert_eq!("~".parse::<Comparison>().unwrap_err().field(), Some("operator"));
}
