//! What a caller sees while PostgreSQL is away, and after it.

use std::time::Duration;

use futures::future::join_all;
use pgmemory::{Config, Durability, ErrorKind, Memory, NewNode, NewRelationship, RelationshipType};
use serde_json::json;

use super::{LONG, USER, books::writes_of, fact, proxied, proxy::Line};
use crate::support::Database;

fn entity(id: &str, name: &str) -> NewNode {
    NewNode::entity("crm", id).data(json!({name: true, "last": name}))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_costs_no_error_and_no_order() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let (proxy, url) = proxied(&database).await;
    let session = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap().session(USER, "t").in_memory().await.unwrap();
    let mut written = 0;
    for line in [Line::Cut, Line::Stalled, Line::Mute] {
        proxy.set(line);
        let mut remembered = Vec::new();
        for _ in 0..20 {
            written += 1;
            let name = format!("w{written}");
            remembered.push(session.remember(&entity(&(written % 3).to_string(), &name)).await.unwrap());
            let here = session.get_entity("crm", &(written % 3).to_string()).await.unwrap().unwrap();
            assert_eq!(here.content["entity_data"]["last"], name);
            writes_of(&here);
        }
        assert!(remembered.iter().all(|remembered| remembered.durability == Durability::Journaled));
        let error = session.wait_durable(&remembered[0], Duration::from_millis(50)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        proxy.set(Line::Cut);
        proxy.set(Line::Passes);
        for remembered in &remembered {
            session.wait_durable(remembered, LONG).await.unwrap();
        }
        for last in written - 2..=written {
            let there = alice.get_entity("crm", &(last % 3).to_string()).await.unwrap().unwrap();
            assert_eq!(there.content["entity_data"]["last"], format!("w{last}"));
            writes_of(&there);
        }
    }
    let again = session.remember(&entity("0", "again")).await.unwrap();
    session.wait_durable(&again, LONG).await.unwrap();
    assert!(session.dead_letters().await.unwrap().is_empty());
}

/// Neither what is sent nor what is loaded waits for ever for connections that say nothing any more.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "waits for half a minute"]
async fn connections_that_went_silent_are_given_up() {
    let database = Database::new().await;
    let alice = database.user(USER);
    alice.store(&entity("1", "a")).await.unwrap();
    let (proxy, url) = proxied(&database).await;
    let memory = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap();
    let sender = memory.session(USER, "t").in_memory().await.unwrap();
    // More idle connections than could be tried one after the other.
    let own = memory.user(USER).unwrap();
    join_all((0..10).map(|_| async { own.list().await.unwrap() })).await;
    proxy.set(Line::Stalled);
    let loader = memory.session(USER, "t").in_memory().patience(Duration::from_millis(100)).await.unwrap();
    let remembered = sender.remember(&entity("1", "b")).await.unwrap();
    assert_eq!(remembered.durability, Durability::Journaled);
    proxy.forsake();
    sender.wait_durable(&remembered, LONG).await.unwrap();
    let is_whole = async {
        while !loader.status().await.unwrap().is_whole {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LONG, is_whole).await.expect("the memory is loaded");
    assert_eq!(writes_of(&alice.get_entity("crm", "1").await.unwrap().unwrap()).len(), 2);
}

/// Whoever closes the connections under a session loses nothing.
#[tokio::test(flavor = "multi_thread")]
async fn closed_connections_are_no_refusal() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alice.sqlite");
    let memory = Memory::connect(Config::from_url(&database.url).unwrap()).await.unwrap();
    let session = memory.session(USER, "t").file(&file).await.unwrap();
    memory.close().await;
    for name in ["a", "b", "c"] {
        session.remember(&entity("1", name)).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(session.dead_letters().await.unwrap().is_empty());
    assert_eq!(session.close(Duration::ZERO).await.unwrap(), 3);
    let session = database.memory.session(USER, "t").file(&file).await.unwrap();
    assert_eq!(session.close(LONG).await.unwrap(), 0);
    assert_eq!(writes_of(&database.user(USER).get_entity("crm", "1").await.unwrap().unwrap()).len(), 3);
}

/// Also while the memory is loaded, and others write.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_always_sees_its_own_writes() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let many: Vec<_> = (0..6_000).map(|number| NewNode::entity("crm", number.to_string()).data(json!({"first": true}))).collect();
    alice.store_many(&many).await.unwrap();
    let session = database.memory.session(USER, "t").in_memory().patience(Duration::ZERO).await.unwrap();
    let other = tokio::spawn({
        let alice = alice.clone();
        async move {
            for number in 0..300 {
                alice.store(&entity("1", &format!("other{number}"))).await.unwrap();
            }
        }
    });
    for number in 0..300 {
        let (id, name) = (["1", "5999"][number % 2], format!("own{number}"));
        session.remember(&entity(id, &name)).await.unwrap();
        let here = session.get_entity("crm", id).await.unwrap().unwrap();
        assert_eq!(here.content["entity_data"][&name], true, "{number}");
        // What was not loaded yet begins with this write.
        assert!(here.content["entity_data"]["first"].is_null() || writes_of(&here).len() > 1);
    }
    other.await.unwrap();
    assert_eq!(session.flush(LONG).await.unwrap(), 0);
    assert_eq!(writes_of(&alice.get_entity("crm", "5999").await.unwrap().unwrap()).len(), 151);
}

/// What waits in the journal is done to the file once, whatever else changes at the same node.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_relate_does_not_repeat_what_waits() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let (one, two) = (alice.store(&entity("1", "a")).await.unwrap().node_id, alice.store(&entity("2", "a")).await.unwrap().node_id);
    let (proxy, url) = proxied(&database).await;
    let memory = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || memory.session(USER, "t").file(folder.path().join("alice.sqlite"));
    let session = open().await.unwrap();
    proxy.set(Line::Cut);
    session.remember(&entity("1", "b")).await.unwrap();
    assert_eq!(session.close(Duration::ZERO).await.unwrap(), 1);
    alice.relate(&NewRelationship::new(one, RelationshipType::LedTo, two)).await.unwrap();
    proxy.set(Line::Passes);
    let session = open().await.unwrap();
    let here = session.get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!(writes_of(&here).len(), 2);
    assert_eq!(session.relationships(one).await.unwrap().items.len(), 1);
}

/// An entity that was made anew elsewhere is still the one that waiting writes are about.
#[tokio::test(flavor = "multi_thread")]
async fn waiting_writes_follow_an_entity_to_another_id() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let first = alice.store(&entity("1", "a")).await.unwrap().node_id;
    let (proxy, url) = proxied(&database).await;
    let memory = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || memory.session(USER, "t").file(folder.path().join("alice.sqlite"));
    let session = open().await.unwrap();
    proxy.set(Line::Cut);
    session.remember(&entity("1", "b")).await.unwrap();
    let found = session.remember(&fact("Acme renews")).await.unwrap().id;
    session.relate(&NewRelationship::new(found, RelationshipType::RelatesTo, first)).await.unwrap();
    session.close(Duration::ZERO).await.unwrap();
    alice.delete(first).await.unwrap();
    let second = alice.store(&entity("1", "c")).await.unwrap().node_id;
    proxy.set(Line::Passes);
    let session = open().await.unwrap();
    let here = session.get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!((here.node_id, writes_of(&here).len()), (second, 2));
    assert_eq!(session.flush(LONG).await.unwrap(), 0);
    let there = alice.get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!((there.node_id, writes_of(&there).len()), (second, 2));
    assert_eq!(alice.relationships(second).await.unwrap().items.len(), 1);
    let forgotten = session.forget(second).await.unwrap();
    assert_eq!(forgotten.id, second);
    session.wait_durable(&forgotten, LONG).await.unwrap();
    assert!(alice.get(second).await.unwrap().is_none());
}

/// Forgotten and remembered while another machine updates it, an entity is found by the id that it has then.
#[tokio::test(flavor = "multi_thread")]
async fn an_entity_that_was_forgotten_and_remembered_is_found() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let first = alice.store(&entity("1", "a")).await.unwrap().node_id;
    let (proxy, url) = proxied(&database).await;
    let memory = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || memory.session(USER, "t").file(folder.path().join("alice.sqlite"));
    let session = open().await.unwrap();
    proxy.set(Line::Cut);
    session.forget(first).await.unwrap();
    let second = session.remember(&entity("1", "b")).await.unwrap().id;
    assert_ne!(first, second);
    session.close(Duration::ZERO).await.unwrap();
    alice.store(&entity("1", "c")).await.unwrap();
    proxy.set(Line::Passes);
    let session = open().await.unwrap();
    assert_eq!(session.get(second).await.unwrap().map(|node| writes_of(&node).len()), Some(1));
    assert_eq!(session.flush(LONG).await.unwrap(), 0);
    assert_eq!(alice.get(second).await.unwrap().map(|node| writes_of(&node).len()), Some(1));
    assert_eq!(session.get(second).await.unwrap().map(|node| node.node_id), Some(second));
}
