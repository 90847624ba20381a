//! The connections.

use std::time::Duration;

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, PoolConfig, RecyclingMethod, Runtime, Timeouts};
use futures::future::try_join_all;
use tokio_postgres::NoTls;

use crate::{Config, Error, error::ErrorKind};

/// Opens the pool and its first connections.
pub(crate) async fn open(config: &Config) -> Result<Pool, Error> {
    let mut postgres = config.postgres.clone();
    // The server cancels what takes too long, so that its work ends when the caller's wait does. Compiling
    // a plan to machine code costs more than any of the statements takes.
    let options =
        format!("{} -c statement_timeout={} -c jit=off", postgres.get_options().unwrap_or_default(), config.command_timeout.as_millis());
    postgres.options(options.trim());
    postgres.connect_timeout(config.connect_timeout);
    // A peer that vanished without a word is noticed.
    postgres.keepalives_idle(Duration::from_secs(30));
    postgres.tcp_user_timeout(config.command_timeout + Duration::from_secs(5));

    let manager = Manager::from_config(postgres, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    let pool = Pool::builder(manager)
        .config(PoolConfig {
            max_size: config.pool_size,
            timeouts: Timeouts { wait: Some(config.wait_timeout), create: Some(config.connect_timeout), recycle: None },
            ..PoolConfig::default()
        })
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()).because(error))?;

    let first: Vec<Client> = try_join_all((0..config.pool_min_size.max(1)).map(|_| async { pool.get().await })).await?;
    tracing::debug!(connections = first.len(), "connected");
    Ok(pool)
}
