//! Writing the lines of a file in one transaction, and finding those that the server refuses.

use std::collections::HashSet;

use deadpool_postgres::Transaction;
use futures::future::BoxFuture;

use super::{
    ImportReport, Rejected, Repaired,
    lines::{End, Item, RelationshipLine},
    references::Known,
};
use crate::{
    Error, Memory, NewNode, Outcome, UserMemory,
    error::ErrorKind,
    nodes::{self, Reference},
};

/// How many rejected lines are reported one by one.
const MAX_REPORTED: usize = 100;

/// Writes batches inside the transaction of the import.
pub(super) struct Writer<'a> {
    pub(super) memory: &'a Memory,
    pub(super) transaction: Transaction<'a>,
    pub(super) known: Known,
    pub(super) report: ImportReport,
}

type Numbered = (u64, Item);

impl Writer<'_> {
    pub(super) fn reject(&mut self, line: u64, error: Error, skip: bool) -> Result<(), Error> {
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
    pub(super) fn write<'b>(&'b mut self, lines: &'b [Numbered], skip_invalid: bool) -> BoxFuture<'b, Result<(), Error>> {
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

    pub(super) fn add_repairs(&mut self, repairs: &[&'static str]) {
        for &repair in repairs {
            match self.repairs.iter_mut().find(|known| known.repair == repair) {
                Some(known) => known.lines += 1,
                None => self.repairs.push(Repaired { repair: repair.to_owned(), lines: 1 }),
            }
        }
    }
}

/// What a batch did.
#[derive(Default)]
struct Written {
    report: ImportReport,
    learned: Known,
}

/// Writes the lines user by user.
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
            .map(|line| Ok(line.between(node_at(&line.from, "from")?, node_at(&line.to, "to")?)))
            .collect::<Result<Vec<_>, Error>>()?;
        for related in user.within(transaction).relate_many(&relationships).await? {
            match related.outcome {
                Outcome::Inserted => self.report.relationships_inserted += 1,
                Outcome::Merged => self.report.relationships_merged += 1,
            }
        }
        Ok(())
    }

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
        let references: Vec<Reference<'_>> = unknown.iter().map(|end| end.reference()).collect();
        let found = nodes::find_many(transaction, user.user_id(), &references).await?;
        let met = self.learned.met.entry(user.user_id().to_owned()).or_default();
        met.extend(unknown.into_iter().zip(found).filter_map(|(end, found)| Some((end.clone(), found?))));
        Ok(())
    }
}
