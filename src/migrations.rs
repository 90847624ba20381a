//! Bringing a database to this program's schema: `schema/`, and `queries/migrations.sql` around it.

mod connection;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use chrono::Utc;
use codegen::queries::{migrations, reindex};
use connection::{Connection, NO_TRANSACTION};
use deadpool_postgres::Object;
use refinery::Runner;
use tokio_postgres::{Client, Transaction};

use crate::{Error, Memory, error::ErrorKind, model::Health};

mod embedded {
    refinery::embed_migrations!("schema");
}

/// Where the applied migrations are recorded.
const HISTORY: &str = "memory.schema_history";

/// How often an instance looks whether the one that migrates has finished.
const PAUSE: Duration = Duration::from_millis(100);

/// The oldest server that runs the schema, as the server numbers itself.
const OLDEST_SERVER: i32 = 140_000;

impl Memory {
    /// Applies the migrations that the database lacks and returns their names; none when it is up to date.
    /// Instances that start together wait for each other.
    ///
    /// A migration that fails leaves the version before it. One that builds an index while others write is no
    /// transaction; where it was interrupted, the next call begins it again.
    ///
    /// # Errors
    ///
    /// [`Schema`](ErrorKind::Schema) when the database has tables of another origin under these names, was
    /// migrated by a newer program, or a migration fails; [`Denied`](ErrorKind::Denied) when the role may
    /// not create what is needed.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn migrate(&self) -> Result<Vec<String>, Error> {
        // Taken out of the pool: lock and timeout end with the connection, even if this call is cancelled.
        let client = self.client().await?;
        let call = self.connections.watch(&client);
        let mut client = Object::take(client);
        migrations::lift_timeout().bind(&*client).one().await?;
        let applied = migrate(&mut client, embedded::migrations::runner()).await;
        call.answered();
        applied
    }

    /// Whether the server answers, how fast, which schema the database has, and by a sample of at most 100 nodes
    /// whether text search reads what this server would derive.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`].
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn health(&self) -> Result<Health, Error> {
        let ask = |client| async move {
            let get_state = migrations::get_state().prepare(&client).await?;
            let start = Instant::now();
            let state = get_state.bind(&client).one().await?;
            let round_trip = start.elapsed();
            let schema_version = if state.has_history { migrations::get_version().bind(&client).one().await? } else { 0 };
            let sample = if schema_version == newest_version() { Some(reindex::sample().bind(&client).one().await?) } else { None };
            Ok((state, round_trip, schema_version, sample))
        };
        let (state, round_trip, schema_version, sample) = self.connections.read(ask).await?;
        let pool = self.pool_metrics();
        Ok(Health {
            server_version: state.server_version,
            schema_version,
            expected_schema_version: newest_version(),
            sampled_nodes: sample.as_ref().map_or(0, |sample| sample.nodes),
            outdated_nodes: sample.map_or(0, |sample| sample.outdated),
            round_trip,
            pool_size: pool.size,
            pool_available: pool.idle,
            pool_waiting: pool.waiting,
        })
    }
}

async fn migrate(client: &mut Client, mut runner: Runner) -> Result<Vec<String>, Error> {
    while !migrations::try_lock().bind(client).one().await? {
        tokio::time::sleep(PAUSE).await;
    }
    let state = migrations::get_state().bind(client).one().await?;
    check_server(state.server_version)?;
    if let (Some(table), false) = (state.some_table, state.has_history) {
        return Err(Error::new(
            ErrorKind::Schema,
            format!(
                "the database has a table memory.{table} that pgmemory did not make; nothing was changed: \
                 use another database, or convert that of the Python system with `pgmemory adopt`"
            ),
        ));
    }
    if !state.has_schema {
        migrations::create_schema().bind(client).await?;
    }
    runner.set_migration_table_name(HISTORY);
    // The library would create the history if it were not there, which needs the privilege even where it is.
    if state.has_history {
        let applied = runner.get_applied_migrations_async(&mut Connection(client)).await.map_err(refused)?;
        if applied == in_order(&runner) {
            return Ok(Vec::new());
        }
    }
    let report = runner.set_abort_divergent(true).set_abort_missing(true).run_async(&mut Connection(client)).await.map_err(refused)?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Applies all migrations to a database that has none, within a transaction of the caller. The library only
/// knows transactions of its own; the history is the one that it would have left.
pub(crate) async fn apply_all(transaction: &Transaction<'_>) -> Result<(), Error> {
    apply_within(transaction, &embedded::migrations::runner()).await
}

async fn apply_within(transaction: &Transaction<'_>, runner: &Runner) -> Result<(), Error> {
    for migration in in_order(runner) {
        let sql = migration.sql().expect("an embedded migration has its text");
        // Nobody else sees the tables yet: no index has to be built beside their writers.
        let sql = if sql.starts_with(NO_TRANSACTION) { &sql.replace(" CONCURRENTLY", "") } else { sql };
        if let Err(error) = transaction.batch_execute(sql).await {
            let (kind, message) = failed(&format!("error applying migration {migration}"), &error);
            return Err(Error::new(kind, format!("{message}; nothing was changed")).because(error));
        }
        let (applied_on, checksum) = (Utc::now().to_rfc3339(), migration.checksum().to_string());
        migrations::record().bind(transaction, &migration.version(), &migration.name(), &applied_on, &checksum).one().await?;
    }
    Ok(())
}

fn in_order(runner: &Runner) -> Vec<refinery::Migration> {
    let mut migrations = runner.get_migrations().clone();
    migrations.sort();
    migrations
}

pub(crate) fn check_server(version: i32) -> Result<(), Error> {
    if version < OLDEST_SERVER {
        return Err(Error::new(ErrorKind::Schema, format!("PostgreSQL 14 or newer is needed, this is {}", version / 10_000)));
    }
    Ok(())
}

pub(crate) fn newest_version() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

fn refused(error: refinery::Error) -> Error {
    use refinery::error::Kind;

    let (kind, message) = match error.kind() {
        Kind::MissingVersion(migration) => (
            ErrorKind::Schema,
            format!("the database was migrated by a newer pgmemory, which knows the migration {migration}; use that version or newer"),
        ),
        Kind::DivergentVersion(applied, _) => (
            ErrorKind::Schema,
            format!("the migration {applied} is not the one that was applied to this database: its file was edited afterwards"),
        ),
        Kind::Connection(doing, cause) => {
            let (kind, message) = failed(doing, cause.as_ref());
            (kind, format!("{message}; the database is at the version before it"))
        }
        _ => (ErrorKind::Schema, error.to_string()),
    };
    Error::new(kind, message).because(error)
}

/// What the server said, with its hint.
fn failed(doing: &str, cause: &(dyn std::error::Error + 'static)) -> (ErrorKind, String) {
    let server = cause.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::as_db_error);
    let reason = server.map_or_else(
        || cause.to_string(),
        |refusal| {
            let hint = refusal.hint().map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            format!("{}{hint}", refusal.message())
        },
    );
    let kind = match server {
        Some(refusal) if *refusal.code() == tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE => ErrorKind::Denied,
        Some(_) => ErrorKind::Schema,
        None => ErrorKind::Unavailable,
    };
    (kind, format!("{doing}: {reason}"))
}
