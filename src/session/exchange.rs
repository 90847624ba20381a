//! The task that keeps file and PostgreSQL together for as long as the session is open.

use std::{
    collections::HashSet,
    fs::{File, TryLockError},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use backon::{BackoffBuilder, ExponentialBuilder};
use rusqlite::{Connection, named_params};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::{
    WorkingSet,
    local::{LOCK_PAUSE, Local, without_lock},
    outbox::Journal,
    rows::{Id, Time, one, run},
    search::Counts,
    threads::clean,
    waiters::Waiters,
    writer::Importance,
};
use crate::{Error, UserMemory, error::ErrorKind, pool::Listener};

/// How often PostgreSQL is asked what others changed, should nobody tell: often enough to know within a second even if one
/// attempt takes long.
const POLL: Duration = Duration::from_millis(500);
/// How long PostgreSQL may take for one step: it is taken to be away afterwards.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often the session puts its file in order.
const UPKEEP: Duration = Duration::from_secs(1);

/// After how long a thread that is not used is forgotten.
const IDLE: Duration = Duration::from_hours(24);

/// After how long PostgreSQL is tried again; the jitter adds as much once more, so that it is a second at most.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(50))
    .with_max_delay(Duration::from_millis(500))
    .without_max_times()
    .with_jitter();

/// What the session and its task have in common.
pub(super) struct Shared {
    pub(super) memory: UserMemory,
    pub(super) local: Local,
    pub(super) working_set: WorkingSet,
    /// How many nodes of the memory the file may have.
    pub(super) most_nodes: Option<usize>,
    /// How many entries are sent at once.
    pub(super) batch: AtomicI64,
    pub(super) journal: Arc<Journal>,
    /// None where PostgreSQL is switched off.
    pub(super) listener: Option<Arc<Listener>>,
    /// There is something to send.
    pub(super) wake: Notify,
    pub(super) waiters: Waiters,
    /// No entry up to this place is waiting any more.
    pub(super) settled: watch::Sender<i64>,
    /// Whether PostgreSQL answered last time, and at once.
    pub(super) is_prompt: AtomicBool,
    pub(super) last_error: Mutex<Option<String>>,
    pub(super) counts: Counts,
    /// Nodes read since the file was last told of it.
    pub(super) used: Mutex<HashSet<Uuid>>,
}

impl Shared {
    /// Runs until it is aborted. Pulls also when it hears that others changed something.
    pub(super) async fn keep_up(self: Arc<Self>, mut others: watch::Receiver<()>) {
        let mut delays = BACKOFF.build();
        // Opening has just pulled, unless PostgreSQL was away.
        let is_current = self.is_prompt.load(Ordering::Relaxed);
        let mut next_pull = Instant::now() + if is_current { POLL } else { Duration::ZERO };
        let mut next_upkeep = Instant::now() + UPKEEP;
        loop {
            if self.memory.is_switched_off() {
                tokio::time::sleep(UPKEEP).await;
                self.put_in_order_if_possible().await;
                continue;
            }
            let pause = match self.exchange(&mut next_pull).await {
                Ok(()) => {
                    delays = BACKOFF.build();
                    next_pull.saturating_duration_since(Instant::now())
                }
                Err(error) => {
                    let pause = delays.next().unwrap_or(POLL);
                    tracing::debug!(user_id = self.memory.user_id(), %error, ?pause, "PostgreSQL is away, the session goes on with its file");
                    pause
                }
            };
            if Instant::now() >= next_upkeep {
                next_upkeep = Instant::now() + UPKEEP;
                self.put_in_order_if_possible().await;
            }
            if self.is_prompt.load(Ordering::Relaxed) {
                // A wake-up that comes while nobody waits is kept.
                tokio::select! {
                    () = self.wake.notified() => {}
                    Ok(()) = others.changed() => next_pull = Instant::now(),
                    () = tokio::time::sleep(pause) => {}
                }
            } else {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Sends what there is, and pulls if it is time to.
    async fn exchange(&self, next_pull: &mut Instant) -> Result<(), Error> {
        let _turn = self.turn().await?;
        let exchanged = async {
            self.send_all().await?;
            if Instant::now() >= *next_pull {
                self.pull().await?;
                *next_pull = Instant::now() + POLL;
            }
            Ok(())
        };
        let result = exchanged.await;
        self.note(&result);
        // Those whose entries another process has sent are waiting, too.
        self.publish_settled().await?;
        result
    }

    /// The same for opening: brings the file up to date once.
    pub(super) async fn catch_up(&self) -> Result<(), Error> {
        let _turn = self.turn().await?;
        let result = self.pull_from_the_start().await;
        self.note(&result);
        result
    }

    /// Waits until nobody else who has the file sends and pulls. That one sends what was remembered here, too, so those who wait for
    /// that are told.
    async fn turn(&self) -> Result<Option<Turn<'_>>, Error> {
        let Some(lock) = self.local.lock() else { return Ok(None) };
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(Turn(lock))),
                Err(TryLockError::WouldBlock) => self.publish(self.local.read(settled).await?).await?,
                Err(TryLockError::Error(error)) => return Err(without_lock(error)),
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
    }

    /// Waits for PostgreSQL, but not for ever: whether it will ever say what it did, nobody knows.
    pub(super) async fn patiently<T>(&self, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let start = Instant::now();
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| {
            self.memory.distrust(start);
            Err(Error::new(ErrorKind::TimedOut, format!("the server said nothing for {PATIENCE:?}")))
        })
    }

    fn note(&self, result: &Result<(), Error>) {
        self.is_prompt.store(result.is_ok(), Ordering::Relaxed);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = result.as_ref().err().map(ToString::to_string);
    }

    /// Tells whoever waits how far the journal has come, behind the deletion of what was sent.
    pub(super) async fn publish_settled(&self) -> Result<(), Error> {
        let settled = self.local.write(Importance::Cache, settled).await?;
        self.publish(settled).await
    }

    async fn publish(&self, settled: i64) -> Result<(), Error> {
        for (seq, position) in self.waiters.up_to(settled) {
            let answer = self.refusal(position).await?;
            self.waiters.answer(seq, answer);
        }
        self.settled.send_if_modified(|known| std::mem::replace(known, settled) != settled);
        Ok(())
    }

    /// Why an entry was refused for good, if it was.
    pub(super) async fn refusal(&self, position: i64) -> Result<Option<String>, Error> {
        let reason = move |connection: &Connection| {
            one(connection, "dead_letters::get", named_params! {":position": position}, |row| row.get::<_, String>(0))
        };
        self.local.read(reason).await
    }

    async fn put_in_order_if_possible(&self) {
        if let Err(error) = self.put_in_order().await {
            tracing::warn!(%error, "the session's file cannot be put in order");
        }
    }

    async fn put_in_order(&self) -> Result<(), Error> {
        let used: Vec<Uuid> = self.used.lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
        let most = self.most_nodes.map(|most| i64::try_from(most).unwrap_or(i64::MAX));
        let put = move |connection: &Connection| {
            let now = Time::now();
            for node_id in used {
                run(connection, "nodes::use", named_params! {":node_id": Id(node_id), ":now": now})?;
            }
            run(connection, "nodes::sweep", named_params! {":now": now})?;
            clean(connection, IDLE)?;
            if let Some(most) = most
                && run(connection, "nodes::evict", named_params! {":most": most})? > 0
            {
                run(connection, "session::evict", [])?;
            }
            Ok(())
        };
        // Above all where the disk is full.
        self.local.checkpoint().await?;
        self.local.write(Importance::Cache, put).await
    }
}

/// The last place up to which no entry is waiting.
fn settled(connection: &Connection) -> Result<i64, Error> {
    Ok(one(connection, "journal::get_settled", [], |row| row.get(0))?.unwrap_or(0))
}

/// Held by the one process that sends and pulls; the system releases it when that one ends.
struct Turn<'a>(&'a File);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // It ends with the file in any case.
        let _ = self.0.unlock();
    }
}
