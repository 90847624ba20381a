//! The one statement behind searches and recalls.

use std::collections::HashMap;

use codegen::{client::Params, queries::search};
use postgres_types::Json;
use serde_json::{Value, json};
use strum::IntoEnumIterator;
use uuid::Uuid;

use super::{Filter, Hit, Parts, Weights};
use crate::{
    ContextType, Error, Node, UserMemory,
    model::{node_from_row, validate_limit, validate_text},
    semantic::validate_embedding,
};

/// How many of the best spread what they say to their neighbours: of 50 to 400, all found the same.
const STARTS: i64 = 50;
/// How many relationships of a node are followed each way, newest first.
const FAN_OUT: i64 = 64;

/// A longer query is a mistake.
const MAX_QUERY_BYTES: usize = 64 << 10;

/// What to look for.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Text(String),
    Node(Uuid),
}

#[derive(Clone, Debug)]
pub(crate) struct Ranking {
    pub(crate) request: Request,
    pub(crate) embedding: Option<Vec<f32>>,
    pub(crate) filter: Filter,
    pub(crate) weights: Weights,
    pub(crate) with_snippets: bool,
    pub(crate) limit: usize,
}

impl Ranking {
    /// Checks all of it; returns the limit.
    pub(crate) fn validate(&self) -> Result<i64, Error> {
        let limit = validate_limit(self.limit)?;
        self.filter.validate()?;
        self.weights.validate()?;
        self.embedding.as_deref().map_or(Ok(()), validate_embedding)?;
        if let Request::Text(query) = &self.request {
            validate_text("query", query, MAX_QUERY_BYTES)?;
        }
        Ok(limit)
    }
}

/// After how many days the part for recency is half of what it was.
fn half_life(context_type: ContextType) -> f64 {
    match context_type {
        ContextType::TemporaryState => 1.0,
        ContextType::SearchResult => 7.0,
        ContextType::ToolOutput => 14.0,
        ContextType::UserSelection => 30.0,
        ContextType::CompletedAction => 60.0,
        ContextType::ConversationFact => 180.0,
        ContextType::DomainEntity => 365.0,
    }
}

fn half_lives() -> Value {
    let half_lives = ContextType::iter().map(|context_type| (context_type.to_string(), json!(half_life(context_type))));
    Value::Object(half_lives.collect())
}

/// What a recall sends beside what its caller says, by the name of the parameter, as the server writes it.
pub(crate) fn sent() -> Vec<(&'static str, String)> {
    let Weights {
        fields: [name, summary, tags, content],
        fuzzy,
        feedback,
        semantic,
        hops,
        forward,
        backward,
        recency,
        relevance,
        accesses,
        candidates,
    } = Weights::recall();
    vec![
        ("weights", format!("{{{content},{tags},{summary},{name}}}")),
        ("fuzzy", fuzzy.to_string()),
        ("feedback", feedback.to_string()),
        ("semantic", semantic.to_string()),
        ("hops", hops.to_string()),
        ("forward", forward.to_string()),
        ("backward", backward.to_string()),
        ("recency", recency.to_string()),
        ("relevance", relevance.to_string()),
        ("accesses", accesses.to_string()),
        ("candidates", candidates.to_string()),
        ("half_lives", half_lives().to_string()),
        ("starts", STARTS.to_string()),
        ("fan_out", FAN_OUT.to_string()),
    ]
}

impl UserMemory {
    /// Isolated, the nodes are ranked as the service and then read as the tenant: the policy keeps text indexes from
    /// being used, without which ranking takes a tenth of a millisecond for each node that the user has.
    pub(crate) async fn rank(&self, ranking: &Ranking) -> Result<Vec<Hit>, Error> {
        let hits = self.plain().rank_all(ranking).await?;
        if !self.is_isolated() {
            return Ok(hits);
        }
        let node_ids: Vec<Uuid> = hits.iter().map(|hit| hit.node.node_id).collect();
        let nodes = self.get_many(&node_ids).await?;
        let mut nodes: HashMap<Uuid, Node> = nodes.into_iter().map(|node| (node.node_id, node)).collect();
        Ok(hits.into_iter().filter_map(|hit| Some(Hit { node: nodes.remove(&hit.node.node_id)?, ..hit })).collect())
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    async fn rank_all(&self, ranking: &Ranking) -> Result<Vec<Hit>, Error> {
        let Ranking { request, embedding, filter, weights, with_snippets, .. } = ranking;
        let limit = ranking.validate()?;
        let (query, alike) = match request {
            Request::Text(query) => (Some(query.as_str()), None),
            Request::Node(node_id) => (None, Some(*node_id)),
        };
        let context_types: Vec<&str> = filter.context_types.iter().map(|context_type| context_type.as_str()).collect();
        let conditions = || filter.conditions.iter();
        let [name, summary, tags, content] = weights.fields;
        let half_lives = half_lives();
        let params = &search::RankParams {
            user_id: self.user_id(),
            query,
            alike,
            embedding: embedding.as_deref(),
            semantic: weights.semantic,
            candidates: i64::try_from(weights.candidates).expect("it is in range"),
            hops: weights.hops,
            context_types: (!context_types.is_empty()).then_some(context_types),
            any_tags: (!filter.any_tags.is_empty()).then_some(filter.any_tags.as_slice()),
            all_tags: (!filter.all_tags.is_empty()).then_some(filter.all_tags.as_slice()),
            entity_type: filter.entity_type.as_deref(),
            entity_system: filter.entity_system.as_deref(),
            since: filter.since,
            before: filter.before,
            containing: filter.containing.as_ref(),
            paths: conditions().map(|condition| Json(condition.path.as_slice())).collect::<Vec<_>>(),
            operators: conditions().map(|condition| condition.comparison.into()).collect::<Vec<&str>>(),
            operands: conditions().map(|condition| &condition.operand).collect::<Vec<_>>(),
            weights: &[content, tags, summary, name][..],
            limit,
            feedback: weights.feedback,
            starts: STARTS,
            forward: weights.forward,
            fan_out: FAN_OUT,
            backward: weights.backward,
            fuzzy: weights.fuzzy,
            recency: weights.recency,
            half_lives: &half_lives,
            relevance: weights.relevance,
            accesses: weights.accesses,
            with_snippet: *with_snippets,
        };
        let rank = |client| async move {
            let rank = search::rank();
            let hits = rank.params(&client, params).map(|row| {
                Ok::<_, Error>(Hit {
                    score: row.score,
                    parts: Parts {
                        lexical: row.lexical,
                        fuzzy: row.fuzzy,
                        graph: row.graph,
                        semantic: row.semantic,
                        recency: row.recency,
                        relevance: row.relevance,
                    },
                    snippet: row.snippet.map(Into::into),
                    node: node_from_row!(row)?,
                })
            });
            hits.all().await?.into_iter().collect()
        };
        self.read(rank).await
    }
}
