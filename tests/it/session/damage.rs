//! A damaged file.

use std::{fs, path::Path, time::Duration};

use pgmemory::{Config, ErrorKind, Memory, NewNode, Session};
use rusqlite::Connection;
use serde_json::json;

use super::{LONG, USER, books::assert_equal, proxied, proxy::Line, wait_for_end};
use crate::support::Database;

const ENTITIES: u64 = 300;
const PAGE: usize = 4_096;

fn entity(id: u64) -> NewNode {
    NewNode::entity("crm", id.to_string()).name(format!("Company {id}")).data(json!({"about": format!("{id} ").repeat(400)}))
}

/// Reads all that there is: what PostgreSQL has, or an error.
async fn read_all(session: &Session, database: &Database) -> Result<(), pgmemory::Error> {
    for id in 0..ENTITIES {
        let here = session.get_entity("crm", &id.to_string()).await?;
        assert_eq!(here, database.user(USER).get_entity("crm", &id.to_string()).await.unwrap());
    }
    session.search("company").await?;
    session.status().await?;
    Ok(())
}

/// The places of the pages that hold nodes, counted from 0.
fn pages_of_nodes(file: &Path) -> Vec<u32> {
    let connection = Connection::open(file).unwrap();
    let mut pages = connection.prepare("SELECT pageno - 1 FROM dbstat WHERE name = 'nodes' AND pagetype = 'leaf'").unwrap();
    pages.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_page_is_told_and_costs_nothing_durable() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alice.sqlite");
    let session = database.memory.session(USER, "t").file(&file).await.unwrap();
    for id in 0..ENTITIES {
        session.remember(&entity(id)).await.unwrap();
    }
    assert_equal(&session, &database.user(USER), "crm", ENTITIES).await;
    assert_eq!(session.close(LONG).await.unwrap(), 0);
    wait_for_end(&file).await;

    let whole = fs::read(&file).unwrap();
    let pages = pages_of_nodes(&file);
    let mut random = fastrand::Rng::with_seed(3);
    let mut errors = 0;
    for round in 0..16 {
        let mut damaged = whole.clone();
        // What no read needs, such as a free page, may go unnoticed.
        let is_of_nodes = round < 8;
        let page = if is_of_nodes { pages[random.usize(..pages.len())] as usize } else { random.usize(2..whole.len() / PAGE) };
        let bytes = &mut damaged[page * PAGE..][..PAGE];
        if round % 2 == 0 {
            random.fill(bytes);
        } else {
            bytes.fill(0);
        }
        fs::write(&file, damaged).unwrap();
        let read = async {
            let session = database.memory.session(USER, "t").file(&file).await?;
            let read = read_all(&session, &database).await;
            drop(session);
            wait_for_end(&file).await;
            read
        };
        if let Err(error) = read.await {
            assert_eq!(error.kind(), ErrorKind::SessionFile, "{error:?}");
            assert!(error.to_string().contains("is damaged"), "{error}");
            errors += usize::from(is_of_nodes);
        }
    }
    assert_eq!(errors, 8, "what happens to nodes is noticed");

    fs::rename(&file, folder.path().join("damaged")).unwrap();
    let session = database.memory.session(USER, "t").file(&file).await.unwrap();
    read_all(&session, &database).await.unwrap();
    assert_eq!(session.status().await.unwrap().nodes, i64::try_from(ENTITIES).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_is_not_sent() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let (proxy, url) = proxied(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alice.sqlite");
    let memory = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap();
    proxy.set(Line::Cut);
    let session = memory.session(USER, "t").file(&file).await.unwrap();
    for id in 1..=5 {
        session.remember(&entity(id)).await.unwrap();
    }
    assert_eq!(session.close(Duration::ZERO).await.unwrap(), 5);
    let connection = Connection::open(&file).unwrap();
    // One stays JSON, one stays a text, one does neither.
    for (position, damage) in [
        (2, "replace(entry, 'Company 2', 'Company 9')"),
        (3, "replace(entry, '{', '[')"),
        (4, "CAST(replace(CAST(entry AS BLOB), 'Company', x'FFFE00') AS TEXT)"),
    ] {
        assert_eq!(connection.execute(&format!("UPDATE journal SET entry = {damage} WHERE position = {position}"), []).unwrap(), 1);
    }
    drop(connection);
    proxy.set(Line::Passes);
    let session = memory.session(USER, "t").file(&file).await.unwrap();
    assert_eq!(session.flush(LONG).await.unwrap(), 0);
    for id in [1, 5] {
        assert!(alice.get_entity("crm", &id.to_string()).await.unwrap().is_some());
    }
    assert_eq!(alice.stats().await.unwrap().total_nodes, 2);
    let letters = session.dead_letters().await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.number).collect::<Vec<_>>(), [2, 3, 4]);
    for letter in &letters {
        assert!(letter.reason.contains("damaged"), "{}", letter.reason);
        let error = session.retry_dead_letter(letter.number).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SessionFile);
        session.drop_dead_letter(letter.number).await.unwrap();
    }
    assert!(session.dead_letters().await.unwrap().is_empty());
    assert_eq!(alice.stats().await.unwrap().total_nodes, 2);
    // What never came there is not here either.
    for id in 2..=4 {
        assert!(session.get_entity("crm", &id.to_string()).await.unwrap().is_none());
    }
}
