//! Finding a user's nodes by what they say: `queries/search.sql`.

mod complete;
mod filter;
mod rank;
mod recall;
mod weights;

use std::future::IntoFuture;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Node, UserMemory, source::Source};
pub use complete::{Completion, CompletionKind};
pub use filter::Filter;
pub(crate) use rank::{Ranking, Request, sent};
pub use recall::{Recall, Recollection};
pub use weights::Weights;

impl UserMemory {
    /// The nodes that say what the query says, best first. Await it to get them.
    ///
    /// A node needs one of the words only; those that few nodes have count most. `"words in quotes"` must stand
    /// together, `-word` must not stand there, and whatever else the text holds is plain text. A word that no
    /// node has is taken for the beginning of one or for a misspelt one. At most 64 KiB long, of which the first 32 words count, and
    /// the quotes and hyphens of the first 8,192 characters.
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
        self.search_for(Request::Text(query.into()))
    }

    /// The nodes that say what one node says, without itself, best first. Await it to get them. A node that is
    /// not there is like no other.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, incident: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// let seen_before = alice.similar(incident).limit(5).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn similar(&self, node_id: Uuid) -> Search<'_> {
        self.search_for(Request::Node(node_id))
    }

    fn search_for(&self, request: Request) -> Search<'_> {
        Search::new(self, request)
    }
}

/// A node that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hit {
    /// How well it fits, the sum of the parts: comparable within one search only, higher is better.
    pub score: f64,
    /// What the score is made of.
    pub parts: Parts,
    /// Where the words stand, each `**marked**`, if snippets were asked for.
    pub snippet: Option<String>,
    /// The node.
    pub node: Node,
}

/// What a score is made of. All but `relevance` are 0 or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Parts {
    /// The words of the query that the node has, by how few have them: 1 for all of them in its name.
    pub lexical: f64,
    /// Words that begin or look like those of the query.
    pub fuzzy: f64,
    /// Words of the query that the node has not, but nodes near it.
    pub graph: f64,
    /// What means the same, if the request had an embedding.
    pub semantic: f64,
    /// For what is new, by the half-life of its context type.
    pub recency: f64,
    /// For a base relevance above 0.5 and for accesses; below 0 for a base relevance below 0.5.
    pub relevance: f64,
}

/// A search to come. Made by [`UserMemory::search`] and [`UserMemory::similar`], and by a session's `search`.
#[derive(Clone, Debug)]
#[must_use = "await it to get the hits"]
pub struct Search<'a> {
    source: &'a dyn Source,
    ranking: Ranking,
}

impl<'a> Search<'a> {
    pub(crate) fn new(source: &'a dyn Source, request: Request) -> Self {
        let ranking =
            Ranking { request, embedding: None, filter: Filter::default(), weights: Weights::search(), with_snippets: false, limit: 50 };
        Self { source, ranking }
    }

    /// Only nodes that pass; replaces an earlier filter.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.ranking.filter = filter;
        self
    }

    /// Ranks by these weights instead of [`Weights::search`].
    pub fn weights(mut self, weights: Weights) -> Self {
        self.ranking.weights = weights;
        self
    }

    /// Also by meaning: with the embedding of the query, made by the model of [`enable_semantic`](crate::Memory::enable_semantic).
    pub fn embedding(mut self, embedding: impl Into<Vec<f32>>) -> Self {
        self.ranking.embedding = Some(embedding.into());
        self
    }

    /// With the places where the words stand.
    pub fn snippets(mut self) -> Self {
        self.ranking.with_snippets = true;
        self
    }

    /// How many hits to return at most, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.ranking.limit = limit;
        self
    }
}

impl<'a> IntoFuture for Search<'a> {
    type Output = Result<Vec<Hit>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.source.rank(self.ranking)
    }
}
