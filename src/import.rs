//! Reading memories from JSON Lines, in constant memory and in one transaction: `queries/import.sql`.

use std::{
    collections::{HashMap, HashSet},
    future::IntoFuture,
    io::BufRead,
};

use codegen::queries::import;
use deadpool_postgres::Transaction;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    Error, Memory, NewNode, NewRelationship, Outcome, RelationshipType, UserMemory,
    error::ErrorKind,
    nodes::{self, Reference},
};

/// How many lines are written at once: enough that round trips cost little, few enough to be held in memory.
const BATCH_LINES: usize = 1_000;
/// How many batches may wait while one is written.
const BATCHES_AHEAD: usize = 2;
/// How many nodes are remembered by the keys of their entities, so that a relationship need not look them up.
const MAX_REMEMBERED: usize = 20_000;
/// How many rejected lines are reported one by one.
const MAX_REPORTED: usize = 100;

impl Memory {
    /// Imports memories of any number of users from JSON Lines, one node or relationship a line. Await it
    /// to run it. Everything is kept, or nothing: a bad line ends the import unless
    /// [`skip_invalid`](Import::skip_invalid) is set.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), Box<dyn std::error::Error>> {
    /// let file = std::io::BufReader::new(std::fs::File::open("memories.jsonl")?);
    /// let report = memory.import(file).await?;
    /// println!("{} new nodes", report.nodes_inserted);
    /// # Ok(())
    /// # }
    /// ```
    pub fn import<R: BufRead + Send + 'static>(&self, lines: R) -> Import<'_, R> {
        Import { memory: self, lines, skip_invalid: false, on_progress: Box::new(|_| ()) }
    }
}

/// An import to come. Made by [`Memory::import`].
#[must_use = "await it to run it"]
pub struct Import<'a, R> {
    memory: &'a Memory,
    lines: R,
    skip_invalid: bool,
    on_progress: Box<dyn FnMut(&ImportReport) + Send + 'a>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// How many lines were read, empty ones not counted.
    pub lines: u64,
    /// How many nodes are new.
    pub nodes_inserted: u64,
    /// How many times an entity was merged into the node that was there.
    pub nodes_merged: u64,
    /// How many nodes that are no entities were there already.
    pub nodes_present: u64,
    /// How many relationships are new.
    pub relationships_inserted: u64,
    /// How many relationships were there already.
    pub relationships_merged: u64,
    /// How many lines were passed over.
    pub rejected: u64,
    /// The first 100 of those, and why.
    pub rejections: Vec<Rejected>,
}

/// A line that could not be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rejected {
    /// Its number, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

impl<R> Import<'_, R> {
    /// Whether to go on without the lines that cannot be imported, and report them.
    pub fn skip_invalid(mut self, skip: bool) -> Self {
        self.skip_invalid = skip;
        self
    }
}

impl<'a, R> Import<'a, R> {
    /// Calls `observer` with the state of the report after every thousand lines or so.
    pub fn on_progress(mut self, observer: impl FnMut(&ImportReport) + Send + 'a) -> Self {
        self.on_progress = Box::new(observer);
        self
    }
}

impl<'a, R: BufRead + Send + 'static> IntoFuture for Import<'a, R> {
    type Output = Result<ImportReport, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<R: BufRead + Send + 'static> Import<'_, R> {
    #[tracing::instrument(level = "debug", skip_all, fields(skip_invalid = self.skip_invalid))]
    async fn run(mut self) -> Result<ImportReport, Error> {
        // Lines are read and checked on a thread of their own while the server writes those before.
        let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
        let lines = self.lines;
        let reader = tokio::task::spawn_blocking(move || read_batches(lines, &sender));

        let mut client = self.memory.client().await?;
        let transaction = client.transaction().await?;
        import::lock().bind(&transaction).one().await?;
        let mut writer = Writer { memory: self.memory, transaction, known: Known::default(), report: ImportReport::default() };
        while let Some(batch) = batches.recv().await {
            let mut lines = Vec::with_capacity(batch.len());
            for line in batch {
                writer.report.lines += 1;
                match line.item {
                    Ok(item) => lines.push((line.number, item)),
                    Err(error) => writer.reject(line.number, error, self.skip_invalid)?,
                }
            }
            writer.write(&lines, self.skip_invalid).await?;
            (self.on_progress)(&writer.report);
        }
        reader.await.map_err(|error| Error::new(ErrorKind::Internal, "the reader of the import failed").because(error))??;
        writer.transaction.commit().await?;
        Ok(writer.report)
    }
}

struct Line {
    number: u64,
    item: Result<Item, Error>,
}

/// What a line says.
enum Item {
    Node { user_id: String, node: NewNode },
    Relationship { user_id: String, relationship: RelationshipLine },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationshipLine {
    from: End,
    to: End,
    relationship_type: RelationshipType,
    #[serde(default = "full_strength")]
    strength: f32,
    created_at: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    metadata: Map<String, Value>,
}

fn full_strength() -> f32 {
    1.0
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged, expecting = "needs either node_id, or entity_system and entity_id")]
enum End {
    Id { node_id: Uuid },
    Entity { entity_system: String, entity_id: String },
}

/// Reads until the end, an unreadable file, or nobody wants more.
fn read_batches(mut lines: impl BufRead, sender: &mpsc::Sender<Vec<Line>>) -> Result<(), Error> {
    let unreadable = |number: u64, error: std::io::Error| Error::invalid(format!("line {number}"), format!("cannot be read: {error}"));
    let mut batch = Vec::with_capacity(BATCH_LINES);
    let mut text = Vec::new();
    let mut number = 0;
    loop {
        text.clear();
        number += 1;
        let read = lines.read_until(b'\n', &mut text).map_err(|error| unreadable(number, error))?;
        let line = text.trim_ascii();
        if !line.is_empty() {
            batch.push(Line { number, item: parse(line) });
        }
        if batch.len() == BATCH_LINES || (read == 0 && !batch.is_empty()) {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_LINES));
            if sender.blocking_send(full).is_err() {
                return Ok(());
            }
        }
        if read == 0 {
            return Ok(());
        }
    }
}

fn parse(line: &[u8]) -> Result<Item, Error> {
    let malformed = |error: serde_json::Error| Error::invalid("line", error);
    let mut fields: Map<String, Value> = serde_json::from_slice(line).map_err(malformed)?;
    let mut take = |field: &str| match fields.remove(field) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Error::invalid(field, "must be a string")),
        None => Err(Error::invalid(field, "is missing")),
    };
    let (kind, user_id) = (take("kind")?, take("user_id")?);
    match kind.as_str() {
        "node" => {
            let mut node: NewNode = serde_json::from_value(Value::Object(fields)).map_err(malformed)?;
            node.validate()?;
            if node.entity_key().is_none() && node.node_id.is_none() {
                // The same line is the same memory, so that importing a file again adds nothing.
                let user = Uuid::new_v5(&Uuid::NAMESPACE_OID, user_id.as_bytes());
                node.node_id = Some(Uuid::new_v5(&user, line));
            }
            Ok(Item::Node { user_id, node })
        }
        "relationship" => {
            let relationship = serde_json::from_value(Value::Object(fields)).map_err(malformed)?;
            Ok(Item::Relationship { user_id, relationship })
        }
        _ => Err(Error::invalid("kind", format!("must be node or relationship, not `{kind}`"))),
    }
}

/// Writes batches inside the transaction of the import.
struct Writer<'a> {
    memory: &'a Memory,
    transaction: Transaction<'a>,
    known: Known,
    report: ImportReport,
}

type Numbered = (u64, Item);

/// What references in the file mean, for each user, as far as it is known.
#[derive(Default)]
struct Known {
    /// Ids in the file of entities that were there under another id: the only thing that grows with the file,
    /// by one entry for each.
    aliases: HashMap<String, HashMap<Uuid, Uuid>>,
    /// Nodes met lately.
    met: HashMap<String, HashMap<End, Uuid>>,
}

impl Known {
    fn get(&self, user_id: &str, end: &End) -> Option<Uuid> {
        let alias = |node_id| self.aliases.get(user_id)?.get(node_id);
        let alias = if let End::Id { node_id } = end { alias(node_id) } else { None };
        alias.or_else(|| self.met.get(user_id)?.get(end)).copied()
    }

    fn add(&mut self, newer: Self) {
        for (user_id, aliases) in newer.aliases {
            self.aliases.entry(user_id).or_default().extend(aliases);
        }
        if self.met.values().map(HashMap::len).sum::<usize>() > MAX_REMEMBERED {
            self.met.clear();
        }
        for (user_id, met) in newer.met {
            self.met.entry(user_id).or_default().extend(met);
        }
    }
}

impl Writer<'_> {
    fn reject(&mut self, line: u64, error: Error, skip: bool) -> Result<(), Error> {
        if !skip {
            return Err(error.at_line(line));
        }
        self.report.rejected += 1;
        if self.report.rejections.len() < MAX_REPORTED {
            self.report.rejections.push(Rejected { line, reason: error.to_string() });
        }
        Ok(())
    }

    /// Writes the lines; where the server refuses them, halves them until the bad ones are found.
    fn write<'b>(&'b mut self, lines: &'b [Numbered], skip_invalid: bool) -> BoxFuture<'b, Result<(), Error>> {
        Box::pin(async move {
            if lines.is_empty() {
                return Ok(());
            }
            let savepoint = self.transaction.savepoint("import_batch").await?;
            let error = match write_batch(self.memory, &savepoint, lines, &self.known).await {
                Ok(written) => {
                    savepoint.commit().await?;
                    self.report.add(&written.report);
                    self.known.add(written.learned);
                    return Ok(());
                }
                Err(error) => error,
            };
            if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict | ErrorKind::NotFound) {
                return Err(error);
            }
            savepoint.rollback().await?;
            if let [(line, _)] = lines {
                return self.reject(*line, error, skip_invalid);
            }
            let (first, second) = lines.split_at(lines.len() / 2);
            self.write(first, skip_invalid).await?;
            self.write(second, skip_invalid).await
        })
    }
}

impl ImportReport {
    fn add(&mut self, batch: &Self) {
        self.nodes_inserted += batch.nodes_inserted;
        self.nodes_merged += batch.nodes_merged;
        self.nodes_present += batch.nodes_present;
        self.relationships_inserted += batch.relationships_inserted;
        self.relationships_merged += batch.relationships_merged;
    }
}

/// What a batch did.
#[derive(Default)]
struct Written {
    report: ImportReport,
    learned: Known,
}

/// Writes the lines user by user: first the nodes, then the relationships, which may refer to them.
async fn write_batch(memory: &Memory, transaction: &Transaction<'_>, lines: &[Numbered], known: &Known) -> Result<Written, Error> {
    let mut users: Vec<(&str, Vec<&NewNode>, Vec<&RelationshipLine>)> = Vec::new();
    for (_, item) in lines {
        let (Item::Node { user_id, .. } | Item::Relationship { user_id, .. }) = item;
        let place = users.iter().position(|(known, ..)| known == user_id).unwrap_or_else(|| {
            users.push((user_id, Vec::new(), Vec::new()));
            users.len() - 1
        });
        match item {
            Item::Node { node, .. } => users[place].1.push(node),
            Item::Relationship { relationship, .. } => users[place].2.push(relationship),
        }
    }
    let mut written = Written::default();
    for (user_id, nodes, relationships) in users {
        let user = memory.user(user_id)?;
        written.nodes(&user, transaction, &nodes).await?;
        written.relationships(&user, transaction, &relationships, known).await?;
    }
    Ok(written)
}

impl Written {
    async fn nodes(&mut self, user: &UserMemory, transaction: &Transaction<'_>, batch: &[&NewNode]) -> Result<(), Error> {
        let (entities, others): (Vec<&NewNode>, Vec<&NewNode>) = batch.iter().partition(|node| node.entity_key().is_some());
        if !entities.is_empty() {
            let aliases = self.learned.aliases.entry(user.user_id().to_owned()).or_default();
            let met = self.learned.met.entry(user.user_id().to_owned()).or_default();
            for (node, stored) in entities.iter().zip(nodes::store_refs(transaction, user.user_id(), &entities).await?) {
                match stored.outcome {
                    Outcome::Inserted => self.report.nodes_inserted += 1,
                    Outcome::Merged => self.report.nodes_merged += 1,
                }
                if let Some(node_id) = node.node_id.filter(|node_id| *node_id != stored.node_id) {
                    aliases.insert(node_id, stored.node_id);
                }
                if let Some((system, id)) = node.entity_key() {
                    met.insert(End::Entity { entity_system: system.to_owned(), entity_id: id.to_owned() }, stored.node_id);
                }
            }
        }
        if !others.is_empty() {
            let inserted = nodes::insert_missing(transaction, user.user_id(), &others).await?;
            self.report.nodes_inserted += inserted as u64;
            self.report.nodes_present += (others.len() - inserted) as u64;
        }
        Ok(())
    }

    async fn relationships(
        &mut self,
        user: &UserMemory,
        transaction: &Transaction<'_>,
        batch: &[&RelationshipLine],
        known: &Known,
    ) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        self.look_up(user, transaction, batch, known).await?;
        let node_at = |end: &End, field: &str| {
            let found = self.learned.get(user.user_id(), end).or_else(|| known.get(user.user_id(), end));
            found.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{field}: the user has no such node")))
        };
        let relationships = batch
            .iter()
            .map(|line| {
                let mut relationship = NewRelationship::new(node_at(&line.from, "from")?, line.relationship_type, node_at(&line.to, "to")?)
                    .strength(line.strength)
                    .metadata(Value::Object(line.metadata.clone()));
                relationship.created_at = line.created_at;
                Ok(relationship)
            })
            .collect::<Result<Vec<_>, Error>>()?;
        for related in user.within(transaction).relate_many(&relationships).await? {
            match related.outcome {
                Outcome::Inserted => self.report.relationships_inserted += 1,
                Outcome::Merged => self.report.relationships_merged += 1,
            }
        }
        Ok(())
    }
}

impl Written {
    /// Learns what the ends mean that are not known yet.
    async fn look_up(
        &mut self,
        user: &UserMemory,
        transaction: &Transaction<'_>,
        batch: &[&RelationshipLine],
        known: &Known,
    ) -> Result<(), Error> {
        let ends = batch.iter().flat_map(|relationship| [&relationship.from, &relationship.to]);
        let is_known = |end: &&End| self.learned.get(user.user_id(), end).or_else(|| known.get(user.user_id(), end)).is_some();
        let unknown: Vec<&End> = ends.filter(|end| !is_known(end)).collect::<HashSet<_>>().into_iter().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let references: Vec<Reference<'_>> = unknown
            .iter()
            .map(|end| match end {
                End::Entity { entity_system, entity_id } => Reference::Entity { system: entity_system, id: entity_id },
                End::Id { node_id } => Reference::Id(*node_id),
            })
            .collect();
        let found = nodes::find_many(transaction, user.user_id(), &references).await?;
        let met = self.learned.met.entry(user.user_id().to_owned()).or_default();
        met.extend(unknown.into_iter().zip(found).filter_map(|(end, found)| Some((end.clone(), found?))));
        Ok(())
    }
}

impl<R> std::fmt::Debug for Import<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("skip_invalid", &self.skip_invalid).finish_non_exhaustive()
    }
}
