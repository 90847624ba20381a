//! The thread that writes the session's file: what is asked for meanwhile is written together, with one commit.

use std::{
    fs::File,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    failure::meaning,
    index::{PAGE, index_page},
};
use crate::{Error, error::ErrorKind};

/// How many jobs one commit holds at most: few enough that nobody waits long.
const MOST_JOBS: usize = 128;

/// After how long without a job there is time to index texts.
const LULL: Duration = Duration::from_millis(20);
/// Until a job comes: then there may be texts again.
const FOR_EVER: Duration = Duration::from_hours(24 * 365);

/// What must not happen to what was written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Importance {
    /// It may be lost with the machine, though not with the process: it can be had again.
    Cache,
    /// It may not, once the job has its answer. PostgreSQL may be told of it before.
    Journal,
}

/// Something to write.
pub(super) trait Job: Send {
    fn importance(&self) -> Importance;
    /// Writes it; nothing of what failed is kept.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells whoever waits what became of it.
    fn answer(self: Box<Self>, kept: Result<(), Error>);
}

/// A function that writes, and who waits for what it returns.
pub(super) struct Task<F, T> {
    importance: Importance,
    job: Option<F>,
    result: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Task<F, T> {
    pub(super) fn new(importance: Importance, job: F, reply: oneshot::Sender<Result<T, Error>>) -> Self {
        Self { importance, job: Some(job), result: None, reply }
    }
}

impl<F, T: Send> Job for Task<F, T>
where
    F: FnOnce(&Connection) -> Result<T, Error> + Send,
{
    fn importance(&self) -> Importance {
        self.importance
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let job = self.job.take().expect("a job runs once");
        self.result.insert(job(connection)).is_ok()
    }

    fn answer(self: Box<Self>, kept: Result<(), Error>) {
        let result = match (self.result, kept) {
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(result), Ok(())) => result,
            (None, Ok(())) => return,
        };
        // Nobody may wait for it any more.
        let _ = self.reply.send(result);
    }
}

/// Writes until nobody is left who could ask for it. Texts are indexed while there is nothing else to do, or when there may be a
/// page of them: one by one they would cost more than all else that is written.
pub(super) fn write_all(connection: &Connection, log: Option<&File>, queue: &Receiver<Box<dyn Job>>) {
    let mut patience = LULL;
    // Each job may have brought one.
    let mut unindexed = 0;
    loop {
        match queue.recv_timeout(patience) {
            Ok(first) => {
                let mut jobs = vec![first];
                jobs.extend(queue.try_iter().take(MOST_JOBS - 1));
                unindexed += jobs.len();
                write_group(connection, log, jobs);
                patience = LULL;
                for _ in 0..unindexed / usize::from(PAGE) {
                    index_some(connection);
                }
                unindexed %= usize::from(PAGE);
            }
            Err(RecvTimeoutError::Timeout) => patience = if index_some(connection) { FOR_EVER } else { Duration::ZERO },
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Indexes a few texts. Whether there are no more; an error is left to whoever searches.
fn index_some(connection: &Connection) -> bool {
    let index = || {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let indexed = index_page(connection)?;
        connection.execute_batch("COMMIT")?;
        Ok::<_, Error>(indexed == 0)
    };
    index().unwrap_or_else(|error| {
        tracing::debug!(%error, "texts cannot be indexed at present");
        end_transaction(connection);
        true
    })
}

fn end_transaction(connection: &Connection) {
    if !connection.is_autocommit() {
        // It may have ended by itself.
        let _ = connection.execute_batch("ROLLBACK");
    }
}

fn write_group(connection: &Connection, log: Option<&File>, jobs: Vec<Box<dyn Job>>) {
    let is_alone = jobs.len() == 1;
    let mut written: Vec<Box<dyn Job>> = Vec::with_capacity(jobs.len());
    let mut jobs = jobs.into_iter();
    while let Some(mut job) = jobs.next() {
        if written.is_empty()
            && let Err(error) = connection.execute_batch("BEGIN IMMEDIATE")
        {
            // Those behind it would wait as long, for the same.
            refuse(connection, [job].into_iter().chain(jobs).collect(), &error);
            return;
        }
        let result = if is_alone { run_alone(connection, &mut *job) } else { run_among_others(connection, &mut *job) };
        written.push(job);
        // Some errors take the whole transaction with them, a full disk among them.
        if let Err(error) = result {
            refuse(connection, std::mem::take(&mut written), &error);
        }
    }
    if written.is_empty() {
        return;
    }
    if let Err(error) = connection.execute_batch("COMMIT") {
        refuse(connection, written, &error);
        return;
    }
    let (journal, cache): (Vec<_>, Vec<_>) = written.into_iter().partition(|job| job.importance() == Importance::Journal);
    for job in cache {
        job.answer(Ok(()));
    }
    if journal.is_empty() {
        return;
    }
    let synced = log.map_or(Ok(()), File::sync_data);
    for job in journal {
        let failed = |error: &std::io::Error| {
            let message = format!("the session's file may have lost what was just written: {error}");
            Error::new(ErrorKind::SessionFile, message)
        };
        job.answer(synced.as_ref().copied().map_err(failed));
    }
}

/// Runs a job so that nothing is left of it if it fails. An error means that the transaction is gone.
fn run_among_others(connection: &Connection, job: &mut dyn Job) -> Result<(), rusqlite::Error> {
    connection.execute_batch("SAVEPOINT job")?;
    let is_good = job.run(connection);
    connection.execute_batch(if is_good { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })
}

/// The same without others whom a failure must not take along: keeping what each page was before costs a job of many rows a third.
fn run_alone(connection: &Connection, job: &mut dyn Job) -> Result<(), rusqlite::Error> {
    if job.run(connection) { Ok(()) } else { connection.execute_batch("ROLLBACK; BEGIN IMMEDIATE") }
}

fn refuse(connection: &Connection, jobs: Vec<Box<dyn Job>>, error: &rusqlite::Error) {
    end_transaction(connection);
    let (kind, message) = meaning(error);
    for job in jobs {
        job.answer(Err(Error::new(kind, message.clone())));
    }
}
