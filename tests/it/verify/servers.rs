//! A server that does not answer to the end is an error, and never a finding.

use std::time::Duration;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pgmemory::{Config, ErrorKind, Memory};
use pgmemory_embedded::{Server, Settings};
use tokio_postgres::NoTls;

/// A migrated server of its own, on which the server stops in the middle of the queries: somebody holds a table that
/// some of them need.
async fn stuck(folder: &std::path::Path, timeout: Duration) -> (Server, Memory, tokio_postgres::Client) {
    let server = Server::start(&Settings::fast(folder.join("data"))).unwrap();
    let config = Config::from_url(&server.url("postgres")).unwrap().pool_min_size(1).command_timeout(timeout);
    let memory = Memory::connect(config).await.unwrap();
    memory.migrate().await.unwrap();
    let (holder, connection) = tokio_postgres::connect(&server.url("postgres"), NoTls).await.unwrap();
    tokio::spawn(connection);
    holder.batch_execute("BEGIN; LOCK TABLE memory.lexemes IN ACCESS EXCLUSIVE MODE").await.unwrap();
    (server, memory, holder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_midway_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (server, memory, holder) = stuck(folder.path(), Duration::from_mins(1)).await;
    let verification = tokio::spawn({
        let memory = memory.clone();
        async move { memory.verify().await }
    });
    let waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'memory.lexemes'::regclass AND NOT granted";
    while holder.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let pid = i32::try_from(server.pid()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGQUIT).unwrap();
    let error = verification.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_waited_for_as_long_as_a_statement_may_take() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, memory, _holder) = stuck(folder.path(), Duration::from_millis(200)).await;
    assert_eq!(memory.verify().await.unwrap_err().kind(), ErrorKind::TimedOut);
}
