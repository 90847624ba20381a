//! Who waits for an entry to be in PostgreSQL.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// None: it is there. Else why it was refused for good.
pub(super) type Answer = Option<String>;

/// Those that wait, by the number of their entry in this session's journal.
#[derive(Default)]
pub(super) struct Waiters(Mutex<HashMap<i64, Waiter>>);

struct Waiter {
    position: i64,
    answer: oneshot::Sender<Answer>,
}

impl Waiters {
    fn all(&self) -> MutexGuard<'_, HashMap<i64, Waiter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, from before the entry can be sent.
    pub(super) fn wait(&self, seq: i64, position: i64, answer: oneshot::Sender<Answer>) {
        self.all().insert(seq, Waiter { position, answer });
    }

    /// Whoever has gone needs no answer.
    pub(super) fn forget_those_who_left(&self) {
        self.all().retain(|_, waiter| !waiter.answer.is_closed());
    }

    pub(super) fn answer(&self, seq: i64, answer: Answer) {
        if let Some(waiter) = self.all().remove(&seq) {
            // Nobody may wait any more.
            let _ = waiter.answer.send(answer);
        }
    }

    /// Those up to a place in the journal that somebody waits for: numbers and places.
    pub(super) fn up_to(&self, settled: i64) -> Vec<(i64, i64)> {
        self.all().iter().map(|(seq, waiter)| (*seq, waiter.position)).filter(|(_, position)| *position <= settled).collect()
    }
}
