//! What PostgreSQL refused for good: kept until somebody decides.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Session,
    entry::{Entry, whole},
    rows::{Time, all, one},
    writer::Importance,
};
use crate::{Error, error::ErrorKind};

/// An entry of the journal that PostgreSQL refused for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// By which it is retried or dropped.
    pub number: i64,
    /// When it was remembered.
    pub remembered_at: DateTime<Utc>,
    /// When it was refused.
    pub refused_at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// What was remembered, as the line of an export has it.
    pub entry: Value,
}

impl Session {
    /// What PostgreSQL refused for good, oldest first.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](ErrorKind::SessionFile) when the file cannot be read.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetter>, Error> {
        let list = |connection: &Connection| {
            all(connection, "dead_letters::list", [], |row| {
                let entry = row.get_ref(1)?.as_bytes().map_err(rusqlite::Error::from)?;
                // A damaged one is shown as the text that it is.
                let text = |_| Value::from(String::from_utf8_lossy(entry));
                Ok(DeadLetter {
                    number: row.get(0)?,
                    entry: serde_json::from_slice(entry).unwrap_or_else(text),
                    remembered_at: row.get::<_, Time>(2)?.0,
                    refused_at: row.get::<_, Time>(3)?.0,
                    reason: row.get(4)?,
                })
            })
        };
        self.0.shared.local.read(list).await
    }

    /// Remembers a dead letter once more, behind everything else.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) when there is none of this number, [`SessionFile`](ErrorKind::SessionFile) when it is damaged
    /// or the file cannot be written; else as [`remember`](Self::remember).
    pub async fn retry_dead_letter(&self, number: i64) -> Result<(), Error> {
        let journal = Arc::clone(&self.0.shared.journal);
        let retry = move |connection: &Connection| {
            let damaged = || Error::new(ErrorKind::SessionFile, "the dead letter is damaged: it can only be dropped");
            let entry = take(connection, number)?.ok_or_else(damaged)?;
            let now = Time::now();
            entry.journal(connection, &journal, entry.nodes(connection)?, now)?;
            // What it is about may not be here.
            match entry.apply(connection, now) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        };
        self.0.shared.local.write(Importance::Journal, retry).await
    }

    /// Drops a dead letter.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) when there is none of this number, [`SessionFile`](ErrorKind::SessionFile) when the file cannot
    /// be written.
    pub async fn drop_dead_letter(&self, number: i64) -> Result<(), Error> {
        let drop = move |connection: &Connection| take(connection, number).map(|_| ());
        self.0.shared.local.write(Importance::Journal, drop).await
    }
}

/// Takes one out; `None` in place of one that is damaged.
fn take(connection: &Connection, number: i64) -> Result<Option<Entry>, Error> {
    let entry = one(connection, "dead_letters::take", named_params! {":position": number}, |row| {
        Ok(whole(row.get_ref(0)?.as_bytes()?, row.get(1)?))
    })?;
    entry.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no dead letter {number}")))
}
