//! Deleting what has expired, of all users.

use std::future::IntoFuture;

use chrono::{DateTime, Utc};
use codegen::queries::maintenance;
use futures::future::BoxFuture;
use serde::Serialize;

use super::BATCH_ROWS;
use crate::{
    Error, Memory,
    model::{EARLIEST, LATEST},
};

impl Memory {
    /// Deletes the nodes of all users that have expired, in batches. Operators' work, to be done now and then;
    /// await it to do it. Any number of instances may do it at once: they share the work.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// use chrono::{TimeDelta, Utc};
    ///
    /// let now = Utc::now();
    /// let swept = memory.sweep().changes_before(now - TimeDelta::days(30)).journals_before(now - TimeDelta::days(365)).await?;
    /// println!("{} nodes, {} changes, {} journals", swept.nodes, swept.changes, swept.journals);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sweep(&self) -> Sweep<'_> {
        Sweep { memory: self, changes_before: None, journals_before: None }
    }
}

/// A sweep to come. Made by [`Memory::sweep`].
#[derive(Clone, Debug)]
#[must_use = "await it to do it"]
pub struct Sweep<'a> {
    memory: &'a Memory,
    changes_before: Option<DateTime<Utc>>,
    journals_before: Option<DateTime<Utc>>,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SweepReport {
    /// How many expired nodes.
    pub nodes: usize,
    /// How many entries of the log of changes.
    pub changes: usize,
    /// Of how many journals of sessions was forgotten how far they had come.
    pub journals: u64,
    /// Of how many users the words were counted.
    pub counted_users: usize,
}

impl Sweep<'_> {
    /// Deletes entries of the log of changes from before this time, too. A reader of the log that has not come as
    /// far must begin afresh.
    pub fn changes_before(mut self, time: DateTime<Utc>) -> Self {
        self.changes_before = Some(time.clamp(EARLIEST, LATEST));
        self
    }

    /// Forgets how far those journals of sessions had come that were written last before this time. A session writes one for
    /// each opening of its file. Choose a time in which every file comes back: of one that does not, an entry that PostgreSQL has,
    /// and of which the session never heard so, would be written twice.
    pub fn journals_before(mut self, time: DateTime<Utc>) -> Self {
        self.journals_before = Some(time.clamp(EARLIEST, LATEST));
        self
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn run(self) -> Result<SweepReport, Error> {
        let sweep_nodes = |client| async move { Ok(maintenance::sweep_nodes().bind(&client, &BATCH_ROWS).all().await?.len()) };
        let mut report = SweepReport::default();
        while let deleted @ 1.. = self.memory.connections.write(sweep_nodes).await? {
            report.nodes += deleted;
        }
        if let Some(time) = &self.changes_before {
            let sweep_changes =
                |client| async move { Ok(maintenance::sweep_changes().bind(&client, time, &BATCH_ROWS).all().await?.len()) };
            while let deleted @ 1.. = self.memory.connections.write(sweep_changes).await? {
                report.changes += deleted;
            }
        }
        if let Some(time) = &self.journals_before {
            let sweep_journals = |client| async move { Ok(maintenance::sweep_journals().bind(&client, time).await?) };
            report.journals = self.memory.connections.write(sweep_journals).await?;
        }
        let memory = self.memory;
        let uncounted = memory.connections.read(|client| async move { Ok(maintenance::list_uncounted().bind(&client).all().await?) });
        for user_id in uncounted.await? {
            let user_id = user_id.as_str();
            let count = |client| async move {
                let Some(nodes) = maintenance::count_lexemes().bind(&client, &user_id).opt().await? else { return Ok(false) };
                Ok(maintenance::record_count().bind(&client, &nodes, &user_id).opt().await?.is_some())
            };
            if memory.connections.write_many(2, count).await? {
                report.counted_users += 1;
            }
        }
        Ok(report)
    }
}

impl<'a> IntoFuture for Sweep<'a> {
    type Output = Result<SweepReport, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
