//! Relating a batch: split where a pair comes again, and written one statement a round.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use codegen::{
    client::{GenericClient, Params},
    queries::{coalesced, relationships},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{Error, NewRelationship, Outcome, Related, batch::rounds, error::ErrorKind};

/// Splits a batch whose items can all be stored where a pair comes again.
pub(super) fn validated_rounds(batch: &[NewRelationship]) -> Result<Vec<Vec<usize>>, Error> {
    for (index, relationship) in batch.iter().enumerate() {
        relationship.validate().map_err(|error| if batch.len() == 1 { error } else { error.at_item(index) })?;
    }
    Ok(rounds(batch.iter().map(key)))
}

/// Two nodes are related in one way once.
pub(crate) fn key(relationship: &NewRelationship) -> (Uuid, Uuid, &'static str) {
    (relationship.from, relationship.to, relationship.relationship_type.as_str())
}

/// Relates validated pairs of which no two are the same; the result is in their order.
pub(crate) async fn relate_refs(client: &impl GenericClient, user_id: &str, batch: &[&NewRelationship]) -> Result<Vec<Related>, Error> {
    upsert_rounds(client, user_id, batch, &rounds(batch.iter().map(|relationship| key(relationship)))).await
}

pub(super) async fn upsert_rounds(
    client: &impl GenericClient,
    user_id: &str,
    batch: &[&NewRelationship],
    rounds: &[Vec<usize>],
) -> Result<Vec<Related>, Error> {
    let statement = relationships::upsert_many().prepare(client).await?;
    let mut related = vec![None; batch.len()];
    for round in rounds {
        let columns = Columns::of(round.iter().map(|&index| batch[index]));
        let params = relationships::UpsertManyParams {
            user_id,
            now: Utc::now(),
            ids: &columns.ids,
            from_node_ids: &columns.from_node_ids,
            to_node_ids: &columns.to_node_ids,
            relationship_types: &columns.relationship_types,
            strengths: &columns.strengths,
            created_ats: &columns.created_ats,
            metadatas: &columns.metadatas,
        };
        let rows = statement.params(client, &params).all().await?;
        let ids: HashMap<_, _> =
            rows.iter().map(|row| ((row.from_node_id, row.to_node_id, row.relationship_type.as_str()), row.id)).collect();
        for (&index, new_id) in round.iter().zip(columns.ids) {
            related[index] = ids.get(&key(batch[index])).map(|&id| related_as(id, new_id));
        }
    }
    related
        .into_iter()
        .map(|result| result.ok_or_else(|| Error::new(ErrorKind::NotFound, "a node at one end of the relationship has expired")))
        .collect()
}

/// Relates pairs, each for the user at its place, of which no two are the same. The result is in their order, `None` for those of
/// users who are being written for elsewhere, and those at a node that has expired.
pub(crate) async fn relate_across(
    client: &impl GenericClient,
    users: &[&str],
    batch: &[&NewRelationship],
) -> Result<Vec<Option<Related>>, Error> {
    let statement = coalesced::relate().prepare(client).await?;
    let columns = Columns::of(batch.iter().copied());
    let params = coalesced::RelateParams {
        user_ids: users,
        now: Utc::now(),
        ids: &columns.ids,
        from_node_ids: &columns.from_node_ids,
        to_node_ids: &columns.to_node_ids,
        relationship_types: &columns.relationship_types,
        strengths: &columns.strengths,
        created_ats: &columns.created_ats,
        metadatas: &columns.metadatas,
    };
    let rows = statement.params(client, &params).all().await?;
    let ids: HashMap<_, _> =
        rows.iter().map(|row| ((row.user_id.as_str(), row.from_node_id, row.to_node_id, row.relationship_type.as_str()), row.id)).collect();
    let items = users.iter().zip(batch).zip(columns.ids);
    let related = items.map(|((user_id, relationship), new_id)| {
        let (from, to, relationship_type) = key(relationship);
        ids.get(&(*user_id, from, to, relationship_type)).map(|&id| related_as(id, new_id))
    });
    Ok(related.collect())
}

fn related_as(id: Uuid, new_id: Uuid) -> Related {
    Related { id, outcome: if id == new_id { Outcome::Inserted } else { Outcome::Merged } }
}

/// A batch as the parallel arrays that the statements take.
struct Columns<'a> {
    ids: Vec<Uuid>,
    from_node_ids: Vec<Uuid>,
    to_node_ids: Vec<Uuid>,
    relationship_types: Vec<&'static str>,
    strengths: Vec<f32>,
    created_ats: Vec<Option<DateTime<Utc>>>,
    metadatas: Vec<&'a Value>,
}

impl<'a> Columns<'a> {
    fn of(batch: impl Iterator<Item = &'a NewRelationship> + Clone) -> Self {
        Self {
            ids: batch.clone().map(|_| Uuid::now_v7()).collect(),
            from_node_ids: batch.clone().map(|relationship| relationship.from).collect(),
            to_node_ids: batch.clone().map(|relationship| relationship.to).collect(),
            relationship_types: batch.clone().map(|relationship| relationship.relationship_type.as_str()).collect(),
            strengths: batch.clone().map(|relationship| relationship.strength).collect(),
            created_ats: batch.clone().map(|relationship| relationship.created_at).collect(),
            metadatas: batch.map(|relationship| &relationship.metadata).collect(),
        }
    }
}
