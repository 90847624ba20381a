//! A page of a user's nodes.

use std::future::IntoFuture;

use chrono::{DateTime, Utc};
use codegen::{client::Params, queries::nodes};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::{
    ContextType, Cursor, Error, Node, Page, UserMemory,
    model::{EARLIEST, LATEST, node_from_row, validate_limit},
};

/// A list of nodes to come. Made by [`UserMemory::list`].
#[derive(Clone, Debug)]
#[must_use = "await it to get a page"]
pub struct List<'a> {
    pub(super) memory: &'a UserMemory,
    pub(super) context_types: Vec<ContextType>,
    pub(super) tags: Vec<String>,
    pub(super) entity_type: Option<String>,
    pub(super) since: DateTime<Utc>,
    pub(super) before: Cursor,
    pub(super) limit: usize,
}

impl List<'_> {
    /// Only nodes of this context type; called again, of any of them.
    pub fn context_type(mut self, context_type: ContextType) -> Self {
        self.context_types.push(context_type);
        self
    }

    /// Only nodes with this tag; called again, with all of them.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Only entities that their system calls so.
    pub fn entity_type(mut self, entity_type: impl Into<String>) -> Self {
        self.entity_type = Some(entity_type.into());
        self
    }

    /// Only nodes created at this time or later.
    pub fn since(mut self, time: DateTime<Utc>) -> Self {
        self.since = time.max(EARLIEST);
        self
    }

    /// Only nodes created before this time. The place of a page ([`after`](Self::after)) replaces it.
    pub fn before(mut self, time: DateTime<Utc>) -> Self {
        self.before = Cursor::after(time.clamp(EARLIEST, LATEST), Uuid::nil());
        self
    }

    /// The page that begins here: [`Page::next`] of the one before it, under the same filters.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.before = cursor;
        self
    }

    /// How many nodes a page has, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn page(self) -> Result<Page<Node>, Error> {
        let limit = validate_limit(self.limit)?;
        let context_types: Vec<&str> = self.context_types.iter().map(|context_type| context_type.as_str()).collect();
        let params = &nodes::ListParams {
            user_id: self.memory.user_id(),
            before_created_at: self.before.created_at(),
            before_node_id: self.before.id(),
            since: self.since,
            context_types: (!context_types.is_empty()).then_some(context_types),
            tags: (!self.tags.is_empty()).then_some(self.tags),
            entity_type: self.entity_type,
            limit: limit + 1,
        };
        let list = |client| async move { Ok(nodes::list().params(&client, params).map(|row| node_from_row!(row)).all().await?) };
        let items = self.memory.connections.read(list).await?;
        let items = items.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Page::new(items, self.limit, |node| Cursor::after(node.created_at, node.node_id)))
    }
}

impl<'a> IntoFuture for List<'a> {
    type Output = Result<Page<Node>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.page())
    }
}
