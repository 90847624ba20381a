//! What the journal holds, on its way to PostgreSQL: each entry once, in order.

use std::{collections::HashMap, sync::atomic::Ordering};

use chrono::Utc;
use codegen::{client::Params, queries::session};
use futures::future::{BoxFuture, join};
use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::{
    Shared,
    entry::{Entry, Journaled},
    rows::{Id, Time, all, run},
    waiters::Answer,
    writer::Importance,
};
use crate::{
    Error, NewNode, NewRelationship, UserMemory,
    error::ErrorKind,
    import::{End, RelationshipLine},
    nodes::{Entries, find_many, is_one_round, store_entries, store_refs},
    pool::Framed,
};

/// How many entries one transaction holds at most.
pub(super) const BATCH: i64 = 1_000;

impl Shared {
    /// Sends all there is. An error says why PostgreSQL takes no more at present.
    pub(super) async fn send_all(&self) -> Result<(), Error> {
        let mut after = 0;
        let mut next = Vec::new();
        loop {
            // What is at hand is sent while the file is being written; unless something else has to go before.
            let batch = self.journal.take();
            if !batch.is_empty() {
                next.clear();
                self.send(&batch).await?;
                continue;
            }
            let mut batch = if next.is_empty() { self.page(after).await? } else { next };
            let Some(first) = batch.first() else {
                return Ok(());
            };
            let journal_id = first.journal_id;
            let is_full = i64::try_from(batch.len()) == Ok(self.batch.load(Ordering::Relaxed));
            batch.truncate(batch.iter().take_while(|entry| entry.journal_id == journal_id).count());
            after = batch[batch.len() - 1].position;
            // What a full page left is read meanwhile.
            let rest = async { if is_full { self.page(after).await } else { Ok(Vec::new()) } };
            let (sent, rest) = join(self.send(&batch), rest).await;
            sent?;
            next = rest?;
        }
    }

    /// The entries behind a place in the journal, as many as are sent at once.
    async fn page(&self, after: i64) -> Result<Vec<Journaled>, Error> {
        let (limit, journal_id, last_sent) = (self.batch.load(Ordering::Relaxed), Id(self.journal.id), self.journal.last_sent());
        let page = move |connection: &Connection| {
            let params = named_params! {":after": after, ":journal_id": journal_id, ":last_sent": last_sent, ":limit": limit};
            all(connection, "journal::list", params, Journaled::of)
        };
        self.local.read(page).await
    }

    /// Sends entries of one journal; where PostgreSQL refuses some for good, halves them until these are found.
    fn send<'a>(&'a self, batch: &'a [Journaled]) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let Some((first, last)) = batch.first().zip(batch.last()) else {
                return Ok(());
            };
            let journal_id = first.journal_id;
            match self.write(batch).await {
                Ok(true) => {
                    for entry in batch {
                        self.answer(entry, None);
                    }
                    self.settle(journal_id, last.seq);
                    Ok(())
                }
                // Some of them are there: an answer was lost.
                Ok(false) => {
                    let last_seq = self.last_seq(journal_id).await?;
                    let (there, rest) = batch.split_at(batch.partition_point(|entry| entry.seq <= last_seq));
                    for entry in there {
                        // Another process may have sent it, and heard that it was refused.
                        self.answer(entry, self.refusal(entry.position).await?);
                    }
                    self.settle(journal_id, last_seq);
                    self.send(rest).await
                }
                Err(error) if !is_for_good(&error) => Err(error),
                Err(error) if batch.len() == 1 => self.bury(first, &error).await,
                Err(_) => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    self.send(first).await?;
                    self.send(second).await
                }
            }
        })
    }

    /// Writes entries of one journal in one transaction, unless one of them is there already.
    async fn write(&self, batch: &[Journaled]) -> Result<bool, Error> {
        let (first, last) = (&batch[0], &batch[batch.len() - 1]);
        let entries: Vec<&Entry> = batch.iter().map(|journaled| journaled.entry.as_ref().ok_or_else(damaged)).collect::<Result<_, _>>()?;
        let (memory, runs) = (&self.memory, &Runs::of(&entries));
        let places = Entries { journal_id: first.journal_id, first_seq: first.seq, last_seq: last.seq };
        let nodes = runs.of_one_statement();
        let write = |client: Framed| async move {
            match nodes {
                Some(nodes) => store_entries(&client, memory.user_id(), nodes, places).await,
                None => runs.write(memory, &client, places).await,
            }
        };
        let written = self.patiently(memory.write_many(if nodes.is_some() { 1 } else { 2 }, write)).await;
        // What was too much at once will come in smaller pieces.
        let size = i64::try_from(batch.len()).unwrap_or(BATCH);
        let is_too_much = written.as_ref().is_err_and(|error| error.kind() == ErrorKind::TimedOut);
        let next = if is_too_much { (size / 2).max(1) } else { (size * 2).clamp(self.batch.load(Ordering::Relaxed), BATCH) };
        self.batch.store(next, Ordering::Relaxed);
        match written {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Behind => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn last_seq(&self, journal_id: Uuid) -> Result<i64, Error> {
        let state = |client| async move { Ok(session::get_state().bind(&client, &self.memory.user_id(), &&[journal_id][..]).all().await?) };
        Ok(self.patiently(self.memory.read(state)).await?.first().and_then(|row| row.last_seq).unwrap_or(0))
    }

    /// What is in PostgreSQL need not be sent any more, and others may see it; nobody waits for that.
    fn settle(&self, journal_id: Uuid, last_seq: i64) {
        self.note_sent(journal_id, last_seq);
        if let Some(listener) = &self.listener {
            listener.tell(self.memory.user_id());
        }
        let settle = move |connection: &Connection| {
            run(connection, "journal::settle", named_params! {":journal_id": Id(journal_id), ":last_seq": last_seq})?;
            Ok(())
        };
        self.local.write_later(Importance::Cache, settle);
    }

    /// Puts what PostgreSQL refuses where it holds up nothing, and no longer shows it.
    async fn bury(&self, refused: &Journaled, error: &Error) -> Result<(), Error> {
        let (journal_id, seq, reason) = (Id(refused.journal_id), refused.seq, error.to_string());
        tracing::warn!(
            user_id = self.memory.user_id(),
            position = refused.position,
            reason,
            "refused for good, kept among the dead letters"
        );
        let page = self.read_again(&refused.nodes).await?;
        let told = reason.clone();
        let bury = move |connection: &Connection| {
            let letter = named_params! {":journal_id": journal_id, ":seq": seq, ":refused_at": Time::now(), ":reason": reason};
            run(connection, "journal::bury", letter)?;
            run(connection, "journal::delete", named_params! {":journal_id": journal_id, ":seq": seq})?;
            page.replace(connection)
        };
        self.local.write(Importance::Journal, bury).await?;
        self.note_sent(refused.journal_id, refused.seq);
        self.answer(refused, Some(told));
        Ok(())
    }

    fn note_sent(&self, journal_id: Uuid, seq: i64) {
        if journal_id == self.journal.id {
            self.journal.note_sent(seq);
        }
    }

    fn answer(&self, entry: &Journaled, answer: Answer) {
        if entry.journal_id == self.journal.id {
            self.waiters.answer(entry.seq, answer);
        }
    }
}

/// Whether the same entry will be refused the next time, too. What nobody knows the meaning of may be about the server, not the
/// entry.
fn is_for_good(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict | ErrorKind::NotFound | ErrorKind::SessionFile)
}

fn damaged() -> Error {
    Error::new(ErrorKind::SessionFile, "the session's file is damaged: what it has of the entry is not what was remembered")
}

/// Entries in an order that is as good as theirs, and needs few statements: a relationship can wait for nodes that come after
/// it, and a deletion for neither.
struct Runs<'a>(Vec<Run<'a>>);

#[derive(Default)]
struct Run<'a> {
    nodes: Vec<&'a NewNode>,
    relationships: Vec<&'a RelationshipLine>,
    deleted: Vec<&'a End>,
}

impl<'a> Runs<'a> {
    fn of(entries: &[&'a Entry]) -> Self {
        let mut runs: Vec<Run<'a>> = vec![Run::default()];
        for entry in entries {
            if !matches!(entry, Entry::Deletion { .. }) && runs.last().is_some_and(|run| !run.deleted.is_empty()) {
                runs.push(Run::default());
            }
            let run = runs.last_mut().expect("there is one");
            match entry {
                Entry::Node(node) => run.nodes.push(node),
                Entry::Relationship(line) => run.relationships.push(line),
                Entry::Deletion { node } => run.deleted.push(node),
            }
        }
        Self(runs)
    }
}

impl Runs<'_> {
    /// The nodes, if one statement can store all there is.
    fn of_one_statement(&self) -> Option<&[&NewNode]> {
        let [Run { nodes, relationships, deleted }] = &self.0[..] else { return None };
        (relationships.is_empty() && deleted.is_empty() && is_one_round(nodes)).then_some(nodes)
    }

    /// Writes them and how far the journal has come; [`Behind`](ErrorKind::Behind) when an entry is there already.
    async fn write(&self, memory: &UserMemory, client: &Framed, places: Entries) -> Result<(), Error> {
        let advance = session::advance().prepare(client).await?;
        let Entries { journal_id, first_seq, last_seq } = places;
        let params = session::AdvanceParams { user_id: memory.user_id(), journal_id, last_seq, now: Utc::now(), first_seq };
        let advanced = async { Ok::<_, Error>(advance.params(client, &params).one().await?) };
        let written = async {
            for run in &self.0 {
                run.write(memory, client).await?;
            }
            Ok(())
        };
        // Sent together. Where the first is refused, what PostgreSQL says of the others means nothing.
        let (advanced, written) = join(advanced, written).await;
        advanced?;
        written
    }
}

impl Run<'_> {
    async fn write(&self, memory: &UserMemory, client: &Framed) -> Result<(), Error> {
        let user_id = memory.user_id();
        if !self.nodes.is_empty() {
            store_refs(client, user_id, &self.nodes).await?;
        }
        let mut ends: Vec<&End> = self.relationships.iter().flat_map(|line| [&line.from, &line.to]).collect();
        ends.extend(&self.deleted);
        if ends.is_empty() {
            return Ok(());
        }
        let references: Vec<_> = ends.iter().map(|end| end.reference()).collect();
        let found = find_many(client, user_id, &references).await?;
        let found: HashMap<&End, Uuid> = ends.into_iter().zip(found).filter_map(|(end, node_id)| Some((end, node_id?))).collect();
        let node_at = |end: &End| {
            found.get(end).copied().ok_or_else(|| Error::new(ErrorKind::NotFound, "a node at one end of the relationship is not there"))
        };
        // The frame has the role of the tenant already, where there is one.
        let plain = memory.plain();
        let transaction = plain.within(client);
        let relationships: Vec<NewRelationship> = self
            .relationships
            .iter()
            .map(|line| Ok(line.between(node_at(&line.from)?, node_at(&line.to)?)))
            .collect::<Result<_, Error>>()?;
        if !relationships.is_empty() {
            transaction.relate_many(&relationships).await?;
        }
        let deleted: Vec<Uuid> = self.deleted.iter().filter_map(|end| found.get(end).copied()).collect();
        if !deleted.is_empty() {
            transaction.delete_many(&deleted).await?;
        }
        Ok(())
    }
}
