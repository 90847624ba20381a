//! The file of a session: `schema/sqlite/1_session.sql`.

use rusqlite::{Connection, Row, named_params};
use serde_json::Value;

use super::{Outbox, Parsed, SqliteFile, each};
use crate::{
    Error, Relationship,
    export::as_new,
    import::lines::{End, Item, RelationshipLine},
    session::{Time, node_of, relationship_of},
};

pub(super) fn read(file: &Connection, asked: &SqliteFile, outbox: &mut Outbox<'_>) -> Result<(), Error> {
    if !asked.threads.is_empty() {
        return Err(Error::invalid("threads", "the file is a session's, in which all threads are those of one user"));
    }
    let mut user_id = asked.user.clone();
    each(file, "session::get", [], |row| {
        let owner: String = row.get("user_id")?;
        user_id.get_or_insert(owner);
        Ok(())
    })?;
    let user_id = user_id.ok_or_else(|| Error::invalid("file", "is a session's that was never opened for a user"))?;
    let now = Time::now();
    each(file, "nodes::list_all", named_params! {":now": now}, |row| {
        let node = node_of(row).map(as_new).and_then(|node| node.validate().map(|()| node));
        outbox.push(size(row, "content")?, taken(node.map(|node| Item::Node { user_id: user_id.clone(), node })))
    })?;
    each(file, "relationships::list_all", named_params! {":now": now}, |row| {
        let relationship = relationship_of(row).map(line);
        outbox.push(
            size(row, "metadata")?,
            taken(relationship.map(|relationship| Item::Relationship { user_id: user_id.clone(), relationship })),
        )
    })
}

/// As it is.
fn taken(item: Result<Item, Error>) -> Parsed {
    Parsed { item, repairs: Vec::new(), is_dispensable: false }
}

fn size(row: &Row<'_>, column: &str) -> Result<usize, Error> {
    Ok(row.get_ref(column)?.as_bytes().map_or(0, <[u8]>::len))
}

fn line(relationship: Relationship) -> RelationshipLine {
    let metadata = if let Value::Object(metadata) = relationship.metadata { metadata } else { serde_json::Map::new() };
    RelationshipLine {
        from: End::Id { node_id: relationship.from_node_id },
        to: End::Id { node_id: relationship.to_node_id },
        relationship_type: relationship.relationship_type,
        strength: relationship.strength,
        created_at: Some(relationship.created_at),
        metadata,
    }
}
