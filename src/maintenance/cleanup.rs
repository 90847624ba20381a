//! Deleting a user's old memories.

use std::future::IntoFuture;

use chrono::{DateTime, Utc};
use codegen::{client::Params, queries::maintenance};
use futures::future::BoxFuture;
use serde::Serialize;

use super::BATCH_ROWS;
use crate::{
    ContextType, ContextTypeCount, Error, UserMemory,
    model::{EARLIEST, LATEST, validate_share},
};

impl UserMemory {
    /// Deletes the memories that were created before a time and are [transient](ContextType::is_durable), oldest
    /// first. Await it to do it.
    ///
    /// They go in batches, each a transaction of its own: whoever stops half-way and begins again loses nothing
    /// but time, and writers of the same user wait for one batch at most. A dry run counts what the real one would
    /// delete at this moment.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// use chrono::{TimeDelta, Utc};
    ///
    /// let now = Utc::now();
    /// let stale = alice.cleanup(now - TimeDelta::days(90)).keep_relevance(0.8).keep_accessed_since(now - TimeDelta::days(30));
    /// println!("{} nodes would go", stale.clone().dry_run(true).await?.nodes);
    /// stale.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cleanup(&self, created_before: DateTime<Utc>) -> Cleanup<'_> {
        Cleanup {
            memory: self,
            created_before: created_before.clamp(EARLIEST, LATEST),
            context_types: Vec::new(),
            keep_relevance: None,
            keep_accessed_since: None,
            dry_run: false,
        }
    }
}

/// A clean-up to come. Made by [`UserMemory::cleanup`].
#[derive(Clone, Debug)]
#[must_use = "await it to do it"]
pub struct Cleanup<'a> {
    memory: &'a UserMemory,
    created_before: DateTime<Utc>,
    context_types: Vec<ContextType>,
    keep_relevance: Option<f32>,
    keep_accessed_since: Option<DateTime<Utc>>,
    dry_run: bool,
}

/// What a clean-up deleted, or would have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CleanupReport {
    /// Whether nothing was deleted.
    pub dry_run: bool,
    /// How many nodes.
    pub nodes: i64,
    /// How many relationships at them.
    pub relationships: i64,
    /// The nodes of each context type.
    pub context_types: Vec<ContextTypeCount>,
}

impl Cleanup<'_> {
    /// Only nodes of this context type, durable or not; called again, of any of them.
    pub fn context_type(mut self, context_type: ContextType) -> Self {
        self.context_types.push(context_type);
        self
    }

    /// Keeps nodes whose base relevance, 0.5 where nobody said, is at least this.
    pub fn keep_relevance(mut self, relevance: f32) -> Self {
        self.keep_relevance = Some(relevance);
        self
    }

    /// Keeps nodes that were touched at this time or later.
    pub fn keep_accessed_since(mut self, time: DateTime<Utc>) -> Self {
        self.keep_accessed_since = Some(time.clamp(EARLIEST, LATEST));
        self
    }

    /// Whether only to count what would be deleted.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id(), dry_run = self.dry_run))]
    async fn run(self) -> Result<CleanupReport, Error> {
        self.keep_relevance.map_or(Ok(()), |relevance| validate_share("keep_relevance", relevance))?;
        let context_types: Vec<&str> = if self.context_types.is_empty() {
            ContextType::transient().map(ContextType::as_str).collect()
        } else {
            self.context_types.iter().map(|context_type| context_type.as_str()).collect()
        };
        let params = &maintenance::CleanupParams {
            user_id: self.memory.user_id(),
            dry_run: self.dry_run,
            created_before: self.created_before,
            context_types,
            keep_relevance: self.keep_relevance,
            keep_accessed_since: self.keep_accessed_since,
            // Counting locks nothing, so it needs no batches.
            limit: if self.dry_run { i64::MAX } else { BATCH_ROWS },
        };
        let batch = |client| async move {
            if !params.dry_run {
                maintenance::lock_user().bind(&client, &params.user_id).opt().await?;
            }
            Ok(maintenance::cleanup().params(&client, params).all().await?)
        };
        let mut report = CleanupReport { dry_run: self.dry_run, ..CleanupReport::default() };
        loop {
            let rows = self.memory.write_many(2, batch).await?;
            report.relationships += rows.first().map_or(0, |row| row.relationships);
            let mut nodes = 0;
            for row in rows {
                nodes += row.nodes;
                report.add(ContextTypeCount { context_type: row.context_type.parse()?, nodes: row.nodes, entities: row.entities });
            }
            if nodes < params.limit {
                return Ok(report);
            }
        }
    }
}

impl CleanupReport {
    fn add(&mut self, count: ContextTypeCount) {
        self.nodes += count.nodes;
        match self.context_types.iter_mut().find(|known| known.context_type == count.context_type) {
            Some(known) => {
                known.nodes += count.nodes;
                known.entities += count.entities;
            }
            None => self.context_types.push(count),
        }
    }
}

impl<'a> IntoFuture for Cleanup<'a> {
    type Output = Result<CleanupReport, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
