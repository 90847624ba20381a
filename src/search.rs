//! Finding a user's nodes by words: `queries/search.sql`.

use std::future::IntoFuture;

use codegen::{client::Params, queries::search};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{
    ContextType, Error, Node, UserMemory,
    model::{node_from_row, validate_limit, validate_text},
};

impl UserMemory {
    /// The nodes that contain any word of `query`, and the entities whose name or id looks like one of them,
    /// best first. Await it to get them. Whatever the text is, it is only text: no operator in it means
    /// anything, and a text without words finds nothing. At most 64 KiB long.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// for hit in alice.search("acme renewal").limit(10).await? {
    ///     println!("{:.2} {}", hit.score, hit.node.summary());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn search(&self, query: impl Into<String>) -> Search<'_> {
        Search { memory: self, query: query.into(), context_types: Vec::new(), limit: 50 }
    }
}

/// A node that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hit {
    /// How well it fits: comparable within one search only, higher is better.
    pub score: f64,
    /// The node.
    pub node: Node,
}

/// A search to come. Made by [`UserMemory::search`].
#[derive(Clone, Debug)]
#[must_use = "await it to get the hits"]
pub struct Search<'a> {
    memory: &'a UserMemory,
    query: String,
    context_types: Vec<ContextType>,
    limit: usize,
}

impl Search<'_> {
    /// Only nodes of this context type; called again, of any of them.
    pub fn context_type(mut self, context_type: ContextType) -> Self {
        self.context_types.push(context_type);
        self
    }

    /// How many hits to return at most, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn hits(self) -> Result<Vec<Hit>, Error> {
        let limit = validate_limit(self.limit)?;
        validate_text("query", &self.query, 64 << 10)?;
        let types: Vec<&str> = self.context_types.iter().map(|context_type| context_type.as_str()).collect();
        let params = &search::SearchParams {
            user_id: self.memory.user_id(),
            query: self.query,
            context_types: (!types.is_empty()).then_some(types),
            limit,
        };
        let search = |client| async move {
            let query = search::search();
            let query = query.params(&client, params).map(|row| Ok::<_, Error>(Hit { score: row.score, node: node_from_row!(row)? }));
            query.all().await?.into_iter().collect()
        };
        self.memory.connections.read(search).await
    }
}

impl<'a> IntoFuture for Search<'a> {
    type Output = Result<Vec<Hit>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.hits())
    }
}
