//! What survives when connections break.

use std::time::Duration;

use pgmemory::{Config, Memory, NewNode, UserMemory};
use pgmemory_embedded::{Server, Settings};
use serde_json::json;

/// The server dies in the middle of writes. What was acknowledged is there when it is back, and the same
/// pool goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_server_loses_no_acknowledged_write() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::durable(folder.path().join("data"));
    let start = |settings: Settings| tokio::task::spawn_blocking(move || Server::start(&settings).unwrap());
    let mut server = start(settings.clone()).await.unwrap();
    let memory = Memory::connect(Config::from_url(&server.url("postgres")).unwrap()).await.unwrap();
    memory.migrate().await.unwrap();

    let mut acknowledged = [0; 8];
    for round in 0..3 {
        let writers: Vec<_> =
            (0..8).map(|writer| tokio::spawn(write_until_it_fails(memory.user("alice").unwrap(), writer, acknowledged[writer]))).collect();
        tokio::time::sleep(Duration::from_millis(150)).await;
        let killed = std::process::Command::new("kill").args(["-KILL", &server.pid().to_string()]).status().unwrap();
        assert!(killed.success());
        for (writer, outcome) in writers.into_iter().enumerate() {
            let (count, error) = outcome.await.unwrap();
            assert!(error.is_retryable(), "round {round}: {error}");
            acknowledged[writer] = count;
        }
        server = start(settings.clone()).await.unwrap();

        let alice = memory.user("alice").unwrap();
        for (writer, count) in acknowledged.iter_mut().enumerate() {
            let node = retried(async || alice.get_entity("crm", &writer.to_string()).await).await;
            let data = node.map_or(json!({}), |node| node.content["entity_data"].clone());
            for n in 1..=*count {
                assert_eq!(data[n.to_string()], true, "round {round}: store {n} of writer {writer} is lost");
            }
            // One more may have been committed although its answer never came.
            *count = data.as_object().unwrap().len();
        }
    }
    assert!(acknowledged.iter().sum::<usize>() > 0, "the load ran");
    drop(memory);
    drop(server);
}

/// Stores an entity again and again, each time with one more field; returns how many were acknowledged.
async fn write_until_it_fails(user: UserMemory, writer: usize, mut count: usize) -> (usize, pgmemory::Error) {
    loop {
        let node = NewNode::entity("crm", writer.to_string()).data(json!({(count + 1).to_string(): true}));
        match user.store(&node).await {
            Ok(_) => count += 1,
            Err(error) => return (count, error),
        }
    }
}

/// Reads of a pool whose connections have just died.
async fn retried<T>(read: impl AsyncFn() -> Result<T, pgmemory::Error>) -> T {
    loop {
        match read().await {
            Ok(value) => return value,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}
