//! The log of changes is read in order, without gaps or repeats, whoever writes meanwhile.

use std::{pin::pin, time::Duration};

use futures::{StreamExt, TryStreamExt, future::join_all};
use pgmemory::{Change, ErrorKind, NewNode, NewRelationship, Operation, RelationshipType, UserMemory};

use crate::support::Database;

async fn versions(memory: &UserMemory, since: i64, limit: usize) -> Vec<i64> {
    memory.changes(since).limit(limit).await.unwrap().iter().map(|change| change.version).collect()
}

#[tokio::test]
async fn every_change_is_told_once_and_in_order() {
    use Operation::{Delete, Insert, Update};

    let database = Database::new().await;
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let nodes = alice.store_many(&[NewNode::entity("crm", "1"), NewNode::entity("crm", "2")]).await.unwrap();
    let [one, two] = [nodes[0].node_id, nodes[1].node_id];
    let related = alice.relate(&NewRelationship::new(one, RelationshipType::LedTo, two)).await.unwrap().id;
    bob.store(&NewNode::entity("crm", "1")).await.unwrap();
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
    alice.touch(&[one]).await.unwrap();
    alice.delete(two).await.unwrap();

    let changes = alice.changes(0).await.unwrap();
    let told: Vec<_> = changes.iter().map(|change| (change.version, change.operation, change.node_id, change.relationship_id)).collect();
    assert_eq!(
        told[..4],
        [(1, Insert, Some(one), None), (2, Insert, Some(two), None), (3, Insert, None, Some(related)), (4, Update, Some(one), None)]
    );
    // A relationship goes with its node, in either order.
    assert!(told.len() == 6 && told[4..].iter().all(|change| change.1 == Delete), "{told:?}");
    assert!(told[4..].iter().any(|change| change.2 == Some(two)) && told[4..].iter().any(|change| change.3 == Some(related)));
    let mut one_by_one = Vec::new();
    while let Some(version) = versions(&alice, one_by_one.last().copied().unwrap_or(0), 1).await.pop() {
        one_by_one.push(version);
    }
    assert_eq!(one_by_one, [1, 2, 3, 4, 5, 6]);
    assert_eq!(versions(&bob, 0, 50).await, [1]);
    assert_eq!(alice.stats().await.unwrap().version, 6);
    assert!(database.user("nobody").changes(0).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_misses_nothing_of_many_writers() {
    const WRITERS: usize = 4;
    const STORES: usize = 40;
    let database = Database::new().await;
    let alice = database.user("alice");
    let watcher = tokio::spawn(alice.watch(0).take(WRITERS * STORES).try_collect::<Vec<Change>>());
    let write = |writer: usize| {
        let alice = alice.clone();
        async move {
            for store in 0..STORES {
                alice.store(&NewNode::entity("crm", format!("{}", (writer + store) % 7))).await.unwrap();
            }
        }
    };
    join_all((0..WRITERS).map(write)).await;
    let changes = tokio::time::timeout(Duration::from_secs(30), watcher).await.unwrap().unwrap().unwrap();
    let versions: Vec<i64> = changes.iter().map(|change| change.version).collect();
    let all: Vec<i64> = (1..).take(WRITERS * STORES).collect();
    assert_eq!(versions, all);
    assert_eq!(changes.iter().filter(|change| change.operation == Operation::Insert).count(), 7);
}

/// Who lost the connection, or stopped, goes on where it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_goes_on_after_a_lost_connection() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let mut changes = pin!(alice.watch(0));
    for number in 1..=3 {
        alice.store(&NewNode::entity("crm", number.to_string())).await.unwrap();
        let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'pgmemory' AND pid <> pg_backend_pid()";
        database.client().await.query(terminate, &[]).await.unwrap();
        let change = loop {
            match changes.next().await.unwrap() {
                Ok(change) => break change,
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        };
        assert_eq!(change.version, number);
    }
    let resumed: Vec<Change> = alice.watch(1).take(2).try_collect().await.unwrap();
    assert_eq!(resumed.iter().map(|change| change.version).collect::<Vec<_>>(), [2, 3]);
}

/// What was swept cannot be told, and is not passed over.
#[tokio::test]
async fn a_reader_that_is_too_far_behind_is_told_so() {
    let database = Database::new().await;
    let alice = database.user("alice");
    for number in 0..5 {
        alice.store(&NewNode::entity("crm", number.to_string())).await.unwrap();
    }
    let client = database.client().await;
    client.batch_execute("DELETE FROM memory.changes WHERE version <= 3").await.unwrap();
    for (since, is_told) in [(0, false), (2, false), (3, true), (5, true), (6, false)] {
        match alice.changes(since).await {
            Ok(changes) => assert!(is_told && changes.len() == usize::try_from(5 - since).unwrap(), "{since}"),
            Err(error) => assert!(!is_told && error.kind() == ErrorKind::Behind, "{since}: {error}"),
        }
    }
    client.batch_execute("DELETE FROM memory.changes").await.unwrap();
    assert_eq!(alice.changes(4).await.unwrap_err().kind(), ErrorKind::Behind, "all of it was swept");
    let mut watched = pin!(alice.watch(4));
    assert_eq!(watched.next().await.unwrap().unwrap_err().kind(), ErrorKind::Behind);
    assert!(watched.next().await.is_none(), "nothing will change that");
    database.memory.delete_user("alice").await.unwrap();
    assert_eq!(alice.changes(5).await.unwrap_err().kind(), ErrorKind::Behind);
}
