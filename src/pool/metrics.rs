//! What the pool does, as numbers.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use deadpool_postgres::Status;
use serde::{Deserialize, Serialize};

/// The state of the pool, and how long callers waited for a connection since it was opened.
///
/// The same is published through the facade of the crate `metrics`, for whichever recorder the program has
/// installed: the gauges `pgmemory_pool_size`, `pgmemory_pool_max_size`, `pgmemory_pool_idle` and
/// `pgmemory_pool_waiting`, and the histogram `pgmemory_pool_wait_seconds`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoolMetrics {
    /// How many connections there are.
    pub size: usize,
    /// How many there may be.
    pub max_size: usize,
    /// How many of them are free.
    pub idle: usize,
    /// How many callers wait for one.
    pub waiting: usize,
    /// How many times a caller asked for one and got it, or gave up.
    pub waits: u64,
    /// How long they waited, all together; opening a connection counts as waiting.
    pub wait_total: Duration,
    /// How long the last one waited.
    pub wait_last: Duration,
    /// How long the one waited that waited longest.
    pub wait_longest: Duration,
}

impl PoolMetrics {
    pub(super) fn new(status: Status, waits: &Waits) -> Self {
        let waits = *waits.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self { size: status.size, max_size: status.max_size, idle: status.available, waiting: status.waiting, ..waits }
    }
}

/// Of the metrics, those about waiting.
#[derive(Default)]
pub(super) struct Waits(Mutex<PoolMetrics>);

impl Waits {
    pub(super) fn add(&self, wait: Duration) {
        metrics::histogram!("pgmemory_pool_wait_seconds").record(wait);
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waits.waits += 1;
        waits.wait_total += wait;
        waits.wait_last = wait;
        waits.wait_longest = waits.wait_longest.max(wait);
    }
}

/// Sets the gauges.
pub(super) fn publish(status: Status) {
    #[expect(clippy::cast_precision_loss, reason = "there are at most ten thousand connections")]
    let count = |count: usize| count as f64;
    metrics::gauge!("pgmemory_pool_size").set(count(status.size));
    metrics::gauge!("pgmemory_pool_max_size").set(count(status.max_size));
    metrics::gauge!("pgmemory_pool_idle").set(count(status.available));
    metrics::gauge!("pgmemory_pool_waiting").set(count(status.waiting));
}
