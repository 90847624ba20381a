//! Operations that are made again when they failed for a reason that has passed.

use std::{
    mem,
    pin::pin,
    time::{Duration, Instant},
};

use backon::{ExponentialBuilder, Retryable};
use deadpool_postgres::Client;
use tokio::time::timeout;

use super::{Connections, GRACE, failure::without_answer};
use crate::{Config, Error};

/// Three more attempts, after about 10, 40 and 160 milliseconds. The jitter lets those who collided meet no more.
const BACKOFF: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_millis(10)).with_factor(4.0).with_max_times(3).with_jitter();

/// No operation that changes nothing has more statements.
const MOST_READS: usize = 3;

/// How long the server may say nothing about so many statements: it cancels each in time, unless it hangs.
fn patience(config: &Config, statements: usize) -> Duration {
    config.command_timeout.saturating_mul(u32::try_from(statements).unwrap_or(u32::MAX)).saturating_add(GRACE)
}

impl Connections {
    /// Runs an operation that changes nothing. It is made again as a [`write`](Self::write) is, and once more on
    /// a new connection if its own broke.
    pub(crate) async fn read<T, F>(&self, operation: impl Fn(Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut is_spent = false;
        self.repeat(operation, MOST_READS, |error| error.is_transient() || (error.is_disconnect() && !mem::replace(&mut is_spent, true)))
            .await
    }

    /// Runs an operation that is one statement or one transaction of its own. It is made again, a few times, after
    /// a deadlock, a serialization failure or a stale plan, which leave nothing behind; not on a broken connection,
    /// which leaves open whether it was done.
    pub(crate) async fn write<T, F>(&self, operation: impl Fn(Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.write_many(1, operation).await
    }

    /// The same for a transaction of so many statements.
    pub(crate) async fn write_many<T, F>(&self, statements: usize, operation: impl Fn(Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.repeat(operation, statements, Error::is_transient).await
    }

    async fn repeat<T, F>(
        &self,
        operation: impl Fn(Client) -> F,
        statements: usize,
        is_worthwhile: impl FnMut(&Error) -> bool,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let attempt = || async {
            let client = self.client().await?;
            let start = Instant::now();
            let call = self.watch(&client);
            let mut operation = pin!(operation(client));
            // Declared last and so dropped first: the pool must know before it gets the connection back.
            let call = call;
            let patience = patience(&self.0.config, statements);
            let Ok(result) = timeout(patience, operation.as_mut()).await else {
                drop(call);
                self.distrust(start);
                return Err(without_answer(&self.0.config, patience));
            };
            call.answered();
            result.inspect_err(|error| self.clean_up(error, start))
        };
        attempt.retry(BACKOFF).when(is_worthwhile).notify(|error, delay| tracing::debug!(%error, ?delay, "trying again")).await
    }

    /// Lets no later operation fail as one did that began at `start`.
    fn clean_up(&self, error: &Error, start: Instant) {
        if error.is_stale_plan() {
            self.0.pool.manager().statement_caches.clear();
        }
        // What broke one connection has mostly broken all, and not every one knows it yet; likewise all are read-only
        // when the primary became a standby.
        if error.is_disconnect() || error.is_read_only() {
            self.distrust(start);
        }
    }

    /// Lets go of all idle connections that are older: one of those has not answered.
    pub(crate) fn distrust(&self, since: Instant) {
        self.0.pool.retain(|_, metrics| metrics.created > since);
    }
}
