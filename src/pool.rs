//! The connections.

mod abandon;
mod connect;
mod failure;
mod metrics;
mod retry;
mod role;
mod session;
mod tls;
mod warm;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool_postgres::{Client, Manager, ManagerConfig, PoolConfig, RecyclingMethod, Runtime, Timeouts};
use futures::future::try_join_all;
use tokio::time::timeout;

use crate::{Config, Error, error::ErrorKind};
use abandon::Abandonment;
pub(crate) use abandon::Call;
use connect::Hosts;
use failure::{without_answer, without_connection};
pub use metrics::PoolMetrics;
use metrics::Waits;
use role::check_role;
pub(crate) use session::{Frame, Session, run};
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
    _warmer: Warmer,
}

impl Connections {
    /// Opens the pool and its first connections.
    pub(crate) async fn open(config: Config) -> Result<Self, Error> {
        let hosts = Hosts::new(&config)?;
        let create_timeout = hosts.timeout();
        let abandonment = Abandonment::new(hosts.tls.clone(), config.connect_timeout);
        let manager = Manager::from_connect(config.postgres.clone(), hosts, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = deadpool_postgres::Pool::builder(manager)
            .config(PoolConfig {
                max_size: config.pool_size,
                timeouts: Timeouts { wait: Some(config.wait_timeout), create: Some(create_timeout), recycle: None },
                ..PoolConfig::default()
            })
            .pre_recycle(abandonment.hook())
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()).because(error))?;

        let first: Vec<Client> = try_join_all((0..config.pool_min_size.max(1)).map(|_| async { pool.get().await }))
            .await
            .map_err(|error| without_connection(&config, error))?;
        tracing::debug!(connections = first.len(), "connected");
        let patience = config.command_timeout + GRACE;
        let check = timeout(patience, check_role(&first[0], config.requires_row_security));
        check.await.map_err(|_| without_answer(&config, patience))??;
        let waits = Waits::default();
        let warmer = Warmer::start(pool.clone(), config.pool_min_size, abandonment.clone());
        Ok(Self(Arc::new(Inner { pool, waits, abandonment, config, _warmer: warmer })))
    }

    /// A connection, waiting for one if all are in use.
    pub(crate) async fn client(&self) -> Result<Client, Error> {
        let start = Instant::now();
        let client = self.0.pool.get().await;
        self.0.waits.add(start.elapsed());
        metrics::publish(self.0.pool.status());
        client.map_err(|error| without_connection(&self.0.config, error))
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
    }

    pub(crate) fn metrics(&self) -> PoolMetrics {
        PoolMetrics::new(self.0.pool.status(), &self.0.waits)
    }
}
