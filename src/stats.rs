//! How much there is: `queries/stats.sql`.

mod activity;

use chrono::{DateTime, Utc};
use codegen::{client::GenericClient, queries::stats};

use crate::{
    ActiveUser, ContextTypeCount, Error, Memory, Period, Totals, UserCounts, UserMemory, UserStats,
    model::{EARLIEST, LATEST, validate_limit},
};

pub use activity::Activity;

impl UserMemory {
    /// How much the user has, by the counters that every write keeps, and how many nodes of each context
    /// type, counted.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn stats(&self) -> Result<UserStats, Error> {
        let count = |client| async move {
            let counters = stats::get().bind(&client, &self.user_id()).opt().await?;
            Ok((counters, count_per_context_type(&client, self.user_id()).await?))
        };
        let (counters, context_types) = self.read(count).await?;
        Ok(UserStats {
            total_nodes: counters.as_ref().map_or(0, |row| row.total_nodes),
            total_relationships: counters.as_ref().map_or(0, |row| row.total_relationships),
            version: counters.as_ref().map_or(0, |row| row.version),
            created_at: counters.as_ref().map(|row| row.created_at),
            last_activity: counters.as_ref().map(|row| row.last_activity),
            context_types,
        })
    }

    /// How many nodes of each context type the user has, counted, most first.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all, fields(user_id = self.user_id()))]
    pub async fn context_breakdown(&self) -> Result<Vec<ContextTypeCount>, Error> {
        self.read(|client| async move { count_per_context_type(&client, self.user_id()).await }).await
    }

    /// How many nodes the user created in each period of time, newest first. Await it to get them.
    ///
    /// ```no_run
    /// # async fn run(alice: pgmemory::UserMemory) -> Result<(), pgmemory::Error> {
    /// use pgmemory::Period;
    ///
    /// for count in alice.activity(Period::Day).time_zone("Europe/Zurich").await? {
    ///     println!("{} {} {}", count.period, count.context_type, count.nodes);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn activity(&self, period: Period) -> Activity<'_> {
        Activity { memory: self, period, time_zone: "UTC".to_owned(), since: EARLIEST, before: LATEST }
    }
}

impl Memory {
    /// How much there is of all users together. Operators' work: no user may be shown it.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind).
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn totals(&self) -> Result<Totals, Error> {
        let row = self.connections.read(|client| async move { Ok(stats::count_all().bind(&client).one().await?) }).await?;
        Ok(Totals { users: row.users, nodes: row.nodes, relationships: row.relationships })
    }

    /// The users with the most nodes, at most `limit` (1 to 1,000) of them. Operators' work, as all that follow.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a limit out of range; else as every call to the
    /// database.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn user_distribution(&self, limit: usize) -> Result<Vec<UserCounts>, Error> {
        let limit = validate_limit(limit)?;
        let rows = self.connections.read(|client| async move { Ok(stats::list_users().bind(&client, &limit).all().await?) }).await?;
        let users = rows.into_iter().map(|row| UserCounts {
            user_id: row.user_id,
            total_nodes: row.total_nodes,
            total_entities: row.total_entities,
            total_relationships: row.total_relationships,
            last_activity: row.last_activity,
        });
        Ok(users.collect())
    }

    /// The users whose memory changed since a time, latest first, at most `limit` (1 to 1,000) of them.
    ///
    /// # Errors
    ///
    /// As [`user_distribution`](Self::user_distribution).
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn recent_activity(&self, since: DateTime<Utc>, limit: usize) -> Result<Vec<ActiveUser>, Error> {
        let limit = validate_limit(limit)?;
        let since = &since.clamp(EARLIEST, LATEST);
        let list = |client| async move { Ok(stats::list_recent().bind(&client, since, &limit).all().await?) };
        let rows = self.connections.read(list).await?;
        let users =
            rows.into_iter().map(|row| ActiveUser { user_id: row.user_id, last_activity: row.last_activity, new_nodes: row.new_nodes });
        Ok(users.collect())
    }

    /// Brings the view `memory.user_stats` up to date, for those who report from it. Its readers need not wait.
    ///
    /// # Errors
    ///
    /// [`Denied`](crate::ErrorKind::Denied) when the role does not own the view; else as every call to the
    /// database.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn refresh_stats(&self) -> Result<(), Error> {
        let refresh = |client| async move { Ok(stats::refresh().bind(&client).await?) };
        self.connections.write(refresh).await?;
        Ok(())
    }
}

async fn count_per_context_type(client: &impl GenericClient, user_id: &str) -> Result<Vec<ContextTypeCount>, Error> {
    let rows = stats::count_per_context_type().bind(client, &user_id).all().await?;
    rows.into_iter()
        .map(|row| Ok(ContextTypeCount { context_type: row.context_type.parse()?, nodes: row.nodes, entities: row.entities }))
        .collect()
}
