//! Rows of PostgreSQL take the place of those in the file, and what PostgreSQL had not yet seen is done again on top.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, named_params};
use uuid::Uuid;

use super::{
    entry::{Applied, Entry, Journaled},
    rows::{Id, NodeRow, RelationshipRow, Time, all, one, run},
};
use crate::{Error, error::ErrorKind};

/// What PostgreSQL says of it at one moment.
pub(super) struct State {
    pub(super) version: i64,
    pub(super) memory_created_at: Option<DateTime<Utc>>,
    /// How far journals have come.
    pub(super) journals: Vec<(Uuid, i64)>,
}

/// Rows that were read at that moment.
pub(super) struct Page {
    pub(super) state: State,
    pub(super) since: i64,
    pub(super) until: i64,
    pub(super) node_ids: Vec<Uuid>,
    pub(super) relationship_ids: Vec<Uuid>,
    pub(super) nodes: Vec<NodeRow>,
    pub(super) relationships: Vec<RelationshipRow>,
}

impl Page {
    /// Takes the page over, unless another process that uses the file has been here.
    pub(super) fn take_over(&self, connection: &Connection) -> Result<(), Error> {
        let seen: Option<i64> = one(connection, "session::get", [], |row| row.get(1))?.flatten();
        if seen != Some(self.since) {
            return Ok(());
        }
        self.replace(connection)?;
        run(connection, "session::advance", named_params! {":seen_version": self.until})?;
        Ok(())
    }

    /// Replaces what is here by what is there, and then does once more what PostgreSQL had not yet seen.
    pub(super) fn replace(&self, connection: &Connection) -> Result<(), Error> {
        settle(connection, &self.state)?;
        let now = Time::now();
        let there: HashSet<Uuid> = self.nodes.iter().map(|node| node.node_id).collect();
        let (mut again, mut related) = (HashSet::new(), HashSet::new());
        for node_id in self.node_ids.iter().filter(|node_id| !there.contains(node_id)) {
            run(connection, "nodes::delete", named_params! {":node_id": Id(*node_id)})?;
            again.insert(*node_id);
        }
        for node in &self.nodes {
            node.put(connection, now)?;
            again.insert(node.node_id);
        }
        let there: HashSet<Uuid> = self.relationships.iter().map(|row| row.id).collect();
        for id in self.relationship_ids.iter().filter(|id| !there.contains(id)) {
            let from = one(connection, "relationships::delete", named_params! {":relationship_id": Id(*id)}, |row| row.get::<_, Id>(0))?;
            related.extend(from.map(|id| id.0));
        }
        for row in &self.relationships {
            row.put(connection)?;
            related.insert(row.from_node_id);
        }
        redo(connection, &again, &related, now)
    }
}

/// Forgets the entries that PostgreSQL has seen.
pub(super) fn settle(connection: &Connection, state: &State) -> Result<(), Error> {
    for (journal_id, last_seq) in &state.journals {
        run(connection, "journal::settle", named_params! {":journal_id": Id(*journal_id), ":last_seq": last_seq})?;
    }
    Ok(())
}

/// Applies what the journal has of nodes that were replaced, and of the relationships of others, in order. The content of those is
/// what it came to already: applied again, it would count twice.
pub(super) fn redo(connection: &Connection, replaced: &HashSet<Uuid>, related: &HashSet<Uuid>, now: Time) -> Result<(), Error> {
    let about = |node_id: &Uuid| all(connection, "journal::list_about", named_params! {":node_id": Id(*node_id)}, Journaled::of);
    let waiting: HashSet<Uuid> = all(connection, "journal::list_nodes", [], |row| Ok(row.get::<_, Id>(0)?.0))?.into_iter().collect();
    let mut entries = Vec::new();
    for node_id in replaced.intersection(&waiting) {
        entries.extend(about(node_id)?);
    }
    for node_id in related.difference(replaced).filter(|node_id| waiting.contains(node_id)) {
        entries.extend(about(node_id)?.into_iter().filter(|entry| matches!(entry.entry, Some(Entry::Relationship(_)))));
    }
    entries.sort_by_key(|entry| entry.position);
    entries.dedup_by_key(|entry| entry.position);
    for (position, entry) in entries.iter().filter_map(|journaled| Some((journaled.position, journaled.entry.as_ref()?))) {
        match entry.apply(connection, now) {
            Ok(Applied::Stored(_) | Applied::Related(_)) => {
                // It may be about another node now, where an entity went and came again.
                let (node_id, other_node_id) = entry.nodes(connection)?;
                let now_about = named_params! {":position": position, ":node_id": Id(node_id), ":other_node_id": other_node_id.map(Id)};
                run(connection, "journal::aim", now_about)?;
            }
            Ok(Applied::Deleted(_)) => {}
            // What cannot be done here, PostgreSQL will refuse, or it knows nodes that are not here.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The end of a load: what was not loaded goes, but for what the journal has of it.
pub(super) fn finish(
    connection: &Connection,
    state: &State,
    loaded: &HashSet<Uuid>,
    known: &HashSet<Uuid>,
    is_whole: bool,
) -> Result<(), Error> {
    settle(connection, state)?;
    let here = all(connection, "nodes::list_ids", [], |row| Ok(row.get::<_, Id>(0)?.0))?;
    let gone: HashSet<Uuid> = here.into_iter().filter(|node_id| !loaded.contains(node_id)).collect();
    for node_id in &gone {
        run(connection, "nodes::delete", named_params! {":node_id": Id(*node_id)})?;
    }
    let here = all(connection, "relationships::list_ids", [], |row| Ok(row.get::<_, Id>(0)?.0))?;
    for id in here.into_iter().filter(|id| !known.contains(id)) {
        one(connection, "relationships::delete", named_params! {":relationship_id": Id(id)}, |_| Ok(()))?;
    }
    let related = all(connection, "journal::list_nodes", [], |row| Ok(row.get::<_, Id>(0)?.0))?;
    redo(connection, &gone, &related.into_iter().collect(), Time::now())?;
    let loaded = named_params! {
        ":seen_version": state.version,
        ":memory_created_at": state.memory_created_at.map(Time),
        ":is_whole": is_whole,
    };
    run(connection, "session::load", loaded)?;
    Ok(())
}
