//! The connections.

mod abandon;
mod connect;
mod failure;
mod frame;
#[cfg(feature = "session")]
mod listener;
mod metrics;
mod retry;
mod role;
mod tls;
mod warm;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool_postgres::{Client, Manager, ManagerConfig, PoolConfig, QueueMode, RecyclingMethod, Runtime, Timeouts};
use futures::future::try_join_all;
use tokio::{sync::OnceCell, time::timeout};

use crate::{Config, Error, error::ErrorKind};
use abandon::Abandonment;
pub(crate) use abandon::Call;
use connect::Hosts;
use failure::{without_answer, without_connection};
pub(crate) use frame::{Frame, Framed, run};
#[cfg(feature = "session")]
pub(crate) use listener::Listener;
#[cfg(feature = "session")]
use listener::Listeners;
pub use metrics::PoolMetrics;
use metrics::Waits;
use role::check_role;
use warm::Warmer;

/// How much longer than the command timeout the server may say nothing at all.
const GRACE: Duration = Duration::from_secs(5);

/// The pool and what belongs to it; all clones share it.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Inner>);

struct Inner {
    pool: deadpool_postgres::Pool,
    waits: Waits,
    abandonment: Abandonment,
    config: Config,
    /// What the role may do was looked at.
    role: OnceCell<()>,
    #[cfg(feature = "session")]
    listeners: Listeners,
    _warmer: Warmer,
}

impl Connections {
    /// Opens the pool and its first connections.
    pub(crate) async fn open(config: Config) -> Result<Self, Error> {
        let connections = Self::open_later(config)?;
        let inner = &connections.0;
        if inner.config.is_switched_off {
            return Ok(connections);
        }
        let first: Vec<Client> = try_join_all((0..inner.config.pool_min_size.max(1)).map(|_| async { inner.pool.get().await }))
            .await
            .map_err(|error| without_connection(&inner.config, error))?;
        tracing::debug!(connections = first.len(), "connected");
        connections.check_role(&first[0]).await?;
        Ok(connections)
    }

    /// Opens the pool, and leaves it to others to connect. Has to be called within a runtime.
    pub(crate) fn open_later(config: Config) -> Result<Self, Error> {
        let hosts = Hosts::new(&config)?;
        let create_timeout = hosts.timeout();
        let abandonment = Abandonment::new(hosts.tls.clone(), config.connect_timeout);
        #[cfg(feature = "session")]
        let listeners = Listeners::new(hosts.clone());
        let manager = Manager::from_connect(config.postgres.clone(), hosts, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = deadpool_postgres::Pool::builder(manager)
            .config(PoolConfig {
                max_size: config.pool_size,
                timeouts: Timeouts { wait: Some(config.wait_timeout), create: Some(create_timeout), recycle: None },
                // The one that was used last knows the statements and has the server's caches warm.
                queue_mode: QueueMode::Lifo,
            })
            .pre_recycle(abandonment.hook())
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()).because(error))?;

        let waits = Waits::default();
        let kept = if config.is_switched_off { 0 } else { config.pool_min_size };
        let warmer = Warmer::start(pool.clone(), kept, abandonment.clone());
        Ok(Self(Arc::new(Inner {
            pool,
            waits,
            abandonment,
            config,
            role: OnceCell::new(),
            #[cfg(feature = "session")]
            listeners,
            _warmer: warmer,
        })))
    }

    /// Looks, once, whether row-level security binds the role.
    async fn check_role(&self, client: &Client) -> Result<(), Error> {
        let config = &self.0.config;
        let check = || async {
            let patience = config.command_timeout + GRACE;
            let check = timeout(patience, check_role(client, config.requires_row_security));
            check.await.map_err(|_| without_answer(config, patience))?
        };
        self.0.role.get_or_try_init(check).await.copied()
    }

    /// Whether the configuration says to do without PostgreSQL.
    #[cfg(feature = "session")]
    pub(crate) fn is_switched_off(&self) -> bool {
        self.0.config.is_switched_off
    }

    /// Hears of what changes elsewhere; the same for all, for as long as anybody has it.
    #[cfg(feature = "session")]
    pub(crate) fn listener(&self) -> Arc<Listener> {
        self.0.listeners.get()
    }

    /// A connection, waiting for one if all are in use.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        if self.0.config.is_switched_off {
            return Err(switched_off());
        }
        let start = Instant::now();
        let client = self.0.pool.get().await;
        self.0.waits.add(start.elapsed());
        metrics::publish(self.0.pool.status());
        let client = client.map_err(|error| without_connection(&self.0.config, error))?;
        self.check_role(&client).await?;
        Ok(client)
    }

    /// Watches a call over a connection that [`client`](Self::client) gave.
    pub(crate) fn watch(&self, client: &Client) -> Call {
        self.0.abandonment.watch(client)
    }

    /// Lends no more connections, and waits until the server has been told of all calls that were abandoned.
    pub(crate) async fn close(&self) {
        // Their connections stay open until then.
        self.0.abandonment.settled().await;
        self.0.pool.close();
        #[cfg(feature = "session")]
        self.0.listeners.end();
    }

    pub(crate) fn metrics(&self) -> PoolMetrics {
        PoolMetrics::new(self.0.pool.status(), &self.0.waits)
    }
}

/// Why nothing reaches PostgreSQL where the configuration says to do without.
pub(crate) fn switched_off() -> Error {
    Error::new(ErrorKind::NotEnabled, "PostgreSQL is switched off (POSTGRES_ENABLED=false)")
}
