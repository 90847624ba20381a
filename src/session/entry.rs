//! What is remembered: applied to the file at once, kept in its journal, and written to PostgreSQL from there.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    outbox::Journal,
    rows::{Id, Time, find_entity, one, run},
};
use crate::{
    Error, NewNode, Outcome, Related, Stored,
    error::ErrorKind,
    import::{End, RelationshipLine},
};

/// An entry of the journal: as the line of an export has it. Entities are meant by their keys, since they may turn out to have
/// another id in PostgreSQL.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Entry {
    Node(Box<NewNode>),
    Relationship(Box<RelationshipLine>),
    Deletion { node: End },
}

/// An entry in its place.
#[derive(Debug)]
pub(super) struct Journaled {
    pub(super) position: i64,
    pub(super) journal_id: Uuid,
    pub(super) seq: i64,
    /// Those that it is about.
    pub(super) nodes: Vec<Uuid>,
    /// None: what the file has of it is not what was written.
    pub(super) entry: Option<Entry>,
}

impl Journaled {
    /// Of a row with position, journal, number, entry, checksum and nodes.
    pub(super) fn of(row: &rusqlite::Row<'_>) -> Result<Self, Error> {
        let (node_id, other_node_id): (Id, Option<Id>) = (row.get(5)?, row.get(6)?);
        Ok(Self {
            position: row.get(0)?,
            journal_id: row.get::<_, Id>(1)?.0,
            seq: row.get(2)?,
            nodes: [Some(node_id), other_node_id].into_iter().flatten().map(|id| id.0).collect(),
            entry: whole(row.get_ref(3)?.as_bytes().map_err(rusqlite::Error::from)?, row.get(4)?),
        })
    }
}

/// The entry that a text says, unless it is damaged.
pub(super) fn whole(text: &[u8], checksum: i64) -> Option<Entry> {
    if i64::from(crc32fast::hash(text)) == checksum { serde_json::from_slice(text).ok() } else { None }
}

/// What became of an entry in the file.
pub(super) enum Applied {
    Stored(Stored),
    Related(Related),
    /// Whether there was anything to delete.
    Deleted(bool),
}

impl Entry {
    /// Does to the file what will be done to PostgreSQL.
    pub(super) fn apply(&self, connection: &Connection, now: Time) -> Result<Applied, Error> {
        match self {
            Self::Node(node) => store(connection, "", node, now).map(Applied::Stored),
            Self::Relationship(line) => {
                let (from, to) = (locate(connection, &line.from)?, locate(connection, &line.to)?);
                let relationship = line.between(from, to);
                let new_id = Uuid::now_v7();
                let row = named_params! {
                    ":relationship_id": Id(new_id),
                    ":from_node_id": Id(from),
                    ":to_node_id": Id(to),
                    ":relationship_type": relationship.relationship_type.as_str(),
                    ":strength": relationship.strength,
                    ":created_at": relationship.created_at.map(Time),
                    ":now": now,
                    ":metadata": relationship.metadata.to_string(),
                };
                let id = one(connection, "relationships::relate", row, |row| row.get::<_, Id>(0))?.map_or(new_id, |id| id.0);
                Ok(Applied::Related(Related { id, outcome: if id == new_id { Outcome::Inserted } else { Outcome::Merged } }))
            }
            Self::Deletion { node } => {
                let deleted = match locate(connection, node) {
                    Ok(node_id) => run(connection, "nodes::delete", named_params! {":node_id": Id(node_id)})? > 0,
                    Err(error) if error.kind() == ErrorKind::NotFound => false,
                    Err(error) => return Err(error),
                };
                Ok(Applied::Deleted(deleted))
            }
        }
    }

    /// The nodes that it is about, as the file knows them.
    pub(super) fn nodes(&self, connection: &Connection) -> Result<(Uuid, Option<Uuid>), Error> {
        match self {
            Self::Node(node) => {
                let local = node.entity_key().map(|(system, id)| find_entity(connection, system, id)).transpose()?.flatten();
                Ok((local.or(node.node_id).unwrap_or_default(), None))
            }
            Self::Relationship(line) => Ok((id_of(connection, &line.from)?, Some(id_of(connection, &line.to)?))),
            Self::Deletion { node } => Ok((id_of(connection, node)?, None)),
        }
    }

    /// Keeps it until it is in PostgreSQL, under the next number of a journal; returns its position and that number.
    pub(super) fn journal(
        &self,
        connection: &Connection,
        journal: &Journal,
        (node_id, other_node_id): (Uuid, Option<Uuid>),
        now: Time,
    ) -> Result<(i64, i64), Error> {
        let seq = journal.next();
        let text = serde_json::to_string(self).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        let row = named_params! {
            ":journal_id": Id(journal.id),
            ":seq": seq,
            ":entry": text,
            ":checksum": crc32fast::hash(text.as_bytes()),
            ":node_id": Id(node_id),
            ":other_node_id": other_node_id.map(Id),
            ":remembered_at": now,
        };
        let position = one(connection, "journal::append", row, |row| row.get(0))?;
        let position = position.ok_or_else(|| Error::new(ErrorKind::Internal, "an entry has no place"))?;
        Ok((position, seq))
    }
}

/// Stores a memory, or a note of a thread.
pub(super) fn store(connection: &Connection, thread: &str, node: &NewNode, now: Time) -> Result<Stored, Error> {
    let key = node.entity_key();
    let node_id = node.node_id.unwrap_or_else(Uuid::now_v7);
    let (system, id) = key.unzip();
    let meets = named_params! {":node_id": Id(node_id), ":thread": thread, ":entity_system": system, ":entity_id": id, ":now": now};
    run(connection, "nodes::delete_expired", meets)?;
    let tags = Value::from(node.tags.clone()).to_string();
    let row = named_params! {
        ":node_id": Id(node_id),
        ":thread": thread,
        ":context_type": node.context_type.as_str(),
        ":content": node.content.to_string(),
        ":last_updated": stamp(now.0),
        ":summary": node.summary,
        ":tags": tags,
        ":base_relevance": node.base_relevance,
        ":created_at": node.created_at.map(Time),
        ":last_accessed": node.last_accessed.map(Time),
        ":access_count": node.access_count,
        ":expires_at": node.expires_at.map(Time),
        ":metadata": node.metadata.to_string(),
        ":entity_system": system,
        ":entity_id": id,
        ":now": now,
    };
    let stored = one(connection, "nodes::store", row, |row| {
        let outcome = if row.get(1)? { Outcome::Inserted } else { Outcome::Merged };
        Ok(Stored { node_id: row.get::<_, Id>(0)?.0, outcome })
    })?;
    stored.ok_or_else(|| Error::new(ErrorKind::Internal, "a store returned no row"))
}

/// As `store_many` writes it to PostgreSQL.
fn stamp(now: DateTime<Utc>) -> String {
    now.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How entries mean a node: by its key if it is an entity, and by the id that it will have otherwise.
pub(super) fn end_of(connection: &Connection, node_id: Uuid) -> Result<End, Error> {
    let found = one(connection, "nodes::find", named_params! {":node_id": Id(node_id)}, |row| {
        Ok((row.get::<_, Id>(0)?.0, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?, row.get::<_, Option<String>>(3)?))
    })?;
    match found {
        None => Err(not_here(node_id)),
        Some((_, thread, ..)) if !thread.is_empty() => {
            Err(Error::invalid("node_id", format!("{node_id} is a note, which never leaves this file: remember it instead")))
        }
        Some((_, _, Some(entity_system), Some(entity_id))) => Ok(End::Entity { entity_system, entity_id }),
        Some((node_id, ..)) => Ok(End::Id { node_id }),
    }
}

/// The node that an end means, which has to be here.
fn locate(connection: &Connection, end: &End) -> Result<Uuid, Error> {
    match end {
        End::Entity { entity_system, entity_id } => find_entity(connection, entity_system, entity_id)?
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("the session has no entity {entity_system}/{entity_id}"))),
        End::Id { node_id } => {
            let found = one(connection, "nodes::find", named_params! {":node_id": Id(*node_id)}, |row| row.get::<_, Id>(0))?;
            found.map(|id| id.0).ok_or_else(|| not_here(*node_id))
        }
    }
}

/// The same, or the id that it names if it is not here.
fn id_of(connection: &Connection, end: &End) -> Result<Uuid, Error> {
    match (locate(connection, end), end) {
        (Err(error), End::Id { node_id }) if error.kind() == ErrorKind::NotFound => Ok(*node_id),
        (Err(error), End::Entity { .. }) if error.kind() == ErrorKind::NotFound => Ok(Uuid::nil()),
        (located, _) => located,
    }
}

fn not_here(node_id: Uuid) -> Error {
    Error::new(ErrorKind::NotFound, format!("the session has no node {node_id}"))
}
