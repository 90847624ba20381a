//! Sessions tell each other of what they wrote, and so need not wait for the next poll.

use std::{
    future::poll_fn,
    time::{Duration, Instant},
};

use pgmemory::{Config, Memory, NewNode, Session};
use tokio::{sync::mpsc, time::sleep};
use tokio_postgres::{AsyncMessage, Client, NoTls};

use super::{LONG, fact};
use crate::support::Database;

/// Longer than between two notifications.
const PAUSE: Duration = Duration::from_millis(150);

/// A memory of its own, as another machine has one; not behind a pooler, where nobody hears.
async fn machine(database: &Database) -> Memory {
    Memory::connect(Config::from_url(&database.direct_url()).unwrap().pool_min_size(1)).await.unwrap()
}

async fn open(memory: &Memory, user_id: &str) -> Session {
    memory.session(user_id, "t").in_memory().await.unwrap()
}

/// Waits until so many connections listen.
async fn listening(database: &Database, wanted: i64) {
    let client = database.client().await;
    let count = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle' AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify%')
            AND pid <> pg_backend_pid()";
    while client.query_one(count, &[]).await.unwrap().get::<_, i64>(0) != wanted {
        sleep(Duration::from_millis(10)).await;
    }
}

/// The payloads of all notifications, while the client lives.
async fn overhear(database: &Database) -> (Client, mpsc::UnboundedReceiver<String>) {
    let (client, mut connection) = tokio_postgres::connect(&database.direct_url(), NoTls).await.unwrap();
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message
                && sender.send(notification.payload().to_owned()).is_err()
            {
                break;
            }
        }
    });
    client.batch_execute("LISTEN pgmemory").await.unwrap();
    (client, receiver)
}

/// How long a session takes to see what another one remembers, mostly.
async fn delay(writer: &Session, reader: &Session) -> Duration {
    let mut delays = Vec::new();
    for _ in 0..7 {
        sleep(PAUSE).await;
        let remembered = writer.remember(&fact("Acme renews in March")).await.unwrap();
        writer.wait_durable(&remembered, LONG).await.unwrap();
        let start = Instant::now();
        while reader.get(remembered.id).await.unwrap().is_none() {
            sleep(Duration::from_millis(1)).await;
        }
        delays.push(start.elapsed());
    }
    delays.sort();
    delays[delays.len() / 2]
}

/// Each attempt begins right after a poll, so polling alone takes longer than this.
const QUICK: Duration = Duration::from_millis(200);

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_before_the_next_poll() {
    let database = Database::new().await;
    let (here, there) = (machine(&database).await, machine(&database).await);
    let (writer, reader) = (open(&here, "alice").await, open(&there, "alice").await);
    listening(&database, 2).await;
    let delay_at_first = delay(&writer, &reader).await;
    assert!(delay_at_first < QUICK, "{delay_at_first:?}");

    let listeners = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify%') AND pid <> pg_backend_pid()";
    assert_eq!(database.client().await.query(listeners, &[]).await.unwrap().len(), 2);
    listening(&database, 2).await;
    let delay_afterwards = delay(&writer, &reader).await;
    assert!(delay_afterwards < QUICK, "{delay_afterwards:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_told_of_now_and_then_and_names_nobody() {
    let database = Database::new().await;
    let (here, there) = (machine(&database).await, machine(&database).await);
    let (alice, bob, reader) = (open(&here, "alice").await, open(&here, "bob").await, open(&there, "alice").await);
    listening(&database, 2).await;
    let (_client, mut payloads) = overhear(&database).await;
    let start = Instant::now();
    let mut last = None;
    while start.elapsed() < Duration::from_secs(1) {
        let remembered = alice.remember(&fact("Acme renews in March")).await.unwrap();
        alice.wait_durable(&remembered, LONG).await.unwrap();
        last = Some(remembered.id);
    }
    let most = start.elapsed().as_millis() / 100 + 2;
    bob.remember(&NewNode::entity("crm", "1")).await.unwrap();
    while reader.get(last.unwrap()).await.unwrap().is_none() {
        sleep(Duration::from_millis(10)).await;
    }
    sleep(2 * PAUSE).await;
    let told: Vec<String> = std::iter::from_fn(|| payloads.try_recv().ok()).collect();
    let marks: Vec<&str> = told.iter().map(|payload| payload.split_once(' ').unwrap().0).collect();
    let of_alice = marks.iter().filter(|mark| *mark == &marks[0]).count();
    assert!((2..=usize::try_from(most).unwrap()).contains(&of_alice), "{of_alice} of {most}");
    assert_eq!(marks.len(), of_alice + 1, "bob's is another: {told:?}");
    assert!(told.iter().all(|payload| !payload.contains("alice") && !payload.contains("bob")), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_session_listens_no_more() {
    let database = Database::new().await;
    let memory = machine(&database).await;
    let (one, two) = (open(&memory, "alice").await, open(&memory, "bob").await);
    listening(&database, 1).await;
    drop(one);
    sleep(PAUSE).await;
    listening(&database, 1).await;
    drop(two);
    listening(&database, 0).await;

    let _session = open(&memory, "alice").await;
    listening(&database, 1).await;
    memory.close().await;
    listening(&database, 0).await;
}
