//! `sizes`, `connections`, `slow-statements`, `check`: what an operator looks at.

use clap::Args;

use crate::{
    Outcome,
    arguments::limit,
    database::Database,
    output::{Output, minute, table},
};

/// Show how large the tables are, or the indexes.
#[derive(Args)]
#[command(after_help = "Example: pgmemory sizes\nExample: pgmemory sizes --indexes")]
pub(crate) struct Sizes {
    /// The indexes, and how often each was used
    #[arg(long)]
    indexes: bool,
}

impl Sizes {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        if self.indexes {
            output.show(&memory.index_sizes().await?, |indexes| {
                let rows =
                    indexes.iter().map(|index| vec![index.name.clone(), index.table.clone(), bytes(index.bytes), index.scans.to_string()]);
                table(&["index", "table", "size", "scans"], rows)
            })?;
        } else {
            output.show(&memory.table_sizes().await?, |tables| {
                let rows = tables.iter().map(|size| {
                    vec![
                        size.name.clone(),
                        bytes(size.total_bytes),
                        bytes(size.index_bytes),
                        size.estimated_rows.to_string(),
                        size.dead_rows.to_string(),
                    ]
                });
                table(&["table", "size", "indexes", "rows, about", "dead rows"], rows)
            })?;
        }
        Ok(())
    }
}

/// Show who is connected to the database.
#[derive(Args)]
#[command(after_help = "Example: pgmemory connections")]
pub(crate) struct Connections;

impl Connections {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        output.show(&database.memory().await?.connections().await?, |connections| {
            let rows = connections.iter().map(|connection| {
                vec![
                    connection.pid.to_string(),
                    connection.user_name.clone().unwrap_or_default(),
                    connection.application_name.clone().unwrap_or_default(),
                    connection.state.clone().unwrap_or_default(),
                    connection.since.map(minute).unwrap_or_default(),
                    connection.wait_event.clone().unwrap_or_default(),
                ]
            });
            table(&["pid", "role", "application", "state", "since", "waits for"], rows)
        })?;
        Ok(())
    }
}

pub(crate) const NO_STATISTICS: &str =
    "nothing: is pg_stat_statements in shared_preload_libraries, and CREATE EXTENSION pg_stat_statements done?";

/// Show the statements that took the most time, where pg_stat_statements is installed.
#[derive(Args)]
#[command(after_help = "Example: pgmemory slow-statements --limit 5")]
pub(crate) struct SlowStatements {
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 10, value_parser = limit())]
    limit: usize,
}

impl SlowStatements {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        output.show(&database.memory().await?.slow_statements(self.limit).await?, |statements| {
            if statements.is_empty() {
                return NO_STATISTICS.to_owned();
            }
            let rows = statements.iter().map(|statement| {
                vec![
                    format!("{:.1}", statement.total_milliseconds),
                    statement.calls.to_string(),
                    format!("{:.2}", statement.mean_milliseconds),
                    statement.rows.to_string(),
                    statement.name.clone().unwrap_or_default(),
                    statement.place.clone().unwrap_or_else(|| statement.query.clone()),
                ]
            });
            table(&["total ms", "calls", "mean ms", "rows", "query", "place or text"], rows)
        })?;
        Ok(())
    }
}

/// Prove the rules of the schema over all rows: no duplicates, no orphans, right counters.
#[derive(Args)]
#[command(after_help = "Example: pgmemory check")]
pub(crate) struct Check;

impl Check {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let checks = database.memory().await?.check().await?;
        output.show(&checks, |checks| {
            table(&["rule", "faults"], checks.iter().map(|check| vec![format!("no {}", check.rule), check.faults.to_string()]))
        })?;
        if checks.iter().all(|check| check.faults == 0) { Ok(()) } else { Err("the database breaks rules of its schema".into()) }
    }
}

/// `12.3 MiB`.
fn bytes(size: i64) -> String {
    indicatif::HumanBytes(size.unsigned_abs()).to_string()
}
