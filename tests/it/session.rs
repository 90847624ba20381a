//! Sessions: what is remembered is at hand at once, and in PostgreSQL exactly once.

mod books;
mod damage;
mod dead_letters;
mod kills;
mod machines;
mod outages;
mod proxy;
mod reads;
mod server;
mod shared_file;
mod wake;
mod writer;

use std::{
    future::IntoFuture,
    path::Path,
    time::{Duration, Instant},
};

use pgmemory::{
    Config, ContextType, Durability, ErrorKind, Memory, NewNode, NewRelationship, Outcome, RelationshipType, Session, SessionFile,
};
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

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_remembered_whole_or_not_at_all() {
    let database = Database::new().await;
    let session = database.memory.session("alice", "t").in_memory().await.unwrap();
    let (first, second) = (NewNode::entity("crm", "1").name("Acme"), NewNode::entity("crm", "1").tags(["customer"]));
    let kept = session.remember_many(&[first, fact("Acme renews in March"), second]).await.unwrap();
    assert_eq!(kept.iter().map(|kept| kept.outcome).collect::<Vec<_>>(), [Outcome::Inserted, Outcome::Inserted, Outcome::Merged]);
    assert_eq!((kept[0].id, session.flush(LONG).await.unwrap()), (kept[2].id, 0));
    let there = database.user("alice").get(kept[0].id).await.unwrap().unwrap();
    assert_eq!((there.entity_name.as_deref(), there.tags.as_slice()), (Some("Acme"), &["customer".to_owned()][..]));

    let taken = fact("another node has its id").node_id(kept[1].id);
    let error = session.remember_many(&[NewNode::entity("crm", "2"), taken]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(session.get_entity("crm", "2").await.unwrap().is_none());
    assert!(session.remember_many(&[]).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_postgresql_is_switched_off_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::connect(Config::from_url("postgresql://u@127.0.0.1:1/x").unwrap().switched_off()).await.unwrap();
    let session = memory.session("alice", "t").file(folder.path().join("alice.sqlite")).await.unwrap();
    session.remember(&fact("Acme renews in March")).await.unwrap();
    let flush = tokio::time::timeout(LONG, session.flush(2 * LONG));
    assert_eq!(flush.await.unwrap().unwrap(), 1);
    let status = session.status().await.unwrap();
    assert_eq!((status.is_connected, status.last_error.as_deref()), (false, Some("PostgreSQL is switched off (POSTGRES_ENABLED=false)")));
    assert_eq!(session.close(2 * LONG).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_patience_opens_at_once_and_catches_up_later() {
    let (database, folder) = (Database::new().await, tempfile::tempdir().unwrap());
    let stored = database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let open = || database.memory.session("alice", "t").file(folder.path().join("alice.sqlite")).patience(Duration::ZERO);
    let session = open().await.unwrap();
    let remembered = session.remember(&fact("Acme renews in March")).await.unwrap();
    session.wait_durable(&remembered, LONG).await.unwrap();
    while session.get(stored).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(session.status().await.unwrap().is_whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_make_the_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let memory = Memory::connect(Config::from_url("postgresql://u@127.0.0.1:1/x").unwrap().switched_off()).await.unwrap();
    for number in 0..20 {
        let path = folder.path().join(number.to_string());
        let sessions = (0..8).map(|_| memory.session("alice", "t").file(&path).into_future());
        for session in futures::future::join_all(sessions).await {
            session.unwrap().remember(&fact("Acme renews in March")).await.unwrap();
        }
        assert_eq!(SessionFile::read(&path).await.unwrap().unwrap().journaled, 8);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_whose_it_is_and_what_waits_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.sqlite");
    assert_eq!(SessionFile::read(&path).await.unwrap(), None);
    assert!(!path.exists(), "looking makes no file");
    std::fs::write(&path, "").unwrap();
    assert_eq!(SessionFile::read(&path).await.unwrap(), None);

    let memory = Memory::connect(Config::from_url("postgresql://u@127.0.0.1:1/x").unwrap().switched_off()).await.unwrap();
    let session = memory.session("alice", "t").file(&path).await.unwrap();
    session.remember(&fact("Acme renews in March")).await.unwrap();
    let file = SessionFile::read(&path).await.unwrap().unwrap();
    assert_eq!((file.path, file.user_id.as_str(), file.journaled, file.dead_letters), (path.clone(), "alice", 1, 0));

    std::fs::write(folder.path().join("other"), "no database".repeat(100)).unwrap();
    assert_eq!(SessionFile::read(folder.path().join("other")).await.unwrap_err().kind(), ErrorKind::SessionFile);
    assert_eq!(SessionFile::path_of("").unwrap_err().field(), Some("user_id"));
    assert_ne!(SessionFile::path_of("alice").unwrap(), SessionFile::path_of("Alice").unwrap());
}
