//! What an operator looks at: `queries/monitoring.sql`.

use chrono::{DateTime, Utc};
use codegen::queries::monitoring;
use serde::Serialize;

use crate::{
    Error, Memory,
    contract::{COMPILED, Query},
    model::validate_limit,
};

/// How large a table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TableSize {
    /// Its name, without the schema.
    pub name: String,
    /// All of it in bytes: rows, indexes and out-of-line values.
    pub total_bytes: i64,
    /// Its indexes alone, in bytes.
    pub index_bytes: i64,
    /// How many rows, as of the last `VACUUM` or `ANALYZE`.
    pub estimated_rows: i64,
    /// How many rows wait for `VACUUM`.
    pub dead_rows: i64,
}

/// How large an index is, and whether it is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IndexSize {
    /// Its name, without the schema.
    pub name: String,
    /// The table, without the schema.
    pub table: String,
    /// In bytes.
    pub bytes: i64,
    /// How many searches used it since the statistics began.
    pub scans: i64,
}

/// Who is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Connection {
    /// The server process.
    pub pid: i32,
    /// The role.
    pub user_name: Option<String>,
    /// What the client calls itself: `pgmemory`, unless its URL says otherwise.
    pub application_name: Option<String>,
    /// `active`, `idle`, `idle in transaction` …
    pub state: Option<String>,
    /// What it waits for, as `type:event`.
    pub wait_event: Option<String>,
    /// Since when it is in this state.
    pub since: Option<DateTime<Utc>>,
}

/// A statement and the time that it took.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SlowStatement {
    /// Which of this program's queries it is, for example `nodes::get`.
    pub name: Option<String>,
    /// Where that stands in the sources, for example `queries/nodes.sql:184`.
    pub place: Option<String>,
    /// Its text, with parameters in the place of values.
    pub query: String,
    /// How often it ran since the statistics began.
    pub calls: i64,
    /// How long all calls took, in milliseconds.
    pub total_milliseconds: f64,
    /// How long one took on average, in milliseconds.
    pub mean_milliseconds: f64,
    /// How many rows it returned or changed.
    pub rows: i64,
}

/// A rule of the schema, and how often it is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What must not be.
    pub rule: String,
    /// How often it is: 0 unless the server, or somebody who switched off triggers, did wrong.
    pub faults: i64,
}

impl Memory {
    /// How large each table is, largest first.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn table_sizes(&self) -> Result<Vec<TableSize>, Error> {
        let rows = self.connections.read(|client| async move { Ok(monitoring::table_sizes().bind(&client).all().await?) }).await?;
        let sizes = rows.into_iter().map(|row| TableSize {
            name: row.name,
            total_bytes: row.total_bytes,
            index_bytes: row.index_bytes,
            estimated_rows: row.estimated_rows,
            dead_rows: row.dead_rows,
        });
        Ok(sizes.collect())
    }

    /// How large each index is, largest first.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn index_sizes(&self) -> Result<Vec<IndexSize>, Error> {
        let rows = self.connections.read(|client| async move { Ok(monitoring::index_sizes().bind(&client).all().await?) }).await?;
        let sizes = rows.into_iter().map(|row| IndexSize { name: row.name, table: row.table_name, bytes: row.bytes, scans: row.scans });
        Ok(sizes.collect())
    }

    /// Who is connected to the database, this program included, longest in their state first.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn connections(&self) -> Result<Vec<Connection>, Error> {
        let rows = self.connections.read(|client| async move { Ok(monitoring::connections().bind(&client).all().await?) }).await?;
        let connections = rows.into_iter().map(|row| Connection {
            pid: row.pid,
            user_name: row.user_name,
            application_name: row.application_name,
            state: row.state,
            wait_event: row.wait_event,
            since: row.since,
        });
        Ok(connections.collect())
    }

    /// The statements on the store that took the most time, at most `limit` (1 to 1,000) of them; none where the
    /// extension `pg_stat_statements` is not installed in the database.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn slow_statements(&self, limit: usize) -> Result<Vec<SlowStatement>, Error> {
        let limit = validate_limit(limit)?;
        let rows =
            self.connections.read(|client| async move { Ok(monitoring::slow_statements().bind(&client, &limit).all().await?) }).await?;
        let statements = rows.into_iter().map(|row| {
            let known = COMPILED.query_of(&row.query);
            SlowStatement {
                name: known.map(Query::full_name),
                place: known.map(Query::place),
                query: row.query,
                calls: row.calls,
                total_milliseconds: row.total_milliseconds,
                mean_milliseconds: row.mean_milliseconds,
                rows: row.rows,
            }
        });
        Ok(statements.collect())
    }

    /// Proves the rules that the schema upholds over all rows: no duplicates, no orphans, counters and log that
    /// equal the truth. It reads every row.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn check(&self) -> Result<Vec<Check>, Error> {
        let rows = self.connections.read(|client| async move { Ok(monitoring::find_faults().bind(&client).all().await?) }).await?;
        Ok(rows.into_iter().map(|row| Check { rule: row.rule, faults: row.faults }).collect())
    }
}
