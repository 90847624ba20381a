//! Working memory in a local file, durable memory in PostgreSQL: `queries/session.sql` there, `queries/sqlite/` here.

mod dead_letters;
mod entry;
mod exchange;
mod failure;
mod file;
mod functions;
mod graph;
mod index;
mod local;
mod open;
mod outbox;
mod pull;
mod read;
mod remember;
mod rows;
mod search;
mod send;
mod statements;
mod status;
mod take_over;
#[cfg(test)]
mod tests;
mod threads;
mod waiters;
mod writer;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{task::AbortHandle, time::timeout};

use crate::Error;
pub use dead_letters::DeadLetter;
use exchange::Shared;
pub use file::SessionFile;
pub(crate) use functions::register as register_functions;
pub use open::OpenSession;
use open::WorkingSet;
pub use remember::{Durability, Remembered};
pub(crate) use rows::{Time, node_of, relationship_of};
pub(crate) use statements::sql;
pub use status::SessionStatus;
pub use threads::Thread;

/// One user's memory at hand: reads come from a local file, writes go there and to PostgreSQL, and both go on while
/// PostgreSQL is away. Made by [`Memory::session`](crate::Memory::session); cloning it is cheap.
///
/// ```no_run
/// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
/// use pgmemory::{ContextType, Durability, NewNode};
/// use serde_json::json;
///
/// let session = memory.session("alice", "thread-7").await?;
/// let fact = NewNode::new(ContextType::ConversationFact, json!({"text": "Acme renews in March"}));
/// let remembered = session.remember(&fact).await?;
/// if remembered.durability == Durability::Journaled {
///     println!("kept here until PostgreSQL is back");
/// }
/// for hit in session.search("acme").await? {
///     println!("{:.2} {}", hit.score, hit.node.summary());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    thread: Arc<str>,
    promptness: Duration,
    /// Ends with the session.
    task: AbortHandle,
}

impl Session {
    /// Whose memory it is.
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.0.shared.memory.user_id()
    }

    /// The thread that its notes belong to.
    #[must_use]
    pub fn thread(&self) -> &str {
        &self.0.thread
    }

    /// Ends the session in order: waits at most this long for what PostgreSQL has yet to get, and until the file is closed and all in
    /// itself, without a log beside it, if nobody else has it open. Leaves the rest in the file for the next session, and says how many
    /// entries that is.
    ///
    /// # Errors
    ///
    /// [`SessionFile`](crate::ErrorKind::SessionFile) when the file cannot be read.
    ///
    /// ```no_run
    /// # async fn run(session: pgmemory::Session) -> Result<(), pgmemory::Error> {
    /// use std::time::Duration;
    ///
    /// let left = session.close(Duration::from_secs(2)).await?;
    /// println!("{left} entries are left to the next session");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn close(self, patience: Duration) -> Result<usize, Error> {
        let start = Instant::now();
        // What is late stays.
        let left = self.flush(patience).await?;
        self.0.end_task();
        if let Some(last) = Arc::into_inner(self.0) {
            let closed = last.shared.local.closed();
            drop(last);
            // It closes later by itself.
            let _ = timeout(patience.saturating_sub(start.elapsed()), closed).await;
        }
        Ok(left)
    }
}

impl Inner {
    fn end_task(&self) {
        self.task.abort();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end_task();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user_id", &self.user_id()).field("thread", &self.thread()).finish_non_exhaustive()
    }
}
