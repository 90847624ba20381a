//! What is gathered, and how it is written: nodes and relationships, of one user or of several.

use std::{collections::VecDeque, hash::Hash};

use super::queue::{Call, Item, Queues};
use crate::{
    Error, NewNode, NewRelationship, Related, Stored,
    nodes::{self, store_across},
    relationships::{self, relate_across},
};

/// What one statement can write many of.
pub(crate) trait Coalesced: Sized + Send + Sync + 'static {
    /// What its caller is told.
    type Answer: Send;

    /// Where it waits.
    fn queue(queues: &mut Queues) -> &mut VecDeque<Item<Self>>;

    /// What no other item of the same user and statement may have.
    fn key(&self) -> Option<impl Hash>;

    /// Writes all of them or, on an error, none; `None` for what was left out.
    fn write(calls: &[Call<Self>]) -> impl Future<Output = Result<Vec<Option<Self::Answer>>, Error>> + Send;
}

impl Coalesced for NewNode {
    type Answer = Stored;

    fn queue(queues: &mut Queues) -> &mut VecDeque<Item<Self>> {
        &mut queues.nodes
    }

    fn key(&self) -> Option<impl Hash> {
        let entity = self.entity_key();
        (entity.is_some() || self.node_id.is_some()).then(|| (entity, self.node_id.filter(|_| entity.is_none())))
    }

    async fn write(calls: &[Call<Self>]) -> Result<Vec<Option<Stored>>, Error> {
        let memory = &calls[0].memory;
        let batch: Vec<&NewNode> = calls.iter().map(|call| &call.value).collect();
        let batch = &batch;
        let Some(users) = users(calls) else {
            let stored = memory.write(|client| async move { nodes::store_refs(&client, memory.user_id(), batch).await }).await?;
            return Ok(stored.into_iter().map(Some).collect());
        };
        let users = &users;
        memory.write(|client| async move { store_across(&client, users, batch).await }).await
    }
}

impl Coalesced for NewRelationship {
    type Answer = Related;

    fn queue(queues: &mut Queues) -> &mut VecDeque<Item<Self>> {
        &mut queues.relationships
    }

    fn key(&self) -> Option<impl Hash> {
        Some(relationships::key(self))
    }

    async fn write(calls: &[Call<Self>]) -> Result<Vec<Option<Related>>, Error> {
        let memory = &calls[0].memory;
        let batch: Vec<&NewRelationship> = calls.iter().map(|call| &call.value).collect();
        let batch = &batch;
        let Some(users) = users(calls) else {
            let related = memory.write(|client| async move { relationships::relate_refs(&client, memory.user_id(), batch).await }).await?;
            return Ok(related.into_iter().map(Some).collect());
        };
        let users = &users;
        memory.write(|client| async move { relate_across(&client, users, batch).await }).await
    }
}

/// Whose they are; `None` if all are the same user's.
fn users<T>(calls: &[Call<T>]) -> Option<Vec<&str>> {
    let users: Vec<&str> = calls.iter().map(|call| call.memory.user_id()).collect();
    users.iter().any(|user_id| *user_id != users[0]).then_some(users)
}
