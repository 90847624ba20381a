//! What PostgreSQL refused for good: kept until somebody decides.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Session,
    entry::Entry,
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
                let entry: String = row.get(1)?;
                Ok(DeadLetter {
                    number: row.get(0)?,
                    // A damaged one is shown as the text that it is.
                    entry: serde_json::from_str(&entry).unwrap_or(Value::String(entry)),
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
            let entry = take(connection, number)?;
            let entry: Entry = serde_json::from_str(&entry)
                .map_err(|error| Error::new(ErrorKind::SessionFile, "the dead letter is damaged: it can only be dropped").because(error))?;
            let now = Time::now();
            entry.journal(connection, &journal, now)?;
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

fn take(connection: &Connection, number: i64) -> Result<String, Error> {
    let entry = one(connection, "dead_letters::take", named_params! {":position": number}, |row| row.get(0))?;
    entry.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no dead letter {number}")))
}
