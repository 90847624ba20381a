//! Finding a user's nodes by meaning, where the database has pgvector: `queries/semantic.sql` and `schema/semantic/`.

mod embed;
mod nearest;
mod unembedded;

use std::time::Duration;

use codegen::queries::{adopt, import, semantic};
use deadpool_postgres::{Client, Transaction};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Memory, UserMemory,
    model::{validate_key, validate_limit},
};
pub use nearest::{Nearest, Similar};
pub use unembedded::Unembedded;

const ENABLE: &str = include_str!("../schema/semantic/enable.sql");
const DISABLE: &str = include_str!("../schema/semantic/disable.sql");
/// The functions that say that it is not enabled.
const DISABLED: &str = include_str!("../schema/V0006__semantic.sql");

/// More numbers than that no index of pgvector takes.
const MAX_DIMENSION: usize = 2_000;
const MAX_MODEL_BYTES: usize = 256;

/// How often an instance looks whether the one that changes the schema has finished.
const PAUSE: Duration = Duration::from_millis(100);

/// What computes the embeddings of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SemanticModel {
    /// Its name, as it was given.
    pub model: String,
    /// How many numbers an embedding has.
    pub dimension: usize,
}

/// How many nodes can be found by meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coverage {
    /// How many nodes there are.
    pub nodes: i64,
    /// How many of them have an embedding.
    pub embedded: i64,
}

impl Memory {
    /// Enables semantic search with the embeddings of one model: creates the extension `vector` if it is not there,
    /// the table `memory.embeddings` and its index. A database that has it enabled with this model stays as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when `model` is empty or longer than 256 bytes, or `dimension` is not
    /// between 1 and 2,000; [`NotEnabled`](crate::ErrorKind::NotEnabled) when the server has no pgvector, or one older than
    /// 0.7: the message says what to install; [`Conflict`](crate::ErrorKind::Conflict) when it is enabled with another model
    /// or dimension; [`Denied`](crate::ErrorKind::Denied) when the role does not own the schema, or may not create the
    /// extension, which takes a superuser.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// memory.enable_semantic("text-embedding-3-small", 1536).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(model, dimension))]
    pub async fn enable_semantic(&self, model: &str, dimension: usize) -> Result<(), Error> {
        validate_key("model", model, MAX_MODEL_BYTES)?;
        if !(1..=MAX_DIMENSION).contains(&dimension) {
            return Err(Error::invalid("dimension", format!("must be between 1 and {MAX_DIMENSION}, not {dimension}")));
        }
        let wanted = SemanticModel { model: model.to_owned(), dimension };
        // Whoever may only use it finds it enabled.
        if self.semantic_model().await?.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let (wanted, dimension) = (&wanted, i32::try_from(dimension).unwrap_or(i32::MAX));
        let enable = |mut client: Client| async move {
            let transaction = change_schema(&mut client).await?;
            if get_model(&transaction).await?.as_ref() != Some(wanted) {
                semantic::set_parameters().bind(&transaction, &wanted.model, &dimension).one().await?;
                transaction.batch_execute(ENABLE).await?;
            }
            Ok(transaction.commit().await?)
        };
        self.connections.write_many(usize::MAX, enable).await
    }

    /// Disables semantic search and deletes all embeddings, for ever; the extension stays. A database that has it
    /// not enabled stays as it is.
    ///
    /// # Errors
    ///
    /// [`Denied`](crate::ErrorKind::Denied) when the role does not own the schema; else as every call to the database.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// memory.disable_semantic().await?;
    /// memory.enable_semantic("text-embedding-3-large", 1024).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn disable_semantic(&self) -> Result<(), Error> {
        let disable = |mut client: Client| async move {
            let transaction = change_schema(&mut client).await?;
            if get_model(&transaction).await?.is_some() {
                transaction.batch_execute(DISABLE).await?;
                transaction.batch_execute(DISABLED).await?;
            }
            Ok(transaction.commit().await?)
        };
        self.connections.write_many(usize::MAX, disable).await
    }

    /// The model whose embeddings the database holds; `None` while semantic search is not enabled.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// let can_search_by_meaning = memory.semantic_model().await?.is_some();
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn semantic_model(&self) -> Result<Option<SemanticModel>, Error> {
        self.connections.read(|client| async move { get_model(&client).await }).await
    }

    /// How many nodes of all users have an embedding; reads an entry of an index for each.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) while semantic search is not enabled; else as every call to the database.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn embedding_coverage(&self) -> Result<Coverage, Error> {
        self.connections.read(|client| async move { get_coverage(&client, None).await }).await
    }
}

impl UserMemory {
    /// The user's nodes whose embeddings are nearest to one, of a question for example, best first. Await it to get
    /// them.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, question: Vec<f32>) -> Result<(), pgmemory::Error> {
    /// for found in alice.nearest(question).limit(10).await? {
    ///     println!("{:.2} {}", found.similarity, found.node.summary());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn nearest(&self, embedding: impl Into<Vec<f32>>) -> Nearest<'_> {
        Nearest { memory: self, embedding: embedding.into(), limit: 50 }
    }

    /// The ids of the user's nodes that have no embedding: new ones, and those whose content, summary or tags have
    /// changed since they had one. Await it to get them.
    ///
    /// ```no_run
    /// # async fn embedding_of(node: &pgmemory::Node) -> Vec<f32> { vec![1.0; node.content.to_string().len()] }
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// loop {
    ///     let nodes = alice.get_many(&alice.unembedded().limit(100).await?).await?;
    ///     if nodes.is_empty() {
    ///         break;
    ///     }
    ///     let mut embeddings = Vec::new();
    ///     for node in &nodes {
    ///         embeddings.push((node.node_id, embedding_of(node).await));
    ///     }
    ///     alice.embed(&embeddings).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn unembedded(&self) -> Unembedded<'_> {
        Unembedded { memory: self, limit: 50 }
    }

    /// How many of the user's nodes have an embedding.
    ///
    /// # Errors
    ///
    /// As [`Memory::embedding_coverage`].
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn embedding_coverage(&self) -> Result<Coverage, Error> {
        self.read(|client| async move { get_coverage(&client, Some(self.user_id())).await }).await
    }
}

/// Begins a transaction that may take as long as it needs, once nobody else changes the schema.
async fn change_schema(client: &mut Client) -> Result<Transaction<'_>, Error> {
    let transaction = client.transaction().await?;
    import::lift_timeout().bind(&transaction).one().await?;
    while !adopt::try_lock().bind(&transaction).one().await? {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(transaction)
}

async fn get_model(client: &impl codegen::client::GenericClient) -> Result<Option<SemanticModel>, Error> {
    let model = semantic::get_model().bind(client).opt().await?;
    Ok(model.map(|found| SemanticModel { model: found.model, dimension: usize::try_from(found.dimension).unwrap_or(0) }))
}

async fn get_coverage(client: &impl codegen::client::GenericClient, user_id: Option<&str>) -> Result<Coverage, Error> {
    let coverage = semantic::get_coverage().bind(client, &user_id).one().await?;
    Ok(Coverage { nodes: coverage.nodes, embedded: coverage.embedded })
}

/// As [`validate_limit`], for functions that take an integer.
fn limit_of(limit: usize) -> Result<i32, Error> {
    Ok(i32::try_from(validate_limit(limit)?).unwrap_or(i32::MAX))
}

/// Refuses what is no direction: no numbers, one that is not finite, all zeros.
pub(crate) fn validate_embedding(embedding: &[f32]) -> Result<(), Error> {
    if embedding.is_empty() || embedding.len() > MAX_DIMENSION {
        return Err(Error::invalid("embedding", format!("must have 1 to {MAX_DIMENSION} numbers, not {}", embedding.len())));
    }
    if let Some(number) = embedding.iter().find(|number| !number.is_finite()) {
        return Err(Error::invalid("embedding", format!("must not contain {number}")));
    }
    if embedding.iter().all(|number| *number == 0.0) {
        return Err(Error::invalid("embedding", "is all zeros, which is near to nothing"));
    }
    Ok(())
}
