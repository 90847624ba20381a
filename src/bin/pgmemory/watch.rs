//! `pgmemory watch`: what changes in a user's memory.

use std::{
    io::{Write, stdout},
    pin::pin,
};

use clap::Args;
use futures::{StreamExt, TryStreamExt};

use crate::{
    Outcome, User,
    database::Database,
    output::{Output, minute},
};

/// Show what changes in the memory of a user, in order, until you press Ctrl-C. A change says what to read again, not what it held
#[derive(Args)]
#[command(after_help = "Example: pgmemory watch --user demo --since 0 --limit 1")]
pub(crate) struct Watch {
    #[command(flatten)]
    user: User,
    /// Begin after this version of the memory, 0 for the beginning; else with what changes from now on
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(i64).range(0..))]
    since: Option<i64>,
    /// End after so many changes
    #[arg(long)]
    limit: Option<usize>,
}

impl Watch {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let since = match self.since {
            Some(since) => since,
            None => user.stats().await?.version,
        };
        let mut changes = pin!(user.watch(since).take(self.limit.unwrap_or(usize::MAX)));
        while let Some(change) = changes.try_next().await? {
            let mut stdout = stdout().lock();
            if output.json {
                writeln!(stdout, "{}", serde_json::to_string(&change)?)?;
            } else {
                let (kind, id) = match (change.node_id, change.relationship_id) {
                    (Some(id), _) => ("node", id),
                    (_, id) => ("relationship", id.unwrap_or_default()),
                };
                let operation: &str = change.operation.into();
                writeln!(stdout, "{:>8}  {}  {operation:<6}  {kind:<12}  {id}", change.version, minute(change.changed_at))?;
            }
            stdout.flush()?;
        }
        Ok(())
    }
}
