//! Writing: what is to last, and what is not.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};
use strum::Display;
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

use super::{
    Session,
    entry::{Applied, Entry, Journaled, end_of, store},
    outbox::Journal,
    rows::{Id, Time, one, run},
    waiters::Answer,
    writer::Importance,
};
use crate::{
    Error, NewNode, NewRelationship, Outcome, Stored,
    error::ErrorKind,
    import::{End, RelationshipLine},
    model::LATEST,
};

/// Longer than anybody waits: the clock cannot tell later times.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
    /// soon as that can be reached. It is sent at the same time as it is written down. When this returns PostgreSQL has committed
    /// it, or the journal has it on the disk; the answer says which. An entity that is there is merged, as by [`UserMemory::store`](crate::UserMemory::store).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) and [`Conflict`](ErrorKind::Conflict) as those of a store: nothing is kept, unless
    /// PostgreSQL alone finds it so, when it is also among the [`dead_letters`](Self::dead_letters).
    /// [`SessionFile`](ErrorKind::SessionFile) when the file cannot be written: it is remembered at most in PostgreSQL.
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn remember(&self, node: &NewNode) -> Result<Remembered, Error> {
        let entry = entry_of(node)?;
        self.keep(move |_| Ok(entry)).await
    }

    /// Remembers any number of memories, with the meaning of one after the other: all of them or, on an error, none. The result is in
    /// the order of `batch`.
    ///
    /// # Errors
    ///
    /// As [`remember`](Self::remember). What PostgreSQL alone refuses takes no other memory of the batch with it.
    ///
    /// ```no_run
    /// # async fn run(session: pgmemory::Session) -> Result<(), pgmemory::Error> {
    /// use pgmemory::NewNode;
    ///
    /// session.remember_many(&[NewNode::entity("crm", "1").name("Acme"), NewNode::entity("crm", "2").name("Globex")]).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = batch.len()))]
    pub async fn remember_many(&self, batch: &[NewNode]) -> Result<Vec<Remembered>, Error> {
        let entry = |(index, node)| entry_of(node).map_err(|error| error.at_item(index));
        let entries = batch.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        self.keep_many(move |_| Ok(entries)).await
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
        let shared = &self.0.shared;
        let mut settled = shared.settled.subscribe();
        if timeout(patience, settled.wait_for(|settled| *settled >= remembered.position)).await.is_err() {
            let message = format!("PostgreSQL has not got the memory within {patience:?}; the journal keeps it");
            return Err(Error::new(ErrorKind::TimedOut, message));
        }
        shared.refusal(remembered.position).await?.map_or(Ok(()), |reason| Err(refused(&reason)))
    }

    /// Waits, at most this long, until PostgreSQL has all that was remembered; where it is switched off, not at all. Says how many
    /// entries it has yet to get.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](ErrorKind::SessionFile) when the file cannot be read.
    pub async fn flush(&self, patience: Duration) -> Result<usize, Error> {
        let deadline = Instant::now() + patience.min(FOR_EVER);
        loop {
            let mut settled = self.0.shared.settled.subscribe();
            let count = |connection: &Connection| one(connection, "journal::count", [], |row| row.get::<_, i64>(0));
            // Behind the deletion of those that were sent.
            let left = self.0.shared.local.write(Importance::Cache, count).await?.unwrap_or(0);
            if left == 0 || self.0.shared.memory.is_switched_off() || Instant::now() >= deadline {
                return Ok(usize::try_from(left).unwrap_or(usize::MAX));
            }
            self.0.shared.wake.notify_one();
            // Late or not, the journal says it.
            let _ = tokio::time::timeout_at(deadline.into(), settled.changed()).await;
        }
    }

    /// Writes an entry to file and journal, and waits a moment for PostgreSQL.
    async fn keep(&self, entry: impl FnOnce(&Connection) -> Result<Entry, Error> + Send + 'static) -> Result<Remembered, Error> {
        let kept = self.keep_many(move |connection| Ok(vec![entry(connection)?])).await?;
        Ok(kept[0])
    }

    /// The same of several entries, or of none if one cannot be kept.
    async fn keep_many(
        &self,
        entries: impl FnOnce(&Connection) -> Result<Vec<Entry>, Error> + Send + 'static,
    ) -> Result<Vec<Remembered>, Error> {
        let thread = self.0.thread.clone();
        let shared = Arc::clone(&self.0.shared);
        let keep = move |connection: &Connection| {
            let now = Time::now();
            let entries = entries(connection)?;
            let kept = entries.iter().map(|entry| keep_one(connection, &shared.journal, entry, now)).collect::<Result<Vec<_>, _>>()?;
            let others = named_params! {":journal_id": Id(shared.journal.id)};
            shared.journal.note_others(one(connection, "journal::has_others", others, |_| Ok(()))?.is_some());
            // From here on they are on their way to PostgreSQL, at the same time as to the file.
            shared.waiters.forget_those_who_left();
            let place = |(entry, (remembered, seq, nodes)): (Entry, (Remembered, i64, Vec<Uuid>))| {
                let (waiter, answer) = oneshot::channel();
                shared.waiters.wait(seq, remembered.position, waiter);
                let entry = Journaled { position: remembered.position, journal_id: shared.journal.id, seq, nodes, entry: Some(entry) };
                shared.journal.push(entry);
                (remembered, answer)
            };
            let kept: Vec<_> = entries.into_iter().zip(kept).map(place).collect();
            shared.wake.notify_one();
            run(connection, "threads::touch", named_params! {":thread": &*thread, ":now": now})?;
            Ok(kept)
        };
        // Where PostgreSQL commits it at once, the file need not wait for the disk: they would only hold each other up there.
        let importance = if self.is_prompt() { Importance::Cache } else { Importance::Journal };
        let local = &self.0.shared.local;
        let kept = local.write(importance, keep).await?;
        let mut all = Vec::with_capacity(kept.len());
        for (remembered, answer) in kept {
            let durability = self.wait_a_moment(answer).await?;
            all.push(Remembered { durability, ..remembered });
        }
        if importance == Importance::Cache && all.iter().any(|remembered| remembered.durability == Durability::Journaled) {
            local.write(Importance::Journal, |_| Ok(())).await?;
        }
        Ok(all)
    }

    /// Whether PostgreSQL answered last time, and at once.
    fn is_prompt(&self) -> bool {
        self.0.shared.is_prompt.load(Ordering::Relaxed)
    }

    /// Where an entry is a moment later; an error if PostgreSQL refused it for good.
    async fn wait_a_moment(&self, answer: oneshot::Receiver<Answer>) -> Result<Durability, Error> {
        // Nobody waits for a PostgreSQL that is known to be away.
        if !self.is_prompt() {
            return Ok(Durability::Journaled);
        }
        match timeout(self.0.promptness, answer).await {
            Ok(Ok(None)) => Ok(Durability::Durable),
            Ok(Ok(Some(reason))) => Err(refused(&reason)),
            // The session ends, or PostgreSQL is late: the next ones will not wait for it.
            Ok(Err(_)) | Err(_) => {
                self.0.shared.is_prompt.store(false, Ordering::Relaxed);
                Ok(Durability::Journaled)
            }
        }
    }
}

fn refused(reason: &str) -> Error {
    Error::new(ErrorKind::Conflict, format!("PostgreSQL refused it for good: {reason}"))
}

/// With all that PostgreSQL would give it when it comes there.
fn entry_of(node: &NewNode) -> Result<Entry, Error> {
    node.validate()?;
    let mut node = node.clone();
    node.node_id.get_or_insert_with(Uuid::now_v7);
    node.created_at.get_or_insert_with(Utc::now);
    Ok(Entry::Node(Box::new(node)))
}

/// Applies an entry to the file, and writes it into the journal; returns its number beside what became of it, and the nodes that it is
/// about.
fn keep_one(connection: &Connection, journal: &Journal, entry: &Entry, now: Time) -> Result<(Remembered, i64, Vec<Uuid>), Error> {
    // A deletion is of what is still there, anything else of what is there then.
    let (applied, nodes) = if let Entry::Deletion { .. } = entry {
        let nodes = entry.nodes(connection)?;
        (entry.apply(connection, now)?, nodes)
    } else {
        (entry.apply(connection, now)?, entry.nodes(connection)?)
    };
    let (position, seq) = entry.journal(connection, journal, nodes, now)?;
    let (node_id, other_node_id) = nodes;
    let (id, outcome) = match applied {
        Applied::Stored(stored) => (stored.node_id, stored.outcome),
        Applied::Related(related) => (related.id, related.outcome),
        Applied::Deleted(true) => (node_id, Outcome::Merged),
        Applied::Deleted(false) => (node_id, Outcome::Inserted),
    };
    let nodes = [Some(node_id), other_node_id].into_iter().flatten().collect();
    Ok((Remembered { id, outcome, durability: Durability::Journaled, position }, seq, nodes))
}
