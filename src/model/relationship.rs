use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use strum::{Display, EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

use super::{Outcome, validate_object, validate_share, validate_time};
use crate::Error;

/// In which way one memory is related to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_fn = unknown_relationship_type, parse_err_ty = Error)]
#[non_exhaustive]
pub enum RelationshipType {
    /// The first was the occasion of the second.
    LedTo,
    /// They have to do with each other.
    RelatesTo,
    /// The first needs the second.
    DependsOn,
    /// The first makes the second.
    Produces,
    /// The first is part of the second.
    BelongsTo,
    /// They cannot both be true.
    Contradicts,
    /// The first says more exactly what the second says.
    Refines,
    /// The first is the answer to the second.
    Answers,
}

fn unknown_relationship_type(text: &str) -> Error {
    Error::invalid("relationship_type", format!("`{text}` is none of {}", RelationshipType::VARIANTS.join(", ")))
}

impl RelationshipType {
    /// As the database has it, for example `led_to`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Which relationships at a node are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_fn = unknown_direction, parse_err_ty = Error)]
pub enum Direction {
    /// Those that leave it.
    Outgoing,
    /// Those that arrive at it.
    Incoming,
    /// Both.
    #[default]
    Both,
}

impl Direction {
    pub(crate) fn outgoing(self) -> bool {
        self != Self::Incoming
    }

    pub(crate) fn incoming(self) -> bool {
        self != Self::Outgoing
    }
}

fn unknown_direction(text: &str) -> Error {
    Error::invalid("direction", format!("`{text}` is none of {}", Direction::VARIANTS.join(", ")))
}

/// Two memories to relate.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NewRelationship {
    /// The node it leaves.
    pub from: Uuid,
    /// The node it arrives at.
    pub to: Uuid,
    /// In which way they are related.
    pub relationship_type: RelationshipType,
    /// Between 0 and 1; 1 unless said otherwise. The newest one wins when they are related again.
    pub strength: f32,
    /// When they were first related; now when absent. The earlier one wins.
    pub created_at: Option<DateTime<Utc>>,
    /// Anything to keep with it: a JSON object of at most 1 MiB, united when they are related again.
    pub metadata: Value,
}

impl NewRelationship {
    /// Relates `from` to `to` at full strength.
    #[must_use]
    pub fn new(from: Uuid, relationship_type: RelationshipType, to: Uuid) -> Self {
        Self { from, to, relationship_type, strength: 1.0, created_at: None, metadata: json!({}) }
    }

    /// Sets the strength, between 0 and 1.
    #[must_use]
    pub fn strength(mut self, strength: f32) -> Self {
        self.strength = strength;
        self
    }

    /// Sets when they were first related.
    #[must_use]
    pub fn created_at(mut self, created_at: DateTime<Utc>) -> Self {
        self.created_at = Some(created_at);
        self
    }

    /// Sets the metadata, a JSON object.
    #[must_use]
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.metadata = metadata;
        self
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        validate_share("strength", self.strength)?;
        if let Some(created_at) = self.created_at {
            validate_time("created_at", created_at)?;
        }
        validate_object("metadata", &self.metadata)
    }
}

/// A relationship as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Relationship {
    /// Unique for the user.
    pub id: Uuid,
    /// The node it leaves.
    pub from_node_id: Uuid,
    /// The node it arrives at.
    pub to_node_id: Uuid,
    /// In which way they are related.
    pub relationship_type: RelationshipType,
    /// Between 0 and 1.
    pub strength: f32,
    /// When they were first related.
    pub created_at: DateTime<Utc>,
    /// What the caller keeps with it, a JSON object.
    pub metadata: Value,
}

/// What became of two related memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Related {
    /// The relationship that holds now.
    pub id: Uuid,
    /// Whether it is new, or they were related in this way before.
    pub outcome: Outcome,
}
