//! `session`: the local file of a user, by hand.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use pgmemory::{DeadLetter, SessionFile, SessionStatus};
use serde_json::json;

use crate::{
    Outcome, User,
    arguments::duration,
    database::{Database, THREAD, without_server},
    output::{Output, fields, minute, one_line, table},
    sync::Delivery,
};

/// Look after the file of a user's session: a memory at hand that goes on without PostgreSQL.
#[derive(Args)]
#[command(after_help = "Example: pgmemory session open --user demo
Example: pgmemory session status --user demo
Example: pgmemory session flush --user demo
Example: pgmemory session dead-letters --user demo
Example: pgmemory session clean --user demo --idle 24h")]
pub(crate) struct Session {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Open(Open),
    Status(Status),
    Flush(Flush),
    DeadLetters(DeadLetters),
    Clean(Clean),
}

/// Which file.
#[derive(Args)]
struct Place {
    #[command(flatten)]
    user: User,
    /// The file; else the user's in the folder of sessions, which PGMEMORY_SESSION_DIR names
    #[arg(long)]
    file: Option<PathBuf>,
}

/// Open the file, made if it is not there: load the memory into it, or what has changed since.
#[derive(Args)]
#[command(after_help = "Example: pgmemory session open --user demo --thread thread-7")]
struct Open {
    #[command(flatten)]
    place: Place,
    /// The thread of work to open it for
    #[arg(long, default_value = THREAD, value_parser = NonEmptyStringValueParser::new())]
    thread: String,
    /// How long to wait for PostgreSQL
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    timeout: Duration,
}

/// Show what the file holds, what waits in it, and whether PostgreSQL answers.
#[derive(Args)]
#[command(after_help = "Example: pgmemory session status --user demo")]
struct Status {
    #[command(flatten)]
    place: Place,
}

/// Send PostgreSQL what waits in the file; the exit code is 1 where something is left, or was refused.
#[derive(Args)]
#[command(after_help = "Example: pgmemory session flush --user demo --timeout 5m")]
struct Flush {
    #[command(flatten)]
    place: Place,
    /// How long PostgreSQL may take nothing before the rest is left for the next time
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    timeout: Duration,
}

/// List what PostgreSQL refused for good, oldest first.
#[derive(Args)]
#[command(after_help = "Example: pgmemory session dead-letters --user demo --retry 7")]
struct DeadLetters {
    #[command(flatten)]
    place: Place,
    /// Send the one of this number again next time, then list the others
    #[arg(long, value_name = "N")]
    retry: Option<i64>,
    /// Drop the one of this number, then list the others
    #[arg(long, value_name = "N", conflicts_with = "retry")]
    drop: Option<i64>,
}

/// Forget threads of work that have been idle, and their notes: never what was remembered.
#[derive(Args)]
#[command(after_help = "Example: pgmemory session clean --user demo --idle 7d")]
struct Clean {
    #[command(flatten)]
    place: Place,
    /// For how long
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
    idle: Duration,
}

impl Session {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        match self.action {
            Action::Open(open) => open.run(database, output).await,
            Action::Status(status) => status.run(database, output).await,
            Action::Flush(flush) => flush.run(database, output).await,
            Action::DeadLetters(dead_letters) => dead_letters.run(output).await,
            Action::Clean(clean) => clean.run(output).await,
        }
    }
}

impl Place {
    fn path(&self) -> Result<PathBuf, pgmemory::Error> {
        self.file.clone().map_or_else(|| SessionFile::path_of(&self.user.user), Ok)
    }

    /// The file, which has to be there.
    async fn find(&self) -> Result<SessionFile, Box<dyn std::error::Error>> {
        let path = self.path()?;
        match SessionFile::read(&path).await? {
            Some(file) if file.user_id == self.user.user => Ok(file),
            Some(_) => Err(format!("{} is the file of another user", path.display()).into()),
            None => Err(format!("user {} has no session file {}: `pgmemory session open` makes it", self.user.user, path.display()).into()),
        }
    }

    /// A session on it alone.
    async fn open(&self) -> Result<pgmemory::Session, Box<dyn std::error::Error>> {
        let file = self.find().await?;
        Ok(without_server()?.session(&file.user_id, THREAD).file(file.path).await?)
    }
}

impl Open {
    async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.session_memory().await?;
        let session = memory.session(&self.place.user.user, &self.thread).file(self.place.path()?).patience(self.timeout).await?;
        show_status(session, output).await
    }
}

impl Status {
    async fn run(self, database: &Database, output: Output) -> Outcome {
        let file = self.place.find().await?;
        let session = database.session_memory().await?.session(&file.user_id, THREAD).file(file.path).await?;
        show_status(session, output).await
    }
}

async fn show_status(session: pgmemory::Session, output: Output) -> Outcome {
    let status = session.status().await?;
    session.close(Duration::ZERO).await?;
    output.show(&status, describe)?;
    Ok(())
}

fn describe(status: &SessionStatus) -> String {
    let memory = match (status.version, status.is_whole) {
        (None, _) => "not loaded yet".to_owned(),
        (Some(version), true) => format!("all of it, as of version {version}"),
        (Some(version), false) => format!("a part of it, as of version {version}"),
    };
    let waiting = status.waiting_since.map_or_else(String::new, |time| format!(", since {}", minute(time)));
    let postgresql = match &status.last_error {
        _ if status.is_connected => "answers".to_owned(),
        Some(error) => error.clone(),
        None => "does not answer".to_owned(),
    };
    let mut rows = vec![("user", status.user_id.clone())];
    rows.extend(status.file.as_ref().map(|file| ("file", file.display().to_string())));
    rows.extend([
        ("PostgreSQL", postgresql),
        ("memory", memory),
        ("nodes", status.nodes.to_string()),
        ("relationships", status.relationships.to_string()),
        ("notes", status.notes.to_string()),
        ("not indexed", status.unindexed.to_string()),
        ("waiting", format!("{}{waiting}", status.journaled)),
        ("refused", status.dead_letters.to_string()),
    ]);
    let row = |thread: &pgmemory::Thread| vec![thread.thread.clone(), minute(thread.last_activity), thread.notes.to_string()];
    format!("{}\n{}", fields(rows), table(&["thread", "last activity", "notes"], status.threads.iter().map(row)))
}

impl Flush {
    async fn run(self, database: &Database, output: Output) -> Outcome {
        let file = self.place.find().await?;
        let sent = Delivery::send(&database.session_memory().await?, file, self.timeout).await?;
        output.show(&sent, Delivery::describe)?;
        sent.problem().map_or(Ok(()), |problem| Err(problem.into()))
    }
}

impl DeadLetters {
    async fn run(self, output: Output) -> Outcome {
        let session = self.place.open().await?;
        if let Some(number) = self.retry {
            session.retry_dead_letter(number).await?;
            output.note(format_args!("{number} is kept in the session's file until `pgmemory sync`"));
        }
        if let Some(number) = self.drop {
            session.drop_dead_letter(number).await?;
            output.note(format_args!("{number} is dropped"));
        }
        let dead_letters = session.dead_letters().await?;
        session.close(Duration::ZERO).await?;
        output.show(&dead_letters, |dead_letters| {
            let row = |letter: &DeadLetter| {
                vec![letter.number.to_string(), minute(letter.refused_at), letter.reason.clone(), letter.entry.to_string()]
            };
            table(&["number", "refused", "reason", "entry"], dead_letters.iter().map(row))
        })?;
        if dead_letters.is_empty() {
            output.note("nothing was refused");
        }
        Ok(())
    }
}

impl Clean {
    async fn run(self, output: Output) -> Outcome {
        let session = self.place.open().await?;
        let threads = session.clean(self.idle).await?;
        session.close(Duration::ZERO).await?;
        output.show(&json!({"threads": threads}), |_| threads.iter().map(|thread| one_line(thread) + "\n").collect())?;
        if threads.is_empty() {
            output.note("no thread has been idle for so long");
        }
        Ok(())
    }
}
