//! Storing a batch: split where an entity comes again, and written one statement a round.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use codegen::{
    client::{GenericClient, Params},
    queries::{coalesced, nodes},
};
use postgres_types::Json;
use uuid::Uuid;

use crate::{Error, NewNode, Outcome, Stored, batch::rounds, error::ErrorKind};

/// What decides which node a memory becomes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Entity(&'a str, &'a str),
    Id(Uuid),
    /// The item of the batch at this place: it will get an id that is no other's.
    New(usize),
}

impl<'a> Key<'a> {
    /// Of a node that gets this id unless it is an entity that is there.
    fn of(node: &'a NewNode, node_id: Uuid) -> Self {
        node.entity_key().map_or(Self::Id(node_id), |(system, id)| Self::Entity(system, id))
    }

    fn of_row(entity_system: Option<&'a str>, entity_id: Option<&'a str>, node_id: Uuid) -> Self {
        entity_system.zip(entity_id).map_or(Self::Id(node_id), |(system, id)| Self::Entity(system, id))
    }
}

fn outcome(inserted: bool) -> Outcome {
    if inserted { Outcome::Inserted } else { Outcome::Merged }
}

/// Refuses the batch if one item cannot be stored.
pub(super) fn validate(batch: &[NewNode]) -> Result<(), Error> {
    for (index, node) in batch.iter().enumerate() {
        node.validate().map_err(|error| if batch.len() == 1 { error } else { error.at_item(index) })?;
    }
    Ok(())
}

/// Splits the batch where an entity comes again.
pub(super) fn rounds_of(batch: &[&NewNode]) -> Vec<Vec<usize>> {
    rounds(batch.iter().enumerate().map(|(place, node)| match (node.entity_key(), node.node_id) {
        (Some((system, id)), _) => Key::Entity(system, id),
        (None, Some(node_id)) => Key::Id(node_id),
        (None, None) => Key::New(place),
    }))
}

/// Stores validated nodes in a transaction of the caller; the result is in their order.
pub(crate) async fn store_refs(client: &impl GenericClient, user_id: &str, batch: &[&NewNode]) -> Result<Vec<Stored>, Error> {
    upsert_rounds(client, user_id, batch, &rounds_of(batch)).await
}

/// What a statement writes of a journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entries {
    pub(crate) journal_id: Uuid,
    pub(crate) first_seq: i64,
    pub(crate) last_seq: i64,
}

/// Whether one statement can store the batch.
#[cfg(feature = "session")]
pub(crate) fn is_one_round(batch: &[&NewNode]) -> bool {
    rounds_of(batch).len() <= 1
}

/// Stores validated nodes of [one round](is_one_round) as the entries of a journal;
/// [`Behind`](ErrorKind::Behind) when one of these is there already.
#[cfg(feature = "session")]
pub(crate) async fn store_entries(client: &impl GenericClient, user_id: &str, batch: &[&NewNode], entries: Entries) -> Result<(), Error> {
    let statement = nodes::upsert_many().prepare(client).await?;
    upsert(client, &statement, user_id, batch, Some(entries)).await?;
    Ok(())
}

pub(super) async fn upsert_rounds(
    client: &impl GenericClient,
    user_id: &str,
    batch: &[&NewNode],
    rounds: &[Vec<usize>],
) -> Result<Vec<Stored>, Error> {
    let mut stored = vec![None; batch.len()];
    let statement = nodes::upsert_many().prepare(client).await?;
    for round in rounds {
        let nodes: Vec<&NewNode> = round.iter().map(|&index| batch[index]).collect();
        for (&index, result) in round.iter().zip(upsert(client, &statement, user_id, &nodes, None).await?) {
            stored[index] = Some(result);
        }
    }
    Ok(stored.into_iter().map(|result| result.expect("every item is in one round")).collect())
}

/// Stores nodes of which no two are the same entity; the result is in their order.
async fn upsert(
    client: &impl GenericClient,
    statement: &nodes::UpsertManyStmt,
    user_id: &str,
    batch: &[&NewNode],
    entries: Option<Entries>,
) -> Result<Vec<Stored>, Error> {
    let now = Utc::now();
    let columns = Columns::of(batch);
    let rows = {
        let params = nodes::UpsertManyParams {
            user_id,
            last_updated: now.to_rfc3339_opts(SecondsFormat::Millis, true),
            now,
            node_ids: &columns.node_ids,
            contents: &columns.contents,
            context_types: &columns.context_types,
            summaries: &columns.summaries,
            created_ats: &columns.created_ats,
            last_accesseds: &columns.last_accesseds,
            access_counts: &columns.access_counts,
            base_relevances: &columns.base_relevances,
            tags: &columns.tags,
            metadatas: &columns.metadatas,
            expires_ats: &columns.expires_ats,
            journal_id: entries.map(|entries| entries.journal_id),
            first_seq: entries.map(|entries| entries.first_seq),
            last_seq: entries.map(|entries| entries.last_seq),
        };
        statement.params(client, &params).all().await?
    };
    // An entity's row is told by its key: the node may have been there under another id.
    let mut by_key = HashMap::with_capacity(rows.len());
    for row in &rows {
        let key = Key::of_row(row.entity_system.as_deref(), row.entity_id.as_deref(), row.node_id);
        by_key.insert(key, Stored { node_id: row.node_id, outcome: outcome(row.inserted) });
    }
    batch
        .iter()
        .zip(&columns.node_ids)
        .map(|(node, &node_id)| {
            by_key
                .remove(&Key::of(node, node_id))
                .ok_or_else(|| Error::new(ErrorKind::Internal, "the server did not say what became of a node"))
        })
        .collect()
}

/// Stores nodes, each for the user at its place, of which no two are the same entity of one user. The result is in their order,
/// `None` for those of users who are being written for elsewhere, or are new.
pub(crate) async fn store_across(client: &impl GenericClient, users: &[&str], batch: &[&NewNode]) -> Result<Vec<Option<Stored>>, Error> {
    let now = Utc::now();
    let columns = Columns::of(batch);
    let statement = coalesced::store().prepare(client).await?;
    let rows = {
        let params = coalesced::StoreParams {
            user_ids: users,
            last_updated: now.to_rfc3339_opts(SecondsFormat::Millis, true),
            now,
            node_ids: &columns.node_ids,
            contents: &columns.contents,
            context_types: &columns.context_types,
            summaries: &columns.summaries,
            created_ats: &columns.created_ats,
            last_accesseds: &columns.last_accesseds,
            access_counts: &columns.access_counts,
            base_relevances: &columns.base_relevances,
            tags: &columns.tags,
            metadatas: &columns.metadatas,
            expires_ats: &columns.expires_ats,
        };
        statement.params(client, &params).all().await?
    };
    let mut by_key = HashMap::with_capacity(rows.len());
    for row in &rows {
        let key = Key::of_row(row.entity_system.as_deref(), row.entity_id.as_deref(), row.node_id);
        by_key.insert((row.user_id.as_str(), key), Stored { node_id: row.node_id, outcome: outcome(row.inserted) });
    }
    let items = users.iter().zip(batch).zip(&columns.node_ids);
    Ok(items.map(|((user_id, node), &node_id)| by_key.remove(&(*user_id, Key::of(node, node_id)))).collect())
}

/// Stores nodes that are no entities unless their ids are there; returns how many were not.
pub(crate) async fn insert_missing(client: &impl GenericClient, user_id: &str, batch: &[&NewNode]) -> Result<usize, Error> {
    let columns = Columns::of(batch);
    let statement = nodes::insert_missing_many().prepare(client).await?;
    let params = nodes::InsertMissingManyParams {
        user_id,
        now: Utc::now(),
        node_ids: &columns.node_ids,
        contents: &columns.contents,
        context_types: &columns.context_types,
        summaries: &columns.summaries,
        created_ats: &columns.created_ats,
        last_accesseds: &columns.last_accesseds,
        access_counts: &columns.access_counts,
        base_relevances: &columns.base_relevances,
        tags: &columns.tags,
        metadatas: &columns.metadatas,
        expires_ats: &columns.expires_ats,
    };
    Ok(statement.params(client, &params).all().await?.len())
}

/// A batch as the parallel arrays that the statements take.
struct Columns<'a> {
    node_ids: Vec<Uuid>,
    contents: Vec<&'a serde_json::Value>,
    context_types: Vec<&'static str>,
    summaries: Vec<Option<&'a str>>,
    created_ats: Vec<Option<DateTime<Utc>>>,
    last_accesseds: Vec<Option<DateTime<Utc>>>,
    access_counts: Vec<Option<i32>>,
    base_relevances: Vec<Option<f32>>,
    tags: Vec<Json<&'a [String]>>,
    metadatas: Vec<&'a serde_json::Value>,
    expires_ats: Vec<Option<DateTime<Utc>>>,
}

impl<'a> Columns<'a> {
    fn of(batch: &[&'a NewNode]) -> Self {
        let each = || batch.iter().copied();
        Self {
            node_ids: each().map(|node| node.node_id.unwrap_or_else(Uuid::now_v7)).collect(),
            contents: each().map(|node| &node.content).collect(),
            context_types: each().map(|node| node.context_type.as_str()).collect(),
            summaries: each().map(|node| node.summary.as_deref()).collect(),
            created_ats: each().map(|node| node.created_at).collect(),
            last_accesseds: each().map(|node| node.last_accessed).collect(),
            access_counts: each().map(|node| node.access_count).collect(),
            base_relevances: each().map(|node| node.base_relevance).collect(),
            tags: each().map(|node| Json(node.tags.as_slice())).collect(),
            metadatas: each().map(|node| &node.metadata).collect(),
            expires_ats: each().map(|node| node.expires_at).collect(),
        }
    }
}
