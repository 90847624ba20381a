//! Reading memories from JSON Lines or SQLite files, in constant memory and in one transaction: `queries/import.sql`.

mod embeddings;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod lines;
mod references;
#[cfg(feature = "session")]
mod sqlite;
mod writer;

use std::{future::IntoFuture, io::BufRead};

use codegen::queries::import;
use futures::future::BoxFuture;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::{Error, Memory, error::ErrorKind};
pub use embeddings::EmbeddingReport;
use lines::{Batch, Item, parse, read_batches};
#[cfg(feature = "session")]
pub(crate) use lines::{End, RelationshipLine};
use references::Known;
#[cfg(feature = "session")]
pub use sqlite::SqliteFile;
#[cfg(feature = "session")]
pub(crate) use sqlite::instant;
use writer::Writer;

/// How many batches may wait while one is written.
const BATCHES_AHEAD: usize = 2;

impl Memory {
    /// Imports memories of any number of users from JSON Lines, one node or relationship a line; a
    /// relationship refers to nodes that stand before it, or are there already. Imports into one database run
    /// one after the other.
    ///
    /// Await it to run it. Everything is kept, or nothing: a bad line ends the import unless
    /// [`skip_invalid`](Import::skip_invalid) is set.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), Box<dyn std::error::Error>> {
    /// let file = std::io::BufReader::new(std::fs::File::open("memories.jsonl")?);
    /// let report = memory.import(file).await?;
    /// println!("{} new nodes", report.nodes_inserted);
    /// # Ok(())
    /// # }
    /// ```
    pub fn import<R: BufRead + Send + 'static>(&self, lines: R) -> Import<'_> {
        self.import_from(move |sender| read_batches(lines, parse, sender))
    }

    /// Imports what such a reader sends.
    fn import_from(&self, read: impl FnOnce(&mpsc::Sender<Batch<Item>>) + Send + 'static) -> Import<'_> {
        Import {
            memory: self,
            read: Box::new(read),
            skip_invalid: false,
            on_progress: Box::new(|_| ()),
            cancelled: Box::pin(std::future::pending()),
        }
    }
}

/// Reads a file and sends what it says, until its end or nobody wants more.
type Read = dyn FnOnce(&mpsc::Sender<Batch<Item>>) + Send;

/// An import to come. Made by [`Memory::import`] and, with the feature `session`, by `Memory::import_sqlite`.
#[must_use = "await it to run it"]
pub struct Import<'a> {
    memory: &'a Memory,
    read: Box<Read>,
    skip_invalid: bool,
    on_progress: Box<dyn FnMut(&ImportReport) + Send + 'a>,
    cancelled: BoxFuture<'a, ()>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// How many lines were read, empty ones not counted.
    pub lines: u64,
    /// How many nodes are new.
    pub nodes_inserted: u64,
    /// How many times an entity was merged into the node that was there.
    pub nodes_merged: u64,
    /// How many nodes that are no entities were there already.
    pub nodes_present: u64,
    /// How many relationships are new.
    pub relationships_inserted: u64,
    /// How many relationships were there already.
    pub relationships_merged: u64,
    /// How many lines were passed over.
    pub rejected: u64,
    /// The first 100 of those, and why.
    pub rejections: Vec<Rejected>,
    /// What was put right in rows of a SQLite file; lines of JSON are taken as they are.
    pub repairs: Vec<Repaired>,
}

/// Something that was put right in several lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repaired {
    /// What was wrong, and what is there now.
    pub repair: String,
    /// In how many lines.
    pub lines: u64,
}

/// A line that could not be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rejected {
    /// Its number, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

impl<'a> Import<'a> {
    /// Whether to go on without the lines that cannot be imported, and report them.
    pub fn skip_invalid(mut self, skip: bool) -> Self {
        self.skip_invalid = skip;
        self
    }

    /// Calls `observer` with the state of the report after every ten thousand lines or so.
    pub fn on_progress(mut self, observer: impl FnMut(&ImportReport) + Send + 'a) -> Self {
        self.on_progress = Box::new(observer);
        self
    }

    /// Gives up when `signal` comes before the commit: nothing is kept then, and the error is
    /// [`Cancelled`](ErrorKind::Cancelled). (Who drops the import instead does not learn whether it had committed.)
    pub fn cancel_on(mut self, signal: impl Future<Output = ()> + Send + 'a) -> Self {
        self.cancelled = Box::pin(signal);
        self
    }
}

impl<'a> IntoFuture for Import<'a> {
    type Output = Result<ImportReport, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl Import<'_> {
    #[tracing::instrument(level = "debug", skip_all, fields(skip_invalid = self.skip_invalid))]
    async fn run(self) -> Result<ImportReport, Error> {
        let Self { memory, read, skip_invalid, mut on_progress, cancelled } = self;
        // Lines are read and checked on a thread of their own while the server writes those before.
        let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
        // Nobody waits for its end, since the next line may never come.
        std::thread::spawn(move || read(&sender));

        let mut client = memory.client().await?;
        let call = memory.connections.watch(&client);
        let write = async {
            let transaction = client.transaction().await?;
            import::lift_timeout().bind(&transaction).one().await?;
            import::lock().bind(&transaction).one().await?;
            let mut writer = Writer { memory, transaction, known: Known::default(), report: ImportReport::default() };
            while let Some(batch) = batches.recv().await {
                let (mut nodes, mut relationships) = (Vec::new(), Vec::new());
                for line in batch? {
                    writer.report.lines += 1;
                    writer.report.add_repairs(&line.repairs);
                    match line.item {
                        Ok(item @ Item::Node { .. }) => nodes.push((line.number, item)),
                        Ok(item @ Item::Relationship { .. }) => relationships.push((line.number, item)),
                        Err(error) => writer.reject(line.number, error, skip_invalid || line.is_dispensable)?,
                    }
                }
                writer.write(&nodes, skip_invalid).await?;
                writer.write(&relationships, skip_invalid).await?;
                on_progress(&writer.report);
            }
            Ok::<_, Error>(writer)
        };
        let writer = tokio::select! {
            biased;
            () = cancelled => return Err(Error::new(ErrorKind::Cancelled, "the import was cancelled; nothing of it was kept")),
            writer = write => writer,
        };
        call.answered();
        let writer = writer?;
        writer.transaction.commit().await?;
        Ok(writer.report)
    }
}

impl std::fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import").field("skip_invalid", &self.skip_invalid).finish_non_exhaustive()
    }
}
