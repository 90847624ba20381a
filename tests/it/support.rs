//! A server for the whole run, a database of its own for each test.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use pgmemory::{Config, Memory, UserMemory};
use pgmemory_embedded::{Server, Settings};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

/// Stopped and removed when the process ends, however it ends.
static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("pgmemory-it-{}", std::process::id()));
    Server::start(&Settings::fast(folder).option("max_connections", "300")).expect("a server")
});

static TEMPLATE: OnceCell<()> = OnceCell::const_new();

/// A migrated database, dropped with this value.
pub(crate) struct Database {
    pub(crate) memory: Memory,
    pub(crate) url: String,
    name: String,
}

impl Database {
    /// A fresh one, with the schema.
    pub(crate) async fn new() -> Self {
        TEMPLATE
            .get_or_init(|| async {
                execute("CREATE DATABASE template_memory").await;
                connect("template_memory").await.migrate().await.expect("migrations");
            })
            .await;
        Self::create("TEMPLATE template_memory").await
    }

    /// A fresh one, without any schema.
    pub(crate) async fn empty() -> Self {
        Self::create("").await
    }

    async fn create(options: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        execute(&format!("CREATE DATABASE {name} {options}")).await;
        Self { memory: connect(&name).await, url: SERVER.url(&name), name }
    }

    pub(crate) fn user(&self, user_id: &str) -> UserMemory {
        self.memory.user(user_id).expect("a valid user id")
    }

    /// A connection beside the pool, to look at the tables themselves.
    pub(crate) async fn client(&self) -> Client {
        client(&self.name).await
    }
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

async fn connect(name: &str) -> Memory {
    let config = Config::from_url(&SERVER.url(name)).expect("a valid URL").pool_min_size(1);
    Memory::connect(config).await.expect("a connection")
}

async fn client(name: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&SERVER.url(name), NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

async fn execute(statement: &str) {
    client("postgres").await.batch_execute(statement).await.expect(statement);
}
