//! Walks along a user's relationships: neighbors and paths.

use std::future::IntoFuture;

use codegen::{client::Params, queries::relationships};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::names;
use crate::{Direction, Error, RelationshipType, UserMemory, model::validate_limit, source::Source};

/// How many of a node's newest relationships are followed, each way: a hub is not walked whole.
const FAN_OUT: i64 = 1_000;
/// How many pairs of node and distance a walk visits at most.
pub(crate) const VISITS: i64 = 10_000;
/// How many steps a walk may take.
const DEPTHS: std::ops::RangeInclusive<i32> = 1..=10;

impl UserMemory {
    /// The nodes that can be reached from a node, nearest first, and of equally near ones those first that the
    /// newest relationships lead to. Await it to get them.
    ///
    /// A walk follows at most the 1,000 newest relationships of each node and visits at most 10,000 places;
    /// what lies beyond is not found.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, account: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// for neighbor in alice.neighbors(account).depth(2).limit(20).await? {
    ///     println!("{} is {} away", neighbor.node_id, neighbor.depth);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn neighbors(&self, node_id: Uuid) -> Neighbors<'_> {
        Neighbors::new(self, node_id)
    }

    /// A shortest path between two nodes, its ends included; empty where there is none, within the same
    /// bounds as [`neighbors`](Self::neighbors). Await it to get it.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory, incident: uuid::Uuid, account: uuid::Uuid) -> Result<(), pgmemory::Error> {
    /// let steps = alice.path(incident, account).depth(6).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(&self, from: Uuid, to: Uuid) -> Path<'_> {
        Path { memory: self, to, walk: Walk { depth: 5, ..Walk::from(from) } }
    }

    pub(crate) async fn walk(&self, walk: Walk) -> Result<Vec<Neighbor>, Error> {
        let params = &relationships::NeighborsParams {
            node_id: walk.node_id,
            user_id: self.user_id(),
            outgoing: walk.direction.outgoing(),
            relationship_types: names(&walk.relationship_types),
            fan_out: FAN_OUT,
            incoming: walk.direction.incoming(),
            depth: walk.depth,
            visits: VISITS,
            limit: walk.validate()?,
        };
        let neighbors = |client| async move { Ok(relationships::neighbors().params(&client, params).all().await?) };
        let rows = self.read(neighbors).await?;
        Ok(rows.into_iter().map(|row| Neighbor { node_id: row.node_id, depth: row.depth }).collect())
    }
}

/// A node that a walk reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Neighbor {
    /// The node.
    pub node_id: Uuid,
    /// How many relationships it is away.
    pub depth: i32,
}

/// What every walk sends beside what its caller says, by the name of the parameter.
pub(crate) fn sent() -> [(&'static str, String); 2] {
    [("fan_out", FAN_OUT.to_string()), ("visits", VISITS.to_string())]
}

/// A node on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// The node.
    pub node_id: Uuid,
    /// The relationship that leads to it from the one before; `None` for the first.
    pub relationship_id: Option<Uuid>,
}

/// A walk: from where, along which relationships, how far.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(crate) node_id: Uuid,
    pub(crate) depth: i32,
    pub(crate) direction: Direction,
    pub(crate) relationship_types: Vec<RelationshipType>,
    pub(crate) limit: usize,
}

impl Walk {
    fn from(node_id: Uuid) -> Self {
        Self { node_id, depth: 1, direction: Direction::Both, relationship_types: Vec::new(), limit: 50 }
    }

    /// Checks all of it; returns the limit.
    pub(crate) fn validate(&self) -> Result<i64, Error> {
        if !DEPTHS.contains(&self.depth) {
            return Err(Error::invalid("depth", format!("must be between {} and {}, not {}", DEPTHS.start(), DEPTHS.end(), self.depth)));
        }
        validate_limit(self.limit)
    }
}

/// Neighbors to come. Made by [`UserMemory::neighbors`], and by a session's `neighbors`.
#[derive(Clone, Debug)]
#[must_use = "await it to get them"]
pub struct Neighbors<'a> {
    source: &'a dyn Source,
    walk: Walk,
}

impl<'a> Neighbors<'a> {
    pub(crate) fn new(source: &'a dyn Source, node_id: Uuid) -> Self {
        Self { source, walk: Walk::from(node_id) }
    }

    /// How many steps to take, 1 to 10; 1 unless set.
    pub fn depth(mut self, depth: i32) -> Self {
        self.walk.depth = depth;
        self
    }

    /// Only along the relationships, or only against them.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.walk.direction = direction;
        self
    }

    /// Only along relationships of this type; called again, of any of them.
    pub fn of_type(mut self, relationship_type: RelationshipType) -> Self {
        self.walk.relationship_types.push(relationship_type);
        self
    }

    /// How many nodes to return at most, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.walk.limit = limit;
        self
    }
}

impl<'a> IntoFuture for Neighbors<'a> {
    type Output = Result<Vec<Neighbor>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.source.neighbors(self.walk)
    }
}

/// A path to come. Made by [`UserMemory::path`].
#[derive(Clone, Debug)]
#[must_use = "await it to get it"]
pub struct Path<'a> {
    memory: &'a UserMemory,
    to: Uuid,
    walk: Walk,
}

impl Path<'_> {
    /// How many steps the path may have, 1 to 10; 5 unless set.
    pub fn depth(mut self, depth: i32) -> Self {
        self.walk.depth = depth;
        self
    }

    /// Only along the relationships, or only against them.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.walk.direction = direction;
        self
    }

    /// Only along relationships of this type; called again, of any of them.
    pub fn of_type(mut self, relationship_type: RelationshipType) -> Self {
        self.walk.relationship_types.push(relationship_type);
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn steps(self) -> Result<Vec<Step>, Error> {
        self.walk.validate()?;
        let params = &relationships::PathParams {
            from_node_id: self.walk.node_id,
            user_id: self.memory.user_id(),
            outgoing: self.walk.direction.outgoing(),
            relationship_types: names(&self.walk.relationship_types),
            fan_out: FAN_OUT,
            incoming: self.walk.direction.incoming(),
            depth: self.walk.depth,
            visits: VISITS,
            to_node_id: self.to,
        };
        let path = |client| async move { Ok(relationships::path().params(&client, params).all().await?) };
        let rows = self.memory.read(path).await?;
        Ok(rows.into_iter().rev().map(|row| Step { node_id: row.node_id, relationship_id: row.relationship_id }).collect())
    }
}

impl<'a> IntoFuture for Path<'a> {
    type Output = Result<Vec<Step>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.steps())
    }
}
