//! What becomes of calls that end before the server has answered.

use std::time::Duration;

use pgmemory::{Config, ErrorKind, Memory, NewNode};
use tokio::time::timeout;

use super::proxied;
use crate::support::{Database, until};

/// Waits until no other connection of the database runs a statement.
async fn wait_for_quiet(client: &tokio_postgres::Client) {
    let is_quiet = "SELECT count(*) = 0 FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()";
    until(client, is_quiet).await;
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_and_its_connection_closed() {
    let database = Database::new().await;
    let memory = Memory::connect(Config::from_url(&database.direct_url()).unwrap().pool_size(1)).await.unwrap();
    let alice = memory.user("alice").unwrap();
    let node_id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let locker = database.client().await;
    locker.batch_execute("BEGIN; LOCK TABLE memory.nodes").await.unwrap();
    let observer = database.client().await;
    for _ in 0..3 {
        assert!(timeout(Duration::from_millis(200), alice.store(&NewNode::entity("crm", "2"))).await.is_err());
        wait_for_quiet(&observer).await;
        assert!(timeout(Duration::from_millis(200), alice.get(node_id)).await.is_err());
        wait_for_quiet(&observer).await;
    }
    locker.batch_execute("COMMIT").await.unwrap();
    // The pool has one connection, and the next caller gets none that still waits for something else.
    assert!(alice.get(node_id).await.unwrap().is_some());
    assert_eq!(alice.stats().await.unwrap().total_nodes, 1, "nothing was stored late");
}

#[tokio::test]
async fn a_pool_is_closed_when_the_server_knows() {
    let database = Database::new().await;
    let memory = Memory::connect(Config::from_url(&database.direct_url()).unwrap()).await.unwrap();
    let alice = memory.user("alice").unwrap();
    let locker = database.client().await;
    locker.batch_execute("BEGIN; LOCK TABLE memory.nodes").await.unwrap();
    assert!(timeout(Duration::from_millis(200), alice.list()).await.is_err());
    memory.close().await;
    wait_for_quiet(&database.client().await).await;
    let error = alice.list().await.unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let database = Database::new().await;
    let (proxy, url) = proxied(&database).await;
    let config = Config::from_url(&url).unwrap().command_timeout(Duration::from_millis(100)).connect_timeout(Duration::from_millis(500));
    let memory = Memory::connect(config).await.unwrap();
    let alice = memory.user("alice").unwrap();
    let node_id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    proxy.hang();
    let other = NewNode::entity("crm", "2");
    let (read, write) = tokio::join!(alice.get(node_id), alice.store(&other));
    for error in [read.unwrap_err(), write.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
        assert!(error.is_retryable() && error.to_string().contains("POSTGRES_COMMAND_TIMEOUT"), "{error}");
    }
    // Its connections are not lent again.
    let error = alice.list().await.unwrap_err();
    assert!(error.to_string().contains("cannot connect"), "{error}");
}
