//! How a session stands.

use std::{
    path::PathBuf,
    sync::{PoisonError, atomic::Ordering},
};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::{
    Session, Thread,
    rows::{Time, one},
    threads,
    writer::Importance,
};
use crate::Error;

/// What a session's file holds, and whether PostgreSQL answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionStatus {
    /// Whose memory it is.
    pub user_id: String,
    /// The file; none in memory.
    pub file: Option<PathBuf>,
    /// Whether PostgreSQL answered when it was last asked.
    pub is_connected: bool,
    /// What went wrong when it did not.
    pub last_error: Option<String>,
    /// The version of the user's memory up to which the file has it; none before it was loaded.
    pub version: Option<i64>,
    /// Whether all of the memory is here.
    pub is_whole: bool,
    /// How many nodes of the memory are here.
    pub nodes: i64,
    /// How many relationships are here.
    pub relationships: i64,
    /// How many notes are here, of all threads.
    pub notes: i64,
    /// How many nodes and notes a search cannot find yet.
    pub unindexed: i64,
    /// How many entries PostgreSQL has yet to get.
    pub journaled: i64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<DateTime<Utc>>,
    /// How many entries PostgreSQL refused for good.
    pub dead_letters: i64,
    /// The threads, most recently active first.
    pub threads: Vec<Thread>,
}

impl Session {
    /// How the session stands.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](crate::ErrorKind::SessionFile) when the file cannot be read.
    ///
    /// ```no_run
    /// # async fn run(session: pgmemory::Session) -> Result<(), pgmemory::Error> {
    /// let status = session.status().await?;
    /// println!("{} entries wait for PostgreSQL, {} were refused", status.journaled, status.dead_letters);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn status(&self) -> Result<SessionStatus, Error> {
        let shared = &self.0.shared;
        let mut status = SessionStatus {
            user_id: self.user_id().to_owned(),
            file: shared.local.path().map(ToOwned::to_owned),
            is_connected: shared.is_prompt.load(Ordering::Relaxed),
            last_error: shared.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            version: None,
            is_whole: false,
            nodes: 0,
            relationships: 0,
            notes: 0,
            unindexed: 0,
            journaled: 0,
            waiting_since: None,
            dead_letters: 0,
            threads: Vec::new(),
        };
        let count = move |connection: &Connection| {
            (status.version, status.is_whole) =
                one(connection, "session::get", [], |row| Ok((row.get(1)?, row.get(3)?)))?.unwrap_or_default();
            (status.nodes, status.notes, status.unindexed) =
                one(connection, "nodes::count", [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.unwrap_or_default();
            status.relationships = one(connection, "relationships::count", [], |row| row.get(0))?.unwrap_or_default();
            let waiting: Option<Time>;
            (status.journaled, waiting) = one(connection, "journal::count", [], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default();
            status.waiting_since = waiting.map(|time| time.0);
            status.dead_letters = one(connection, "dead_letters::count", [], |row| row.get(0))?.unwrap_or_default();
            status.threads = threads::list(connection)?;
            Ok(status)
        };
        // Behind what is about to be written, the deletion of sent entries above all.
        shared.local.write(Importance::Cache, count).await
    }
}
