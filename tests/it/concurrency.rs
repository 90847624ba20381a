//! Many callers at once: nothing is lost, nobody waits in a circle, and nothing is left half done.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::DateTime;
use pgmemory::{Config, ErrorKind, Memory, NewNode, NewRelationship, RelationshipType, UserMemory};
use serde_json::{Map, json};
use tokio::{sync::Barrier, task::JoinSet};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    properties::log::assert_books_are_true,
    support::{Database, until},
};

fn entity(number: usize) -> NewNode {
    NewNode::entity("crm", number.to_string())
}

/// A user who has written before, one node that no test looks at.
async fn known_user(database: &Database, user_id: &str) -> UserMemory {
    let user = database.user(user_id);
    user.store(&NewNode::entity("another", "0").created_at(DateTime::UNIX_EPOCH)).await.unwrap();
    user
}

/// The row of a user that every writer locks first: there is none before the user's first write.
async fn lock_user(client: &Client, user_id: &str) {
    client.batch_execute("BEGIN").await.unwrap();
    let locked = client.execute("SELECT FROM memory.user_metadata WHERE user_id = $1 FOR UPDATE", &[&user_id]).await.unwrap();
    assert_eq!(locked, 1);
}

/// Returns once so many of the pool's connections are in a state, given as a condition on `pg_stat_activity`.
pub(crate) async fn wait_for_connections(client: &Client, condition: &str, wanted: i64) {
    let query = format!(
        "SELECT count(*) = {wanted} FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'pgmemory' AND pid <> pg_backend_pid() AND {condition}"
    );
    until(client, &query).await;
}

async fn all_finish(mut tasks: JoinSet<()>) {
    while let Some(task) = tasks.join_next().await {
        task.expect("no task fails");
    }
}

/// 32 callers give ten entities 2,000 fields, each in a store of its own.
async fn no_merge_is_lost(database: &Database, alice: UserMemory) {
    const STORES: usize = 2_000;
    const ENTITIES: usize = 10;
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let (alice, next) = (alice.clone(), next.clone());
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= STORES {
                    return;
                }
                alice.store(&entity(number % ENTITIES).data(json!({number.to_string(): number}))).await.unwrap();
            }
        });
    }
    all_finish(tasks).await;

    for number in 0..ENTITIES {
        let node = alice.get_entity("crm", &number.to_string()).await.unwrap().unwrap();
        let fields: Map<_, _> = (number..STORES).step_by(ENTITIES).map(|field| (field.to_string(), json!(field))).collect();
        assert_eq!(node.content["update_count"], fields.len() - 1);
        assert_eq!(node.content["entity_data"], json!(fields));
    }
    let client = database.client().await;
    assert_books_are_true(&client, alice.user_id()).await;
    let inserts = "SELECT count(*) FROM memory.changes JOIN memory.nodes USING (user_id, node_id)
        WHERE user_id = $1 AND op = 'insert' AND entity_system = 'crm'";
    let inserts: i64 = client.query_one(inserts, &[&alice.user_id()]).await.unwrap().get(0);
    assert_eq!(usize::try_from(inserts).unwrap(), ENTITIES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn merges_at_once_lose_nothing() {
    let database = Database::new().await;
    no_merge_is_lost(&database, known_user(&database, "alice").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn merges_at_once_lose_nothing_of_a_new_user() {
    let database = Database::new().await;
    no_merge_is_lost(&database, database.user("alice")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_writes_of_a_user_may_come_at_once() {
    let database = Database::new().await;
    let client = database.client().await;
    for user in 0..20 {
        let alice = database.user(&user.to_string());
        let start = Arc::new(Barrier::new(16));
        let mut tasks = JoinSet::new();
        for task in 0..16 {
            let (alice, start) = (alice.clone(), start.clone());
            tasks.spawn(async move {
                start.wait().await;
                alice.store(&entity(99)).await.unwrap();
                alice.store_many(&[entity(task), entity(99), entity(task / 2), entity(99)]).await.unwrap();
            });
        }
        all_finish(tasks).await;
        let shared = alice.get_entity("crm", "99").await.unwrap().unwrap();
        assert_eq!(shared.content["update_count"], 3 * 16 - 1);
        assert_books_are_true(&client, alice.user_id()).await;
    }
}

/// All pairs of neighbours among nodes, some of them twice.
fn chain(nodes: &[Uuid]) -> Vec<NewRelationship> {
    let mut pairs: Vec<NewRelationship> =
        nodes.windows(2).map(|pair| NewRelationship::new(pair[0], RelationshipType::DependsOn, pair[1])).collect();
    pairs.extend_from_within(..3);
    pairs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn batches_in_opposite_orders_finish() {
    let database = Database::new().await;
    let client = database.client().await;
    let users = [known_user(&database, "alice").await, known_user(&database, "bob").await, known_user(&database, "carol").await];
    let mut tasks = JoinSet::new();
    for task in 0..12 {
        for user in users.clone() {
            tasks.spawn(async move {
                for round in 0..10 {
                    // Overlapping, and some entities twice: a second round in the same transaction.
                    let mut batch: Vec<NewNode> = (round..round + 20).map(entity).collect();
                    batch.extend((round..round + 5).map(entity));
                    if task % 2 == 0 {
                        batch.reverse();
                    }
                    let mut nodes: Vec<Uuid> = user.store_many(&batch).await.unwrap().iter().map(|stored| stored.node_id).collect();
                    nodes.truncate(20);
                    let mut pairs = chain(&nodes);
                    if task % 3 == 0 {
                        pairs.reverse();
                    }
                    user.relate_many(&pairs).await.unwrap();
                }
            });
        }
    }
    all_finish(tasks).await;
    for user in &users {
        assert_eq!(user.stats().await.unwrap().total_nodes, 30);
        assert_books_are_true(&client, user.user_id()).await;
    }
}

/// An import of one user's entities and a relationship between each and the next.
fn lines(user_id: &str, entities: &[usize]) -> String {
    let end = |number: &usize| json!({"entity_system": "crm", "entity_id": number.to_string()});
    let nodes = entities
        .iter()
        .map(|number| json!({"kind": "node", "user_id": user_id, "context_type": "domain_entity", "content": end(number)}).to_string());
    let relationships = entities.windows(2).map(|pair| {
        json!({"kind": "relationship", "user_id": user_id, "from": end(&pair[0]), "to": end(&pair[1]), "relationship_type": "led_to"})
            .to_string()
    });
    nodes.chain(relationships).flat_map(|line| [line, "\n".to_owned()]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_kind_of_write_on_the_same_nodes_finishes() {
    let database = Database::new().await;
    let client = database.client().await;
    let users = [known_user(&database, "alice").await, known_user(&database, "bob").await];
    let mut tasks = JoinSet::new();
    for task in 0..10 {
        for user in users.clone() {
            let memory = database.memory.clone();
            tasks.spawn(async move {
                for round in 0..12 {
                    let mut numbers: Vec<usize> = (0..12).collect();
                    if (task + round) % 2 == 0 {
                        numbers.reverse();
                    }
                    write(&memory, &user, task, &numbers).await;
                }
            });
        }
    }
    all_finish(tasks).await;
    for user in &users {
        assert_books_are_true(&client, user.user_id()).await;
    }
}

/// One write after the kind of the task; a node that another task deleted may be missing, nothing else may happen.
async fn write(memory: &Memory, user: &UserMemory, task: usize, numbers: &[usize]) {
    let nodes: Vec<Uuid> = user.list().limit(12).await.unwrap().items.iter().map(|node| node.node_id).collect();
    match task % 5 {
        0 | 1 => {
            let batch: Vec<NewNode> = numbers.iter().chain(&numbers[..4]).map(|number| entity(*number)).collect();
            user.store_many(&batch).await.unwrap();
        }
        2 if nodes.len() > 4 => {
            let related = user.relate_many(&chain(&nodes)).await;
            assert!(related.is_ok_and(|related| !related.is_empty()) || is_missing(user, &nodes).await);
        }
        3 => {
            for node_id in nodes.iter().take(2) {
                user.delete(*node_id).await.unwrap();
            }
        }
        _ => {
            let report = memory.import(io::Cursor::new(lines(user.user_id(), numbers))).await.unwrap();
            assert_eq!(report.nodes_inserted + report.nodes_merged, 12);
            assert_eq!(report.relationships_inserted + report.relationships_merged, 11);
        }
    }
}

async fn is_missing(user: &UserMemory, nodes: &[Uuid]) -> bool {
    user.get_many(nodes).await.unwrap().len() < nodes.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn imports_of_the_same_users_in_opposite_orders_finish() {
    let database = Database::new().await;
    let client = database.client().await;
    for user_id in ["alice", "bob", "carol"] {
        known_user(&database, user_id).await;
    }
    let mut tasks = JoinSet::new();
    for task in 0..8 {
        let memory = database.memory.clone();
        tasks.spawn(async move {
            for _ in 0..5 {
                let mut parts = [lines("alice", &[1, 2, 3]), lines("bob", &[1, 2, 3]), lines("carol", &[1, 2, 3])];
                if task % 2 == 0 {
                    parts.reverse();
                }
                memory.import(io::Cursor::new(parts.concat())).await.unwrap();
            }
        });
    }
    all_finish(tasks).await;
    for user_id in ["alice", "bob", "carol"] {
        assert_books_are_true(&client, user_id).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_of_a_new_user_and_a_store_finish() {
    let database = Database::new().await;
    let (mut client, observer) = (database.client().await, database.client().await);
    let alice = database.user("alice");
    let transaction = client.transaction().await.unwrap();
    let within = alice.within(&transaction);
    within.store(&entity(1)).await.unwrap();
    let beside = tokio::spawn({
        let alice = alice.clone();
        async move { alice.store(&entity(2)).await }
    });
    wait_for_connections(&observer, "wait_event_type = 'Lock'", 1).await;
    within.store(&entity(2)).await.unwrap();
    transaction.commit().await.unwrap();
    beside.await.unwrap().unwrap();
    assert_books_are_true(&observer, "alice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_log_never_fills_a_gap_later() {
    const TASKS: usize = 16;
    let database = Database::new().await;
    let client = database.client().await;
    let alice = known_user(&database, "alice").await;
    let is_done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..2 {
        let (reader, is_done) = (database.client().await, is_done.clone());
        readers.spawn(async move {
            let statement = "SELECT version FROM memory.changes WHERE user_id = 'alice' AND version > $1 ORDER BY version";
            let statement = reader.prepare(statement).await.unwrap();
            let mut seen = 0_i64;
            loop {
                let is_last = is_done.load(Ordering::Acquire);
                for row in reader.query(&statement, &[&seen]).await.unwrap() {
                    seen += 1;
                    assert_eq!(row.get::<_, i64>(0), seen, "no version is passed over");
                }
                if is_last {
                    assert!(seen > 0);
                    return;
                }
            }
        });
    }
    let mut writers = JoinSet::new();
    for task in 0..TASKS {
        let alice = alice.clone();
        writers.spawn(async move {
            for round in 0..25 {
                let own = [entity(task * 100 + round), entity(1_000_000), entity(task * 100 + round)];
                let stored = alice.store_many(&own).await.unwrap();
                let (own, shared) = (stored[0].node_id, stored[1].node_id);
                alice.relate(&NewRelationship::new(own, RelationshipType::BelongsTo, shared)).await.unwrap();
                if round % 5 == 0 {
                    assert!(alice.delete(own).await.unwrap());
                }
            }
        });
    }
    all_finish(writers).await;
    is_done.store(true, Ordering::Release);
    all_finish(readers).await;
    assert_books_are_true(&client, "alice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancelled_store_is_whole_or_not_at_all() {
    const TASKS: usize = 8;
    const STORES: usize = 60;
    let database = Database::new().await;
    let client = database.client().await;
    let alice = known_user(&database, "alice").await;
    let finished = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (alice, finished) = (alice.clone(), finished.clone());
        tasks.spawn(async move {
            for store in 0..STORES {
                let number = 2 * (task * STORES + store);
                // Two rounds in one transaction: the first entity comes again.
                let batch = [entity(number), entity(number + 1), entity(number)];
                // Giving up costs the connection: a new one is opened before the time runs.
                alice.stats().await.unwrap();
                tokio::select! {
                    biased;
                    stored = alice.store_many(&batch) => {
                        stored.unwrap();
                        finished.fetch_add(1, Ordering::Relaxed);
                    }
                    // From the first step of the store to beyond its last.
                    () = give_up(store, task), if store % 10 > 0 => {}
                }
            }
        });
    }
    all_finish(tasks).await;
    wait_for_connections(&client, "state <> 'idle'", 0).await;

    let statement =
        "SELECT entity_id, (content ->> 'update_count')::integer FROM memory.nodes WHERE user_id = 'alice' AND entity_system = 'crm'";
    let rows = client.query(statement, &[]).await.unwrap();
    let counts: HashMap<usize, i32> = rows.iter().map(|row| (row.get::<_, &str>(0).parse().unwrap(), row.get(1))).collect();
    for number in counts.keys().map(|number| number / 2 * 2).collect::<HashSet<_>>() {
        assert_eq!((counts.get(&number), counts.get(&(number + 1))), (Some(&1), Some(&0)), "batch {number} is whole");
    }
    let finished = finished.load(Ordering::Relaxed);
    assert!((1..TASKS * STORES).contains(&finished), "{finished} stores of {} finished", TASKS * STORES);
    assert!(counts.len() >= 2 * finished);
    assert_books_are_true(&client, "alice").await;

    let mut tasks = JoinSet::new();
    for task in 0..40 {
        let alice = alice.clone();
        tasks.spawn(async move {
            alice.store_many(&[entity(task), entity(task)]).await.unwrap();
        });
    }
    all_finish(tasks).await;
    wait_for_connections(&client, "state <> 'idle'", 0).await;
    assert_books_are_true(&client, "alice").await;
}

/// After so many steps of the runtime, or milliseconds.
async fn give_up(steps: usize, task: usize) {
    if task.is_multiple_of(2) {
        for _ in 0..steps * steps {
            tokio::task::yield_now().await;
        }
    } else {
        tokio::time::sleep(Duration::from_micros(200 * u64::try_from(steps).unwrap())).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_exhausted_pool_says_which_setting_to_raise() {
    let database = Database::new().await;
    let client = database.client().await;
    let config = Config::from_url(&database.url).unwrap().pool_size(1).wait_timeout(Duration::from_millis(100));
    let alice = Memory::connect(config).await.unwrap().user("alice").unwrap();
    alice.store(&entity(1)).await.unwrap();

    lock_user(&client, "alice").await;
    let waiting = tokio::spawn({
        let alice = alice.clone();
        async move { alice.store(&entity(2)).await }
    });
    wait_for_connections(&client, "wait_event_type = 'Lock'", 1).await;
    let error = alice.list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolExhausted);
    assert!(error.is_retryable());
    assert!(error.to_string().contains("POSTGRES_POOL_SIZE"), "{error}");

    client.batch_execute("ROLLBACK").await.unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(alice.list().await.unwrap().items.len(), 2);
    assert_books_are_true(&client, "alice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_statement_that_takes_too_long_writes_nothing() {
    let database = Database::new().await;
    let client = database.client().await;
    let config = Config::from_url(&database.url).unwrap().pool_size(1).command_timeout(Duration::from_millis(200));
    let alice = Memory::connect(config).await.unwrap().user("alice").unwrap();
    let known = alice.store(&entity(1)).await.unwrap().node_id;
    let other = alice.store(&entity(2)).await.unwrap().node_id;
    let before = (alice.stats().await.unwrap(), alice.list().await.unwrap());

    lock_user(&client, "alice").await;
    let relationship = NewRelationship::new(known, RelationshipType::LedTo, other);
    for error in [
        alice.store(&entity(1)).await.unwrap_err(),
        alice.store_many(&[entity(3), entity(1), entity(3)]).await.unwrap_err(),
        alice.relate(&relationship).await.unwrap_err(),
        alice.delete(known).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{error:?}");
        assert!(error.is_retryable());
    }
    client.batch_execute("ROLLBACK").await.unwrap();

    assert_eq!((alice.stats().await.unwrap(), alice.list().await.unwrap()), before);
    alice.store_many(&[entity(3), entity(1), entity(3)]).await.unwrap();
    alice.relate(&relationship).await.unwrap();
    assert_eq!(alice.list().await.unwrap().items.len(), 3);
    assert_books_are_true(&client, "alice").await;
}
