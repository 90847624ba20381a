//! Writing: what is to last, and what is not.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};
use strum::Display;
use uuid::Uuid;

use super::{
    Session,
    entry::{Applied, Entry, end_of, store},
    rows::{Time, one, run},
    writer::Importance,
};
use crate::{
    Error, NewNode, NewRelationship, Outcome, Stored,
    error::ErrorKind,
    import::{End, RelationshipLine},
    model::LATEST,
};

/// Where a memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Durability {
    /// PostgreSQL has committed it.
    Durable,
    /// The file's journal has it, on the disk; PostgreSQL gets it as soon as it can be reached.
    Journaled,
}

/// What became of a memory, relationship or deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Remembered {
    /// The node or relationship, as the session knows it. Where PostgreSQL has the entity under another id already, the session
    /// follows it: it takes this one for the same.
    pub id: Uuid,
    /// Whether it is new to the session; of a deletion, `Merged` when there was something to delete.
    pub outcome: Outcome,
    /// Where it is.
    pub durability: Durability,
    #[serde(skip)]
    position: i64,
}

impl Session {
    /// Remembers a memory for good: at once for the session, in the file's journal when this returns, and in PostgreSQL as
    /// soon as that can be reached. It is sent at the same time as it is written down; the answer says whether PostgreSQL has
    /// committed it by then. An entity that is there is merged, as by [`UserMemory::store`](crate::UserMemory::store).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) and [`Conflict`](ErrorKind::Conflict) as those of a store: nothing is kept, unless
    /// PostgreSQL alone finds it so, when it is also among the [`dead_letters`](Self::dead_letters).
    /// [`SessionFile`](ErrorKind::SessionFile) when the file cannot be written: it is remembered at most in PostgreSQL.
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn remember(&self, node: &NewNode) -> Result<Remembered, Error> {
        node.validate()?;
        let mut node = node.clone();
        node.node_id.get_or_insert_with(Uuid::now_v7);
        node.created_at.get_or_insert_with(Utc::now);
        let entry = Entry::Node(Box::new(node));
        self.keep(move |_| Ok(entry)).await
    }

    /// Remembers how two memories are related, in the same way.
    ///
    /// # Errors
    ///
    /// As [`remember`](Self::remember); [`NotFound`](ErrorKind::NotFound) when the session has not both nodes, and
    /// [`InvalidInput`](ErrorKind::InvalidInput) when one of them is a note.
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn relate(&self, relationship: &NewRelationship) -> Result<Remembered, Error> {
        relationship.validate()?;
        let relationship = relationship.clone();
        self.keep(move |connection| {
            let line = RelationshipLine {
                from: end_of(connection, relationship.from)?,
                to: end_of(connection, relationship.to)?,
                relationship_type: relationship.relationship_type,
                strength: relationship.strength,
                created_at: relationship.created_at.or_else(|| Some(Utc::now())),
                metadata: relationship.metadata.as_object().cloned().unwrap_or_default(),
            };
            Ok(Entry::Relationship(Box::new(line)))
        })
        .await
    }

    /// Deletes a memory and every relationship at it, in the same way.
    ///
    /// # Errors
    ///
    /// As [`remember`](Self::remember); [`InvalidInput`](ErrorKind::InvalidInput) for a note, which expires by itself.
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn forget(&self, node_id: Uuid) -> Result<Remembered, Error> {
        self.keep(move |connection| {
            let node = match end_of(connection, node_id) {
                Err(error) if error.kind() == ErrorKind::NotFound => End::Id { node_id },
                end => end?,
            };
            Ok(Entry::Deletion { node })
        })
        .await
    }

    /// Takes a note: for this thread alone, until it expires or the thread has been idle for long. It never leaves the file.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) and [`Conflict`](ErrorKind::Conflict) as those of a store;
    /// [`SessionFile`](ErrorKind::SessionFile) when the file cannot be written.
    ///
    /// ```no_run
    /// # async fn run(session: pgmemory::Session) -> Result<(), pgmemory::Error> {
    /// use std::time::Duration;
    ///
    /// use pgmemory::{ContextType, NewNode};
    /// use serde_json::json;
    ///
    /// let result = NewNode::new(ContextType::ToolOutput, json!({"tool": "search", "hits": 3}));
    /// session.note(&result, Duration::from_secs(3_600)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn note(&self, node: &NewNode, lasts: Duration) -> Result<Stored, Error> {
        node.validate()?;
        let mut node = node.clone();
        let expires_at = TimeDelta::from_std(lasts).ok().and_then(|lasts| Utc::now().checked_add_signed(lasts)).unwrap_or(LATEST);
        node.expires_at = Some(node.expires_at.map_or(expires_at, |time| time.min(expires_at)));
        let thread = self.0.thread.clone();
        let take = move |connection: &Connection| {
            let now = Time::now();
            run(connection, "threads::touch", named_params! {":thread": &*thread, ":now": now})?;
            store(connection, &thread, &node, now)
        };
        self.0.shared.local.write(Importance::Cache, take).await
    }

    /// Waits until PostgreSQL has what was remembered.
    ///
    /// # Errors
    ///
    /// [`TimedOut`](ErrorKind::TimedOut) when it has not within that time: it stays in the journal.
    /// [`Conflict`](ErrorKind::Conflict) when PostgreSQL refused it for good: it is among the [`dead_letters`](Self::dead_letters).
    pub async fn wait_durable(&self, remembered: &Remembered, patience: Duration) -> Result<(), Error> {
        if remembered.durability == Durability::Durable {
            return Ok(());
        }
        if self.settles(remembered.position, patience).await? {
            return Ok(());
        }
        Err(Error::new(ErrorKind::TimedOut, format!("PostgreSQL has not got the memory within {patience:?}; the journal keeps it")))
    }

    /// Waits, at most this long, until PostgreSQL has all that was remembered. Says how many entries it has yet to get.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](ErrorKind::SessionFile) when the file cannot be read.
    pub async fn flush(&self, patience: Duration) -> Result<usize, Error> {
        let deadline = Instant::now() + patience;
        loop {
            let mut settled = self.0.shared.settled.subscribe();
            let count = |connection: &Connection| one(connection, "journal::count", [], |row| row.get::<_, i64>(0));
            let left = self.0.shared.local.read(count).await?.unwrap_or(0);
            if left == 0 || Instant::now() >= deadline {
                return Ok(usize::try_from(left).unwrap_or(usize::MAX));
            }
            self.0.shared.wake.notify_one();
            // Late or not, the journal says it.
            let _ = tokio::time::timeout_at(deadline.into(), settled.changed()).await;
        }
    }

    /// Writes an entry to file and journal, and waits a moment for PostgreSQL.
    async fn keep(&self, entry: impl FnOnce(&Connection) -> Result<Entry, Error> + Send + 'static) -> Result<Remembered, Error> {
        let journal_id = self.0.journal_id;
        let thread = self.0.thread.clone();
        let keep = move |connection: &Connection| {
            let now = Time::now();
            let entry = entry(connection)?;
            run(connection, "threads::touch", named_params! {":thread": &*thread, ":now": now})?;
            // A deletion is of what is still there, anything else of what is there then.
            if let Entry::Deletion { .. } = &entry {
                let node_id = entry.nodes(connection)?.0;
                let position = entry.journal(connection, journal_id, now)?;
                return Ok((entry.apply(connection, now)?, node_id, position));
            }
            let applied = entry.apply(connection, now)?;
            let position = entry.journal(connection, journal_id, now)?;
            Ok((applied, entry.nodes(connection)?.0, position))
        };
        let (applied, node_id, position) = self.0.shared.local.write(Importance::Journal, keep).await?;
        let (id, outcome) = match applied {
            Applied::Stored(stored) => (stored.node_id, stored.outcome),
            Applied::Related(related) => (related.id, related.outcome),
            Applied::Deleted(true) => (node_id, Outcome::Merged),
            Applied::Deleted(false) => (node_id, Outcome::Inserted),
        };
        let remembered = Remembered { id, outcome, durability: Durability::Journaled, position };
        // Nobody waits for a PostgreSQL that is known to be away.
        if !self.0.shared.is_prompt.load(Ordering::Relaxed) {
            return Ok(remembered);
        }
        if self.settles(position, self.0.promptness).await? {
            return Ok(Remembered { durability: Durability::Durable, ..remembered });
        }
        self.0.shared.is_prompt.store(false, Ordering::Relaxed);
        Ok(remembered)
    }

    /// Whether PostgreSQL has an entry within that time; an error if it refused it for good.
    async fn settles(&self, position: i64, patience: Duration) -> Result<bool, Error> {
        if !self.0.shared.wait_settled(position, patience).await {
            return Ok(false);
        }
        let reason = move |connection: &Connection| {
            one(connection, "dead_letters::get", named_params! {":position": position}, |row| row.get::<_, String>(0))
        };
        match self.0.shared.local.read(reason).await? {
            None => Ok(true),
            Some(reason) => Err(Error::new(ErrorKind::Conflict, format!("PostgreSQL refused it for good: {reason}"))),
        }
    }
}
