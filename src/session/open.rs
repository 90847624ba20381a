//! Opening a session.

use std::{
    future::IntoFuture,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use rusqlite::{Connection, named_params};
use tokio::sync::{Notify, watch};

use super::{
    Inner, Session, SessionFile,
    exchange::Shared,
    local::Local,
    rows::{Time, one, run},
    search::Counts,
    send::BATCH,
    waiters::Waiters,
    writer::Importance,
};
use crate::{
    Error, Memory, UserMemory,
    error::ErrorKind,
    model::{validate_entity_key, validate_key},
    pool::switched_off,
};

/// How long a thread's name may be.
const MAX_THREAD_BYTES: usize = 256;

/// Which part of the memory a session starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WorkingSet {
    Everything,
    MostRecent(usize),
    MostRelevant(usize),
    Entities(Vec<(String, String)>),
}

impl Memory {
    /// Opens a user's session on a local file, which is made if it is not there: the first time it loads the user's memory,
    /// later what has changed. Await it to open it.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// let session = memory.session("alice", "thread-7").most_recent(1_000).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(&self, user_id: &str, thread: &str) -> OpenSession {
        OpenSession {
            memory: self.user(user_id),
            thread: thread.to_owned(),
            place: Place::Default,
            working_set: WorkingSet::Everything,
            most_nodes: None,
            patience: Duration::from_secs(5),
            promptness: Duration::from_millis(25),
        }
    }
}

#[derive(Clone, Debug)]
enum Place {
    Default,
    File(PathBuf),
    InMemory,
}

/// A session to come. Made by [`Memory::session`].
#[derive(Debug)]
#[must_use = "await it to open the session"]
pub struct OpenSession {
    memory: Result<UserMemory, Error>,
    thread: String,
    place: Place,
    working_set: WorkingSet,
    most_nodes: Option<usize>,
    patience: Duration,
    promptness: Duration,
}

impl OpenSession {
    /// On this file; unless set, on [the user's](SessionFile::path_of). A file belongs to one user of one database.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.place = Place::File(path.into());
        self
    }

    /// Without a file: what PostgreSQL has not got is lost with the process.
    pub fn in_memory(mut self) -> Self {
        self.place = Place::InMemory;
        self
    }

    /// Starts with this many of the newest nodes, instead of all. What comes later is taken in as well.
    pub fn most_recent(mut self, nodes: usize) -> Self {
        self.working_set = WorkingSet::MostRecent(nodes);
        self
    }

    /// Starts with this many nodes of the highest base relevance, instead of all.
    pub fn most_relevant(mut self, nodes: usize) -> Self {
        self.working_set = WorkingSet::MostRelevant(nodes);
        self
    }

    /// Starts with these entities, each a system and an id, instead of all.
    pub fn entities(mut self, keys: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        self.working_set = WorkingSet::Entities(keys.into_iter().map(|(system, id)| (system.into(), id.into())).collect());
        self
    }

    /// Keeps at most this many nodes of the memory, those that were used last; no limit unless set. Nodes that PostgreSQL has yet
    /// to get stay however many they are.
    pub fn most_nodes(mut self, nodes: usize) -> Self {
        self.most_nodes = Some(nodes);
        self
    }

    /// How long opening waits for PostgreSQL before it goes on with what the file has; 5 seconds unless set. With zero it does not ask:
    /// what waits in the file is sent first, and what others changed comes afterwards.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long [`remember`](Session::remember) waits for PostgreSQL before it answers
    /// [`Journaled`](super::Durability::Journaled); 25 milliseconds unless set.
    pub fn promptness(mut self, promptness: Duration) -> Self {
        self.promptness = promptness;
        self
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn open(self) -> Result<Session, Error> {
        let memory = self.memory?;
        validate_key("thread", &self.thread, MAX_THREAD_BYTES)?;
        if let WorkingSet::Entities(keys) = &self.working_set {
            for (system, id) in keys {
                validate_entity_key("entity_system", system)?;
                validate_entity_key("entity_id", id)?;
            }
        }
        let path = match self.place {
            Place::File(path) => Some(path),
            Place::InMemory => None,
            Place::Default => Some(SessionFile::path_of(memory.user_id())?),
        };
        let local = {
            let opened = tokio::task::spawn_blocking(move || Local::open(path.as_deref())).await;
            opened.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()).because(error))??
        };
        claim(&local, memory.user_id()).await?;
        let is_switched_off = memory.is_switched_off();
        let listener = (!is_switched_off).then(|| memory.listener());
        let shared = Arc::new(Shared {
            memory,
            local,
            working_set: self.working_set,
            most_nodes: self.most_nodes,
            batch: AtomicI64::new(BATCH),
            journal: Arc::default(),
            listener,
            wake: Notify::new(),
            waiters: Waiters::default(),
            settled: watch::Sender::new(0),
            is_prompt: AtomicBool::new(false),
            last_error: Mutex::new(is_switched_off.then(|| switched_off().to_string())),
            counts: Counts::default(),
            used: Mutex::default(),
        });
        let others = shared.listener.as_ref().map_or_else(|| watch::channel(()).1, |listener| listener.hear(shared.memory.user_id()));
        if !is_switched_off && !self.patience.is_zero() {
            match tokio::time::timeout(self.patience, shared.catch_up()).await {
                Ok(Err(error)) if error.kind() == ErrorKind::SessionFile => return Err(error),
                Ok(Err(error)) => tracing::warn!(%error, "PostgreSQL is away, the session opens with what its file has"),
                Err(_) => tracing::warn!("PostgreSQL does not answer, the session opens with what its file has"),
                Ok(Ok(())) => {}
            }
        }
        let thread: Arc<str> = self.thread.into();
        let touch = {
            let thread = Arc::clone(&thread);
            move |connection: &Connection| {
                run(connection, "threads::touch", named_params! {":thread": &*thread, ":now": Time::now()}).map(drop)
            }
        };
        shared.local.write_later(Importance::Cache, touch);
        let task = tokio::spawn(Arc::clone(&shared).keep_up(others)).abort_handle();
        Ok(Session(Arc::new(Inner { shared, thread, promptness: self.promptness, task })))
    }
}

impl IntoFuture for OpenSession {
    type Output = Result<Session, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

/// Makes the file the user's.
async fn claim(local: &Local, user_id: &str) -> Result<(), Error> {
    let user_id = user_id.to_owned();
    let claim = move |connection: &Connection| {
        run(connection, "session::claim", named_params! {":user_id": user_id})?;
        let owner: Option<String> = one(connection, "session::get", [], |row| row.get(0))?;
        if owner.as_deref() != Some(&user_id) {
            return Err(Error::invalid("file", "is the session's file of another user"));
        }
        Ok(())
    };
    local.write(Importance::Cache, claim).await
}
