//! Reading memories from SQLite files, a session's or that of the Python system: `queries/sqlite/`.

mod legacy;
mod repair;
mod session;
mod time;

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as StdError,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, Params, Row};
use tokio::sync::mpsc;

use super::{
    Import,
    lines::{BATCH_BYTES, BATCH_LINES, Batch, Item, Line},
};
use crate::{
    Error, Memory,
    error::ErrorKind,
    model::validate_user_id,
    session::{register_functions, sql},
};
pub(crate) use time::instant;

/// How long a program may keep the file for itself.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Memory {
    /// Imports the memories in a SQLite file: that of a session, or the one of the Python system, its tables `memory_nodes` and
    /// `memory_relationships`. Await it to run it; everything is kept, or nothing, as by [`import`](Self::import). The file
    /// is only read, as of one moment, and may be in use; unless it is in WAL mode, who writes it waits for the import meanwhile.
    ///
    /// The rows count as lines, nodes first. Of a session's file, everything but notes is taken, what its journal still has for
    /// PostgreSQL included; the file stays the session's, whose own database gets the journal when it is opened. In
    /// a file of the Python system,
    ///
    /// - every thread needs a user: see [`SqliteFile`];
    /// - nodes of one entity of a user are merged in the order of their creation;
    /// - an id that is no UUID becomes one that is derived from user and id, so that importing a file twice adds nothing (each store
    ///   of an entity counts in its `update_count`, though);
    /// - a relationship is passed over and reported where the nodes at its ends are two users', or one is not there;
    /// - a value with one obvious meaning is put right and reported: see [`ImportReport::repairs`](super::ImportReport::repairs).
    ///
    /// # Errors
    ///
    /// As [`import`](Self::import); [`InvalidInput`](ErrorKind::InvalidInput) of the field `file` or `threads` when the file cannot be
    /// read, or its threads are not those of which users are known;
    /// [`Unavailable`](ErrorKind::Unavailable) while another program keeps the file for itself.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// use pgmemory::SqliteFile;
    ///
    /// let file = SqliteFile::new("memory.db").thread_user("thread-7", "alice").thread_user("thread-8", "bob");
    /// let report = memory.import_sqlite(file).skip_invalid(true).await?;
    /// for rejected in report.rejections {
    ///     println!("{}", rejected.reason);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn import_sqlite(&self, file: SqliteFile) -> Import<'_> {
        self.import_from(move |sender| file.send(sender))
    }
}

/// A SQLite file to import, and whose memories are in it.
///
/// ```
/// use pgmemory::SqliteFile;
///
/// // The thread of bob's is known, all others are alice's.
/// let file = SqliteFile::new("memory.db").thread_user("thread-8", "bob").user("alice");
/// // A session's file knows its user.
/// let session = SqliteFile::new("alice.sqlite");
/// ```
#[derive(Clone, Debug)]
pub struct SqliteFile {
    path: PathBuf,
    threads: BTreeMap<String, String>,
    user: Option<String>,
    skips_other_threads: bool,
}

impl SqliteFile {
    /// The file at this path.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), threads: BTreeMap::new(), user: None, skips_other_threads: false }
    }

    /// Gives the nodes of a thread to a user. The thread has to be in the file.
    #[must_use]
    pub fn thread_user(mut self, thread: impl Into<String>, user_id: impl Into<String>) -> Self {
        self.threads.insert(thread.into(), user_id.into());
        self
    }

    /// Gives the nodes of all other threads to this user. Of a session's file: imports it for this user instead of its own.
    #[must_use]
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user = Some(user_id.into());
        self
    }

    /// Whether to pass over threads that no user is given for, and report their nodes; otherwise they are an error.
    #[must_use]
    pub fn skip_other_threads(mut self, skip: bool) -> Self {
        self.skips_other_threads = skip;
        self
    }

    /// Reads until the end, an error, or nobody wants more.
    fn send(self, sender: &mpsc::Sender<Batch<Item>>) {
        let mut outbox = Outbox { sender, batch: Vec::new(), bytes: 0, rows: 0 };
        let read = self.read(&mut outbox).and_then(|()| outbox.send());
        if let Err(error) = read {
            // Nobody may be there to be told.
            let _ = sender.blocking_send(Err(of_file(&self.path, error)));
        }
    }

    fn read(&self, outbox: &mut Outbox<'_>) -> Result<(), Error> {
        self.threads.values().chain(&self.user).try_for_each(|user_id| validate_user_id(user_id))?;
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        register_functions(&connection)?;
        // All statements see the file as of one moment.
        let snapshot = connection.unchecked_transaction()?;
        let mut tables = BTreeSet::new();
        each(&snapshot, "legacy::list_tables", [], |row| {
            tables.insert(row.get::<_, String>(0)?);
            Ok(())
        })?;
        let has = |names: &[&str]| names.iter().all(|name| tables.contains(*name));
        if has(&["memory_nodes", "memory_relationships", "memory_threads"]) {
            legacy::read(&snapshot, self, outbox)
        } else if has(&["session", "nodes", "relationships"]) {
            session::read(&snapshot, self, outbox)
        } else {
            Err(Error::invalid("file", "has neither the tables of a session nor those of the Python system"))
        }
    }

    /// Whose the nodes of a thread are; `None` when they are passed over.
    fn user_of(&self, thread: &str) -> Option<&str> {
        self.threads.get(thread).or(self.user.as_ref()).map(String::as_str)
    }
}

/// Sends rows on, a batch at a time.
struct Outbox<'a> {
    sender: &'a mpsc::Sender<Batch<Item>>,
    batch: Vec<Line<Item>>,
    /// Of the batch, about.
    bytes: usize,
    rows: u64,
}

/// What a row says, and what was put right in it.
struct Parsed {
    item: Result<Item, Error>,
    repairs: Vec<&'static str>,
    /// Whether the import goes on without it in any case, if it cannot be imported.
    is_dispensable: bool,
}

impl Outbox<'_> {
    fn push(&mut self, bytes: usize, parsed: Parsed) -> Result<(), Error> {
        let Parsed { item, repairs, is_dispensable } = parsed;
        self.rows += 1;
        self.bytes += bytes;
        self.batch.push(Line { number: self.rows, item, repairs, is_dispensable });
        if self.batch.len() < BATCH_LINES && self.bytes < BATCH_BYTES { Ok(()) } else { self.send() }
    }

    fn send(&mut self) -> Result<(), Error> {
        self.bytes = 0;
        let gone = |_| Error::new(ErrorKind::Cancelled, "nobody waits for the rest of the file");
        self.sender.blocking_send(Ok(std::mem::take(&mut self.batch))).map_err(gone)
    }
}

/// Reads the rows of a statement one after the other.
fn each(
    connection: &Connection,
    statement: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut statement = connection.prepare(sql(statement))?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        read(row)?;
    }
    Ok(())
}

/// What SQLite says of a file that is to be imported.
fn of_file(path: &Path, error: Error) -> Error {
    let Some(cause) = error.source().and_then(|source| source.downcast_ref::<rusqlite::Error>()) else { return error };
    let path = path.display();
    let problem = match (cause, cause.sqlite_error_code()) {
        (_, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => {
            let message = format!("{path}: another program keeps the file for itself");
            return Error::new(ErrorKind::Unavailable, message).because(error);
        }
        // The cause repeats the whole statement.
        (rusqlite::Error::SqlInputError { msg, .. }, _) => format!("is of another version: {msg}"),
        (_, Some(ErrorCode::NotADatabase)) => "is no SQLite database".to_owned(),
        (_, Some(ErrorCode::DatabaseCorrupt)) => format!("is damaged: {cause}"),
        (_, Some(ErrorCode::ReadOnly)) => "was left in the middle of a write, which only a program that writes it takes back".to_owned(),
        _ => format!("cannot be read: {cause}"),
    };
    Error::invalid("file", format!("{path} {problem}")).because(error)
}
