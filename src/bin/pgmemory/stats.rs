//! `activity`, `users`: how much there is, over time and over users.

use chrono::{DateTime, Utc};
use clap::Args;
use pgmemory::Period;

use crate::{
    Outcome, User,
    arguments::{ago, limit, time, variant},
    database::Database,
    output::{Output, minute, table},
};

/// Count the nodes that a user created in each period of time, newest first.
#[derive(Args)]
#[command(after_help = "Example: pgmemory activity --user demo --by month --time-zone Europe/Zurich")]
pub(crate) struct Activity {
    #[command(flatten)]
    user: User,
    /// How long a period is
    #[arg(long, value_name = "PERIOD", default_value_t = Period::Day, value_parser = variant::<Period>())]
    by: Period,
    /// By whose clock a period begins
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Only nodes created at this time or later: 2026-01-31, "2026-01-31 09:30" or 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Only nodes created before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    before: Option<DateTime<Utc>>,
}

impl Activity {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        let mut activity = user.activity(self.by).time_zone(self.time_zone);
        activity = self.since.into_iter().fold(activity, pgmemory::Activity::since);
        activity = self.before.into_iter().fold(activity, pgmemory::Activity::before);
        output.show(&activity.await?, |counts| {
            let rows = counts.iter().map(|count| {
                vec![count.local_time.clone(), count.context_type.to_string(), count.nodes.to_string(), count.entities.to_string()]
            });
            table(&["from", "type", "nodes", "entities"], rows)
        })?;
        Ok(())
    }
}

/// List the users with the most nodes, or those whose memory changed lately.
#[derive(Args)]
#[command(after_help = "Example: pgmemory users --limit 10\nExample: pgmemory users --active-within 24h")]
pub(crate) struct Users {
    /// Only users whose memory changed within this time, latest first
    #[arg(long, value_name = "DURATION", value_parser = ago)]
    active_within: Option<DateTime<Utc>>,
    /// How many, 1 to 1,000
    #[arg(long, default_value_t = 20, value_parser = limit())]
    limit: usize,
}

impl Users {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        match self.active_within {
            Some(since) => output.show(&memory.recent_activity(since, self.limit).await?, |users| {
                let rows = users.iter().map(|user| vec![user.user_id.clone(), minute(user.last_activity), user.new_nodes.to_string()]);
                table(&["user", "last change", "new nodes"], rows)
            })?,
            None => output.show(&memory.user_distribution(self.limit).await?, |users| {
                let rows = users.iter().map(|user| {
                    vec![
                        user.user_id.clone(),
                        user.total_nodes.to_string(),
                        user.total_entities.to_string(),
                        user.total_relationships.to_string(),
                        minute(user.last_activity),
                    ]
                });
                table(&["user", "nodes", "entities", "relationships", "last change"], rows)
            })?,
        }
        Ok(())
    }
}
