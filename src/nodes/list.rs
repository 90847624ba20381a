//! A page of a user's nodes.

use std::future::IntoFuture;

use chrono::{DateTime, Utc};
use codegen::{client::Params, queries::nodes};
use futures::future::BoxFuture;
use postgres_types::Json;
use serde_json::Value;
use uuid::Uuid;

use super::condition::{Comparison, Condition};
use crate::{
    ContextType, Cursor, Error, Node, Page, UserMemory,
    model::{EARLIEST, LATEST, node_from_row, validate_limit, validate_object, validate_tags, validate_text},
};

/// A list of nodes to come. Made by [`UserMemory::list`].
#[derive(Clone, Debug)]
#[must_use = "await it to get a page"]
pub struct List<'a> {
    pub(super) memory: &'a UserMemory,
    pub(super) context_types: Vec<ContextType>,
    pub(super) tags: Vec<String>,
    pub(super) entity_type: Option<String>,
    pub(super) containing: Option<Value>,
    pub(super) conditions: Vec<Condition>,
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

    /// Only nodes whose content contains this JSON object: all its keys, with values that contain its values.
    pub fn containing(mut self, content: Value) -> Self {
        self.containing = Some(content);
        self
    }

    /// Only nodes with such a value at this path of their content; called again, all of it. Numbers compare as
    /// numbers, texts by their characters, and values of different JSON types never.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// use pgmemory::Comparison;
    ///
    /// let rich = alice.list().compare(["entity_data", "revenue"], Comparison::AtLeast, 1_000_000).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn compare(mut self, path: impl IntoIterator<Item = impl Into<String>>, comparison: Comparison, operand: impl Into<Value>) -> Self {
        let path = path.into_iter().map(Into::into).collect();
        self.conditions.push(Condition { path, comparison, operand: operand.into() });
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
        validate_tags(&self.tags)?;
        self.entity_type.as_deref().map_or(Ok(()), |entity_type| validate_text("entity_type", entity_type, usize::MAX))?;
        if let Some(content) = &self.containing {
            validate_object("containing", content)?;
        }
        for condition in &self.conditions {
            condition.validate()?;
        }
        let each = || self.conditions.iter();
        let params = &nodes::ListParams {
            user_id: self.memory.user_id(),
            before_created_at: self.before.created_at(),
            before_node_id: self.before.id(),
            since: self.since,
            context_types: (!context_types.is_empty()).then_some(context_types),
            tags: (!self.tags.is_empty()).then_some(self.tags.as_slice()),
            entity_type: self.entity_type.as_deref(),
            containing: self.containing.as_ref(),
            paths: each().map(|condition| Json(condition.path.as_slice())).collect::<Vec<_>>(),
            operators: each().map(|condition| condition.comparison.into()).collect::<Vec<&str>>(),
            operands: each().map(|condition| &condition.operand).collect::<Vec<_>>(),
            limit: limit + 1,
        };
        let list = |client| async move { Ok(nodes::list().params(&client, params).map(|row| node_from_row!(row)).all().await?) };
        let items = self.memory.read(list).await?;
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
