//! The session's file: connections that read it side by side, and one thread that writes it.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use tokio::sync::oneshot;

use super::{
    functions,
    writer::{Importance, Job, Task, write_all},
};
use crate::{Error, error::ErrorKind};

static SCHEMA: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(vec![M::up(include_str!("../../schema/sqlite/1_session.sql"))]));

/// How long a process waits while another one writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often it tries where SQLite does not wait by itself.
const PAUSE: Duration = Duration::from_millis(5);

/// A session's file; all clones share it. It is closed after the last one is gone.
#[derive(Clone)]
pub(super) struct Local(Arc<Inner>);

struct Inner {
    /// None: in memory.
    path: Option<PathBuf>,
    /// Dropped before the thread that writes ends: the last connection moves the log into the file.
    readers: Mutex<Vec<Connection>>,
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Local {
    /// Opens the file, or creates it.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Error> {
        let mut connection = match path {
            Some(path) => {
                create_private(path)?;
                connect(path)?
            }
            None => configured(Connection::open_in_memory()?)?,
        };
        prepare(&mut connection, path.is_some())?;
        let log = path.map(log_of).transpose()?;
        let (jobs, queue) = mpsc::channel();
        thread::Builder::new()
            .name("pgmemory session".to_owned())
            .spawn(move || write_all(&connection, log.as_ref(), &queue))
            .map_err(|error| Error::new(ErrorKind::Unavailable, format!("no thread for the session's file: {error}")).because(error))?;
        Ok(Self(Arc::new(Inner { path: path.map(Path::to_owned), jobs, readers: Mutex::default() })))
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
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

/// Brings it to the schema, waiting for whoever does so at the same time.
fn prepare(connection: &mut Connection, is_file: bool) -> Result<(), Error> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match try_prepare(connection, is_file) {
            // SQLite itself does not wait where it changes the mode of a file.
            Err(error) if error.kind() == ErrorKind::Unavailable && Instant::now() < deadline => thread::sleep(PAUSE),
            prepared => return prepared,
        }
    }
}

fn try_prepare(connection: &mut Connection, is_file: bool) -> Result<(), Error> {
    if is_file {
        connection.pragma_update(None, "journal_mode", "wal")?;
        // Readers move the log into the file, so that nobody who writes waits for the disk.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    }
    // Somebody else may have been faster: then there is nothing left to do.
    let migrated = SCHEMA.to_latest(connection).or_else(|_| SCHEMA.to_latest(connection));
    migrated.map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
        error => Error::new(ErrorKind::SessionFile, format!("the session's file is of a newer version: {error}")).because(error),
    })
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
    if path.exists() {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create(true).truncate(false).open(path).map_err(failed)?;
    Ok(())
}

/// The write-ahead log, which the thread that writes brings to the disk itself.
fn log_of(path: &Path) -> Result<File, Error> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    File::open(&log)
        .map_err(|error| Error::new(ErrorKind::SessionFile, format!("the session's log cannot be opened: {error}")).because(error))
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
    functions::register(&connection)?;
    Ok(connection)
}
