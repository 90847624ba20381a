//! Statements are prepared and planned once a connection. The messages that ask the server to parse one are read on their way;
//! how often it plans, it counts itself.

use std::{
    mem,
    path::Path,
    sync::{Arc, Mutex},
};

use pgmemory::{Config, Memory};
use pgmemory_embedded::{Server, Settings};
use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UnixStream},
};
use tokio_postgres::NoTls;

use super::socket;
use crate::support::{Database, tour::reads_and_writes};

/// A port in front of a server's socket that keeps what clients have parsed.
async fn listening(socket: &Path) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let parses = Arc::new(Mutex::default());
    let (socket, heard): (_, Arc<Mutex<Vec<String>>>) = (socket.to_owned(), Arc::clone(&parses));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = UnixStream::connect(&socket).await.unwrap();
            let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(async move { io::copy(&mut from_server, &mut to_client).await });
            let heard = Arc::clone(&heard);
            tokio::spawn(async move {
                // The first message has no type.
                let mut kind = None;
                loop {
                    let length = from_client.read_u32().await?;
                    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
                    from_client.read_exact(&mut body).await?;
                    if kind == Some(b'P') {
                        // Name and text, each ended by a NUL.
                        let text = body.split(|byte| *byte == 0).nth(1).unwrap();
                        heard.lock().unwrap().push(String::from_utf8_lossy(text).into_owned());
                    }
                    if let Some(kind) = kind {
                        to_server.write_u8(kind).await?;
                    }
                    to_server.write_u32(length).await?;
                    to_server.write_all(&body).await?;
                    kind = Some(from_client.read_u8().await?);
                }
                #[expect(unreachable_code, reason = "it says which error the loop ends with")]
                io::Result::Ok(())
            });
        }
    });
    (port, parses)
}

#[tokio::test]
async fn a_connection_prepares_each_statement_once() {
    let database = Database::new().await;
    let (port, parses) = listening(&socket(&database.direct_url())).await;
    let url = format!("postgresql://postgres@127.0.0.1:{port}/{}?sslmode=disable", database.name());
    let memory = Memory::connect(Config::from_url(&url).unwrap().pool_size(1)).await.unwrap();
    let users = |turn: usize| {
        let user = |name: &str| memory.user(&format!("{name} {turn}")).unwrap();
        [user("plain"), user("isolated").isolated()]
    };
    // The server may have changed plans and types to tell of by the first turn.
    for turn in 0..2 {
        for user in users(turn) {
            reads_and_writes(&user).await;
        }
    }
    let known = mem::take(&mut *parses.lock().unwrap());
    assert!(known.len() > 20, "{} statements of this tour", known.len());
    for turn in 2..5 {
        for user in users(turn) {
            reads_and_writes(&user).await;
        }
    }
    let again = mem::take(&mut *parses.lock().unwrap());
    assert!(again.is_empty(), "parsed again: {again:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_plans_each_statement_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::fast(folder.path().join("data"))
        .option("shared_preload_libraries", "pg_stat_statements")
        .option("pg_stat_statements.track_planning", "on")
        // New statistics are a reason to plan anew.
        .option("autovacuum", "off");
    let server = Server::start(&settings).unwrap();
    let url = server.url("postgres");
    let memory = Memory::connect(Config::from_url(&url).unwrap().pool_size(1)).await.unwrap();
    memory.migrate().await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE EXTENSION pg_stat_statements; SELECT pg_stat_statements_reset()").await.unwrap();
    for turn in 0..8 {
        let user = memory.user(&turn.to_string()).unwrap();
        reads_and_writes(&user).await;
        user.load().await.unwrap();
    }
    // Nobody waits for the end of a load, which is when it is counted; this is answered after it.
    memory.user("0").unwrap().stats().await.unwrap();
    let tour = "SELECT query, calls, plans FROM pg_stat_statements WHERE calls >= 8 AND query LIKE '%memory.%'";
    let tour = client.query(tour, &[]).await.unwrap();
    assert!(tour.len() > 10, "{} statements of this tour", tour.len());
    let again: Vec<(String, i64, i64)> =
        tour.iter().map(|row| (row.get(0), row.get(1), row.get(2))).filter(|(_, _, plans)| *plans > 1).collect();
    // All nodes and all relationships of a user: how to read them depends on how many of all these are.
    assert_eq!(again.len(), 2, "planned again: {again:#?}");
    for (query, calls, plans) in again {
        assert!(
            calls == plans && query.contains("WHERE user_id = $1") && !query.contains("LIMIT"),
            "{calls} calls, {plans} plans: {query}"
        );
    }
}
