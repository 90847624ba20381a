//! A connection beside the pool, on which processes tell each other whose memory has changed: to wake those that would find
//! out later anyway, so whatever goes wrong is no error.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use codegen::queries::session;
use deadpool_postgres::Connect;
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::{sleep, timeout},
};
use tokio_postgres::Client;
use uuid::Uuid;

use super::connect::Hosts;

/// Between two notifications: what changes meanwhile is told by the next one.
const PERIOD: Duration = Duration::from_millis(100);

/// After how long a connection that ended is opened again.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_max_delay(Duration::from_secs(10))
    .without_max_times()
    .with_jitter();

/// The one listener of a pool, while anybody has it.
pub(super) struct Listeners {
    hosts: Hosts,
    current: Mutex<Weak<Listener>>,
}

impl Listeners {
    pub(super) fn new(hosts: Hosts) -> Self {
        Self { hosts, current: Mutex::default() }
    }

    pub(super) fn get(&self) -> Arc<Listener> {
        let mut current = lock(&self.current);
        current.upgrade().unwrap_or_else(|| {
            let listener = Arc::new(Listener::start(self.hosts.clone()));
            *current = Arc::downgrade(&listener);
            listener
        })
    }

    /// Closes its connection, also if somebody has it.
    pub(super) fn end(&self) {
        if let Some(listener) = lock(&self.current).upgrade() {
            listener.task.abort();
        }
    }
}

/// Tells others that a user's memory has changed, and hears it from them. Its connection ends when this is dropped.
pub(crate) struct Listener {
    board: Arc<Board>,
    task: AbortHandle,
}

impl Listener {
    fn start(hosts: Hosts) -> Self {
        let board = Arc::new(Board { id: Uuid::new_v4(), ears: Mutex::default(), changed: Mutex::default(), has_changed: Notify::new() });
        let heard = Arc::clone(&board);
        let hosts = hosts.heard_by(move |payload| heard.hear(payload));
        let task = tokio::spawn(keep_listening(hosts, Arc::clone(&board))).abort_handle();
        Self { board, task }
    }

    /// Notes each time that somebody else tells that a user's memory has changed.
    pub(crate) fn hear(&self, user_id: &str) -> watch::Receiver<()> {
        let mut ears = lock(&self.board.ears);
        ears.retain(|_, ear| ear.receiver_count() > 0);
        ears.entry(mark(user_id)).or_default().subscribe()
    }

    /// Has the others told that a user's memory has changed. Call it after the commit.
    pub(crate) fn tell(&self, user_id: &str) {
        lock(&self.board.changed).insert(mark(user_id));
        self.board.has_changed.notify_one();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A user's name on the channel, where every login can listen.
fn mark(user_id: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, user_id.as_bytes())
}

/// What was heard and what is to be told, whether there is a connection or not.
struct Board {
    /// Who tells: a session has what it wrote, and is not woken by it. Another one of the same user here finds it by its poll.
    id: Uuid,
    ears: Mutex<HashMap<Uuid, watch::Sender<()>>>,
    changed: Mutex<HashSet<Uuid>>,
    has_changed: Notify,
}

impl Board {
    fn hear(&self, payload: &str) {
        let Some((mark, teller)) = payload.split_once(' ') else { return };
        if teller == self.id.to_string() {
            return;
        }
        if let Some(ear) = mark.parse().ok().and_then(|mark: Uuid| lock(&self.ears).get(&mark).cloned()) {
            ear.send_replace(());
        }
    }

    /// Tells what changes, all at once, and each time no sooner than a period after the last one.
    async fn tell(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        loop {
            self.has_changed.notified().await;
            let changed = mem::take(&mut *lock(&self.changed));
            let payloads: Vec<String> = changed.iter().map(|mark| format!("{mark} {}", self.id)).collect();
            session::notify().bind(client, &&payloads[..]).await?;
            sleep(PERIOD).await;
        }
    }
}

/// Runs until it is aborted.
async fn keep_listening(hosts: Hosts, board: Arc<Board>) {
    let mut delays = BACKOFF.build();
    // A session that is opened for a moment needs none, and one that lasts has more to do at first.
    sleep(PERIOD).await;
    loop {
        if let Err(error) = listen(&hosts, &board, &mut delays).await {
            tracing::debug!(%error, "others are not heard, their changes are found later");
        }
        sleep(delays.next().unwrap_or(PERIOD)).await;
    }
}

/// Opens the connection, and stays with it until it ends.
async fn listen(hosts: &Hosts, board: &Board, delays: &mut ExponentialBackoff) -> Result<(), tokio_postgres::Error> {
    let connect = async {
        let (client, task) = hosts.connect(&tokio_postgres::Config::new()).await?;
        session::listen().bind(&client).await?;
        Ok((client, task))
    };
    let Ok(connected) = timeout(hosts.timeout(), connect).await else { return Ok(()) };
    let (client, task) = connected?;
    *delays = BACKOFF.build();
    tokio::select! {
        _ = task => Ok(()),
        ended = board.tell(&client) => ended,
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
