//! Sessions: what is remembered is at hand at once, and in PostgreSQL exactly once.

mod books;
mod damage;
mod dead_letters;
mod kills;
mod machines;
mod outages;
mod proxy;
mod server;
mod shared_file;
mod writer;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use pgmemory::{ContextType, Durability, ErrorKind, NewNode, NewRelationship, Outcome, RelationshipType, Session};
use serde_json::json;

use crate::support::{Database, socket_dir};
use proxy::Proxy;

/// Longer than anything takes, also on a busy machine.
const LONG: Duration = Duration::from_mins(1);
/// Whose memory it is, where only one has any.
const USER: &str = "alice";

/// A database by way of a proxy.
async fn proxied(database: &Database) -> (Proxy, String) {
    let proxy = Proxy::start(socket_dir()).await;
    let url = proxy.url(database.name());
    (proxy, url)
}

/// Returns once nobody has a file open any more, and all is in it.
async fn wait_for_end(file: &Path) {
    let log = file.with_extension("sqlite-wal");
    let deadline = Instant::now() + LONG;
    while log.exists() {
        assert!(Instant::now() < deadline, "{} is still open", file.display());
        // Of several connections that were closed at once none may have been the last, which puts it in order.
        let _ = rusqlite::Connection::open(file).and_then(|last| last.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn fact(text: &str) -> NewNode {
    NewNode::new(ContextType::ConversationFact, json!({"text": text}))
}

async fn summaries(session: &Session, query: &str) -> Vec<String> {
    session.search(query).await.unwrap().iter().map(|hit| hit.node.summary().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_remembered_is_at_hand_at_once_and_in_postgresql() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let acme = NewNode::entity("crm", "1").name("Acme Corp").data(json!({"industry": "Technology"})).tags(["customer"]);
    let stored = alice.store(&acme).await.unwrap().node_id;
    let session = database.memory.session("alice", "thread-1").in_memory().await.unwrap();
    assert_eq!(summaries(&session, "acme").await, ["Acme Corp"]);

    let merged = session.remember(&NewNode::entity("crm", "1").data(json!({"revenue": 5})).tags(["big"])).await.unwrap();
    assert_eq!((merged.id, merged.outcome), (stored, Outcome::Merged));
    let new = session.remember(&fact("Acme renews in March")).await.unwrap();
    assert_eq!(new.outcome, Outcome::Inserted);
    session.relate(&NewRelationship::new(new.id, RelationshipType::RelatesTo, stored)).await.unwrap();
    assert_eq!(summaries(&session, "renews").await, ["Acme renews in March"]);
    assert_eq!(session.neighbors(stored).await.unwrap()[0].node_id, new.id);
    assert_eq!(session.flush(LONG).await.unwrap(), 0);

    let there = alice.get(stored).await.unwrap().unwrap();
    assert_eq!(there.content["entity_data"], json!({"industry": "Technology", "revenue": 5}));
    assert_eq!(there.content["update_count"], 1);
    assert_eq!(there.tags, ["customer", "big"]);
    assert_eq!(alice.get(new.id).await.unwrap().unwrap().content, json!({"text": "Acme renews in March"}));
    assert_eq!(alice.relationships(stored).await.unwrap().items.len(), 1);
    let again = session.remember(&fact("PostgreSQL is here")).await.unwrap();
    assert_eq!(again.durability, Durability::Durable, "{:?}", session.status().await.unwrap());
    assert_eq!(session.close(LONG).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_sees_what_others_change() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let session = database.memory.session("alice", "t").in_memory().await.unwrap();
    let stored = alice.store(&NewNode::entity("crm", "1").name("Acme")).await.unwrap().node_id;
    let other = alice.store(&NewNode::entity("crm", "2").name("Globex")).await.unwrap().node_id;
    let related = alice.relate(&NewRelationship::new(stored, RelationshipType::LedTo, other)).await.unwrap().id;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(session.get(stored).await.unwrap(), alice.get(stored).await.unwrap());
    assert_eq!(session.relationships(stored).await.unwrap().items[0].id, related);
    alice.delete(other).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(session.get(other).await.unwrap().is_none());
    assert!(session.relationships(stored).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_stays_here_and_belongs_to_its_thread() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new().await;
    let open = |thread: &str| database.memory.session("alice", thread).file(folder.path().join("alice.sqlite"));
    let (one, two) = (open("one").await.unwrap(), open("two").await.unwrap());
    let note = one.note(&fact("the search returned three hits"), LONG).await.unwrap();
    assert!(one.get(note.node_id).await.unwrap().is_some());
    assert!(two.get(note.node_id).await.unwrap().is_none());
    assert_eq!(summaries(&two, "hits").await, [""; 0]);
    assert_eq!(summaries(&one, "hits").await.len(), 1);
    let short = one.note(&fact("gone at once"), Duration::ZERO).await.unwrap();
    assert!(one.get(short.node_id).await.unwrap().is_none());
    one.flush(LONG).await.unwrap();
    assert_eq!(database.user("alice").stats().await.unwrap().total_nodes, 0);
    let error = one.relate(&NewRelationship::new(note.node_id, RelationshipType::LedTo, note.node_id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
