//! How much there is: `queries/stats.sql`.

use codegen::queries::stats;

use crate::{
    Error, Memory, UserMemory,
    model::{ContextTypeCount, Totals, UserStats},
};

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
            Ok((counters, stats::count_per_context_type().bind(&client, &self.user_id()).all().await?))
        };
        let (counters, context_types) = self.connections.read(count).await?;
        Ok(UserStats {
            total_nodes: counters.as_ref().map_or(0, |row| row.total_nodes),
            total_relationships: counters.as_ref().map_or(0, |row| row.total_relationships),
            version: counters.as_ref().map_or(0, |row| row.version),
            created_at: counters.as_ref().map(|row| row.created_at),
            last_activity: counters.as_ref().map(|row| row.last_activity),
            context_types: context_types
                .into_iter()
                .map(|row| Ok(ContextTypeCount { context_type: row.context_type.parse()?, nodes: row.nodes, entities: row.entities }))
                .collect::<Result<_, Error>>()?,
        })
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
}
