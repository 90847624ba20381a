//! What changed in a user's memory, in order: `queries/changes.sql`.

use std::{collections::VecDeque, future::IntoFuture, time::Duration};

use chrono::{DateTime, Utc};
use codegen::queries::changes;
use futures::{Stream, future::BoxFuture, stream::unfold};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::{Error, UserMemory, error::ErrorKind, model::validate_limit};

/// How long a watcher waits before it looks again.
const PAUSE: Duration = Duration::from_millis(250);
/// How many changes a watcher asks for at once.
const PAGE: usize = 500;

/// One node or relationship that was written or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The number of the change: 1, 2, 3 … for each user.
    pub version: i64,
    /// What was done.
    pub operation: Operation,
    /// The node, or none.
    pub node_id: Option<Uuid>,
    /// The relationship, or none.
    pub relationship_id: Option<Uuid>,
    /// When the transaction that changed it began.
    pub changed_at: DateTime<Utc>,
}

/// What was done to a node or a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// It is new.
    Insert,
    /// It was stored again, or one of its fields was replaced.
    Update,
    /// It is gone; relationships go with their nodes, each a change of its own.
    Delete,
}

impl UserMemory {
    /// What changed after a version, oldest first, a page at a time. A change says what to read again, not what it held.
    /// Whoever has seen version 7 asks for what is after 7, and misses nothing and meets nothing twice, whoever writes
    /// meanwhile. `since` 0 is the beginning; [`stats`](Self::stats) has the version of now. Await it to get the page.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// let mut seen = 0;
    /// for change in alice.changes(seen).await? {
    ///     println!("{:?} {:?}", change.operation, change.node_id);
    ///     seen = change.version;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes(&self, since: i64) -> Changes<'_> {
        Changes { memory: self, since, limit: 50 }
    }

    /// The same as a stream that goes on with what changes from then on, within half a second. It ends with an error; after
    /// one that [may pass](Error::is_retryable) it goes on where it was when it is asked for more.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// use std::pin::pin;
    ///
    /// use futures::TryStreamExt;
    ///
    /// let mut changes = pin!(alice.watch(alice.stats().await?.version));
    /// while let Some(change) = changes.try_next().await? {
    ///     println!("version {}", change.version);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self, since: i64) -> impl Stream<Item = Result<Change, Error>> + Send + use<> {
        unfold(Watcher { memory: self.clone(), seen: since, page: VecDeque::new(), is_idle: false, has_ended: false }, Watcher::next)
    }
}

/// A page of changes to come. Made by [`UserMemory::changes`].
#[derive(Clone, Debug)]
#[must_use = "await it to get them"]
pub struct Changes<'a> {
    memory: &'a UserMemory,
    since: i64,
    limit: usize,
}

impl Changes<'_> {
    /// How many changes a page has, 1 to 1,000; 50 unless set.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.memory.user_id()))]
    async fn page(self) -> Result<Vec<Change>, Error> {
        let (since, limit) = (self.since, validate_limit(self.limit)?);
        if since < 0 {
            return Err(Error::invalid("since", format!("must be 0 or more, not {since}")));
        }
        let list = |client| async move { Ok(changes::list().bind(&client, &self.memory.user_id(), &since, &limit).all().await?) };
        let rows = self.memory.read(list).await?;
        let newest = rows.first().map_or(0, |row| row.last_version);
        let page: Vec<Change> = rows
            .into_iter()
            .filter_map(|row| Some((row.version?, row.op?, row.node_id, row.relationship_id, row.changed_at?)))
            .map(|(version, op, node_id, relationship_id, changed_at)| {
                let unknown =
                    |_| Error::new(ErrorKind::Schema, format!("the log of changes has the operation {op}, which a newer version made"));
                Ok(Change { version, operation: op.parse().map_err(unknown)?, node_id, relationship_id, changed_at })
            })
            .collect::<Result<_, Error>>()?;
        let next = page.first().map_or(newest + 1, |change| change.version);
        if since > newest || next != since + 1 {
            let reason = if since > newest { "the memory has never had that version" } else { "those after it were swept" };
            let message = format!("the log of changes cannot be read from version {since} on: {reason}; load the memory afresh");
            return Err(Error::new(ErrorKind::Behind, message));
        }
        Ok(page)
    }
}

impl<'a> IntoFuture for Changes<'a> {
    type Output = Result<Vec<Change>, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.page())
    }
}

struct Watcher {
    memory: UserMemory,
    seen: i64,
    page: VecDeque<Change>,
    /// Whether it has seen all that there was, or an error.
    is_idle: bool,
    has_ended: bool,
}

impl Watcher {
    async fn next(mut self) -> Option<(Result<Change, Error>, Self)> {
        while !self.has_ended {
            if let Some(change) = self.page.pop_front() {
                self.seen = change.version;
                return Some((Ok(change), self));
            }
            if self.is_idle {
                tokio::time::sleep(PAUSE).await;
            }
            match self.memory.changes(self.seen).limit(PAGE).await {
                Ok(page) => {
                    self.is_idle = page.len() < PAGE;
                    self.page = page.into();
                }
                Err(error) => {
                    self.is_idle = true;
                    self.has_ended = !error.is_retryable();
                    return Some((Err(error), self));
                }
            }
        }
        None
    }
}
