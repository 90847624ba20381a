//! What the pool tells about itself.

use std::{collections::HashMap, time::Duration};

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use pgmemory::{Coalescing, Config, ErrorKind, Memory, NewNode};

use crate::support::Database;

#[tokio::test]
async fn the_metrics_tell_who_waits_and_for_how_long() {
    let database = Database::new().await;
    let client = database.client().await;
    let config = Config::from_url(&database.url).unwrap().pool_size(2).coalescing(Coalescing::Off).wait_timeout(Duration::from_millis(200));
    let memory = Memory::connect(config).await.unwrap();
    let fresh = memory.pool_metrics();
    assert_eq!((fresh.size, fresh.max_size, fresh.idle, fresh.waiting, fresh.waits), (2, 2, 2, 0, 0));

    let alice = memory.user("alice").unwrap();
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
    let idle = memory.pool_metrics();
    assert_eq!((idle.idle, idle.waits), (2, 1));
    assert!(idle.wait_total >= idle.wait_last && idle.wait_longest == idle.wait_last);

    // The user's row, which every writer locks first.
    client.batch_execute("BEGIN; SELECT FROM memory.user_metadata WHERE user_id = 'alice' FOR UPDATE").await.unwrap();
    let writers: Vec<_> = ["2", "3"]
        .map(|id| {
            let alice = alice.clone();
            tokio::spawn(async move { alice.store(&NewNode::entity("crm", id)).await })
        })
        .into();
    while memory.pool_metrics().idle > 0 {
        tokio::task::yield_now().await;
    }
    let reader = tokio::spawn({
        let alice = alice.clone();
        async move { alice.list().await }
    });
    while memory.pool_metrics().waiting == 0 {
        tokio::task::yield_now().await;
    }
    let error = reader.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolExhausted);
    for name in ["POSTGRES_POOL_SIZE (2)", "POSTGRES_WAIT_TIMEOUT", "200ms"] {
        assert!(error.to_string().contains(name), "{error}");
    }
    let full = memory.pool_metrics();
    assert_eq!((full.size, full.idle, full.waiting, full.waits), (2, 0, 0, 4));
    assert!(full.wait_longest >= Duration::from_millis(200) && full.wait_last == full.wait_longest);
    assert!(full.wait_total > full.wait_longest);

    client.batch_execute("ROLLBACK").await.unwrap();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(memory.pool_metrics().idle, 2);
}

#[tokio::test]
async fn a_recorder_gets_the_metrics() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    // The runtime of this test has this thread only.
    let _guard = metrics::set_default_local_recorder(&recorder);
    let database = Database::new().await;
    let memory = Memory::connect(Config::from_url(&database.url).unwrap().pool_size(7)).await.unwrap();
    let alice = memory.user("alice").unwrap();
    for _ in 0..3 {
        alice.store(&NewNode::entity("crm", "1")).await.unwrap();
    }
    let metrics: HashMap<String, DebugValue> =
        snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| (key.key().name().to_owned(), value)).collect();
    let gauges = [("max_size", 7.0), ("size", 2.0), ("waiting", 0.0)];
    for (name, value) in gauges {
        assert_eq!(metrics[&format!("pgmemory_pool_{name}")], DebugValue::Gauge(value.into()), "{name}");
    }
    // As of the last call, which held one, or of a later look at the pool.
    let idle = &metrics["pgmemory_pool_idle"];
    assert!([1.0, 2.0].iter().any(|&value: &f64| *idle == DebugValue::Gauge(value.into())), "{idle:?}");
    let DebugValue::Histogram(waits) = &metrics["pgmemory_pool_wait_seconds"] else { panic!("no histogram") };
    assert!(waits.len() >= 3 && waits.iter().all(|wait| (0.0..10.0).contains(&wait.into_inner())), "{waits:?}");
}
