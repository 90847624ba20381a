//! A server for the whole run, a database of its own for each test.

mod layout;
mod pooler;
pub(crate) mod tour;

use std::{
    path::{Path, PathBuf},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use pgmemory::{Config, Memory, UserMemory};
use pgmemory_embedded::{Server, Settings};
use tokio::time::sleep;
use tokio_postgres::{Client, NoTls};

pub(crate) use layout::Layout;

/// Stopped and removed when the process ends, however it ends.
static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("pgmemory-it-{}", std::process::id()));
    let mut settings = Settings::fast(folder).option("max_connections", "300");
    if pooler::is_wanted() {
        // Which a pooler does not pass on, so the role has them.
        settings = settings.option("jit", "off").option("plan_cache_mode", "force_generic_plan").option("statement_timeout", "60s");
    }
    Server::start(&settings).expect("a server")
});

/// A migrated database, dropped with this value.
pub(crate) struct Database {
    pub(crate) memory: Memory,
    pub(crate) url: String,
    name: String,
}

impl Database {
    /// A fresh one, with the schema.
    pub(crate) async fn new() -> Self {
        Self::with_layout(Layout::of_this_run()).await
    }

    /// The same in a given layout.
    pub(crate) async fn with_layout(layout: Layout) -> Self {
        Self::create(&format!("TEMPLATE {}", layout.template().await), pooler::url).await
    }

    /// A fresh one, without any schema; never behind a pooler.
    pub(crate) async fn empty() -> Self {
        Self::create("", |name| SERVER.url(name)).await
    }

    async fn create(options: &str, url: impl Fn(&str) -> String) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&format!("CREATE DATABASE {name} {options}")).await;
        let url = url(&name);
        Self { memory: connect(&url).await, url, name }
    }

    pub(crate) fn user(&self, user_id: &str) -> UserMemory {
        self.memory.user(user_id).expect("a valid user id")
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The server itself, whatever stands before it.
    pub(crate) fn direct_url(&self) -> String {
        SERVER.url(&self.name)
    }

    /// A connection beside the pool, to look at the tables themselves.
    pub(crate) async fn client(&self) -> Client {
        client(&self.name).await
    }
}

/// The folder of the server's socket.
pub(crate) fn socket_dir() -> &'static Path {
    SERVER.socket_dir()
}

/// One of the programs that come with the server.
pub(crate) fn client_program(name: &str) -> PathBuf {
    SERVER.bin_dir().join(name)
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // On a runtime of its own: the test's may be blocked right here.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(execute(&format!("DROP DATABASE {name} WITH (FORCE)")));
        })
        .join()
        .expect("the database can be dropped");
    }
}

async fn connect(url: &str) -> Memory {
    let config = Config::from_url(url).expect("a valid URL").pool_min_size(1);
    Memory::connect(config).await.expect("a connection")
}

async fn client(name: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&SERVER.url(name), NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

/// Waits until a query says true; a minute at most.
pub(crate) async fn until(client: &Client, query: &str) {
    for _ in 0..3_000 {
        if client.query_one(query, &[]).await.expect(query).get(0) {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
    panic!("never came true: {query}");
}

async fn execute(statement: &str) {
    client("postgres").await.batch_execute(statement).await.expect(statement);
}
