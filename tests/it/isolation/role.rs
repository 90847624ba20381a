//! A service whose role row-level security does not bind is told so when it connects, or refused.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use pgmemory::{Config, ErrorKind, Memory};
use tracing_subscriber::fmt::MakeWriter;

use super::logins::Login;
use crate::support::Database;

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The warnings of a connection, and why it is refused where row-level security is required.
async fn connect(url: &str) -> (String, Option<String>) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(log.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let config = Config::from_url(url).unwrap().pool_min_size(3);
    Memory::connect(config.clone()).await.unwrap();
    drop(guard);
    let warnings = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let refused = Memory::connect(config.require_row_security(true)).await.err();
    assert!(refused.as_ref().is_none_or(|error| error.kind() == ErrorKind::Configuration));
    (warnings, refused.map(|error| error.to_string()))
}

#[tokio::test]
async fn a_role_that_is_not_bound_is_warned_of_or_refused() {
    let database = Database::new().await;
    let service = Login::new(&database, "bound_service", "pgmemory_app").await;
    assert_eq!(connect(&service.url()).await, (String::new(), None));

    let owner = Login::new(&database, "service_of_the_owner", "pgmemory_app").await;
    let bypassing = Login::new(&database, "service_that_bypasses", "pgmemory_app").await;
    let client = database.client().await;
    client.batch_execute("ALTER TABLE memory.nodes OWNER TO service_of_the_owner").await.unwrap();
    client.batch_execute("ALTER ROLE service_that_bypasses BYPASSRLS").await.unwrap();
    for (url, reason) in [
        (database.direct_url(), "the role is a superuser"),
        (owner.url(), "the role owns the tables"),
        (bypassing.url(), "the role has BYPASSRLS"),
    ] {
        let (warnings, refused) = connect(&url).await;
        assert!(warnings.lines().count() == 1 && warnings.contains(reason), "{warnings}");
        assert!(refused.unwrap().contains(reason.strip_prefix("the role ").unwrap()));
    }
    client.batch_execute("ALTER TABLE memory.nodes OWNER TO postgres").await.unwrap();
    for login in [service, owner, bypassing] {
        login.remove().await;
    }
}
