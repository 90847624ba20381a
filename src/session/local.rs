//! The session's file: connections that read it side by side, and one thread that writes it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use rusqlite_migration::{M, Migrations};
use tokio::sync::{Semaphore, oneshot, watch};

use super::{
    functions,
    writer::{Importance, Job, Task, write_all},
};
use crate::{Error, error::ErrorKind};

static SCHEMA: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(vec![M::up(include_str!("../../schema/sqlite/1_session.sql"))]));

/// How often a process that shares the file looks whether another one is done.
pub(super) const LOCK_PAUSE: Duration = Duration::from_millis(1);
/// How many read at once: more would only share the processors, and each needs a connection.
const MOST_READERS: usize = 4;
/// How long a process waits while another one writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A session's file; all clones share it. It is closed after the last one is gone.
#[derive(Clone)]
pub(super) struct Local(Arc<Inner>);

struct Inner {
    /// None: in memory.
    path: Option<PathBuf>,
    lock: Option<File>,
    /// Dropped before the thread that writes ends: the last connection moves the log into the file.
    readers: Mutex<Vec<Connection>>,
    turns: Semaphore,
    jobs: mpsc::Sender<Box<dyn Job>>,
    /// Its sender is gone when the thread that writes is.
    closed: watch::Receiver<()>,
}

impl Local {
    /// Opens the file, or creates it.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Error> {
        // A link to a file is that file, with its log and its lock.
        let path = path.map(created).transpose()?;
        let path = path.as_deref();
        let (connection, lock) = if let Some(path) = path {
            let lock = lock_of(path)?;
            let mut connection = connect(path)?;
            set_up(&mut connection, &lock)?;
            // Readers move the log into the file, so that nobody who writes waits for the disk.
            connection.pragma_update(None, "wal_autocheckpoint", 0)?;
            (connection, Some(lock))
        } else {
            let mut connection = configured(Connection::open_in_memory()?)?;
            SCHEMA.to_latest(&mut connection).map_err(without_schema)?;
            (connection, None)
        };
        let log = path.map(log_of).transpose()?;
        let (jobs, queue) = mpsc::channel();
        let (open, closed) = watch::channel(());
        thread::Builder::new()
            .name("pgmemory session".to_owned())
            .spawn(move || {
                write_all(&connection, log.as_ref(), &queue);
                drop((connection, log, open));
            })
            .map_err(|error| Error::new(ErrorKind::Unavailable, format!("no thread for the session's file: {error}")).because(error))?;
        Ok(Self(Arc::new(Inner {
            path: path.map(Path::to_owned),
            lock,
            jobs,
            readers: Mutex::default(),
            turns: Semaphore::new(MOST_READERS),
            closed,
        })))
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// Waits until nobody has the file any more, and it is closed.
    pub(super) fn closed(&self) -> impl Future<Output = ()> + use<> {
        let mut closed = self.0.closed.clone();
        async move { while closed.changed().await.is_ok() {} }
    }

    /// What the processes that share the file take turns by.
    pub(super) fn lock(&self) -> Option<&File> {
        self.0.lock.as_ref()
    }

    /// Writes within a transaction, perhaps together with others; returns when it is kept as `importance` says.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        importance: Importance,
        job: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, result) = oneshot::channel();
        let closed = || Error::new(ErrorKind::Internal, "the thread that writes the session's file has ended");
        // A mistake in one sends no reply.
        self.0.jobs.send(Box::new(Task::new(importance, job, reply))).map_err(|_| closed())?;
        result.await.map_err(|_| closed())?
    }

    /// The same, for nobody who waits.
    pub(super) fn write_later(&self, importance: Importance, job: impl FnOnce(&Connection) -> Result<(), Error> + Send + 'static) {
        // Without a thread there is nothing left to write to.
        let _ = self.0.jobs.send(Box::new(Task::new(importance, job, oneshot::channel().0)));
    }

    /// Reads, on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        if self.0.path.is_none() {
            return self.write(Importance::Cache, operation).await;
        }
        let _turn = self.0.turns.acquire().await;
        let inner = Arc::clone(&self.0);
        let read = move || {
            let path = inner.path.as_deref().expect("a file");
            let idle = inner.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = idle.map_or_else(|| connect(path), Ok)?;
            let result = operation(&connection);
            inner.readers.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, format!("reading the session's file ended early: {error}")).because(error))
        })
    }
}

#[cfg(test)]
impl Local {
    /// An empty database with the schema.
    pub(super) fn scratch() -> Result<Connection, Error> {
        let mut connection = configured(Connection::open_in_memory()?)?;
        SCHEMA.to_latest(&mut connection).expect("the schema");
        Ok(connection)
    }
}

impl Local {
    /// Moves what was written from the log into the file, beside whoever reads and writes.
    pub(super) async fn checkpoint(&self) -> Result<(), Error> {
        if self.0.path.is_none() {
            return Ok(());
        }
        let checkpoint = |connection: &Connection| Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?);
        self.read(checkpoint).await
    }
}

/// Held while a file is created: to close one that SQLite has open by then would end its locks.
static CREATING: Mutex<()> = Mutex::new(());

/// Memories are nobody else's business.
fn create_private(path: &Path) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::SessionFile, format!("the session's file {} cannot be created: {error}", path.display())).because(error)
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder).map_err(failed)?;
    }
    let _creating = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    if path.exists() {
        return Ok(());
    }
    private().open(path).map_err(failed)?;
    Ok(())
}

/// Where the file really is, made if it was not there.
fn created(path: &Path) -> Result<PathBuf, Error> {
    create_private(path)?;
    fs::canonicalize(path).map_err(|error| {
        Error::new(ErrorKind::SessionFile, format!("the session's file {} cannot be found: {error}", path.display())).because(error)
    })
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Gives a new file its tables; of those who open it at once, one does.
fn set_up(connection: &mut Connection, lock: &File) -> Result<(), Error> {
    while SCHEMA.pending_migrations(connection).map_err(without_schema)? != 0 {
        match lock.try_lock() {
            Ok(()) => {
                let migrated = migrate(connection);
                // It ends with the file in any case.
                let _ = lock.unlock();
                return migrated;
            }
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(without_lock(error)),
        }
    }
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    SCHEMA.to_latest(connection).map_err(without_schema)
}

fn without_schema(error: rusqlite_migration::Error) -> Error {
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        error => Error::new(ErrorKind::SessionFile, format!("the session's file is of a newer version: {error}")).because(error),
    }
}

/// Beside the file, since SQLite keeps locks of its own in that.
fn lock_of(path: &Path) -> Result<File, Error> {
    private().open(beside(path, "-lock")).map_err(without_lock)
}

pub(super) fn without_lock(error: std::io::Error) -> Error {
    Error::new(ErrorKind::SessionFile, format!("the session's file cannot be locked: {error}")).because(error)
}

/// The write-ahead log, which the thread that writes brings to the disk itself.
fn log_of(path: &Path) -> Result<File, Error> {
    File::open(beside(path, "-wal"))
        .map_err(|error| Error::new(ErrorKind::SessionFile, format!("the session's log cannot be opened: {error}")).because(error))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(super) fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    configured(Connection::open_with_flags(path, flags)?)
}

fn configured(connection: Connection) -> Result<Connection, Error> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // The thread that writes does the rest: see `Importance`.
    connection.pragma_update(None, "synchronous", "normal")?;
    // What a statement would undo: otherwise a file gets every page that a row touches, row by row.
    connection.pragma_update(None, "temp_store", "memory")?;
    // In KiB, for pages that are read again and again; no more than the file has are kept.
    connection.pragma_update(None, "cache_size", -8192)?;
    // Otherwise a statement whose LIMIT is a parameter is planned anew for every value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    functions::register(&connection)?;
    Ok(connection)
}
