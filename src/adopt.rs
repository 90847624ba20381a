//! Converting a database of the Python system in place: `queries/adopt.sql` and `schema/adopt/`.

mod report;

use std::future::IntoFuture;

use codegen::queries::{adopt, migrations as history};
use deadpool_postgres::{Object, Transaction};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use tokio_postgres::{SimpleQueryMessage, error::SqlState};

use crate::{Error, Memory, error::ErrorKind, migrations};
use report::Refusals;
pub use report::{AdoptedRow, Adoption, CorrectedCounters, DroppedRelationship, MergedEntity, Repair};

const READ: &str = include_str!("../schema/adopt/1_read.sql");
const MERGE: &str = include_str!("../schema/adopt/2_merge.sql");
const WRITE: &str = include_str!("../schema/adopt/3_write.sql");

impl Memory {
    /// Converts the tables that the Python system made, `memory.nodes`, `memory.relationships` and
    /// `memory.user_metadata`, into this schema, in place and in one transaction. Await it to run it.
    ///
    /// - Nodes of one entity are merged in the order of their creation, as storing them one by one would have
    ///   merged them; the oldest keeps its id, its access count and its last access. Relationships follow.
    /// - An entity without a system becomes one of the system `unknown`, so its duplicates are merged, too.
    /// - A relationship is dropped and reported where a node at one end is another user's or is not there.
    /// - A value with one obvious meaning is put right and reported: see [`Adoption::repairs`].
    /// - Counters and statistics are rebuilt; the log of changes begins with what is there.
    ///
    /// The old tables are locked meanwhile, for readers too, also in a dry run. Their privileges, policies and
    /// triggers are not carried over. The role must own them and may create temporary tables.
    ///
    /// # Errors
    ///
    /// Whatever the error, the database is as it was. [`Schema`](ErrorKind::Schema) when there is nothing to
    /// adopt, the tables are not those of the Python system, or something else depends on them, a view for
    /// example; [`InvalidInput`](ErrorKind::InvalidInput) when rows cannot be held and nothing is obvious, with
    /// the first 100 reasons in the message; [`TimedOut`](ErrorKind::TimedOut) when the tables stay in use;
    /// [`Unavailable`](ErrorKind::Unavailable) while another instance migrates or adopts the database.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// let adoption = memory.adopt().dry_run(true).await?;
    /// println!("{} of {} nodes stay, the others are duplicates", adoption.nodes_kept, adoption.nodes_read);
    /// # Ok(())
    /// # }
    /// ```
    pub fn adopt(&self) -> Adopt<'_> {
        Adopt { memory: self, dry_run: false }
    }
}

/// An adoption to come. Made by [`Memory::adopt`].
#[derive(Clone, Debug)]
#[must_use = "await it to run it"]
pub struct Adopt<'a> {
    memory: &'a Memory,
    dry_run: bool,
}

impl Adopt<'_> {
    /// Whether to do and report everything, and then take it back.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(dry_run = self.dry_run))]
    async fn run(self) -> Result<Adoption, Error> {
        // Taken out of the pool: temporary functions end with the connection.
        let client = self.memory.client().await?;
        let call = self.memory.connections.watch(&client);
        let mut client = Object::take(client);
        let transaction = client.transaction().await?;
        let outcome = convert(&transaction).await;
        // Waited for after an error, too: the caller may try again at once, and finds no lock left behind.
        let ended = if outcome.is_ok() && !self.dry_run { transaction.commit().await } else { transaction.rollback().await };
        call.answered();
        let adoption = outcome?;
        ended?;
        Ok(Adoption { dry_run: self.dry_run, ..adoption })
    }
}

impl<'a> IntoFuture for Adopt<'a> {
    type Output = Result<Adoption, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

async fn convert(transaction: &Transaction<'_>) -> Result<Adoption, Error> {
    if !adopt::try_lock().bind(transaction).one().await? {
        return Err(Error::new(ErrorKind::Unavailable, "another instance migrates or adopts this database"));
    }
    check_origin(transaction).await?;
    // Waiting for those who use the tables is bounded by the timeout; the work is not.
    adopt::lock_tables().bind(transaction).await?;
    adopt::lift_limits().bind(transaction).one().await?;

    transaction.batch_execute(READ).await.map_err(unchanged)?;
    migrations::apply_all(transaction).await?;
    last_value::<Refusals>(transaction, MERGE).await?.into_result()?;
    last_value(transaction, WRITE).await
}

/// Refuses what is not the Python system's.
async fn check_origin(transaction: &Transaction<'_>) -> Result<(), Error> {
    let state = history::get_state().bind(transaction).one().await?;
    migrations::check_server(state.server_version)?;
    if state.has_history {
        return Err(Error::new(ErrorKind::Schema, "there is nothing to adopt: the tables are pgmemory's own; run `pgmemory migrate`"));
    }
    if state.some_table.is_none() {
        return Err(Error::new(ErrorKind::Schema, "there is nothing to adopt: the schema memory has no tables; run `pgmemory migrate`"));
    }
    let differences = adopt::list_differences().bind(transaction).all().await?;
    if differences.is_empty() {
        return Ok(());
    }
    let message = format!("the tables are not those of the Python system; nothing was changed: {}", differences.join(", "));
    Err(Error::new(ErrorKind::Schema, message))
}

/// Runs a script and reads the JSON that its last statement selects.
async fn last_value<T: DeserializeOwned>(transaction: &Transaction<'_>, script: &str) -> Result<T, Error> {
    let messages = transaction.simple_query(script).await.map_err(unchanged)?;
    let value = messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    serde_json::from_str(value.unwrap_or_default())
        .map_err(|error| Error::new(ErrorKind::Internal, format!("the report of an adoption cannot be read: {error}")).because(error))
}

/// The server's own words about what stands in the way.
fn unchanged(error: tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(refusal) if *refusal.code() == SqlState::DEPENDENT_OBJECTS_STILL_EXIST => {
            let message = format!("{}; nothing was changed: {}", refusal.message(), refusal.detail().unwrap_or_default());
            Error::new(ErrorKind::Schema, message).because(error)
        }
        _ => error.into(),
    }
}
