//! Threads, and what becomes of their notes.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};

use super::{
    Session,
    rows::{Time, all, run},
    writer::Importance,
};
use crate::{Error, model::EARLIEST};

/// A thread of work, and how much it has noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Thread {
    /// Its name.
    pub thread: String,
    /// When it was first used.
    pub created_at: DateTime<Utc>,
    /// When it was last opened, or wrote something.
    pub last_activity: DateTime<Utc>,
    /// How many notes it has, expired ones included.
    pub notes: i64,
}

impl Session {
    /// Forgets threads that have been idle for so long, and their notes: never what was remembered. Returns their names. An open
    /// session does so by itself with those that were idle for a day.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](crate::ErrorKind::SessionFile) when the file cannot be written.
    pub async fn clean(&self, idle: Duration) -> Result<Vec<String>, Error> {
        self.0.shared.local.write(Importance::Cache, move |connection| clean(connection, idle)).await
    }
}

pub(super) fn clean(connection: &Connection, idle: Duration) -> Result<Vec<String>, Error> {
    let idle_since = TimeDelta::from_std(idle).ok().and_then(|idle| Utc::now().checked_sub_signed(idle)).unwrap_or(EARLIEST);
    let idle_since = named_params! {":idle_since": Time(idle_since)};
    run(connection, "threads::delete_notes", idle_since)?;
    all(connection, "threads::delete", idle_since, |row| Ok(row.get(0)?))
}

pub(super) fn list(connection: &Connection) -> Result<Vec<Thread>, Error> {
    all(connection, "threads::list", [], |row| {
        Ok(Thread {
            thread: row.get(0)?,
            created_at: row.get::<_, Time>(1)?.0,
            last_activity: row.get::<_, Time>(2)?.0,
            notes: row.get(3)?,
        })
    })
}
