use std::future::IntoFuture;

use codegen::{client::Params, queries::semantic};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{limit_of, validate_embedding};
use crate::{Error, Node, UserMemory, model::node_from_row};

/// A node whose embedding is near.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Similar {
    /// The cosine of the angle between the embeddings: 1 for the same direction, 0 for nothing in common, -1 for the
    /// opposite.
    pub similarity: f64,
    /// The node.
    pub node: Node,
}

/// A search by meaning to come. Made by [`UserMemory::nearest`].
#[derive(Clone, Debug)]
#[must_use = "await it to get the nodes"]
pub struct Nearest<'a> {
    pub(super) memory: &'a UserMemory,
    pub(super) embedding: Vec<f32>,
    pub(super) limit: usize,
}

impl Nearest<'_> {
    /// How many nodes to return at most, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn nodes(self) -> Result<Vec<Similar>, Error> {
        let limit = limit_of(self.limit)?;
        validate_embedding(&self.embedding)?;
        let params = &semantic::NearestParams { user_id: self.memory.user_id(), embedding: self.embedding, limit };
        let search = |client| async move {
            let query = semantic::nearest();
            let query =
                query.params(&client, params).map(|row| Ok::<_, Error>(Similar { similarity: row.similarity, node: node_from_row!(row)? }));
            query.all().await?.into_iter().collect()
        };
        self.memory.read(search).await
    }
}

impl<'a> IntoFuture for Nearest<'a> {
    type Output = Result<Vec<Similar>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.nodes())
    }
}
