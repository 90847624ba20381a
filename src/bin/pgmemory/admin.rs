//! `migrate`, `stats`, `health`, `psql`: for operators.

use std::process::Command;

use clap::Args;
use serde_json::json;

use crate::{
    Outcome,
    database::Database,
    output::{Output, count, minute, table},
};

pub(crate) async fn migrate(database: &Database, output: Output) -> Outcome {
    // Connecting to the private server migrates it already; then there is nothing left to do here.
    let applied = database.memory().await?.migrate().await?;
    output.show(&json!({"applied": applied}), |_| {
        if applied.is_empty() { "up to date".to_owned() } else { format!("applied {}", applied.join(", ")) }
    })?;
    Ok(())
}

pub(crate) async fn health(database: &Database, output: Output) -> Outcome {
    let health = database.memory().await?.health().await?;
    output.show(&health, |health| {
        let schema = if health.is_current() {
            format!("version {}", health.schema_version)
        } else {
            format!("version {}, this program needs {}: run `pgmemory migrate`", health.schema_version, health.expected_schema_version)
        };
        let rows = [
            ("server", format!("PostgreSQL {}.{}", health.server_version / 10_000, health.server_version % 10_000)),
            ("schema", schema),
            ("round trip", format!("{:.2} ms", health.round_trip.as_secs_f64() * 1e3)),
            ("connections", format!("{} open, {} free, {} waiting", health.pool_size, health.pool_available, health.pool_waiting)),
        ];
        table(&[], rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]))
    })?;
    if health.is_current() { Ok(()) } else { Err("the database is not at the version that this program needs".into()) }
}

/// Show how much a user has, or all users together.
#[derive(Args)]
#[command(after_help = "Example: pgmemory stats --user demo")]
pub(crate) struct Stats {
    /// The user; all users together when absent
    #[arg(short, long, env = "PGMEMORY_USER")]
    user: Option<String>,
}

impl Stats {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        match self.user {
            Some(user) => output.show(&memory.user(&user)?.stats().await?, describe)?,
            None => output.show(&memory.totals().await?, |totals| {
                format!("{}, {}, {}", count(totals.users, "user"), count(totals.nodes, "node"), count(totals.relationships, "relationship"))
            })?,
        }
        Ok(())
    }
}

pub(crate) fn describe(stats: &pgmemory::UserStats) -> String {
    let rows = stats.context_types.iter().map(|row| vec![row.context_type.to_string(), row.nodes.to_string(), row.entities.to_string()]);
    let activity = stats.last_activity.map(|time| format!(", last changed {}", minute(time))).unwrap_or_default();
    format!(
        "{}, {}, version {}{activity}\n\n{}",
        count(stats.total_nodes, "node"),
        count(stats.total_relationships, "relationship"),
        stats.version,
        table(&["type", "nodes", "entities"], rows)
    )
}

/// Open psql on the database.
#[derive(Args)]
#[command(after_help = r"Example: pgmemory psql -- -c '\d memory.nodes'")]
pub(crate) struct Psql {
    /// What to pass on to psql
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl Psql {
    pub(crate) fn run(self, database: &Database) -> Outcome {
        let installed = database.server.as_ref().map(|server| server.bin_dir().join("psql")).filter(|psql| psql.exists());
        let mut psql = Command::new(installed.unwrap_or_else(|| "psql".into()));
        // Not as arguments, which every user of the machine can see.
        psql.args(self.arguments).envs(database.config.libpq_environment());
        let status = psql.status().map_err(|error| format!("psql cannot be started ({error}); install it with postgresql-client"))?;
        if status.success() { Ok(()) } else { Err("psql ended with an error".into()) }
    }
}
