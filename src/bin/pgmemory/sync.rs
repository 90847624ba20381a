//! `sync`: what sessions have for PostgreSQL.

use std::{path::PathBuf, time::Duration};

use clap::{Args, builder::NonEmptyStringValueParser};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use pgmemory::{Memory, Session, SessionFile};
use serde::Serialize;

use crate::{
    Outcome,
    arguments::duration,
    database::{Database, THREAD},
    output::{Output, table},
};

/// How often somebody who watches is shown how far it is.
const TICK: Duration = Duration::from_millis(200);

/// Send PostgreSQL what sessions keep for it in their files, also since it was away or switched off.
///
/// All files in the folder of sessions, unless a user or a file is named. The exit code is 1 where something is left, or was refused.
#[derive(Args)]
#[command(after_help = "Example: pgmemory sync\nExample: pgmemory sync --user demo")]
pub(crate) struct Sync {
    /// Only the file of this user
    #[arg(short, long, env = "PGMEMORY_USER", value_parser = NonEmptyStringValueParser::new())]
    user: Option<String>,
    /// This file instead, whoever the user is
    #[arg(long)]
    file: Option<PathBuf>,
    /// How long PostgreSQL may take nothing before the rest is left for the next time
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    timeout: Duration,
}

impl Sync {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let paths = match (&self.file, &self.user) {
            (Some(file), _) => vec![file.clone()],
            (None, Some(user)) => vec![SessionFile::path_of(user)?],
            (None, None) => SessionFile::paths()?,
        };
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        for path in paths {
            let delivery = match SessionFile::read(&path).await {
                Ok(None) if self.file.is_some() => return Err(format!("{} is no session's file", path.display()).into()),
                Ok(None) => continue,
                Ok(Some(file)) if file.journaled == 0 => Ok(Delivery::nothing(file)),
                Ok(Some(file)) => Delivery::send(&database.memory().await?, file, self.timeout).await,
                Err(error) => Err(error),
            };
            // One that is damaged does not hold up the others.
            match delivery {
                Ok(delivery) => files.push(delivery),
                Err(error) => problems.push(format!("{}: {error}", path.display())),
            }
        }
        files.sort_by(|one, other| one.user_id.cmp(&other.user_id));
        output.show(&files, |files| {
            let row =
                |file: &Delivery| [file.user_id.clone(), file.sent.to_string(), file.left.to_string(), file.refused.to_string()].to_vec();
            table(&["user", "sent", "left", "refused"], files.iter().map(row))
        })?;
        if files.is_empty() && problems.is_empty() {
            output.note("no session has a file yet");
        }
        problems.extend(files.iter().filter_map(Delivery::problem));
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
    }
}

/// What became of the entries that a file had for PostgreSQL.
#[derive(Serialize)]
pub(crate) struct Delivery {
    user_id: String,
    sent: i64,
    left: i64,
    /// They are among the dead letters.
    refused: i64,
    /// Why some are left.
    #[serde(skip)]
    reason: Option<String>,
}

impl Delivery {
    fn nothing(file: SessionFile) -> Self {
        Self { user_id: file.user_id, sent: 0, left: 0, refused: 0, reason: None }
    }

    /// Sends them, for as long as PostgreSQL takes some within the timeout; a terminal shows how far it is.
    pub(crate) async fn send(memory: &Memory, before: SessionFile, timeout: Duration) -> Result<Self, pgmemory::Error> {
        let session = memory.session(&before.user_id, THREAD).file(&before.path).patience(Duration::ZERO).await?;
        tokio::select! {
            sent = flush(&session, before.journaled, timeout) => sent?,
            () = show_progress(&before) => unreachable!("it goes on until it is dropped"),
        }
        let status = session.status().await?;
        session.close(Duration::ZERO).await?;
        // Others may have used the file meanwhile.
        let (left, refused) = (status.journaled, (status.dead_letters - before.dead_letters).max(0));
        let sent = (before.journaled - left - refused).max(0);
        Ok(Self { user_id: before.user_id, sent, left, refused, reason: status.last_error })
    }

    pub(crate) fn describe(&self) -> String {
        format!("{} sent, {} left, {} refused", self.sent, self.left, self.refused)
    }

    /// What somebody has to look after.
    pub(crate) fn problem(&self) -> Option<String> {
        let user_id = &self.user_id;
        let left = (self.left > 0).then(|| {
            let reason = self.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            format!("{} left in the file of user {user_id}{reason}", self.left)
        });
        let refused =
            (self.refused > 0).then(|| format!("{} refused: `pgmemory session dead-letters --user {user_id}` says why", self.refused));
        let problems: Vec<String> = left.into_iter().chain(refused).collect();
        (!problems.is_empty()).then(|| problems.join("\n"))
    }
}

/// Waits until nothing is left, or PostgreSQL has taken nothing for so long.
async fn flush(session: &Session, mut left: i64, timeout: Duration) -> Result<(), pgmemory::Error> {
    loop {
        let still = i64::try_from(session.flush(timeout).await?).unwrap_or(i64::MAX);
        if still == 0 || still >= left {
            return Ok(());
        }
        left = still;
    }
}

/// Shows how much has gone, until it is dropped.
async fn show_progress(before: &SessionFile) {
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {pos} of {len} sent  {eta} left").expect("a template");
    let progress = ProgressBar::new(before.journaled.unsigned_abs()).with_style(style).with_finish(ProgressFinish::AndClear);
    loop {
        // What goes at once needs no bar.
        tokio::time::sleep(TICK).await;
        if let Ok(Some(file)) = SessionFile::read(&before.path).await {
            progress.set_position((before.journaled - file.journaled).max(0).unsigned_abs());
        }
    }
}
