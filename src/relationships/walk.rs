//! Walks along a user's relationships: neighbors and paths.

use std::future::IntoFuture;

use codegen::{client::Params, queries::relationships};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Direction, Error, RelationshipType, UserMemory, model::validate_limit};

/// How many of a node's newest relationships are followed, each way: a hub is not walked whole.
const FAN_OUT: i64 = 1_000;
/// How many pairs of node and distance a walk visits at most.
const VISITS: i64 = 10_000;
/// How many steps a walk may take.
const DEPTHS: std::ops::RangeInclusive<i32> = 1..=10;

impl UserMemory {
    /// The nodes that can be reached from a node, nearest first. Await it to get them.
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
        Neighbors { memory: self, node_id, walk: Walk { depth: 1, ..Walk::default() }, limit: 50 }
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
        Path { memory: self, from, to, walk: Walk { depth: 5, ..Walk::default() } }
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

/// Which relationships a walk follows, and how far.
#[derive(Clone, Debug, Default)]
struct Walk {
    depth: i32,
    direction: Direction,
    relationship_types: Vec<RelationshipType>,
}

impl Walk {
    fn validate(&self) -> Result<(), Error> {
        if DEPTHS.contains(&self.depth) {
            return Ok(());
        }
        Err(Error::invalid("depth", format!("must be between {} and {}, not {}", DEPTHS.start(), DEPTHS.end(), self.depth)))
    }

    fn outgoing(&self) -> bool {
        self.direction != Direction::Incoming
    }

    fn incoming(&self) -> bool {
        self.direction != Direction::Outgoing
    }

    fn types(&self) -> Option<Vec<&'static str>> {
        let types = self.relationship_types.iter().map(|relationship_type| relationship_type.as_str());
        (!self.relationship_types.is_empty()).then(|| types.collect())
    }
}

/// Neighbors to come. Made by [`UserMemory::neighbors`].
#[derive(Clone, Debug)]
#[must_use = "await it to get them"]
pub struct Neighbors<'a> {
    memory: &'a UserMemory,
    node_id: Uuid,
    walk: Walk,
    limit: usize,
}

impl Neighbors<'_> {
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
        self.limit = limit;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn reached(self) -> Result<Vec<Neighbor>, Error> {
        self.walk.validate()?;
        let params = &relationships::NeighborsParams {
            node_id: self.node_id,
            user_id: self.memory.user_id(),
            outgoing: self.walk.outgoing(),
            relationship_types: self.walk.types(),
            fan_out: FAN_OUT,
            incoming: self.walk.incoming(),
            depth: self.walk.depth,
            visits: VISITS,
            limit: validate_limit(self.limit)?,
        };
        let neighbors = |client| async move { Ok(relationships::neighbors().params(&client, params).all().await?) };
        let rows = self.memory.read(neighbors).await?;
        Ok(rows.into_iter().map(|row| Neighbor { node_id: row.node_id, depth: row.depth }).collect())
    }
}

impl<'a> IntoFuture for Neighbors<'a> {
    type Output = Result<Vec<Neighbor>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.reached())
    }
}

/// A path to come. Made by [`UserMemory::path`].
#[derive(Clone, Debug)]
#[must_use = "await it to get it"]
pub struct Path<'a> {
    memory: &'a UserMemory,
    from: Uuid,
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
            from_node_id: self.from,
            user_id: self.memory.user_id(),
            outgoing: self.walk.outgoing(),
            relationship_types: self.walk.types(),
            fan_out: FAN_OUT,
            incoming: self.walk.incoming(),
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
