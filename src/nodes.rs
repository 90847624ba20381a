//! A user's nodes: `queries/nodes.sql`.

mod condition;
mod list;
mod store;
mod update;

use std::collections::HashMap;

use chrono::Utc;
use codegen::{
    client::{GenericClient, Params},
    queries::nodes,
};
use uuid::Uuid;

use crate::{
    Cursor, Error, NewNode, Node, Stored, UserMemory, UserTransaction,
    model::{EARLIEST, node_from_row, validate_entity_key},
};
pub use condition::Comparison;
pub(crate) use condition::Condition;
pub use list::List;
#[cfg(feature = "session")]
pub(crate) use store::{Entries, is_one_round, store_entries};
pub(crate) use store::{insert_missing, store_across, store_refs};
use store::{rounds_of, upsert_rounds, validate};
pub use update::Update;

impl UserMemory {
    /// Stores a memory. An entity that the user already has is merged into its node. Calls that come at the same time are
    /// written together, unless [`Config::coalescing`](crate::Config::coalescing) says otherwise.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when a field cannot be stored, or the merged content
    /// would exceed 1 MiB; [`Conflict`](crate::ErrorKind::Conflict) when another node has the given id.
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
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn store(&self, node: &NewNode) -> Result<Stored, Error> {
        if let Some(coalescer) = self.coalescer() {
            node.validate()?;
            return coalescer.write(self, node.clone()).await;
        }
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
        let (batch, rounds) = (&batch, &rounds);
        self.write_many(rounds.len(), |client| async move { upsert_rounds(&client, self.user_id(), batch, rounds).await }).await
    }

    /// One node by its id, or `None`.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn get(&self, node_id: Uuid) -> Result<Option<Node>, Error> {
        let get = |client| async move {
            nodes::get().bind(&client, &self.user_id(), &node_id).map(|row| node_from_row!(row)).opt().await?.transpose()
        };
        self.read(get).await
    }

    /// Nodes by their ids, in the order of `node_ids`; those that are not there are left out.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = node_ids.len()))]
    pub async fn get_many(&self, node_ids: &[Uuid]) -> Result<Vec<Node>, Error> {
        let get = |client| async move {
            Ok(nodes::get_many().bind(&client, &self.user_id(), &node_ids).map(|row| node_from_row!(row)).all().await?)
        };
        let rows = self.read(get).await?;
        let mut found: HashMap<Uuid, Node> =
            rows.into_iter().map(|node| node.map(|node| (node.node_id, node))).collect::<Result<_, _>>()?;
        Ok(node_ids.iter().filter_map(|node_id| found.remove(node_id)).collect())
    }

    /// The node of an entity, or `None`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when no entity can have this key; else as every call to the
    /// database.
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn get_entity(&self, entity_system: &str, entity_id: &str) -> Result<Option<Node>, Error> {
        validate_entity_key("entity_system", entity_system)?;
        validate_entity_key("entity_id", entity_id)?;
        let get = |client| async move {
            nodes::get_by_entity()
                .bind(&client, &self.user_id(), &entity_system, &entity_id)
                .map(|row| node_from_row!(row))
                .opt()
                .await?
                .transpose()
        };
        self.read(get).await
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
            containing: None,
            conditions: Vec::new(),
            since: EARLIEST,
            before: Cursor::start(),
            limit: 50,
        }
    }

    /// Counts an access of each of these nodes; nothing else does. Returns how many were there.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = node_ids.len()))]
    pub async fn touch(&self, node_ids: &[Uuid]) -> Result<usize, Error> {
        let touch =
            |client| async move { Ok(nodes::touch_many().bind(&client, &self.user_id(), &Utc::now(), &node_ids).all().await?.len()) };
        self.write(touch).await
    }

    /// Replaces single fields of a node. Await it to make the change; it says whether the node was there.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, account: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// alice.update(account).summary("Renewed for two years").relevance(0.9).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update(&self, node_id: Uuid) -> Update<'_> {
        Update {
            memory: self,
            node_id,
            summary: None,
            tags: None,
            base_relevance: None,
            metadata: None,
            expires_at: None,
            sets_expires_at: false,
        }
    }

    /// Deletes a node and every relationship at it. Says whether it was there.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    pub async fn delete(&self, node_id: Uuid) -> Result<bool, Error> {
        Ok(self.delete_many(&[node_id]).await? == 1)
    }

    /// Deletes nodes and every relationship at them. Returns how many were there.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = node_ids.len()))]
    pub async fn delete_many(&self, node_ids: &[Uuid]) -> Result<usize, Error> {
        self.write(|client| async move { delete_many(&client, self.user_id(), node_ids).await }).await
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
        store_refs(self.client()?, self.user_id, &batch.iter().collect::<Vec<_>>()).await
    }

    /// As [`UserMemory::delete`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::delete`].
    pub async fn delete(&self, node_id: Uuid) -> Result<bool, Error> {
        Ok(self.delete_many(&[node_id]).await? == 1)
    }

    /// As [`UserMemory::delete_many`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::delete_many`].
    pub async fn delete_many(&self, node_ids: &[Uuid]) -> Result<usize, Error> {
        delete_many(self.client()?, self.user_id, node_ids).await
    }
}

async fn delete_many(client: &impl GenericClient, user_id: &str, node_ids: &[Uuid]) -> Result<usize, Error> {
    let statement = nodes::delete_many().prepare(client).await?;
    Ok(statement.bind(client, &user_id, &node_ids).all().await?.len())
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
    let (entity_systems, entity_ids): (Vec<Option<&str>>, Vec<Option<&str>>) = references
        .iter()
        .map(|reference| if let Reference::Entity { system, id } = reference { (Some(*system), Some(*id)) } else { (None, None) })
        .unzip();
    let statement = nodes::find_many().prepare(client).await?;
    let params = nodes::FindManyParams { user_id, node_ids, entity_systems, entity_ids };
    Ok(statement.params(client, &params).all().await?)
}
