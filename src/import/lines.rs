//! The lines of a file: read, parsed and checked, a batch at a time.

use std::io::{BufRead, Read};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    Error, NewNode, NewRelationship, RelationshipType,
    model::{from_json, from_text},
    nodes::Reference,
};

/// How many lines are written at once: few enough to be held in memory, but every batch is a savepoint, and
/// each of those that meets a node again adds to the node's list of lockers.
pub(super) const BATCH_LINES: usize = 10_000;
/// The same in bytes, for long lines.
pub(super) const BATCH_BYTES: usize = 8 << 20;
/// Longer lines end the import: what they say could not be stored.
const MAX_LINE_BYTES: usize = 8 << 20;

/// Lines, or why there are no more.
pub(super) type Batch<T> = Result<Vec<Line<T>>, Error>;

/// A line that is not empty, and what it says.
pub(super) struct Line<T> {
    pub(super) number: u64,
    pub(super) item: Result<T, Error>,
    /// What was put right in it.
    pub(super) repairs: Vec<&'static str>,
    /// Whether the import goes on without it in any case, if it cannot be imported.
    pub(super) is_dispensable: bool,
}

impl<T> Line<T> {
    /// One that is taken as it is.
    fn new(number: u64, item: Result<T, Error>) -> Self {
        Self { number, item, repairs: Vec::new(), is_dispensable: false }
    }
}

/// Makes out what a line says.
type Parse<T> = fn(&[u8]) -> Result<T, Error>;

/// What a line says.
pub(super) enum Item {
    Node { user_id: String, node: NewNode },
    Relationship { user_id: String, relationship: RelationshipLine },
}

/// A relationship as a line has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelationshipLine {
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) relationship_type: RelationshipType,
    #[serde(default = "full_strength")]
    pub(crate) strength: f32,
    pub(crate) created_at: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    pub(crate) metadata: Map<String, Value>,
}

fn full_strength() -> f32 {
    1.0
}

/// What a relationship says of the node at one of its ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields, expecting = "needs either node_id, or entity_system and entity_id")]
pub(crate) enum End {
    Id { node_id: Uuid },
    Entity { entity_system: String, entity_id: String },
}

impl End {
    pub(crate) fn reference(&self) -> Reference<'_> {
        match self {
            Self::Entity { entity_system, entity_id } => Reference::Entity { system: entity_system, id: entity_id },
            Self::Id { node_id } => Reference::Id(*node_id),
        }
    }
}

impl RelationshipLine {
    /// What it says, of the nodes that its ends mean.
    pub(crate) fn between(&self, from: Uuid, to: Uuid) -> NewRelationship {
        let metadata = Value::Object(self.metadata.clone());
        let relationship = NewRelationship::new(from, self.relationship_type, to).strength(self.strength).metadata(metadata);
        NewRelationship { created_at: self.created_at, ..relationship }
    }
}

/// Reads until the end, an error, or nobody wants more.
pub(super) fn read_batches<T>(mut lines: impl BufRead, parse: Parse<T>, sender: &mpsc::Sender<Batch<T>>) {
    let mut number = 0;
    loop {
        let mut batch = Vec::with_capacity(BATCH_LINES);
        let ended = read_batch(&mut lines, parse, &mut number, &mut batch);
        if !batch.is_empty() && sender.blocking_send(Ok(batch)).is_err() {
            return;
        }
        match ended {
            Ok(false) => {}
            Ok(true) => return,
            Err(error) => {
                // Nobody may be there to be told.
                let _ = sender.blocking_send(Err(error));
                return;
            }
        }
    }
}

/// Reads the lines of one batch. Was that the last?
fn read_batch<T>(lines: &mut impl BufRead, parse: Parse<T>, number: &mut u64, batch: &mut Vec<Line<T>>) -> Result<bool, Error> {
    let mut bytes = 0;
    let mut text = Vec::new();
    while batch.len() < BATCH_LINES && bytes < BATCH_BYTES {
        text.clear();
        *number += 1;
        let read = lines.by_ref().take(MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut text);
        let read = read.map_err(|error| Error::invalid("file", format!("cannot be read: {error}")).at_line(*number))?;
        if read == 0 {
            return Ok(true);
        }
        if read > MAX_LINE_BYTES {
            return Err(Error::invalid("line", format!("is longer than {MAX_LINE_BYTES} bytes")).at_line(*number));
        }
        bytes += read;
        let line = text.trim_ascii();
        if !line.is_empty() {
            batch.push(Line::new(*number, parse(line)));
        }
    }
    Ok(false)
}

/// The id of what a file names otherwise: always the same for a user.
pub(super) fn derived_id(user_id: &str, name: &[u8]) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_OID, user_id.as_bytes()), name)
}

/// A node or relationship.
pub(super) fn parse(line: &[u8]) -> Result<Item, Error> {
    let mut fields: Map<String, Value> = from_text("line", line)?;
    let mut take = |field: &str| match fields.remove(field) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Error::invalid(field, "must be a string")),
        None => Err(Error::invalid(field, "is missing")),
    };
    let (kind, user_id) = (take("kind")?, take("user_id")?);
    match kind.as_str() {
        "node" => {
            let mut node = NewNode::try_from(Value::Object(fields))?;
            node.validate()?;
            if node.entity_key().is_none() && node.node_id.is_none() {
                // The same line is the same memory, so that importing a file again adds nothing.
                node.node_id = Some(derived_id(&user_id, line));
            }
            Ok(Item::Node { user_id, node })
        }
        "relationship" => {
            let relationship = from_json("relationship", Value::Object(fields))?;
            Ok(Item::Relationship { user_id, relationship })
        }
        _ => Err(Error::invalid("kind", format!("must be node or relationship, not `{kind}`"))),
    }
}
