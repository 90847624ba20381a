//! Keeping the minimum of connections open.

use std::time::Duration;

use deadpool_postgres::{Pool, PoolError, Timeouts};
use tokio::{
    task::AbortHandle,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{abandon::Abandonment, metrics::publish};

/// Between two looks at the pool.
const PERIOD: Duration = Duration::from_secs(1);

/// The task that replaces connections that have died, up to the pool's minimum. Ends when this is dropped.
pub(super) struct Warmer(AbortHandle);

impl Warmer {
    pub(super) fn start(pool: Pool, min_size: usize, abandonment: Abandonment) -> Self {
        Self(tokio::spawn(keep_warm(pool, min_size, abandonment)).abort_handle())
    }
}

impl Drop for Warmer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn keep_warm(pool: Pool, min_size: usize, abandonment: Abandonment) {
    // Those that are opened at the start are.
    let mut ticks = interval_at(Instant::now() + PERIOD, PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        pool.retain(|client, metrics| !client.is_closed() && !abandonment.ends(metrics.created));
        if let Err(error) = fill(&pool, min_size).await {
            tracing::debug!(%error, "the minimum of connections cannot be kept");
        }
        publish(pool.status());
    }
}

/// Opens what is missing. The pool hands out the connections that it has before it opens one, so these are held
/// until then; if all are in use, there is no lack of them.
async fn fill(pool: &Pool, min_size: usize) -> Result<(), PoolError> {
    let mut held = Vec::new();
    while pool.status().size < min_size {
        held.push(pool.timeout_get(&Timeouts { wait: Some(Duration::ZERO), ..pool.timeouts() }).await?);
    }
    Ok(())
}
