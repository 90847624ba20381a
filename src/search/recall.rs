//! What an agent should know before it answers.

use std::{
    collections::HashMap,
    fmt::{self, Write},
    future::IntoFuture,
};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Filter, Hit, Weights,
    rank::{Ranking, Request},
};
use crate::{Error, Node, Relationship, UserMemory};

/// How many relationships among the hits are returned at most.
const MOST_RELATIONSHIPS: usize = 1_000;

impl UserMemory {
    /// What the user's memory holds on a question: the nodes that say what it says, themselves or with their
    /// neighbours, the recent and relevant before the rest, and the relationships among them. Await it to get
    /// them. The question is read as by [`search`](Self::search).
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// let known = alice.recall("why did the checkout fail last week?").tokens(2_000).touch().await?;
    /// println!("{known}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn recall(&self, question: impl Into<String>) -> Recall<'_> {
        Recall {
            memory: self,
            ranking: Ranking {
                request: Request::Text(question.into()),
                embedding: None,
                filter: Filter::default(),
                weights: Weights::recall(),
                with_snippets: false,
                limit: 20,
            },
            tokens: usize::MAX,
            touches: false,
        }
    }
}

/// A recall to come. Made by [`UserMemory::recall`].
#[derive(Clone, Debug)]
#[must_use = "await it to get what is known"]
pub struct Recall<'a> {
    memory: &'a UserMemory,
    ranking: Ranking,
    tokens: usize,
    touches: bool,
}

/// What is known, ready to be read: its [`Display`](fmt::Display) is Markdown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recollection {
    /// The nodes, best first.
    pub hits: Vec<Hit>,
    /// The relationships among them, newest first; 1,000 at most.
    pub relationships: Vec<Relationship>,
    /// About how many tokens the text of the nodes has: a quarter of its bytes.
    pub tokens: usize,
}

impl Recall<'_> {
    /// Only nodes that pass; replaces an earlier filter. What leads to them need not.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.ranking.filter = filter;
        self
    }

    /// Ranks by these weights instead of [`Weights::recall`].
    pub fn weights(mut self, weights: Weights) -> Self {
        self.ranking.weights = weights;
        self
    }

    /// Also by meaning: with the embedding of the question, made by the model of [`enable_semantic`](crate::Memory::enable_semantic).
    pub fn embedding(mut self, embedding: impl Into<Vec<f32>>) -> Self {
        self.ranking.embedding = Some(embedding.into());
        self
    }

    /// How many nodes to return at most, 1 to 1,000; 20 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.ranking.limit = limit;
        self
    }

    /// How many tokens the text of the nodes may have at most, as [`Recollection::tokens`] estimates them: the best
    /// that fit are returned.
    pub fn tokens(mut self, tokens: usize) -> Self {
        self.tokens = tokens;
        self
    }

    /// Counts an access of each node that is returned.
    pub fn touch(mut self) -> Self {
        self.touches = true;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn run(self) -> Result<Recollection, Error> {
        let mut hits = self.memory.rank(&self.ranking).await?;
        let mut tokens = 0;
        hits.retain(|hit| {
            let more = line(&hit.node).len().div_ceil(4);
            let fits = more <= self.tokens - tokens;
            tokens += if fits { more } else { 0 };
            fits
        });
        let node_ids: Vec<Uuid> = hits.iter().map(|hit| hit.node.node_id).collect();
        let relationships = match node_ids.len() {
            0 | 1 => Vec::new(),
            _ => self.memory.relationships_among(&node_ids, MOST_RELATIONSHIPS).await?,
        };
        if self.touches && !node_ids.is_empty() {
            self.memory.touch(&node_ids).await?;
        }
        Ok(Recollection { hits, relationships, tokens })
    }
}

impl<'a> IntoFuture for Recall<'a> {
    type Output = Result<Recollection, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Display for Recollection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for hit in &self.hits {
            f.write_str(&line(&hit.node))?;
        }
        if self.relationships.is_empty() {
            return Ok(());
        }
        let names: HashMap<Uuid, String> = self.hits.iter().map(|hit| (hit.node.node_id, name(&hit.node))).collect();
        f.write_str("\nRelationships:\n\n")?;
        for relationship in &self.relationships {
            let [from, to] = [relationship.from_node_id, relationship.to_node_id].map(|end| names.get(&end).map_or("?", String::as_str));
            writeln!(f, "- {from} **{}** {to}", relationship.relationship_type)?;
        }
        Ok(())
    }
}

/// One item of a Markdown list: what it says, what it is, from when, and what else its content holds.
fn line(node: &Node) -> String {
    let mut line = format!("- {} ({}, {}", one_line(&node.summary()), node.context_type, node.created_at.format("%Y-%m-%d"));
    if let (Some(system), Some(id)) = (&node.entity_system, &node.entity_id) {
        let _ = write!(line, ", {} {}", one_line(system), one_line(id));
    }
    line.push_str(")\n");
    let is_entity = node.entity_id.is_some();
    let data = if is_entity { node.content.get("entity_data") } else { Some(&node.content) };
    for (key, value) in data.and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), one_line);
        if value != node.summary() {
            let _ = writeln!(line, "  - {}: {value}", one_line(key));
        }
    }
    line
}

fn name(node: &Node) -> String {
    one_line(&node.summary())
}

/// Line breaks would end the item.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
