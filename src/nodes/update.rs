//! Changing single fields of a node.

use std::future::IntoFuture;

use chrono::{DateTime, Utc};
use codegen::{client::Params, queries::nodes};
use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Error, UserMemory,
    model::{validate_object, validate_share, validate_summary, validate_tags, validate_time},
};

/// A change to come. Made by [`UserMemory::update`].
#[derive(Clone, Debug)]
#[must_use = "await it to make the change"]
pub struct Update<'a> {
    pub(super) memory: &'a UserMemory,
    pub(super) node_id: Uuid,
    pub(super) summary: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) base_relevance: Option<f32>,
    pub(super) metadata: Option<Value>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) sets_expires_at: bool,
}

impl Update<'_> {
    /// Replaces the summary.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = Some(summary.into());
        self
    }

    /// Replaces the tags.
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Replaces the base relevance, between 0 and 1.
    pub fn relevance(mut self, relevance: f32) -> Self {
        self.base_relevance = Some(relevance);
        self
    }

    /// Replaces the metadata, a JSON object.
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Replaces when the node expires.
    pub fn expires_at(mut self, expires_at: DateTime<Utc>) -> Self {
        self.expires_at = Some(expires_at);
        self.sets_expires_at = true;
        self
    }

    /// Lets the node never expire.
    pub fn never_expires(mut self) -> Self {
        self.expires_at = None;
        self.sets_expires_at = true;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn run(self) -> Result<bool, Error> {
        self.summary.as_deref().map_or(Ok(()), validate_summary)?;
        self.tags.as_deref().map_or(Ok(()), validate_tags)?;
        self.base_relevance.map_or(Ok(()), |relevance| validate_share("base_relevance", relevance))?;
        self.metadata.as_ref().map_or(Ok(()), |metadata| validate_object("metadata", metadata))?;
        self.expires_at.map_or(Ok(()), |time| validate_time("expires_at", time))?;
        let params = &nodes::UpdateParams {
            user_id: self.memory.user_id(),
            summary: self.summary,
            tags: self.tags,
            base_relevance: self.base_relevance,
            metadata: self.metadata,
            sets_expires_at: self.sets_expires_at,
            expires_at: self.expires_at,
            now: Utc::now(),
            node_id: self.node_id,
        };
        let update = |client| async move { Ok(nodes::update().params(&client, params).opt().await?.is_some()) };
        self.memory.write(update).await
    }
}

impl<'a> IntoFuture for Update<'a> {
    type Output = Result<bool, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
