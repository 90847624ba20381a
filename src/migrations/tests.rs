//! Migrations that cannot be a transaction, with a schema of the tests' own.

use std::{process::Command, time::Duration};

use pgmemory_embedded::{Server, Settings};
use refinery::{Migration, Runner};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, NoTls};

use super::{apply_within, migrate};
use crate::{Error, ErrorKind};

const TABLE: (&str, &str) = ("V1__table", "CREATE TABLE memory.items (n integer);\n");

const INDEX: (&str, &str) = (
    "V2__index",
    "-- no transaction

-- Which items have this number?
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS items_n_idx ON memory.items (n);
",
);

fn runner(migrations: &[(&str, &str)]) -> Runner {
    let migrations: Vec<_> = migrations.iter().map(|(name, sql)| Migration::unapplied(name, sql).expect("a valid name")).collect();
    Runner::new(&migrations)
}

struct Database {
    server: Server,
    _folder: TempDir,
}

impl Database {
    /// A server with the table, which holds 1, 2 and 3.
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // What was committed is there after a crash of the server.
        let settings = Settings::fast(folder.path().join("server")).option("synchronous_commit", "on");
        let server = tokio::task::spawn_blocking(move || Server::start(&settings)).await.expect("no panic").expect("a server");
        let database = Self { server, _folder: folder };
        let mut client = database.client().await;
        assert_eq!(migrate(&mut client, runner(&[TABLE])).await.unwrap(), ["V1__table"]);
        client.batch_execute("INSERT INTO memory.items VALUES (1), (2), (3)").await.unwrap();
        database
    }

    /// A connection; waits for a server that recovers.
    async fn client(&self) -> Client {
        loop {
            if let Ok((client, connection)) = tokio_postgres::connect(&self.server.url("postgres"), NoTls).await {
                tokio::spawn(connection);
                return client;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// An instance that builds the index.
    async fn migrates(&self) -> tokio::task::JoinHandle<Result<Vec<String>, Error>> {
        let mut client = self.client().await;
        tokio::spawn(async move {
            let migrated = timeout(Duration::from_secs(30), migrate(&mut client, runner(&[TABLE, INDEX]))).await;
            migrated.expect("the migration finishes")
        })
    }
}

/// The first value of a query, as soon as it has a row.
async fn awaited<T: for<'a> tokio_postgres::types::FromSql<'a>>(client: &Client, query: &str) -> T {
    let row = async {
        loop {
            if let Some(row) = client.query_opt(query, &[]).await.expect(query) {
                return row.get(0);
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), row).await.expect(query)
}

async fn index_is_valid(client: &Client) -> bool {
    awaited(client, "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('memory.items_n_idx')").await
}

async fn version(client: &Client) -> i32 {
    awaited(client, "SELECT max(version) FROM memory.schema_history").await
}

#[tokio::test]
async fn an_index_whose_build_was_killed_is_built_again() {
    let database = Database::new().await;
    // The last step of the build waits for everybody who may still see the table without the index.
    let reader = database.client().await;
    reader.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM memory.items").await.unwrap();
    let migration = database.migrates().await;
    let building = "SELECT pid FROM pg_stat_progress_create_index WHERE phase = 'waiting for old snapshots'";
    let pid: i32 = awaited(&database.client().await, building).await;
    assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap().success());
    assert_eq!(migration.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    // The server ends all sessions before it recovers; one that began earlier would end, too.
    while !reader.is_closed() {
        sleep(Duration::from_millis(20)).await;
    }

    let client = database.client().await;
    assert!(!index_is_valid(&client).await);
    assert_eq!(version(&client).await, 1);

    assert_eq!(database.migrates().await.await.unwrap().unwrap(), ["V2__index"]);
    assert!(index_is_valid(&client).await);
    assert_eq!(version(&client).await, 2);
    assert!(database.migrates().await.await.unwrap().unwrap().is_empty());
}

#[tokio::test]
async fn an_index_that_could_not_be_built_is_built_again() {
    let database = Database::new().await;
    let client = database.client().await;
    client.batch_execute("INSERT INTO memory.items VALUES (3)").await.unwrap();
    let error = database.migrates().await.await.unwrap().unwrap_err();
    assert!(error.kind() == ErrorKind::Schema && error.to_string().contains("V2__index"), "{error}");
    assert!(!index_is_valid(&client).await);
    assert_eq!(version(&client).await, 1);

    client.batch_execute("DELETE FROM memory.items WHERE n = 3").await.unwrap();
    assert_eq!(database.migrates().await.await.unwrap().unwrap(), ["V2__index"]);
    assert!(index_is_valid(&client).await);
}

/// The server finishes a build although the program that began it was killed.
#[tokio::test]
async fn an_index_that_was_built_but_not_recorded_is_kept() {
    let database = Database::new().await;
    let client = database.client().await;
    client.batch_execute("CREATE UNIQUE INDEX items_n_idx ON memory.items (n)").await.unwrap();
    let index = "SELECT to_regclass('memory.items_n_idx')::oid";
    let before: u32 = awaited(&client, index).await;
    assert_eq!(database.migrates().await.await.unwrap().unwrap(), ["V2__index"]);
    assert_eq!(awaited::<u32>(&client, index).await, before);
}

/// Who waits for the one that builds must hold nothing that the build waits for.
#[tokio::test]
async fn two_instances_build_an_index_once() {
    let database = Database::new().await;
    let client = database.client().await;
    let writer = database.client().await;
    writer.batch_execute("BEGIN; INSERT INTO memory.items VALUES (4)").await.unwrap();
    let first = database.migrates().await;
    let building = "SELECT pid FROM pg_stat_progress_create_index WHERE phase = 'waiting for writers before build'";
    awaited::<i32>(&client, building).await;
    let second = database.migrates().await;
    awaited::<i32>(&client, "SELECT pid FROM pg_stat_activity WHERE query LIKE '%advisory_lock%' AND pid <> pg_backend_pid()").await;

    writer.batch_execute("COMMIT").await.unwrap();
    assert_eq!(first.await.unwrap().unwrap(), ["V2__index"]);
    assert!(second.await.unwrap().unwrap().is_empty());
    assert!(index_is_valid(&client).await);
}

/// Where the tables are new, it can be one: the same indexes, and the same history.
#[tokio::test]
async fn within_a_transaction_indexes_are_built_at_once() {
    let database = Database::new().await;
    let mut client = database.client().await;
    assert_eq!(migrate(&mut client, runner(&[TABLE, INDEX])).await.unwrap(), ["V2__index"]);
    let state = "SELECT (SELECT string_agg(concat_ws(' ', version, name, checksum), ', ' ORDER BY version) FROM memory.schema_history)
        || (SELECT string_agg(indexdef, ', ' ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'memory')";
    let expected: String = client.query_one(state, &[]).await.unwrap().get(0);
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute("DROP TABLE memory.items; DELETE FROM memory.schema_history").await.unwrap();
    apply_within(&transaction, &runner(&[TABLE, INDEX])).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(client.query_one(state, &[]).await.unwrap().get::<_, String>(0), expected);
}
