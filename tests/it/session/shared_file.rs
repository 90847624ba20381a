//! Several processes, and several sessions of one process, on the same file.

use std::{fs, path::Path};

use pgmemory::{Config, Memory, NewNode, UserMemory};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    LONG, USER,
    books::{Books, assert_equal, writes_of},
    proxied, wait_for_end,
    writer::{Job, Said, Writer},
};
use crate::support::Database;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_may_be_opened_by_many_at_once() {
    let database = Database::new().await;
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let mut sessions = JoinSet::new();
        for number in 0..8 {
            let open = database.memory.session(USER, &number.to_string()).file(folder.path().join("alice.sqlite"));
            sessions.spawn(async move { open.await.unwrap() });
        }
        for session in sessions.join_all().await {
            session.remember(&NewNode::entity("crm", "1").data(json!({session.thread(): true}))).await.unwrap();
            assert_eq!(session.close(LONG).await.unwrap(), 0);
        }
    }
}

/// Or one that came back from a backup.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_file_is_another_file() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("alice.sqlite"), folder.path().join("copy.sqlite"));
    let write = async |file: &Path, name: &str| {
        let session = database.memory.session(USER, "t").file(file).await.unwrap();
        session.remember(&NewNode::entity("crm", "1").data(json!({name: true}))).await.unwrap();
        assert_eq!(session.close(LONG).await.unwrap(), 0);
        wait_for_end(file).await;
    };
    write(&file, "a").await;
    fs::copy(&file, &copy).unwrap();
    write(&file, "b").await;
    write(&copy, "c").await;
    write(&file, "d").await;
    let there = database.user(USER).get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!(writes_of(&there), ["a", "b", "c", "d"].map(str::to_owned).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_a_file_and_one_survives_the_other() {
    const ENTITIES: u64 = 5;
    let database = Database::new().await;
    let (_proxy, url) = proxied(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alice.sqlite");
    let job = |name: &str, writes: u64| Job {
        file: file.clone(),
        url: url.clone(),
        system: "crm".to_owned(),
        entities: ENTITIES,
        name: name.to_owned(),
        writes,
        callers: 2,
        seed: writes,
        disk: None,
    };
    let alice = database.user(USER);
    let mut books = Books::default();
    let mut survivor = Writer::start(&job("survivor", 250));
    for round in 0..3 {
        let mut victim = Writer::start(&job(&format!("victim{round}"), 10_000));
        victim.has_said(30).await;
        let said = victim.killed();
        assert!(said.len() >= 30, "{said:?}");
        books.add(&said);
        let before = survivor.said().len();
        survivor.has_said(before + 1).await;
    }
    let said = survivor.ended(LONG).await;
    assert_eq!(said.last(), Some(&Said::Done { left: 0 }), "{:?}", said.iter().rev().take(3).collect::<Vec<_>>());
    books.add(&said);
    let session = open(&url, "recovery").file(&file).await.unwrap();
    assert_equal(&session, &alice, "crm", ENTITIES).await;
    books.all_is_there(&alice, "crm").await;
}

fn open(url: &str, thread: &str) -> pgmemory::OpenSession {
    Memory::connect_lazy(Config::from_url(url).unwrap()).unwrap().session(USER, thread)
}

/// One that is busy keeps no other from PostgreSQL, nor from the answer that it is done.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_session_does_not_starve_another() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alice.sqlite");
    let busy = database.memory.session(USER, "busy").file(&file).await.unwrap();
    let quiet = database.memory.session(USER, "quiet").file(&file).await.unwrap();
    let mut callers = JoinSet::new();
    for caller in 0..4 {
        let busy = busy.clone();
        callers.spawn(async move {
            for number in 0.. {
                let remembered = busy.remember(&NewNode::entity("crm", "busy").data(json!({caller.to_string(): number}))).await.unwrap();
                busy.wait_durable(&remembered, LONG).await.unwrap();
            }
        });
    }
    for number in 0..10 {
        let remembered = quiet.remember(&NewNode::entity("crm", "quiet").data(json!({number.to_string(): true}))).await.unwrap();
        quiet.wait_durable(&remembered, LONG).await.unwrap();
        assert!(quiet.get_entity("crm", "quiet").await.unwrap().is_some());
    }
    callers.shutdown().await;
    let alice = database.user(USER);
    assert_eq!(writes_of(&quiet_of(&alice).await).len(), 10);
    assert_eq!(busy.flush(LONG).await.unwrap(), 0);
}

async fn quiet_of(alice: &UserMemory) -> pgmemory::Node {
    alice.get_entity("crm", "quiet").await.unwrap().unwrap()
}
