//! Forgetting: `queries/maintenance.sql`.

mod cleanup;
mod sweep;

use codegen::queries::{import, maintenance, stats};
use deadpool_postgres::Client;
use serde::Serialize;

use crate::{Error, Memory};

pub use cleanup::{Cleanup, CleanupReport};
pub use sweep::{Sweep, SweepReport};

/// How many rows one statement deletes: few enough that nobody waits long for its locks.
const BATCH_ROWS: i64 = 1_000;

/// What was deleted of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Deletion {
    /// How many nodes.
    pub nodes: i64,
    /// How many relationships.
    pub relationships: i64,
    /// How many entries of the log of changes.
    pub changes: i64,
}

impl Memory {
    /// Deletes everything of a user in one transaction: nodes, relationships, counters, the log of changes, and
    /// the user's row in the view `user_stats`, which is refreshed if it has one. Returns what there was.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when nobody can have this id; else as every call to the
    /// database.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// let receipt = memory.delete_user("alice").await?;
    /// println!("{} nodes and {} relationships are gone", receipt.nodes, receipt.relationships);
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all, fields(user_id))]
    pub async fn delete_user(&self, user_id: &str) -> Result<Deletion, Error> {
        self.user(user_id)?;
        let delete = |mut client: Client| async move {
            let transaction = client.transaction().await?;
            import::lift_timeout().bind(&transaction).one().await?;
            maintenance::claim_user().bind(&transaction, &user_id).one().await?;
            let deleted = maintenance::delete_nodes().bind(&transaction, &user_id).one().await?;
            let is_in_user_stats = maintenance::delete_traces().bind(&transaction, &user_id).one().await?;
            if is_in_user_stats {
                stats::refresh_blocking().bind(&transaction).await?;
            }
            transaction.commit().await?;
            Ok(deleted)
        };
        // The limit is lifted.
        let deleted = self.connections.write_many(usize::MAX, delete).await?;
        Ok(Deletion { nodes: deleted.nodes, relationships: deleted.relationships, changes: deleted.changes })
    }
}
