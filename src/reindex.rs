//! Deriving anew what text search reads: `queries/reindex.sql`.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::IntoFuture,
    time::Duration,
};

use codegen::queries::{import, maintenance, reindex};
use deadpool_postgres::Client;
use futures::future::BoxFuture;
use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Memory};

/// How many nodes one statement looks at: few enough that nobody waits long for its locks.
const BATCH_ROWS: i64 = 1_000;

/// How often it looks whether older writers have ended.
const PAUSE: Duration = Duration::from_millis(100);

impl Memory {
    /// Derives the search column of all users' nodes anew where it differs from what the server would derive now:
    /// after `pg_upgrade` to a version with another stemmer, or for another language. Await it to do it.
    ///
    /// It goes through the nodes in batches, each a transaction of its own, and writers wait for one batch at most: who
    /// stops it half-way and begins again loses nothing but time. What is derived anew is no change for the log. It
    /// first waits for the transactions that are writing nodes, an import among them, since what they write may have
    /// been derived by the rules before.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// if memory.health().await?.needs_reindex() {
    ///     let report = memory.reindex().on_progress(|report| println!("{} nodes", report.nodes)).await?;
    ///     println!("{} of {} were outdated", report.outdated, report.nodes);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn reindex(&self) -> Reindex<'_> {
        Reindex { memory: self, configuration: None, dry_run: false, on_progress: Box::new(|_| ()) }
    }
}

/// A reindex to come. Made by [`Memory::reindex`].
#[must_use = "await it to do it"]
pub struct Reindex<'a> {
    memory: &'a Memory,
    configuration: Option<String>,
    dry_run: bool,
    on_progress: Box<dyn FnMut(&ReindexReport) + Send + 'a>,
}

/// What a reindex did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReindexReport {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The text search configuration of the database from now on.
    pub configuration: String,
    /// How many nodes were looked at.
    pub nodes: i64,
    /// How many of them were outdated, and no longer are.
    pub outdated: i64,
}

/// The nodes of one statement, and where the next one goes on.
#[derive(Debug)]
struct Batch {
    nodes: i64,
    last: Option<(String, Uuid)>,
    outdated: Vec<(String, Uuid)>,
}

impl<'a> Reindex<'a> {
    /// Gives the database another text search configuration first, by its name as in `\dF` of psql: `german`, or
    /// with its schema where it does not come with the server, `public.mine`. Only the owner may. Unknown ones are
    /// refused with a list of those there are.
    ///
    /// From then on until the end, nodes that it has not reached are found by the words of before.
    pub fn configuration(mut self, configuration: impl Into<String>) -> Self {
        self.configuration = Some(configuration.into());
        self
    }

    /// Whether only to count what is outdated, or would be under the other configuration.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Calls `observer` with the state of the report after every thousand nodes.
    pub fn on_progress(mut self, observer: impl FnMut(&ReindexReport) + Send + 'a) -> Self {
        self.on_progress = Box::new(observer);
        self
    }

    #[tracing::instrument(level = "debug", skip_all, fields(configuration = self.configuration, dry_run = self.dry_run))]
    async fn run(mut self) -> Result<ReindexReport, Error> {
        let (configuration, replacement) = self.memory.replacement(self.configuration.take()).await?;
        let mut report = ReindexReport { dry_run: self.dry_run, configuration, ..ReindexReport::default() };
        // A dry run takes it back with each batch.
        let mut trial = None;
        if self.dry_run {
            trial = replacement;
        } else {
            if let Some(statement) = &replacement {
                let replace = |client: Client| async move { Ok(client.batch_execute(statement).await?) };
                self.memory.connections.write(replace).await?;
            }
            self.memory.older_writers_ended().await?;
        }
        let mut after = (String::new(), Uuid::nil());
        loop {
            let batch = self.memory.outdated_after(&after, trial.as_deref()).await?;
            if !self.dry_run && !batch.outdated.is_empty() {
                self.memory.derive(&batch.outdated).await?;
            }
            report.nodes += batch.nodes;
            report.outdated += i64::try_from(batch.outdated.len()).unwrap_or(i64::MAX);
            (self.on_progress)(&report);
            match batch.last {
                Some(last) if batch.nodes == BATCH_ROWS => after = last,
                _ => return Ok(report),
            }
        }
    }
}

impl Memory {
    /// The configuration that shall be, and the statement that makes it so where it is another.
    async fn replacement(&self, wanted: Option<String>) -> Result<(String, Option<String>), Error> {
        let wanted = &wanted;
        let ask = |client: Client| async move {
            let present = reindex::get_configuration().bind(&client).one().await?;
            let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != present) else { return Ok((present, None)) };
            let known = reindex::list_configurations().bind(&client).all().await?;
            if !known.iter().any(|known| known == wanted) {
                let known = known.join(", ");
                return Err(Error::invalid("configuration", format!("there is no text search configuration {wanted:?}, only {known}")));
            }
            let statement = reindex::replace_configuration().bind(&client, &wanted).one().await?;
            Ok((wanted.to_owned(), Some(statement)))
        };
        self.connections.read(ask).await
    }

    /// Waits for the end of all transactions that write nodes now; later ones derive what this one would.
    async fn older_writers_ended(&self) -> Result<(), Error> {
        let writers = || self.connections.read(|client| async move { Ok(reindex::list_writers().bind(&client).all().await?) });
        let mut older: BTreeSet<String> = writers().await?.into_iter().collect();
        while !older.is_empty() {
            tokio::time::sleep(PAUSE).await;
            let present: BTreeSet<String> = writers().await?.into_iter().collect();
            older.retain(|writer| present.contains(writer));
        }
        Ok(())
    }

    async fn outdated_after(&self, (user_id, node_id): &(String, Uuid), trial: Option<&str>) -> Result<Batch, Error> {
        let list = |mut client: Client| async move {
            let transaction = client.transaction().await?;
            import::lift_timeout().bind(&transaction).one().await?;
            if let Some(statement) = trial {
                transaction.batch_execute(statement).await?;
            }
            let page = reindex::list_outdated().bind(&transaction, user_id, node_id, &BATCH_ROWS).one().await?;
            transaction.rollback().await?;
            Ok(Batch {
                nodes: page.nodes,
                last: page.last_user_id.zip(page.last_node_id),
                outdated: page.user_ids.into_iter().zip(page.node_ids).collect(),
            })
        };
        self.connections.write_many(usize::MAX, list).await
    }

    /// First for all users at once whom nobody else is writing for, then for the others one by one: whoever waits
    /// for a user must hold none.
    async fn derive(&self, outdated: &[(String, Uuid)]) -> Result<(), Error> {
        let mut nodes: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
        for (user_id, node_id) in outdated {
            nodes.entry(user_id).or_default().push(*node_id);
        }
        let (user_ids, node_ids): (Vec<&str>, Vec<Uuid>) = outdated.iter().map(|(user_id, node_id)| (user_id.as_str(), node_id)).unzip();
        let (user_ids, node_ids) = (&user_ids, &node_ids);
        let derive_many = |mut client: Client| async move {
            let transaction = client.transaction().await?;
            import::lift_timeout().bind(&transaction).one().await?;
            let done = reindex::derive_many().bind(&transaction, user_ids, node_ids).all().await?;
            transaction.commit().await?;
            Ok(done)
        };
        // The limit is lifted.
        for user_id in self.connections.write_many(usize::MAX, derive_many).await? {
            nodes.remove(user_id.as_str());
        }
        for (user_id, node_ids) in &nodes {
            let derive = |mut client: Client| async move {
                let transaction = client.transaction().await?;
                import::lift_timeout().bind(&transaction).one().await?;
                maintenance::lock_user().bind(&transaction, user_id).opt().await?;
                reindex::derive().bind(&transaction, user_id, node_ids).await?;
                Ok(transaction.commit().await?)
            };
            self.connections.write_many(usize::MAX, derive).await?;
        }
        Ok(())
    }
}

impl<'a> IntoFuture for Reindex<'a> {
    type Output = Result<ReindexReport, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl std::fmt::Debug for Reindex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reindex").field("configuration", &self.configuration).field("dry_run", &self.dry_run).finish_non_exhaustive()
    }
}
