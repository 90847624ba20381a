//! Operations that are made again when they failed for a reason that has passed.

use std::{
    mem,
    time::{Duration, Instant},
};

use backon::{ExponentialBuilder, Retryable};
use deadpool_postgres::Client;

use super::Connections;
use crate::Error;

/// Three more attempts, after about 10, 40 and 160 milliseconds. The jitter lets those who collided meet no more.
const BACKOFF: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_millis(10)).with_factor(4.0).with_max_times(3).with_jitter();

impl Connections {
    /// Runs an operation that changes nothing. It is made again as a [`write`](Self::write) is, and once more on
    /// a new connection if its own broke.
    pub(crate) async fn read<T, F>(&self, operation: impl Fn(Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut is_spent = false;
        self.repeat(operation, |error| error.is_transient() || (error.is_disconnect() && !mem::replace(&mut is_spent, true))).await
    }

    /// Runs an operation that is one statement or one transaction of its own. It is made again, a few times, after
    /// a deadlock, a serialization failure or a stale plan, which leave nothing behind; not on a broken connection,
    /// which leaves open whether it was done.
    pub(crate) async fn write<T, F>(&self, operation: impl Fn(Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.repeat(operation, Error::is_transient).await
    }

    async fn repeat<T, F>(&self, operation: impl Fn(Client) -> F, is_worthwhile: impl FnMut(&Error) -> bool) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let attempt = || async {
            let client = self.client().await?;
            let start = Instant::now();
            operation(client).await.inspect_err(|error| self.clean_up(error, start))
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
            self.0.pool.retain(|_, metrics| metrics.created > start);
        }
    }
}
