//! What changed in PostgreSQL, on its way to the file.

use std::{collections::HashSet, ops::RangeInclusive, pin::pin, sync::Arc};

use codegen::queries::{changes, nodes, relationships, session};
use futures::{
    FutureExt, Stream, StreamExt, TryStreamExt,
    future::{maybe_done, try_join},
};
use rusqlite::Connection;
use tokio::sync::oneshot;
use tokio_postgres::Error as DriverError;
use uuid::Uuid;

use super::{
    Shared, WorkingSet,
    rows::{Id, NodeRow, RelationshipRow, Time, all, one},
    take_over::{Page, State, finish, redo, settle},
    writer::Importance,
};
use crate::{
    Error,
    error::ErrorKind,
    nodes::{Reference, find_many},
    pool::{Frame, Framed},
};

/// How many changes are taken over at once: few enough that nobody who writes waits long.
const PAGE: i64 = 1_000;
/// How many rows of a load are: twice as many each time, since every commit writes the pages of the indexes again.
const CHUNKS: RangeInclusive<usize> = 250..=2_000;

/// What the file has of the memory.
struct Seen {
    version: Option<i64>,
    memory_created_at: Option<Time>,
    is_whole: bool,
}

impl Shared {
    /// Brings the file up to date: by what changed, or afresh where that is not known.
    pub(super) async fn pull(&self) -> Result<(), Error> {
        loop {
            let seen = self.seen().await?;
            let Some(since) = seen.version else {
                return self.load(&self.working_set).await;
            };
            let page = self.patiently(self.memory.read_in(Frame::Snapshot, |snapshot| self.read_changes(snapshot, since))).await?;
            let same_memory = page.state.memory_created_at.map(|time| time.timestamp_micros())
                == seen.memory_created_at.map(|time| time.0.timestamp_micros());
            if !same_memory || page.until < since || page.until > page.state.version {
                let everything = if seen.is_whole { &WorkingSet::Everything } else { &self.working_set };
                return self.load(everything).await;
            }
            let is_last = page.until == page.state.version;
            if page.until > since {
                self.local.write(Importance::Cache, move |connection| page.take_over(connection)).await?;
            }
            if is_last {
                return self.publish_settled().await;
            }
        }
    }

    /// The same, also of what an earlier session on the file did not want.
    pub(super) async fn pull_from_the_start(&self) -> Result<(), Error> {
        let seen = self.seen().await?;
        let wants_rest = self.working_set == WorkingSet::Everything && self.most_nodes.is_none();
        if seen.version.is_some() && !seen.is_whole && wants_rest { self.load(&WorkingSet::Everything).await } else { self.pull().await }
    }

    async fn seen(&self) -> Result<Seen, Error> {
        let read = |connection: &Connection| {
            one(connection, "session::get", [], |row| {
                Ok(Seen { version: row.get(1)?, memory_created_at: row.get(2)?, is_whole: row.get(3)? })
            })
        };
        self.local
            .write(Importance::Cache, read)
            .await?
            .ok_or_else(|| Error::new(ErrorKind::SessionFile, "the session's file is damaged: it is nobody's"))
    }

    async fn state(&self, client: &Framed) -> Result<State, Error> {
        let journals = |connection: &Connection| all(connection, "journal::list_journals", [], |row| Ok(row.get::<_, Id>(0)?.0));
        let journal_ids = self.local.write(Importance::Cache, journals).await?;
        let rows = session::get_state().bind(client, &self.memory.user_id(), &&journal_ids[..]).all().await?;
        Ok(State {
            version: rows.first().and_then(|row| row.last_version).unwrap_or(0),
            memory_created_at: rows.first().and_then(|row| row.memory_created_at),
            journals: rows.iter().filter_map(|row| row.journal_id.zip(row.last_seq)).collect(),
        })
    }

    /// The rows that changed after a version. `until` is no version after it where the log does not reach back so far.
    async fn read_changes(&self, snapshot: Framed, since: i64) -> Result<Page, Error> {
        let user_id = self.memory.user_id();
        let changes = async { Ok(changes::list().bind(&snapshot, &user_id, &since, &PAGE).all().await?) };
        let (state, changes) = try_join(self.state(&snapshot), changes).await?;
        let mut node_ids = HashSet::new();
        let mut relationship_ids = HashSet::new();
        let mut until = since;
        for change in &changes {
            let Some(version) = change.version else { break };
            if version != until + 1 {
                until = since - 1;
                break;
            }
            until = version;
            node_ids.extend(change.node_id);
            relationship_ids.extend(change.relationship_id);
        }
        if until == since && state.version != since {
            until = since - 1;
        }
        let (node_ids, relationship_ids): (Vec<Uuid>, Vec<Uuid>) = (node_ids.into_iter().collect(), relationship_ids.into_iter().collect());
        let (nodes, relationships) = self.read_rows(&snapshot, &node_ids, &relationship_ids).await?;
        Ok(Page { state, since, until, node_ids, relationship_ids, nodes, relationships })
    }

    async fn read_rows(
        &self,
        client: &Framed,
        node_ids: &[Uuid],
        relationship_ids: &[Uuid],
    ) -> Result<(Vec<NodeRow>, Vec<RelationshipRow>), Error> {
        let user_id = self.memory.user_id();
        let nodes = async {
            if node_ids.is_empty() {
                return Ok(Vec::new());
            }
            Ok(nodes::get_many().bind(client, &user_id, &node_ids).map(NodeRow::of).all().await?)
        };
        let relationships = async {
            if relationship_ids.is_empty() {
                return Ok(Vec::new());
            }
            Ok(relationships::get_many().bind(client, &user_id, &relationship_ids).map(RelationshipRow::of).all().await?)
        };
        try_join(nodes, relationships).await
    }

    /// Reads some nodes again, as if they had changed.
    pub(super) async fn read_again(&self, node_ids: &[Uuid]) -> Result<Page, Error> {
        let read = |snapshot: Framed| async move {
            let state = self.state(&snapshot).await?;
            let (nodes, relationships) = self.read_rows(&snapshot, node_ids, &[]).await?;
            Ok(Page { state, since: 0, until: 0, node_ids: node_ids.to_vec(), relationship_ids: Vec::new(), nodes, relationships })
        };
        self.patiently(self.memory.read_in(Frame::Snapshot, read)).await
    }

    /// Takes the memory over as it is at one moment; what is here and not there goes, but for notes and what is in the journal.
    async fn load(&self, wanted: &WorkingSet) -> Result<(), Error> {
        let (started, start) = oneshot::channel();
        let load = |snapshot: Framed| async move {
            // From here on every step is waited for by itself, since all together may take long.
            let _ = started.send(());
            self.load_from(&snapshot, wanted).await
        };
        let mut loading = pin!(self.memory.read_once(Frame::WholeSnapshot, load));
        let start = self.patiently(start.map(Ok));
        tokio::select! {
            loaded = &mut loading => loaded?,
            has_started = start => {
                // Where it failed before that, it says so itself.
                let _ = has_started?;
                loading.await?;
            }
        }
        self.publish_settled().await
    }

    async fn load_from(&self, snapshot: &Framed, wanted: &WorkingSet) -> Result<(), Error> {
        let user_id = self.memory.user_id();
        let state = Arc::new(self.patiently(self.state(snapshot)).await?);
        let mut loaded: HashSet<Uuid> = HashSet::new();
        let ids = self.patiently(self.working_set_ids(snapshot, wanted)).await?;
        let statements = async {
            let all = nodes::list_all().prepare(snapshot).await?;
            Ok((all, nodes::get_many().prepare(snapshot).await?, relationships::list_all().prepare(snapshot).await?))
        };
        let (all_nodes, get_many, all_relationships) = self.patiently(statements).await?;
        let nodes = async {
            Ok(match &ids {
                None => all_nodes.bind(snapshot, &user_id).map(NodeRow::of).iter().await?.fuse().boxed(),
                Some(ids) => get_many.bind(snapshot, &user_id, ids).map(NodeRow::of).iter().await?.fuse().boxed(),
            })
        };
        let nodes = self.patiently(nodes).await?;
        let relationships = async { Ok(all_relationships.bind(snapshot, &user_id).map(RelationshipRow::of).iter().await?.fuse().boxed()) };
        // Sent now, so that the server goes on with it as soon as it has sent the nodes.
        let mut relationships = pin!(maybe_done(relationships));
        let _ = futures::poll!(relationships.as_mut());
        let put_nodes = |chunk: Vec<NodeRow>| {
            let replaced: HashSet<Uuid> = chunk.iter().map(|node| node.node_id).collect();
            loaded.extend(&replaced);
            let state = Arc::clone(&state);
            // At no time is less here than what waits in the journal.
            move |connection: &Connection| {
                settle(connection, &state)?;
                let now = Time::now();
                chunk.iter().try_for_each(|node| node.put(connection, now))?;
                redo(connection, &replaced, &HashSet::new(), now)
            }
        };
        self.take_in(nodes, put_nodes).await?;
        let answer = async {
            relationships.as_mut().await;
            relationships.as_mut().take_output().expect("it is done")
        };
        let relationships = self.patiently(answer).await?;
        let mut known: HashSet<Uuid> = HashSet::new();
        let put_relationships = |mut chunk: Vec<RelationshipRow>| {
            chunk.retain(|row| ids.is_none() || (loaded.contains(&row.from_node_id) && loaded.contains(&row.to_node_id)));
            known.extend(chunk.iter().map(|row| row.id));
            move |connection: &Connection| chunk.iter().try_for_each(|row| row.put(connection))
        };
        self.take_in(relationships, put_relationships).await?;
        let is_whole = ids.is_none();
        let finish = move |connection: &Connection| finish(connection, &state, &loaded, &known, is_whole);
        self.local.write(Importance::Cache, finish).await
    }

    /// Writes chunk after chunk, each while the next one is read.
    async fn take_in<T, F>(
        &self,
        mut rows: impl Stream<Item = Result<T, DriverError>> + Unpin,
        mut put: impl FnMut(Vec<T>) -> F,
    ) -> Result<(), Error>
    where
        F: FnOnce(&Connection) -> Result<(), Error> + Send + 'static,
    {
        let mut size = *CHUNKS.start();
        let mut chunk = self.next_chunk(&mut rows, size).await?;
        while !chunk.is_empty() {
            size = (2 * size).min(*CHUNKS.end());
            let write = self.local.write(Importance::Cache, put(chunk));
            ((), chunk) = try_join(write, self.next_chunk(&mut rows, size)).await?;
        }
        Ok(())
    }

    /// The next rows of many; none at their end.
    async fn next_chunk<T>(&self, rows: &mut (impl Stream<Item = Result<T, DriverError>> + Unpin), size: usize) -> Result<Vec<T>, Error> {
        let next = async {
            let mut chunk = Vec::with_capacity(size);
            while chunk.len() < size
                && let Some(row) = rows.try_next().await?
            {
                chunk.push(row);
            }
            Ok(chunk)
        };
        self.patiently(next).await
    }

    /// Which nodes are wanted; `None` for all.
    async fn working_set_ids(&self, snapshot: &Framed, wanted: &WorkingSet) -> Result<Option<Vec<Uuid>>, Error> {
        let user_id = self.memory.user_id();
        let limit = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(match wanted {
            WorkingSet::Everything => None,
            WorkingSet::MostRecent(count) => Some(session::list_recent().bind(snapshot, &user_id, &limit(*count)).all().await?),
            WorkingSet::MostRelevant(count) => Some(session::list_relevant().bind(snapshot, &user_id, &limit(*count)).all().await?),
            WorkingSet::Entities(keys) => {
                let references: Vec<_> = keys.iter().map(|(system, id)| Reference::Entity { system, id }).collect();
                Some(find_many(snapshot, user_id, &references).await?.into_iter().flatten().collect())
            }
        })
    }
}
