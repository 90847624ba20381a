//! How a migration reaches the server.

use codegen::queries::migrations;
use refinery::Migration;
use refinery_core::traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction};
use tokio_postgres::{Client, Error};

/// The first line of a file that cannot be a transaction. `build.rs` knows it too.
pub(super) const NO_TRANSACTION: &str = "-- no transaction\n";

/// A connection on which each migration is a transaction, unless its file says that it cannot be one.
pub(super) struct Connection<'c>(pub(super) &'c mut Client);

impl AsyncTransaction for Connection<'_> {
    type Error = Error;

    /// Runs the text of a migration, then what records it.
    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(&'a mut self, queries: T) -> Result<usize, Error> {
        let queries: Vec<&str> = queries.collect();
        let Some(migration) = queries.first().filter(|migration| migration.starts_with(NO_TRANSACTION)) else {
            return self.0.execute(queries.into_iter()).await;
        };
        // IF NOT EXISTS takes an index that an interrupted build left behind for the index.
        for statement in migrations::drop_unfinished().bind(&*self.0, migration).all().await? {
            self.0.batch_execute(&statement).await?;
        }
        // Several statements in one message would be a transaction.
        for statement in queries.iter().flat_map(|query| query.split_inclusive(";\n")) {
            self.0.batch_execute(statement).await?;
        }
        Ok(queries.len())
    }
}

impl AsyncQuery<Vec<Migration>> for Connection<'_> {
    async fn query<'a>(&'a mut self, query: &'a str) -> Result<Vec<Migration>, Error> {
        AsyncQuery::query(self.0, query).await
    }
}

impl AsyncMigrate for Connection<'_> {}
