//! Writes of many callers become few statements, and no caller notices but by the time that it takes.

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;
use pgmemory::{Coalescing, Config, ContextType, ErrorKind, Memory, NewNode, NewRelationship, Outcome, RelationshipType, UserMemory};
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{concurrency::wait_for_connections, properties::log::assert_books_are_true, support::Database};

fn entity(number: usize) -> NewNode {
    NewNode::entity("crm", number.to_string()).data(json!({"number": number}))
}

fn fact(number: usize) -> NewNode {
    NewNode::new(ContextType::ConversationFact, json!({"text": format!("fact {number}")}))
}

fn users(memory: &Memory, count: usize) -> Vec<UserMemory> {
    (0..count).map(|number| memory.user(&format!("user {number}")).unwrap()).collect()
}

async fn memory(database: &Database, coalescing: Coalescing) -> Memory {
    Memory::connect(Config::from_url(&database.direct_url()).unwrap().coalescing(coalescing)).await.unwrap()
}

/// How many transactions wrote the rows of a table, and how many users one of them wrote for at most.
async fn transactions(client: &Client, table: &str) -> (i64, i64) {
    let count = format!(
        "SELECT count(*), max(users) FROM (SELECT count(DISTINCT user_id) AS users FROM memory.{table} GROUP BY xmin::text) AS transactions"
    );
    let row = client.query_one(&count, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

/// Keeps all who write for a user waiting until the client commits.
async fn lock(client: &Client, user_id: &str) {
    client.batch_execute("BEGIN").await.unwrap();
    let lock = "SELECT FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE";
    assert_eq!(client.execute(lock, &[&user_id]).await.unwrap(), 1);
}

#[tokio::test]
async fn calls_at_the_same_time_share_their_statements() {
    // Of five users a writer takes three at most, and leaves two to the other.
    for (coalescing, is_shared, expected_users) in
        [(Coalescing::Users, true, 2..=3), (Coalescing::OneUser, true, 1..=1), (Coalescing::Off, false, 1..=1)]
    {
        let database = Database::new().await;
        let client = database.client().await;
        let memory = memory(&database, coalescing).await;
        let users = users(&memory, 5);
        for user in &users {
            user.store(&fact(0)).await.unwrap();
        }
        let nodes: Vec<NewNode> = (0..200).map(|number| if number % 2 == 0 { entity(number) } else { fact(number) }).collect();
        let stored = join_all(nodes.iter().zip(users.iter().cycle()).map(|(node, user)| user.store(node))).await;
        let stored: Vec<Uuid> = stored.into_iter().map(|stored| stored.unwrap().node_id).collect();
        for ((node, user), node_id) in nodes.iter().zip(users.iter().cycle()).zip(&stored) {
            let found = user.get(*node_id).await.unwrap().expect("what was answered is there");
            assert_eq!(found.content.get("text"), node.content.get("text"));
            assert_eq!(found.content.get("entity_data"), node.content.get("entity_data"));
        }
        let pairs = (0..195).map(|number| NewRelationship::new(stored[number], RelationshipType::LedTo, stored[number + 5]));
        let pairs: Vec<NewRelationship> = pairs.collect();
        let related = join_all(pairs.iter().zip(users.iter().cycle()).map(|(pair, user)| user.relate(pair))).await;
        assert_eq!(related.into_iter().map(|related| related.unwrap().id).collect::<HashSet<_>>().len(), pairs.len());
        for table in ["nodes", "relationships"] {
            let (transactions, most_users) = transactions(&client, table).await;
            assert_eq!(transactions < 60, is_shared, "{coalescing:?}: {transactions} transactions wrote {table}");
            assert!(expected_users.contains(&most_users), "{coalescing:?}: {most_users} users in one");
        }
        for user in &users {
            assert_books_are_true(&client, user.user_id()).await;
        }
    }
}

#[tokio::test]
async fn the_same_entity_is_merged_by_each_of_them() {
    let database = Database::new().await;
    let users = users(&database.memory, 3);
    let given = (0..300).map(|number| (&users[number % 3], NewNode::entity("crm", "1").data(json!({number.to_string(): number}))));
    let given: Vec<_> = given.collect();
    let stored = join_all(given.iter().map(|(user, node)| user.store(node))).await;
    let inserted = stored.iter().filter(|stored| stored.as_ref().unwrap().outcome == Outcome::Inserted).count();
    assert_eq!(inserted, 3);
    for user in &users {
        let node = user.get_entity("crm", "1").await.unwrap().unwrap();
        assert_eq!(node.content["update_count"], 99);
        assert_eq!(node.content["entity_data"].as_object().unwrap().len(), 100);
    }
}

#[tokio::test]
async fn one_that_fails_fails_no_other() {
    let database = Database::new().await;
    let users = users(&database.memory, 4);
    let mut taken = Vec::new();
    for user in &users {
        taken.push(user.store(&entity(1_000)).await.unwrap().node_id);
    }
    let bad = |number: usize, user: usize| match number % 20 {
        0 => (NewNode::entity("crm", format!("other {number}")).node_id(taken[user]), Some(ErrorKind::Conflict)),
        10 => (fact(number).node_id(taken[user]), Some(ErrorKind::Conflict)),
        5 => (NewNode::new(ContextType::ToolOutput, json!({"text": "nul \0"})), Some(ErrorKind::InvalidInput)),
        _ => (entity(number), None),
    };
    let given: Vec<_> = (0..200).map(|number| (number % 4, bad(number, number % 4))).collect();
    let stored = join_all(given.iter().map(|(user, (node, _))| users[*user].store(node))).await;
    for (result, (_, (node, expected))) in stored.iter().zip(&given) {
        assert_eq!(result.as_ref().err().map(pgmemory::Error::kind), *expected, "{node:?}: {result:?}");
    }
    // Of another user's nodes as little as of none.
    let relate = |number: usize| {
        let to = if number.is_multiple_of(7) { taken[(number + 1) % 4] } else { taken[number % 4] };
        NewRelationship::new(taken[number % 4], RelationshipType::LedTo, to).metadata(json!({"number": number}))
    };
    let pairs: Vec<NewRelationship> = (0..100).map(relate).collect();
    let related = join_all(pairs.iter().enumerate().map(|(number, pair)| users[number % 4].relate(pair))).await;
    for (number, result) in related.iter().enumerate() {
        let expected = number.is_multiple_of(7).then_some(ErrorKind::NotFound);
        assert_eq!(result.as_ref().err().map(pgmemory::Error::kind), expected, "{number}: {result:?}");
    }
}

#[tokio::test]
async fn nobody_waits_for_another_user() {
    let database = Database::new().await;
    let client = database.client().await;
    let users = users(&database.memory, 10);
    for user in &users {
        user.store(&entity(0)).await.unwrap();
    }
    lock(&client, users[0].user_id()).await;
    let mut waiting = JoinSet::new();
    for number in 1..100 {
        let user = users[0].clone();
        waiting.spawn(async move { user.store(&entity(number)).await });
    }
    for round in 0..5 {
        let others = users[1..].iter().flat_map(|user| (0..10).map(move |number| (user, entity(round * 10 + number))));
        let others: Vec<_> = others.collect();
        let stored = timeout(Duration::from_secs(10), join_all(others.iter().map(|(user, node)| user.store(node)))).await;
        assert!(stored.expect("nobody waits for the first user").iter().all(Result::is_ok));
    }
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waits: i64 = database.client().await.query_one(waits, &[]).await.unwrap().get(0);
    assert_eq!(waits, 1, "all who wait for one user need one connection");
    assert!(waiting.try_join_next().is_none());
    client.batch_execute("COMMIT").await.unwrap();
    while let Some(stored) = waiting.join_next().await {
        stored.unwrap().unwrap();
    }
    assert_eq!(users[0].stats().await.unwrap().total_nodes, 100);
}

/// Neither where each of several is waited for by itself.
#[tokio::test]
async fn several_who_wait_hold_up_nobody_else() {
    let database = Database::new().await;
    let users = users(&database.memory, 6);
    let mut locks = Vec::new();
    for user in &users {
        user.store(&entity(0)).await.unwrap();
    }
    let mut waiting = JoinSet::new();
    for user in &users[..4] {
        let client = database.client().await;
        lock(&client, user.user_id()).await;
        locks.push(client);
        let user = user.clone();
        waiting.spawn(async move { user.store(&entity(1)).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let node = entity(1);
    let others = timeout(Duration::from_secs(10), join_all(users[4..].iter().map(|user| user.store(&node)))).await;
    assert!(others.expect("nobody waits for the first four").iter().all(Result::is_ok));
    assert!(waiting.try_join_next().is_none());
    for client in locks {
        client.batch_execute("COMMIT").await.unwrap();
    }
    while let Some(stored) = waiting.join_next().await {
        stored.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_has_expired_is_not_merged_into() {
    let database = Database::new().await;
    let client = database.client().await;
    let users = users(&database.memory, 2);
    for user in &users {
        let gone = user.store(&entity(1)).await.unwrap().node_id;
        let other = user.store(&entity(2)).await.unwrap().node_id;
        user.relate(&NewRelationship::new(gone, RelationshipType::LedTo, other)).await.unwrap();
    }
    client.batch_execute("UPDATE memory.nodes SET expires_at = '2020-01-01' WHERE entity_id = '1'").await.unwrap();
    let gone = client.query("SELECT user_id, node_id FROM memory.nodes WHERE entity_id = '1' ORDER BY user_id", &[]).await.unwrap();
    let others = join_all(users.iter().map(|user| user.get_entity("crm", "2"))).await;
    let pairs = gone
        .iter()
        .zip(others)
        .map(|(row, other)| NewRelationship::new(other.unwrap().unwrap().node_id, RelationshipType::LedTo, row.get(1)));
    let pairs: Vec<NewRelationship> = pairs.collect();
    for related in join_all(users.iter().zip(&pairs).map(|(user, pair)| user.relate(pair))).await {
        assert_eq!(related.unwrap_err().kind(), ErrorKind::NotFound);
    }
    let node = entity(1);
    for stored in join_all(users.iter().map(|user| user.store(&node))).await {
        assert_eq!(stored.unwrap().outcome, Outcome::Inserted);
    }
    for user in &users {
        assert_eq!(user.get_entity("crm", "1").await.unwrap().unwrap().content["update_count"], 0);
        assert_eq!(user.stats().await.unwrap().total_relationships, 0);
        assert_books_are_true(&client, user.user_id()).await;
    }
}

#[tokio::test]
async fn those_who_leave_take_nobody_with_them() {
    let database = Database::new().await;
    let users = users(&database.memory, 3);
    let mut calls = JoinSet::new();
    let mut leaving = Vec::new();
    for number in 0..300 {
        let user = users[number % 3].clone();
        let call = calls.spawn(async move { user.store(&entity(number)).await.map(|_| number) });
        if number % 2 == 0 {
            leaving.push(call);
        }
    }
    tokio::task::yield_now().await;
    leaving.iter().for_each(tokio::task::AbortHandle::abort);
    let mut answered = HashSet::new();
    while let Some(result) = calls.join_next().await {
        match result {
            Ok(stored) => assert!(answered.insert(stored.unwrap())),
            Err(error) => assert!(error.is_cancelled()),
        }
    }
    assert!((1..300).step_by(2).all(|number| answered.contains(&number)));
    for number in answered {
        let node = users[number % 3].get_entity("crm", &number.to_string()).await.unwrap().unwrap();
        assert_eq!(node.content["update_count"], 0);
    }
}

#[tokio::test]
async fn a_queue_that_is_full_lets_nobody_in() {
    let database = Database::new().await;
    let client = database.client().await;
    let config = Config::from_url(&database.direct_url()).unwrap().wait_timeout(Duration::from_millis(500));
    let user = Memory::connect(config).await.unwrap().user("alice").unwrap();
    user.store(&entity(0)).await.unwrap();
    lock(&client, "alice").await;
    let nodes: Vec<NewNode> = (0..1_100).map(entity).collect();
    let calls = join_all(nodes.iter().map(|node| user.store(node)));
    let commit = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.batch_execute("COMMIT").await.unwrap();
    };
    let (stored, ()) = tokio::join!(calls, commit);
    let refused: Vec<_> = stored.iter().filter_map(|stored| stored.as_ref().err()).collect();
    assert_eq!(refused.len(), 100);
    assert!(refused.iter().all(|error| error.kind() == ErrorKind::PoolExhausted && error.is_retryable()));
    assert_eq!(user.stats().await.unwrap().total_nodes, 1_000);
}

/// A caller who writes alone, and leaves, hands over to those who came meanwhile.
#[tokio::test]
async fn the_first_may_leave_before_the_others() {
    let database = Database::new().await;
    let (client, observer) = (database.client().await, database.client().await);
    let user = database.user("alice");
    user.store(&entity(0)).await.unwrap();
    lock(&client, "alice").await;
    let first = tokio::spawn({
        let user = user.clone();
        async move { user.store(&entity(1)).await }
    });
    wait_for_connections(&observer, "wait_event_type = 'Lock'", 1).await;
    let waiting = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let of_the_first: i32 = observer.query_one(waiting, &[]).await.unwrap().get(0);
    let others = tokio::spawn({
        let user = user.clone();
        async move {
            let nodes: Vec<NewNode> = (2..12).map(entity).collect();
            join_all(nodes.iter().map(|node| user.store(node))).await
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    // The server has to have heard that before it may go on.
    wait_for_connections(&observer, &format!("wait_event_type = 'Lock' AND pid = {of_the_first}"), 0).await;
    client.batch_execute("COMMIT").await.unwrap();
    let stored = timeout(Duration::from_secs(30), others).await.expect("somebody writes for them").unwrap();
    assert!(stored.iter().all(Result::is_ok), "{stored:?}");
    assert!(user.get_entity("crm", "1").await.unwrap().is_none(), "nobody waited for it");
}

/// A runtime that ends takes its calls with it, and not those of another that shares the connections.
#[test]
fn a_runtime_that_ends_stops_nobody_else() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let lasting = runtime();
    let database = lasting.block_on(Database::new());
    let (client, user) = lasting.block_on(async { (database.client().await, database.user("alice")) });
    lasting.block_on(async {
        user.store(&entity(0)).await.unwrap();
        lock(&client, "alice").await;
    });
    let ending = runtime();
    for number in 0..20 {
        let user = user.clone();
        ending.spawn(async move { user.store(&entity(number)).await });
    }
    ending.block_on(async { tokio::time::sleep(Duration::from_millis(200)).await });
    ending.shutdown_background();
    lasting.block_on(async {
        client.batch_execute("COMMIT").await.unwrap();
        let stored = timeout(Duration::from_secs(30), user.store(&entity(100))).await;
        // The first may be told that its task has ended.
        if stored.expect("nobody waits for ever").is_err() {
            user.store(&entity(100)).await.unwrap();
        }
        assert!(user.get_entity("crm", "100").await.unwrap().is_some());
    });
}
