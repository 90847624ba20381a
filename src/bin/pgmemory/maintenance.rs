//! `cleanup`, `sweep`, `delete-user`, `refresh-stats`: forgetting, and what is done now and then.

use chrono::{DateTime, Utc};
use clap::Args;
use pgmemory::ContextType;
use serde_json::json;

use crate::{
    Outcome, User,
    arguments::{ago, share, variant},
    database::Database,
    output::{Output, count, table},
};

/// Delete a user's old memories.
///
/// Without --type only transient ones: search results, tool outputs and temporary states.
#[derive(Args)]
#[command(after_help = "Example: pgmemory cleanup --user demo --older-than 90d --keep-relevance 0.8 --dry-run")]
pub(crate) struct Cleanup {
    #[command(flatten)]
    user: User,
    /// How long ago they were created at least
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = ago)]
    older_than: DateTime<Utc>,
    /// Only this context type, transient or not; several: any of them
    #[arg(long = "type", value_name = "TYPE", value_parser = variant::<ContextType>())]
    context_types: Vec<ContextType>,
    /// Keep those with at least this relevance, between 0 and 1; read as 0.5 where nobody said
    #[arg(long, value_name = "RELEVANCE", value_parser = share)]
    keep_relevance: Option<f32>,
    /// Keep those that were touched within this time
    #[arg(long, value_name = "DURATION", value_parser = ago)]
    keep_accessed: Option<DateTime<Utc>>,
    /// Only count what would be deleted
    #[arg(long)]
    dry_run: bool,
}

impl Cleanup {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let mut cleanup = user.cleanup(self.older_than).dry_run(self.dry_run);
        cleanup = self.context_types.into_iter().fold(cleanup, pgmemory::Cleanup::context_type);
        cleanup = self.keep_relevance.into_iter().fold(cleanup, pgmemory::Cleanup::keep_relevance);
        cleanup = self.keep_accessed.into_iter().fold(cleanup, pgmemory::Cleanup::keep_accessed_since);
        output.show(&cleanup.await?, |report| {
            let what = if report.dry_run { "would be deleted" } else { "deleted" };
            let rows = report.context_types.iter().map(|count| vec![count.context_type.to_string(), count.nodes.to_string()]);
            let types = if report.nodes == 0 { String::new() } else { format!("\n\n{}", table(&["type", "nodes"], rows)) };
            format!("{} and {} {what}{types}", count(report.nodes, "node"), count(report.relationships, "relationship"))
        })?;
        Ok(())
    }
}

/// Delete what has expired, and count the words of those who have many more nodes than before; to be run now and then.
#[derive(Args)]
#[command(after_help = "Example: pgmemory sweep --log-older-than 30d")]
pub(crate) struct Sweep {
    /// Delete older entries of the log of changes, too
    #[arg(long, value_name = "DURATION", value_parser = ago)]
    log_older_than: Option<DateTime<Utc>>,
    /// Forget how far the journals of sessions had come, too, where none of their entries arrived since
    #[arg(long, value_name = "DURATION", value_parser = ago)]
    journals_older_than: Option<DateTime<Utc>>,
}

impl Sweep {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        let mut sweep = self.log_older_than.into_iter().fold(memory.sweep(), pgmemory::Sweep::changes_before);
        sweep = self.journals_older_than.into_iter().fold(sweep, pgmemory::Sweep::journals_before);
        output.show(&sweep.await?, |report| {
            format!(
                "{}, {} of the log and {} deleted, words of {} counted",
                count(report.nodes as u64, "expired node"),
                count(report.changes as u64, "change"),
                count(report.journals, "journal"),
                count(report.counted_users as u64, "user")
            )
        })?;
        Ok(())
    }
}

/// Delete everything of a user, for ever.
#[derive(Args)]
#[command(after_help = "Example: pgmemory delete-user nobody --yes")]
pub(crate) struct DeleteUser {
    /// The user
    user: String,
    /// Do it; without this only what there is is shown
    #[arg(long)]
    yes: bool,
}

impl DeleteUser {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        if !self.yes {
            let stats = memory.user(&self.user)?.stats().await?;
            let (nodes, relationships) = (count(stats.total_nodes, "node"), count(stats.total_relationships, "relationship"));
            return Err(format!("{} has {nodes} and {relationships}: add --yes to delete them for ever", self.user).into());
        }
        output.show(&memory.delete_user(&self.user).await?, |deleted| {
            let changes = count(deleted.changes, "change");
            format!("deleted {}, {} and the log of {changes}", count(deleted.nodes, "node"), count(deleted.relationships, "relationship"))
        })?;
        Ok(())
    }
}

/// Bring the view memory.user_stats up to date, for reports; to be run now and then.
#[derive(Args)]
#[command(after_help = "Example: pgmemory refresh-stats")]
pub(crate) struct RefreshStats;

impl RefreshStats {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        database.memory().await?.refresh_stats().await?;
        output.show(&json!({"refreshed": "memory.user_stats"}), |_| "refreshed memory.user_stats".to_owned())?;
        Ok(())
    }
}
