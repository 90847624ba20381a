//! The file of the Python system: `queries/sqlite/legacy.sql`.

use rusqlite::{Connection, Row, types::ValueRef};
use uuid::Uuid;

use super::{
    Outbox, Parsed, SqliteFile, each, instant,
    repair::{NodeRow, Repairs, metadata_of, share},
};
use crate::{
    Error, NewNode,
    error::ErrorKind,
    import::lines::{End, Item, RelationshipLine, derived_id},
};

/// How many threads an error names.
const MAX_NAMED: usize = 100;

pub(super) fn read(file: &Connection, asked: &SqliteFile, outbox: &mut Outbox<'_>) -> Result<(), Error> {
    check_threads(file, asked)?;
    each(file, "legacy::list_nodes", [], |row| {
        let mut repairs = Repairs::default();
        let (item, is_dispensable) = match asked.user_of(&text(row, "thread_id")?.unwrap_or_default()) {
            Some(user_id) => {
                let node = node_of(row, user_id, &mut repairs);
                (node.map(|node| Item::Node { user_id: user_id.to_owned(), node }), false)
            }
            None => (Err(Error::new(ErrorKind::NotFound, "no user is given for its thread")), true),
        };
        let name = || format!("node {}", text(row, "node_id").ok().flatten().unwrap_or_default());
        let item = item.map_err(|error| error.of_row(&name()));
        outbox.push(size(row, &["content", "metadata"])?, Parsed { item, repairs: repairs.0, is_dispensable })
    })?;
    each(file, "legacy::list_relationships", [], |row| {
        let mut repairs = Repairs::default();
        let (item, is_dispensable) = match owner_of_both_ends(row, asked) {
            Ok(user_id) => {
                let relationship = relationship_of(row, user_id, &mut repairs);
                (relationship.map(|relationship| Item::Relationship { user_id: user_id.to_owned(), relationship }), false)
            }
            Err(error) => (Err(error), true),
        };
        let part = |column| text(row, column).ok().flatten().unwrap_or_default();
        let name = || format!("relationship {} {} {}", part("from_node_id"), part("relationship_type"), part("to_node_id"));
        let item = item.map_err(|error| error.of_row(&name()));
        outbox.push(size(row, &["metadata"])?, Parsed { item, repairs: repairs.0, is_dispensable })
    })
}

/// Every thread with nodes has a user, and every thread that a user is given for is there: else a mistyped one would go to somebody else.
fn check_threads(file: &Connection, asked: &SqliteFile) -> Result<(), Error> {
    let mut unknown: Vec<&str> = asked.threads.keys().map(String::as_str).collect();
    let mut left_out = Vec::new();
    each(file, "legacy::list_threads", [], |row| {
        let (thread, has_nodes): (String, bool) = (row.get(0)?, row.get(1)?);
        unknown.retain(|known| **known != thread);
        if has_nodes && asked.user_of(&thread).is_none() {
            left_out.push(thread);
        }
        Ok(())
    })?;
    if !unknown.is_empty() {
        return Err(Error::invalid("threads", format!("the file has no thread {}", list(&unknown))));
    }
    if !left_out.is_empty() && !asked.skips_other_threads {
        return Err(Error::invalid("threads", format!("no user is given for {}", list(&left_out))));
    }
    Ok(())
}

fn list(names: &[impl AsRef<str>]) -> String {
    let first: Vec<_> = names.iter().take(MAX_NAMED).map(|name| format!("`{}`", name.as_ref())).collect();
    let others = names.len() - first.len();
    first.join(", ") + &if others == 0 { String::new() } else { format!(" and {others} others") }
}

fn node_of(row: &Row<'_>, user_id: &str, repairs: &mut Repairs) -> Result<NewNode, Error> {
    let created_at = time(row, "created_at")?.ok_or_else(|| Error::invalid("created_at", "is missing"))?;
    let node = NodeRow {
        node_id: id_of(row, "node_id", user_id)?,
        context_type: text(row, "context_type")?.unwrap_or_default().parse()?,
        content: text(row, "content")?,
        summary: text(row, "summary")?,
        tags: text(row, "tags")?,
        base_relevance: number(row, "base_relevance")?,
        created_at,
        last_accessed: time(row, "last_accessed")?,
        access_count: row.get("access_count").map_err(|_| Error::invalid("access_count", "must be a whole number"))?,
        metadata: text(row, "metadata")?,
        entity_id: text(row, "entity_id")?,
        entity_type: text(row, "entity_type")?,
        entity_system: text(row, "entity_system")?,
    };
    node.repaired(repairs)
}

fn relationship_of(row: &Row<'_>, user_id: &str, repairs: &mut Repairs) -> Result<RelationshipLine, Error> {
    let said = number(row, "strength")?;
    let strength = share(said).unwrap_or(1.0);
    repairs.note_if(said != Some(strength), "strength: brought between 0 and 1; 1 where it was no number");
    let end = |column| id_of(row, column, user_id).map(|node_id| End::Id { node_id });
    Ok(RelationshipLine {
        from: end("from_node_id")?,
        to: end("to_node_id")?,
        relationship_type: text(row, "relationship_type")?.unwrap_or_default().parse()?,
        strength,
        created_at: Some(time(row, "created_at")?.ok_or_else(|| Error::invalid("created_at", "is missing"))?),
        metadata: metadata_of(text(row, "metadata")?.as_deref(), repairs)?,
    })
}

/// Whose relationship it is: that user has both nodes.
fn owner_of_both_ends<'a>(row: &Row<'_>, asked: &'a SqliteFile) -> Result<&'a str, Error> {
    let dropped = |reason| Error::new(ErrorKind::NotFound, reason);
    let user_at = |column| {
        let thread = text(row, column)?.ok_or_else(|| dropped("a node at one end is not there"))?;
        asked.user_of(&thread).ok_or_else(|| dropped("no user is given for the thread of a node at one end"))
    };
    let (from, to) = (user_at("from_thread")?, user_at("to_thread")?);
    if from == to { Ok(from) } else { Err(dropped("the nodes at its ends are two users'")) }
}

/// The id itself where it is a UUID.
fn id_of(row: &Row<'_>, column: &str, user_id: &str) -> Result<Uuid, Error> {
    let id = text(row, column)?.filter(|id| !id.is_empty()).ok_or_else(|| Error::invalid(column, "is missing"))?;
    Ok(Uuid::try_parse(&id).unwrap_or_else(|_| derived_id(user_id, id.as_bytes())))
}

/// A text, or what was stored in its place.
fn text(row: &Row<'_>, column: &str) -> Result<Option<String>, Error> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(number) => Ok(Some(number.to_string())),
        ValueRef::Real(number) => Ok(Some(number.to_string())),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| Error::invalid(column, "is no UTF-8"))?;
            Ok(Some(text.to_owned()))
        }
    }
}

fn number(row: &Row<'_>, column: &str) -> Result<Option<f32>, Error> {
    row.get(column).map_err(|_| Error::invalid(column, "must be a number"))
}

fn time(row: &Row<'_>, column: &str) -> Result<Option<chrono::DateTime<chrono::Utc>>, Error> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        value => match instant(value) {
            None => Err(Error::invalid(column, format!("is no time: {}", text(row, column)?.unwrap_or_default()))),
            time => Ok(time),
        },
    }
}

fn size(row: &Row<'_>, columns: &[&str]) -> Result<usize, Error> {
    let of = |column: &&str| Ok(row.get_ref(*column)?.as_bytes().map_or(0, <[u8]>::len));
    columns.iter().map(of).sum()
}
