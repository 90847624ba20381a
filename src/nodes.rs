//! A user's nodes: `queries/nodes.sql`.

use std::{collections::HashMap, future::IntoFuture};

use chrono::{DateTime, SecondsFormat, Utc};
use codegen::{
    client::{GenericClient, Params},
    queries::nodes,
};
use futures::future::BoxFuture;
use postgres_types::Json;
use uuid::Uuid;

use crate::{
    ContextType, Cursor, Error, NewNode, Node, Outcome, Page, Stored, UserMemory, UserTransaction,
    batch::rounds,
    error::ErrorKind,
    model::{node_from_row, validate_limit},
};

impl UserMemory {
    /// Stores a memory. An entity that the user already has is merged into its node.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when a field cannot be stored, or the merged content
    /// would exceed 1 MiB; [`Conflict`](ErrorKind::Conflict) when another node has the given id.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// use pgmemory::{NewNode, Outcome};
    /// use serde_json::json;
    ///
    /// let acme = NewNode::entity("salesforce", "001234").name("Acme Corp");
    /// alice.store(&acme).await?;
    /// let again = alice.store(&acme.data(json!({"revenue": 1_000_000}))).await?;
    /// assert_eq!(again.outcome, Outcome::Merged);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn store(&self, node: &NewNode) -> Result<Stored, Error> {
        let stored = self.store_many(std::slice::from_ref(node)).await?;
        Ok(stored[0])
    }

    /// Stores any number of memories at once, with the meaning of one after the other: all of them or,
    /// on an error, none. The result is in the order of `batch`.
    ///
    /// # Errors
    ///
    /// As [`store`](Self::store).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = batch.len()))]
    pub async fn store_many(&self, batch: &[NewNode]) -> Result<Vec<Stored>, Error> {
        validate(batch)?;
        let batch: Vec<&NewNode> = batch.iter().collect();
        let rounds = rounds_of(&batch);
        let mut client = self.client().await?;
        if rounds.len() <= 1 {
            return upsert_rounds(&client, self.user_id(), &batch, &rounds).await;
        }
        let transaction = client.transaction().await?;
        let stored = upsert_rounds(&transaction, self.user_id(), &batch, &rounds).await?;
        transaction.commit().await?;
        Ok(stored)
    }

    /// One node by its id, or `None`.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`].
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn get(&self, node_id: Uuid) -> Result<Option<Node>, Error> {
        nodes::get().bind(&self.client().await?, &self.user_id(), &node_id).map(|row| node_from_row!(row)).opt().await?.transpose()
    }

    /// Nodes by their ids, in the order of `node_ids`; those that are not there are left out.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`].
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = node_ids.len()))]
    pub async fn get_many(&self, node_ids: &[Uuid]) -> Result<Vec<Node>, Error> {
        let rows = nodes::get_many().bind(&self.client().await?, &self.user_id(), &node_ids).map(|row| node_from_row!(row)).all().await?;
        let mut found: HashMap<Uuid, Node> =
            rows.into_iter().map(|node| node.map(|node| (node.node_id, node))).collect::<Result<_, _>>()?;
        Ok(node_ids.iter().filter_map(|node_id| found.remove(node_id)).collect())
    }

    /// The node of an entity, or `None`.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`].
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn get_entity(&self, entity_system: &str, entity_id: &str) -> Result<Option<Node>, Error> {
        nodes::get_by_entity()
            .bind(&self.client().await?, &self.user_id(), &entity_system, &entity_id)
            .map(|row| node_from_row!(row))
            .opt()
            .await?
            .transpose()
    }

    /// The user's nodes, newest first, a page at a time. Filters narrow the list; await it to get a page.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// use pgmemory::ContextType;
    ///
    /// let mut page = alice.list().context_type(ContextType::DomainEntity).limit(100).await?;
    /// while let Some(next) = page.next {
    ///     page = alice.list().context_type(ContextType::DomainEntity).limit(100).after(next).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self) -> List<'_> {
        List {
            memory: self,
            context_types: Vec::new(),
            tags: Vec::new(),
            entity_type: None,
            since: DateTime::UNIX_EPOCH - chrono::TimeDelta::days(365_250 * 2),
            before: Cursor::start(),
            limit: 50,
        }
    }

    /// Deletes a node and every relationship at it. Says whether it was there.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`].
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn delete(&self, node_id: Uuid) -> Result<bool, Error> {
        delete(&self.client().await?, self.user_id(), node_id).await
    }
}

impl<C: GenericClient> UserTransaction<'_, C> {
    /// As [`UserMemory::store`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::store`].
    pub async fn store(&self, node: &NewNode) -> Result<Stored, Error> {
        let stored = self.store_many(std::slice::from_ref(node)).await?;
        Ok(stored[0])
    }

    /// As [`UserMemory::store_many`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::store`].
    pub async fn store_many(&self, batch: &[NewNode]) -> Result<Vec<Stored>, Error> {
        validate(batch)?;
        store_refs(self.client, self.user_id, &batch.iter().collect::<Vec<_>>()).await
    }

    /// As [`UserMemory::delete`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::delete`].
    pub async fn delete(&self, node_id: Uuid) -> Result<bool, Error> {
        delete(self.client, self.user_id, node_id).await
    }
}

/// A list of nodes to come. Made by [`UserMemory::list`].
#[derive(Clone, Debug)]
#[must_use = "await it to get a page"]
pub struct List<'a> {
    memory: &'a UserMemory,
    context_types: Vec<ContextType>,
    tags: Vec<String>,
    entity_type: Option<String>,
    since: DateTime<Utc>,
    before: Cursor,
    limit: usize,
}

impl List<'_> {
    /// Only nodes of this context type; called again, of any of them.
    pub fn context_type(mut self, context_type: ContextType) -> Self {
        self.context_types.push(context_type);
        self
    }

    /// Only nodes with this tag; called again, with all of them.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Only entities that their system calls so.
    pub fn entity_type(mut self, entity_type: impl Into<String>) -> Self {
        self.entity_type = Some(entity_type.into());
        self
    }

    /// Only nodes created at this time or later.
    pub fn since(mut self, time: DateTime<Utc>) -> Self {
        self.since = time;
        self
    }

    /// Only nodes created before this time. The place of a page ([`after`](Self::after)) replaces it.
    pub fn before(mut self, time: DateTime<Utc>) -> Self {
        self.before = Cursor::after(time, Uuid::nil());
        self
    }

    /// The page that begins here: [`Page::next`] of the one before it, under the same filters.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.before = cursor;
        self
    }

    /// How many nodes a page has, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn page(self) -> Result<Page<Node>, Error> {
        let limit = validate_limit(self.limit)?;
        let context_types: Vec<&str> = self.context_types.iter().map(|context_type| context_type.as_str()).collect();
        let items = nodes::list()
            .params(
                &self.memory.client().await?,
                &nodes::ListParams {
                    user_id: self.memory.user_id(),
                    before_created_at: self.before.created_at(),
                    before_node_id: self.before.id(),
                    since: self.since,
                    context_types: (!context_types.is_empty()).then_some(context_types),
                    tags: (!self.tags.is_empty()).then_some(self.tags),
                    entity_type: self.entity_type,
                    limit: limit + 1,
                },
            )
            .map(|row| node_from_row!(row))
            .all()
            .await?;
        let items = items.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Page::new(items, self.limit, |node| Cursor::after(node.created_at, node.node_id)))
    }
}

impl<'a> IntoFuture for List<'a> {
    type Output = Result<Page<Node>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.page())
    }
}

/// What decides which node a memory becomes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Entity(&'a str, &'a str),
    Id(Uuid),
}

/// Refuses the batch if one item cannot be stored.
fn validate(batch: &[NewNode]) -> Result<(), Error> {
    for (index, node) in batch.iter().enumerate() {
        node.validate().map_err(|error| if batch.len() == 1 { error } else { error.at_item(index) })?;
    }
    Ok(())
}

/// Splits the batch where an entity comes again.
fn rounds_of(batch: &[&NewNode]) -> Vec<Vec<usize>> {
    rounds(batch.iter().map(|node| match node.entity_key() {
        Some((system, id)) => Key::Entity(system, id),
        // A new id is no other's.
        None => Key::Id(node.node_id.unwrap_or_else(Uuid::now_v7)),
    }))
}

/// Stores validated nodes in a transaction of the caller; the result is in their order.
pub(crate) async fn store_refs(client: &impl GenericClient, user_id: &str, batch: &[&NewNode]) -> Result<Vec<Stored>, Error> {
    upsert_rounds(client, user_id, batch, &rounds_of(batch)).await
}

async fn upsert_rounds(
    client: &impl GenericClient,
    user_id: &str,
    batch: &[&NewNode],
    rounds: &[Vec<usize>],
) -> Result<Vec<Stored>, Error> {
    let mut stored = vec![None; batch.len()];
    let statement = nodes::upsert_many().prepare(client).await?;
    for round in rounds {
        let nodes: Vec<&NewNode> = round.iter().map(|&index| batch[index]).collect();
        for (&index, result) in round.iter().zip(upsert(client, &statement, user_id, &nodes).await?) {
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
        };
        statement.params(client, &params).all().await?
    };
    // An entity's row is told by its key: the node may have been there under another id.
    let mut by_key = HashMap::with_capacity(rows.len());
    for row in &rows {
        let key = match (&row.entity_system, &row.entity_id) {
            (Some(system), Some(id)) => Key::Entity(system, id),
            _ => Key::Id(row.node_id),
        };
        let outcome = if row.inserted { Outcome::Inserted } else { Outcome::Merged };
        by_key.insert(key, Stored { node_id: row.node_id, outcome });
    }
    batch
        .iter()
        .zip(&columns.node_ids)
        .map(|(node, &node_id)| {
            let key = node.entity_key().map_or(Key::Id(node_id), |(system, id)| Key::Entity(system, id));
            by_key.remove(&key).ok_or_else(|| Error::new(ErrorKind::Internal, "the server did not say what became of a node"))
        })
        .collect()
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
        }
    }
}

async fn delete(client: &impl GenericClient, user_id: &str, node_id: Uuid) -> Result<bool, Error> {
    let statement = nodes::delete().prepare(client).await?;
    Ok(statement.bind(client, &user_id, &node_id).opt().await?.is_some())
}

/// What a reference of an import means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    Id(Uuid),
    Entity { system: &'a str, id: &'a str },
}

/// The nodes that references mean, in their order; `None` where there is none.
pub(crate) async fn find_many(
    client: &impl GenericClient,
    user_id: &str,
    references: &[Reference<'_>],
) -> Result<Vec<Option<Uuid>>, Error> {
    let node_ids: Vec<Uuid> =
        references.iter().map(|reference| if let Reference::Id(node_id) = reference { *node_id } else { Uuid::nil() }).collect();
    let (entity_systems, entity_ids): (Vec<&str>, Vec<&str>) =
        references.iter().map(|reference| if let Reference::Entity { system, id } = reference { (*system, *id) } else { ("", "") }).unzip();
    let statement = nodes::find_many().prepare(client).await?;
    let params = nodes::FindManyParams { user_id, node_ids, entity_systems, entity_ids };
    Ok(statement.params(client, &params).all().await?)
}
