//! What is made again by itself, and what is not.

use futures::future::join_all;
use pgmemory::{Config, Error, ErrorKind, Memory, NewNode, NewRelationship, RelationshipType, UserMemory};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{Proxy, proxied};
use crate::support::Database;

async fn user(config: Config) -> UserMemory {
    Memory::connect(config).await.unwrap().user("alice").unwrap()
}

/// A node of a user whose pool has five connections by way of a proxy, none of which is replaced unasked.
async fn five_connections(database: &Database) -> (Proxy, UserMemory, Uuid) {
    let (proxy, url) = proxied(database).await;
    let alice = user(Config::from_url(&url).unwrap().pool_min_size(0)).await;
    let node_id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    join_all((0..5).map(|_| alice.get(node_id))).await;
    assert_eq!(proxy.opened(), 5);
    (proxy, alice, node_id)
}

/// All connections have broken, and the pool does not know.
#[tokio::test]
async fn a_read_goes_on_over_a_new_connection() {
    let database = Database::new().await;
    let (proxy, alice, node_id) = five_connections(&database).await;
    proxy.condemn();
    assert!(alice.get(node_id).await.unwrap().is_some());
    proxy.condemn();
    assert_eq!(alice.list().await.unwrap().items.len(), 1);
    proxy.condemn();
    assert_eq!(alice.load().await.unwrap().nodes.len(), 1);
    proxy.condemn();
    assert_eq!(alice.stats().await.unwrap().total_nodes, 1);
}

#[tokio::test]
async fn a_write_over_a_broken_connection_is_left_to_the_caller() {
    let database = Database::new().await;
    let (proxy, alice, _) = five_connections(&database).await;
    proxy.condemn();
    let error = alice.store(&NewNode::entity("crm", "2")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!(error.is_retryable());
    // Its fellows, which are as dead, went with it.
    alice.store(&NewNode::entity("crm", "3")).await.unwrap();
    assert_eq!(alice.list().await.unwrap().items.len(), 2);
}

/// Lets every write of a table fail until the given attempt; a sequence counts them, since it is never rolled back.
async fn fail_until(client: &Client, table: &str, attempt: i32, sqlstate: &str) {
    client
        .batch_execute(&format!(
            "DROP SEQUENCE IF EXISTS attempts CASCADE;
            CREATE SEQUENCE attempts;
            CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('attempts') < {attempt} THEN
                    RAISE EXCEPTION 'not now' USING ERRCODE = '{sqlstate}';
                END IF;
                RETURN NULL;
            END $$;
            DROP TRIGGER IF EXISTS fail ON memory.nodes;
            DROP TRIGGER IF EXISTS fail ON memory.relationships;
            CREATE TRIGGER fail BEFORE INSERT OR UPDATE OR DELETE ON memory.{table} FOR EACH STATEMENT EXECUTE FUNCTION fail()"
        ))
        .await
        .unwrap();
}

async fn attempts(client: &Client) -> i64 {
    client.query_one("SELECT last_value FROM attempts", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn every_write_is_made_again_after_a_deadlock_or_serialization_failure() {
    let database = Database::new().await;
    let client = database.client().await;
    let alice = database.user("alice");
    let entity = |id: &str| NewNode::entity("crm", id);
    let stored = alice.store_many(&[entity("1"), entity("2"), entity("3")]).await.unwrap();
    let [one, two, three] = [stored[0].node_id, stored[1].node_id, stored[2].node_id];
    let both = NewRelationship::new(one, RelationshipType::LedTo, two);

    for sqlstate in ["40001", "40P01"] {
        fail_until(&client, "nodes", 3, sqlstate).await;
        alice.store(&entity("1")).await.unwrap();
        assert!(attempts(&client).await >= 3);
        // In a transaction of its own, the second part of which fails.
        fail_until(&client, "nodes", 3, sqlstate).await;
        alice.store_many(&[entity("4"), entity("1"), entity("4")]).await.unwrap();
        fail_until(&client, "nodes", 3, sqlstate).await;
        assert!(alice.update(one).summary("new").await.unwrap());
        fail_until(&client, "nodes", 3, sqlstate).await;
        assert_eq!(alice.touch(&[one]).await.unwrap(), 1);
        fail_until(&client, "relationships", 3, sqlstate).await;
        alice.relate(&both).await.unwrap();
        fail_until(&client, "relationships", 3, sqlstate).await;
        alice.relate_many(&[both.clone(), both.clone()]).await.unwrap();
        fail_until(&client, "relationships", 3, sqlstate).await;
        assert_eq!(alice.unrelate(one, None, two).await.unwrap(), 1);
    }
    fail_until(&client, "nodes", 3, "40001").await;
    assert!(alice.delete(three).await.unwrap());
    assert_eq!(alice.get_entity("crm", "4").await.unwrap().unwrap().content["update_count"], 3, "no attempt counts twice");
}

#[tokio::test]
async fn attempts_are_bounded() {
    let database = Database::new().await;
    let client = database.client().await;
    fail_until(&client, "nodes", 100, "40001").await;
    let error = database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap_err();
    assert_eq!((error.kind(), attempts(&client).await), (ErrorKind::Unavailable, 4));
    assert!(error.is_retryable());

    fail_until(&client, "nodes", 100, "23514").await;
    database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap_err();
    assert_eq!(attempts(&client).await, 1, "another failure is final");
}

/// Connections to a server that has become a standby are given up: the next ones find the primary.
#[tokio::test]
async fn a_pool_lets_go_of_a_server_that_accepts_no_writes() {
    let database = Database::new().await;
    let client = database.client().await;
    let memory = Memory::connect(Config::from_url(&database.url).unwrap().pool_min_size(0)).await.unwrap();
    fail_until(&client, "nodes", 2, "25006").await;
    let alice = memory.user("alice").unwrap();
    let error = alice.store(&NewNode::entity("crm", "1")).await.unwrap_err();
    assert_eq!((error.kind(), attempts(&client).await, memory.pool_metrics().size), (ErrorKind::Denied, 1, 0));
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
}

/// Only the caller can begin their transaction again.
#[tokio::test]
async fn nothing_is_made_again_within_a_transaction_of_the_caller() {
    let database = Database::new().await;
    let (mut client, observer) = (database.client().await, database.client().await);
    let alice = database.user("alice");
    fail_until(&observer, "nodes", 2, "40001").await;
    let transaction = client.transaction().await.unwrap();
    let error: Error = alice.within(&transaction).store(&NewNode::entity("crm", "1")).await.unwrap_err();
    assert_eq!((error.kind(), attempts(&observer).await), (ErrorKind::Unavailable, 1));
}

/// A migration changes the type of a column under statements that are prepared.
#[tokio::test]
async fn a_stale_plan_is_made_anew() {
    let database = Database::new().await;
    let client = database.client().await;
    let alice = user(Config::from_url(&database.url).unwrap().pool_size(3).pool_min_size(3)).await;
    let node_id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let read_all = async || {
        for _ in 0..3 {
            assert!(alice.get(node_id).await.unwrap().is_some());
            assert_eq!(alice.list().await.unwrap().items.len(), 1);
            alice.load().await.unwrap();
            alice.store(&NewNode::entity("crm", "1")).await.unwrap();
        }
    };
    read_all().await;
    for precision in [3, 6] {
        client.batch_execute(&format!("ALTER TABLE memory.nodes ALTER COLUMN last_accessed TYPE timestamptz({precision})")).await.unwrap();
        read_all().await;
    }
}
