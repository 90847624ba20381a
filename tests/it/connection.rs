//! Connections: where they lead, what happens when they cannot be had, and how many are kept.

mod abandon;
mod hosts;
mod metrics;
mod parses;
mod proxy;
mod retry;

use std::{path::PathBuf, time::Duration};

use pgmemory::{Config, ErrorKind, Memory, NewNode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::Database;
use proxy::Proxy;

/// The socket that a URL of the test's server names.
fn socket(url: &str) -> PathBuf {
    let config: tokio_postgres::Config = url.parse().unwrap();
    let [tokio_postgres::config::Host::Unix(directory)] = config.get_hosts() else { panic!("{url} names no socket") };
    directory.join(".s.PGSQL.5432")
}

/// The database by way of a proxy.
pub(crate) async fn proxied(database: &Database) -> (Proxy, String) {
    let url = database.direct_url();
    let proxy = Proxy::start(socket(&url)).await;
    let (_, name) = url.split_once("@/").unwrap();
    let (name, _) = name.split_once('?').unwrap();
    let url = format!("postgresql://postgres@127.0.0.1:{}/{name}", proxy.port);
    (proxy, url)
}

fn impatient(url: &str) -> Config {
    Config::from_url(url).unwrap().connect_timeout(Duration::from_millis(500))
}

/// A port on which somebody answers everything with `answer` and hangs up, or with `None` never answers.
async fn port_of(answer: Option<&'static [u8]>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            match answer {
                Some(answer) => {
                    let _ = stream.read(&mut [0; 1024]).await;
                    let _ = stream.write_all(answer).await;
                }
                None => silent.push(stream),
            }
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named() {
    let error = Memory::connect(impatient("postgresql://u@127.0.0.1:1/x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.is_retryable());
    assert!(error.to_string().contains("127.0.0.1:1 (the URL)"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_postgresql_is_told() {
    for answer in [&b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"[..], b"SSH-2.0-OpenSSH_9.2p1\r\n", b"E\0\0\0\x02", b"N+OK\r\n"]
    {
        for mode in ["disable", "prefer", "require"] {
            let port = port_of(Some(answer)).await;
            let error = Memory::connect(impatient(&format!("postgresql://u@127.0.0.1:{port}/x?sslmode={mode}"))).await.unwrap_err();
            let text = error.to_string();
            assert!(text.contains(&format!("127.0.0.1:{port}")), "{text}");
            match mode {
                "require" => assert!(text.contains("TLS"), "{text}"),
                _ => assert!(text.contains("not PostgreSQL"), "{mode} {answer:?}: {error:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_never_answers_names_the_timeout() {
    let port = port_of(None).await;
    let error = Memory::connect(impatient(&format!("postgresql://u@127.0.0.1:{port}/x"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("POSTGRES_CONNECT_TIMEOUT"), "{error}");
}

#[tokio::test]
async fn an_unknown_database_is_a_matter_of_configuration() {
    let database = Database::empty().await;
    let (server, _) = database.url.split_once("/test_").unwrap();
    let (_, parameters) = database.url.split_once('?').unwrap();
    let error = Memory::connect(Config::from_url(&format!("{server}/nowhere?{parameters}")).unwrap()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Configuration && error.to_string().contains("nowhere"), "{error}");
}

#[tokio::test]
async fn sockets_need_no_encryption() {
    let database = Database::new().await;
    for mode in ["disable", "allow", "prefer", "require"] {
        let memory = Memory::connect(Config::from_url(&format!("{}&sslmode={mode}", database.url)).unwrap()).await.unwrap();
        memory.user("alice").unwrap().store(&NewNode::entity("crm", mode)).await.unwrap();
    }
}

/// The process ids of the pool's connections.
async fn pids(client: &tokio_postgres::Client) -> Vec<i32> {
    let statement = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'warm' AND backend_type = 'client backend' ORDER BY pid";
    client.query(statement, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn wait_for_pids(client: &tokio_postgres::Client, is_reached: impl Fn(&[i32]) -> bool) -> Vec<i32> {
    for _ in 0..600 {
        let pids = pids(client).await;
        if is_reached(&pids) {
            return pids;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("still {:?}", pids(client).await);
}

#[tokio::test]
async fn a_minimum_of_connections_is_kept_until_the_pool_ends() {
    let database = Database::new().await;
    let client = database.client().await;
    let url = format!("{}&application_name=warm", database.direct_url());
    let memory = Memory::connect(Config::from_url(&url).unwrap().pool_min_size(3)).await.unwrap();
    let first = wait_for_pids(&client, |pids| pids.len() == 3).await;
    client.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::integer[]) AS pid", &[&first]).await.unwrap();
    wait_for_pids(&client, |pids| pids.len() == 3 && pids.iter().all(|pid| !first.contains(pid))).await;

    let alice = memory.user("alice").unwrap();
    drop(memory);
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
    drop(alice);
    wait_for_pids(&client, <[i32]>::is_empty).await;
}
