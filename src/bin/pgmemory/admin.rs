//! `migrate`, `stats`, `health`, `psql`: for operators.

use std::cmp::Ordering;

use clap::{Args, builder::NonEmptyStringValueParser};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use crate::{
    Outcome,
    database::Database,
    interrupt::BY_KILL,
    output::{Output, busy, count, fields, minute, table},
    secrets::URL_VARIABLE,
};

pub(crate) async fn migrate(database: &Database, output: Output) -> Outcome {
    let memory = database.connect().await?;
    let progress = busy("migrating");
    let applied = memory.migrate().await?;
    progress.finish_and_clear();
    let schema_version = memory.health().await?.schema_version;
    output.show(&json!({"applied": applied, "schema_version": schema_version}), |_| {
        let done = if applied.is_empty() { "up to date".to_owned() } else { format!("applied {}", applied.join(", ")) };
        format!("{done}: the schema has version {schema_version}")
    })?;
    if let Some(server) = &database.open().await?.server {
        output.note(format_args!("note: every command keeps the private server in {} up to date", server.data_dir().display()));
    }
    Ok(())
}

pub(crate) async fn health(database: &Database, output: Output) -> Outcome {
    let health = database.memory().await?.health().await?;
    output.show(&health, |health| {
        let rows = [
            ("server", format!("PostgreSQL {}.{}", health.server_version / 10_000, health.server_version % 10_000)),
            ("schema", format!("version {}, this program needs {}", health.schema_version, health.expected_schema_version)),
            ("search", format!("{} of {} sampled nodes outdated", health.outdated_nodes, health.sampled_nodes)),
            ("round trip", format!("{:.2} ms", health.round_trip.as_secs_f64() * 1e3)),
            ("connections", format!("{} open, {} free, {} waiting", health.pool_size, health.pool_available, health.pool_waiting)),
        ];
        fields(rows)
    })?;
    match health.schema_version.cmp(&health.expected_schema_version) {
        Ordering::Equal if health.needs_reindex() => {
            Err("what text search reads was derived by other rules than this server's; run `pgmemory reindex`".into())
        }
        Ordering::Equal => Ok(()),
        Ordering::Less => Err("the database is behind this program; run `pgmemory migrate`".into()),
        Ordering::Greater => Err("the database is ahead of this program; use a newer pgmemory".into()),
    }
}

/// Show how much a user has, or all users together.
#[derive(Args)]
#[command(after_help = "Example: pgmemory stats --user demo\nExample: pgmemory stats")]
pub(crate) struct Stats {
    /// The user; all users together when absent
    #[arg(short, long, env = "PGMEMORY_USER", value_parser = NonEmptyStringValueParser::new())]
    user: Option<String>,
}

impl Stats {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        match self.user {
            Some(user) => {
                let stats = memory.user(&user)?.stats().await?;
                output.show(&stats, describe)?;
                if stats.total_nodes == 0 {
                    output.note(format_args!("no memories of user {user}"));
                }
            }
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
    pub(crate) async fn run(self, database: &Database) -> Outcome {
        let opened = database.open().await?;
        let installed = opened.server.as_ref().map(|server| server.bin_dir().join("psql")).filter(|psql| psql.exists());
        let mut psql = Command::new(installed.unwrap_or_else(|| "psql".into()));
        // Not as arguments, which every user of the machine can see.
        psql.args(self.arguments).envs(opened.config.libpq_environment()).env_remove(URL_VARIABLE);
        // Ctrl-C ends a statement in psql; it must not end us, and with us the server.
        let _taken = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut psql = psql.spawn().map_err(|error| format!("psql cannot be started ({error}); install it with postgresql-client"))?;
        let status = tokio::select! {
            status = psql.wait() => status?,
            _ = terminate.recv() => {
                // It sets the terminal right before it ends.
                if let Some(pid) = psql.id() {
                    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM)?;
                }
                psql.wait().await?;
                return Err(BY_KILL.into());
            }
        };
        if status.success() { Ok(()) } else { Err("psql ended with an error".into()) }
    }
}
