//! Storing embeddings.

use codegen::{client::GenericClient, queries::semantic};
use uuid::Uuid;

use super::validate_embedding;
use crate::{Error, UserMemory, UserTransaction};

/// How many embeddings one statement writes: each of them is put into the index, which takes about a millisecond.
const BATCH: usize = 1_000;

impl UserMemory {
    /// Stores the embeddings of nodes, all of them or, on an error, none; replaces those that are there, and the last
    /// one of a node counts. They are scaled to the length 1. Returns how many were given.
    ///
    /// An embedding is that of the node's text at this moment: where content, summary or tags change later, it is
    /// deleted, and the node is [unembedded](Self::unembedded) again.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) while semantic search is not enabled;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when an embedding has not the model's dimension, is all zeros,
    /// or contains what is no number; [`NotFound`](crate::ErrorKind::NotFound) when the user has no such node.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, node_id: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// alice.embed(&[(node_id, vec![0.1, 0.7, 0.2])]).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id(), items = embeddings.len()))]
    pub async fn embed(&self, embeddings: &[(Uuid, Vec<f32>)]) -> Result<usize, Error> {
        validate(embeddings)?;
        let write = |client| async move { write(&client, self.user_id(), embeddings).await };
        self.write_many(embeddings.len().div_ceil(BATCH), write).await?;
        Ok(embeddings.len())
    }
}

impl<C: GenericClient> UserTransaction<'_, C> {
    /// As [`UserMemory::embed`].
    ///
    /// # Errors
    ///
    /// As [`UserMemory::embed`].
    pub async fn embed(&self, embeddings: &[(Uuid, Vec<f32>)]) -> Result<usize, Error> {
        validate(embeddings)?;
        write(self.client()?, self.user_id, embeddings).await?;
        Ok(embeddings.len())
    }
}

fn validate(embeddings: &[(Uuid, Vec<f32>)]) -> Result<(), Error> {
    let Some((_, first)) = embeddings.first() else { return Ok(()) };
    for (index, (_, embedding)) in embeddings.iter().enumerate() {
        let valid = validate_embedding(embedding).and_then(|()| {
            if embedding.len() == first.len() {
                return Ok(());
            }
            Err(Error::invalid("embedding", format!("has {} numbers, that of item 0 has {}", embedding.len(), first.len())))
        });
        valid.map_err(|error| if embeddings.len() == 1 { error } else { error.at_item(index) })?;
    }
    Ok(())
}

async fn write(client: &impl GenericClient, user_id: &str, embeddings: &[(Uuid, Vec<f32>)]) -> Result<(), Error> {
    let statement = semantic::embed_many().prepare(client).await?;
    for batch in embeddings.chunks(BATCH) {
        let node_ids: Vec<Uuid> = batch.iter().map(|(node_id, _)| *node_id).collect();
        let numbers: Vec<f32> = batch.iter().flat_map(|(_, embedding)| embedding).copied().collect();
        statement.bind(client, &user_id, &node_ids, &numbers).one().await?;
    }
    Ok(())
}
