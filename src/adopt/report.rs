//! What `schema/adopt/` reports.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, error::ErrorKind};

/// What an adoption did, or would have done. Lists hold the first 100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Adoption {
    /// Whether everything was taken back.
    #[serde(default)]
    pub dry_run: bool,
    /// How many users there are.
    pub users: u64,
    /// How many nodes there were.
    pub nodes_read: u64,
    /// How many there are now.
    pub nodes_kept: u64,
    /// How many became part of an older node of the same entity.
    pub nodes_merged: u64,
    /// How many nodes had the id of an entity and no system. They are entities of the system `unknown` now.
    pub entities_without_system: u64,
    /// How many relationships there were.
    pub relationships_read: u64,
    /// How many there are now.
    pub relationships_kept: u64,
    /// How many became part of an older one, since the nodes at their ends were merged.
    pub relationships_merged: u64,
    /// How many could not be kept.
    pub relationships_dropped: u64,
    /// Of how many users a counter is not what it was.
    pub counters_corrected: u64,
    /// The entities that had several nodes, those with the most first.
    pub merged: Vec<MergedEntity>,
    /// The relationships that could not be kept.
    pub dropped: Vec<DroppedRelationship>,
    /// The counters that are not what they were.
    pub corrected: Vec<CorrectedCounters>,
    /// What was put right in the rows, all kinds.
    pub repairs: Vec<Repair>,
}

/// An entity that had several nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MergedEntity {
    /// Whose it is.
    pub user_id: String,
    /// The system of origin.
    pub entity_system: String,
    /// The id that the system gave it.
    pub entity_id: String,
    /// The node that holds it now, the oldest.
    pub node_id: Uuid,
    /// How many nodes it had.
    pub nodes: u64,
}

/// A relationship that could not be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DroppedRelationship {
    /// Whose it was.
    pub user_id: String,
    /// Its id.
    pub id: Uuid,
    /// The node that it left.
    pub from_node_id: Uuid,
    /// The node that it arrived at.
    pub to_node_id: Uuid,
    /// In which way they were related, as the old table had it.
    pub relationship_type: String,
    /// Why.
    pub reason: String,
}

/// A user's counters, as they were and as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CorrectedCounters {
    /// The user.
    pub user_id: String,
    /// How many nodes the old counter said.
    pub nodes_before: i64,
    /// How many there are.
    pub nodes: i64,
    /// How many relationships the old counter said.
    pub relationships_before: i64,
    /// How many there are.
    pub relationships: i64,
}

/// One kind of thing that was put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repair {
    /// In which table: `nodes`, `relationships` or `user_metadata`.
    pub relation: String,
    /// What was wrong, and what is there now.
    pub repair: String,
    /// In how many rows.
    pub rows: u64,
    /// The first of them.
    pub first: Vec<AdoptedRow>,
}

/// A row of the old tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AdoptedRow {
    /// Whose it is.
    pub user_id: String,
    /// Its id; none where the user is the key.
    pub id: Option<Uuid>,
}

/// The rows that the tables cannot hold.
#[derive(Deserialize)]
pub(super) struct Refusals {
    rows: u64,
    first: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    relation: String,
    user_id: Option<String>,
    id: Option<Uuid>,
    reason: String,
}

impl Refusals {
    /// An error that names them, unless there are none.
    pub(super) fn into_result(self) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        let reasons = self.first.into_iter().map(|Refusal { relation, user_id, id, reason }| {
            let id = id.map(|id| format!(" {id}")).unwrap_or_default();
            format!("\n  memory.{relation}{id} of {:?}: {reason}", user_id.unwrap_or_default())
        });
        let message =
            format!("{} rows cannot be held; nothing was changed, put them right and try again{}", self.rows, reasons.collect::<String>());
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}
