//! Rows of the file, and of PostgreSQL on their way there: JSON stays the text that it is.

use chrono::{DateTime, Utc};
use codegen::queries::{nodes::NodeBorrowed, relationships::RelationshipBorrowed};
use rusqlite::{
    Connection, OptionalExtension, Row, named_params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use serde_json::Value;
use uuid::Uuid;

use super::statements::sql;
use crate::{Error, Node, Relationship, error::ErrorKind};

/// An id as its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) Uuid);

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A time as microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub(super) DateTime<Utc>);

impl Time {
    pub(crate) fn now() -> Self {
        Self(Utc::now())
    }
}

impl ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.timestamp_micros().into())
    }
}

impl FromSql for Time {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        DateTime::from_timestamp_micros(micros).map(Self).ok_or(FromSqlError::OutOfRange(micros))
    }
}

/// A node as PostgreSQL has it.
pub(super) struct NodeRow {
    pub(super) node_id: Uuid,
    context_type: String,
    content: String,
    summary: Option<String>,
    tags: Vec<String>,
    base_relevance: Option<f32>,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    last_accessed: DateTime<Utc>,
    access_count: i32,
    expires_at: Option<DateTime<Utc>>,
    metadata: String,
    pub(super) entity: Option<(String, String)>,
}

impl NodeRow {
    pub(super) fn of(row: NodeBorrowed<'_>) -> Self {
        Self {
            node_id: row.node_id,
            context_type: row.context_type.to_owned(),
            content: row.content.0.get().to_owned(),
            summary: row.summary.map(str::to_owned),
            tags: row.tags.map(str::to_owned).collect(),
            base_relevance: row.base_relevance,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_accessed: row.last_accessed,
            access_count: row.access_count,
            expires_at: row.expires_at,
            metadata: row.metadata.0.get().to_owned(),
            entity: row.entity_system.zip(row.entity_id).map(|(system, id)| (system.to_owned(), id.to_owned())),
        }
    }

    /// Takes it over. What was here under another id, as an entity of the same key, gets this one.
    pub(super) fn put(&self, connection: &Connection, now: Time) -> Result<(), Error> {
        let (system, id) = self.entity.as_ref().map(|(system, id)| (system.as_str(), id.as_str())).unzip();
        if let (Some(system), Some(id)) = (system, id)
            && let Some(local) = find_entity(connection, system, id)?
            && local != self.node_id
        {
            rename(connection, local, self.node_id)?;
        }
        let tags = serde_json::to_string(&self.tags).expect("texts are JSON");
        let row = named_params! {
            ":node_id": Id(self.node_id),
            ":context_type": self.context_type,
            ":content": self.content,
            ":summary": self.summary,
            ":tags": tags,
            ":base_relevance": self.base_relevance,
            ":created_at": Time(self.created_at),
            ":updated_at": self.updated_at.map(Time),
            ":last_accessed": Time(self.last_accessed),
            ":access_count": self.access_count,
            ":expires_at": self.expires_at.map(Time),
            ":metadata": self.metadata,
            ":entity_system": system,
            ":entity_id": id,
            ":now": now,
        };
        run(connection, "nodes::put", row)?;
        Ok(())
    }
}

pub(super) fn find_entity(connection: &Connection, system: &str, id: &str) -> Result<Option<Uuid>, Error> {
    let key = named_params! {":entity_system": system, ":entity_id": id};
    Ok(one(connection, "nodes::find_entity", key, |row| row.get::<_, Id>(0))?.map(|id| id.0))
}

/// A node turns out to have another id in PostgreSQL: whatever names it here follows, and callers may use the old one.
fn rename(connection: &Connection, node_id: Uuid, now_node_id: Uuid) -> Result<(), Error> {
    run(connection, "nodes::delete", named_params! {":node_id": Id(now_node_id)})?;
    let ids = named_params! {":node_id": Id(node_id), ":now_node_id": Id(now_node_id)};
    for statement in
        ["nodes::rename", "relationships::rename_from", "relationships::rename_to", "journal::rename", "aliases::follow", "aliases::put"]
    {
        run(connection, statement, ids)?;
    }
    Ok(())
}

/// A relationship as PostgreSQL has it.
pub(super) struct RelationshipRow {
    pub(super) id: Uuid,
    pub(super) from_node_id: Uuid,
    pub(super) to_node_id: Uuid,
    relationship_type: String,
    strength: f32,
    created_at: DateTime<Utc>,
    metadata: String,
}

impl RelationshipRow {
    #[expect(clippy::needless_pass_by_value, reason = "the mapper of a query takes its row so")]
    pub(super) fn of(row: RelationshipBorrowed<'_>) -> Self {
        Self {
            id: row.id,
            from_node_id: row.from_node_id,
            to_node_id: row.to_node_id,
            relationship_type: row.relationship_type.to_owned(),
            strength: row.strength,
            created_at: row.created_at,
            metadata: row.metadata.0.get().to_owned(),
        }
    }

    /// Takes it over, if its nodes are here.
    pub(super) fn put(&self, connection: &Connection) -> Result<(), Error> {
        let row = named_params! {
            ":relationship_id": Id(self.id),
            ":from_node_id": Id(self.from_node_id),
            ":to_node_id": Id(self.to_node_id),
            ":relationship_type": self.relationship_type,
            ":strength": self.strength,
            ":created_at": Time(self.created_at),
            ":metadata": self.metadata,
        };
        run(connection, "relationships::put", row)?;
        Ok(())
    }
}

/// A node of the file, from the columns that all lists of nodes begin with.
pub(crate) fn node_of(row: &Row<'_>) -> Result<Node, Error> {
    let node_id = row.get::<_, Id>(0)?.0;
    let json = |place: usize| -> Result<Value, Error> { parse(row.get_ref(place)?.as_str().map_err(rusqlite::Error::from)?, node_id) };
    let content = json(2)?;
    // As `->>` of PostgreSQL.
    let text = |key: &str| match content.get(key)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    };
    let (entity_system, entity_id): (Option<String>, Option<String>) = (row.get(12)?, row.get(13)?);
    Ok(Node {
        node_id,
        context_type: row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?.parse()?,
        summary: row.get(3)?,
        tags: parse(row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?, node_id)?,
        base_relevance: row.get(5)?,
        created_at: row.get::<_, Time>(6)?.0,
        updated_at: row.get::<_, Option<Time>>(7)?.map(|time| time.0),
        last_accessed: row.get::<_, Time>(8)?.0,
        access_count: row.get(9)?,
        expires_at: row.get::<_, Option<Time>>(10)?.map(|time| time.0),
        metadata: json(11)?,
        entity_system,
        entity_id,
        entity_type: text("entity_type"),
        entity_name: text("entity_name"),
        content,
    })
}

pub(crate) fn relationship_of(row: &Row<'_>) -> Result<Relationship, Error> {
    let id = row.get::<_, Id>(0)?.0;
    Ok(Relationship {
        id,
        from_node_id: row.get::<_, Id>(1)?.0,
        to_node_id: row.get::<_, Id>(2)?.0,
        relationship_type: row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?.parse()?,
        strength: row.get(4)?,
        created_at: row.get::<_, Time>(5)?.0,
        metadata: parse(row.get_ref(6)?.as_str().map_err(rusqlite::Error::from)?, id)?,
    })
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, id: Uuid) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorKind::SessionFile, format!("the session's file is damaged: {id} cannot be read")).because(error))
}

/// Reads all rows of a statement.
pub(super) fn all<T>(
    connection: &Connection,
    statement: &str,
    params: impl rusqlite::Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql(statement))?;
    let mut rows = statement.query(params)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(row)?);
    }
    Ok(items)
}

/// Runs a statement that returns nothing of interest.
pub(super) fn run(connection: &Connection, statement: &str, params: impl rusqlite::Params) -> Result<usize, Error> {
    Ok(connection.prepare_cached(sql(statement))?.execute(params)?)
}

/// Reads the one row of a statement, or none.
pub(super) fn one<T>(
    connection: &Connection,
    statement: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, Error> {
    Ok(connection.prepare_cached(sql(statement))?.query_row(params, read).optional()?)
}
