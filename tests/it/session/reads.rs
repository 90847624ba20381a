//! What a session shows is what there is, however it came there.

use std::time::Duration;

use pgmemory::{NewNode, NewRelationship, RelationshipType, Session};
use uuid::Uuid;

use super::{LONG, USER, fact, summaries};
use crate::support::Database;

/// Waits until the session has what PostgreSQL has of a node.
async fn seen(session: &Session, node_id: Uuid, is_there: bool) {
    let seen = async {
        while session.get(node_id).await.unwrap().is_some() != is_there {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LONG, seen).await.expect("the session sees it");
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_threads_go_with_their_notes() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new().await;
    let open = |thread: &str| database.memory.session(USER, thread).file(folder.path().join("alice.sqlite"));
    let (idle, busy) = (open("idle").await.unwrap(), open("busy").await.unwrap());
    let note = idle.note(&fact("three hits"), LONG).await.unwrap();
    let remembered = idle.remember(&fact("Acme renews in March")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let kept = busy.note(&fact("four hits"), LONG).await.unwrap();
    assert_eq!(busy.clean(Duration::from_millis(40)).await.unwrap(), ["idle"]);
    assert!(idle.get(note.node_id).await.unwrap().is_none());
    assert!(busy.get(kept.node_id).await.unwrap().is_some());
    assert!(busy.get(remembered.id).await.unwrap().is_some(), "what was remembered stays");
    assert!(busy.clean(LONG).await.unwrap().is_empty());
}

/// Whoever closes a session can copy its file.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_session_leaves_its_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new().await;
    let file = folder.path().join("alice.sqlite");
    for _ in 0..10 {
        let session = database.memory.session(USER, "t").file(&file).await.unwrap();
        let another = session.clone();
        session.remember_many(&vec![fact("Globex was bought"); 20]).await.unwrap();
        session.search("globex").await.unwrap();
        assert_eq!(session.close(LONG).await.unwrap(), 0);
        assert!(file.with_extension("sqlite-wal").exists(), "somebody else has it");
        assert_eq!(another.close(LONG).await.unwrap(), 0);
        assert!(!file.with_extension("sqlite-wal").exists(), "all is in the file");
    }
    assert_eq!(database.user(USER).stats().await.unwrap().total_nodes, 200);
}

/// The log was swept, and what went meanwhile was a relationship alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_load_takes_out_what_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new().await;
    let alice = database.user(USER);
    let stored = alice.store_many(&[NewNode::entity("crm", "1"), NewNode::entity("crm", "2"), fact("gone")]).await.unwrap();
    let [one, two, gone] = [stored[0].node_id, stored[1].node_id, stored[2].node_id];
    alice.relate(&NewRelationship::new(one, RelationshipType::LedTo, two)).await.unwrap();
    let open = || database.memory.session(USER, "t").file(folder.path().join("alice.sqlite"));
    let session = open().await.unwrap();
    assert_eq!(session.relationships(one).await.unwrap().items.len(), 1);
    session.close(LONG).await.unwrap();

    alice.unrelate(one, None, two).await.unwrap();
    alice.delete(gone).await.unwrap();
    database.client().await.batch_execute("DELETE FROM memory.changes").await.unwrap();
    let session = open().await.unwrap();
    let status = session.status().await.unwrap();
    assert_eq!((status.nodes, status.relationships, status.version, status.is_whole), (2, 0, Some(6), true), "{status:?}");
}

/// What an earlier session left out comes with one that wants everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_working_set_grows_to_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new().await;
    let facts: Vec<NewNode> = (0..20).map(|number| fact(&format!("contract {number}"))).collect();
    database.user(USER).store_many(&facts).await.unwrap();
    let open = || database.memory.session(USER, "t").file(folder.path().join("alice.sqlite"));
    let session = open().most_recent(5).await.unwrap();
    let status = session.status().await.unwrap();
    assert_eq!((status.nodes, status.is_whole), (5, false));
    session.close(LONG).await.unwrap();
    let status = open().await.unwrap().status().await.unwrap();
    assert_eq!((status.nodes, status.is_whole), (20, true));
}

/// Numbers that only PostgreSQL can hold keep nobody from searching and remembering.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_stops_nothing_else() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let odd = alice.store(&fact("odd")).await.unwrap().node_id;
    let client = database.client().await;
    client.execute("UPDATE memory.nodes SET content = '{\"text\": \"odd\", \"number\": 1e400}' WHERE node_id = $1", &[&odd]).await.unwrap();
    let session = database.memory.session(USER, "t").in_memory().await.unwrap();
    session.remember(&fact("Acme renews in March")).await.unwrap();
    assert_eq!(summaries(&session, "renews").await, ["Acme renews in March"]);
    assert!(session.get(odd).await.is_err(), "it is told of, where it is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notes_of_other_threads_hide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new().await;
    let alice = database.user(USER);
    let contracts: Vec<NewNode> = (0..600).map(|number| fact(&format!("contract {number}"))).collect();
    alice.store_many(&contracts).await.unwrap();
    let open = |thread: &str| database.memory.session(USER, thread).file(folder.path().join("alice.sqlite"));
    let (session, chatty) = (open("quiet").await.unwrap(), open("chatty").await.unwrap());
    for number in 0..250 {
        chatty.note(&fact(&format!("contract noted {number}")), LONG).await.unwrap();
    }
    let hits = session.search("contract").limit(20).await.unwrap();
    assert_eq!(hits.len(), 20);
    let hits = session.search("contract 417").limit(20).await.unwrap();
    assert_eq!(hits[0].node.summary(), "contract 417");
    let mut ids: Vec<Uuid> = hits.iter().map(|hit| hit.node.node_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), hits.len(), "each once");
    assert!(hits.is_sorted_by(|one, other| one.score >= other.score));
}

/// Somebody gave it longer than this machine knew.
#[tokio::test(flavor = "multi_thread")]
async fn what_lasts_longer_keeps_its_relationships() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let soon = chrono::Utc::now() + Duration::from_millis(1_500);
    let stored = alice.store_many(&[fact("short").expires_at(soon), fact("long")]).await.unwrap();
    let [short, long] = [stored[0].node_id, stored[1].node_id];
    alice.relate(&NewRelationship::new(short, RelationshipType::LedTo, long)).await.unwrap();
    let session = database.memory.session(USER, "t").in_memory().await.unwrap();
    assert!(session.get(short).await.unwrap().is_some());
    seen(&session, short, false).await;
    // Longer than it takes a session to put its file in order.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let longer = "UPDATE memory.nodes SET expires_at = now() + interval '1 hour' WHERE node_id = $1";
    database.client().await.execute(longer, &[&short]).await.unwrap();
    seen(&session, short, true).await;
    assert_eq!(session.relationships(short).await.unwrap().items.len(), 1);
}
