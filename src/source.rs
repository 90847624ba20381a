//! Where a user's memory is read: in PostgreSQL, or in the file of a session. What is asked is the same.

use std::fmt;

use futures::future::BoxFuture;

use crate::{
    Error, Hit, Neighbor, Page, Relationship, UserMemory,
    relationships::{RelationshipsAt, Walk},
    search::Ranking,
};

/// Answers what the builders of reads ask.
pub(crate) trait Source: fmt::Debug + Send + Sync {
    fn rank(&self, ranking: Ranking) -> BoxFuture<'_, Result<Vec<Hit>, Error>>;
    fn list_relationships(&self, wanted: RelationshipsAt) -> BoxFuture<'_, Result<Page<Relationship>, Error>>;
    fn neighbors(&self, walk: Walk) -> BoxFuture<'_, Result<Vec<Neighbor>, Error>>;
}

impl Source for UserMemory {
    fn rank(&self, ranking: Ranking) -> BoxFuture<'_, Result<Vec<Hit>, Error>> {
        Box::pin(async move { self.rank(&ranking).await })
    }

    fn list_relationships(&self, wanted: RelationshipsAt) -> BoxFuture<'_, Result<Page<Relationship>, Error>> {
        Box::pin(self.list_relationships(wanted))
    }

    fn neighbors(&self, walk: Walk) -> BoxFuture<'_, Result<Vec<Neighbor>, Error>> {
        Box::pin(self.walk(walk))
    }
}
