//! `import`.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
    time::Instant,
};

use clap::{Args, builder::NonEmptyStringValueParser};
use flate2::bufread::MultiGzDecoder;
use futures::FutureExt;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use pgmemory::{ErrorKind, ImportReport, SqliteFile};

use crate::{
    Outcome,
    database::Database,
    interrupt::{Interrupt, Interrupted},
    output::{Output, count},
};

/// What every SQLite file begins with.
const SQLITE_HEADER: &[u8] = b"SQLite format 3\0";

/// Import JSON Lines, plain or gzip, or a SQLite file: all of it or nothing.
///
/// A SQLite file is a session's, or that of the Python system, in which every thread needs a user. It may be in use. What a
/// session has yet to send to its own database comes there by pgmemory sync; its import is for another one.
#[derive(Args)]
#[command(
    after_help = "Example: pgmemory import examples/demo.jsonl\nExample: pgmemory import memory.db --thread-user t-bob=bob --user alice"
)]
pub(crate) struct Import {
    /// The file, or - for stdin, where a SQLite file cannot come from
    file: PathBuf,
    /// Go on without the lines that cannot be imported, and report them
    #[arg(long)]
    skip_invalid: bool,
    /// Whose the nodes of a thread are, in a SQLite file of the Python system; repeat it for other threads
    #[arg(long = "thread-user", value_name = "THREAD=USER", value_parser = thread_user)]
    threads: Vec<(String, String)>,
    /// Whose the nodes of all other threads are; of a session's file, for whom to import it instead of its own user
    // Not from PGMEMORY_USER: whoever set that for another command would give away the threads of others.
    #[arg(short, long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    user: Option<String>,
    /// Go on without the threads that no user is given for, and report their nodes
    #[arg(long, conflicts_with = "user")]
    skip_other_threads: bool,
}

/// A thread's name may hold what a user's id may, but for the first sign of equality.
fn thread_user(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((thread, user)) if !user.is_empty() => Ok((thread.to_owned(), user.to_owned())),
        _ => Err("needs a thread and a user, such as thread-7=alice"),
    }
}

enum Source {
    Lines(Box<dyn Read + Send>),
    Sqlite(SqliteFile),
}

impl Import {
    fn source(&self, progress: &ProgressBar) -> Result<Source, Box<dyn std::error::Error>> {
        let says_whose = self.user.is_some() || !self.threads.is_empty() || self.skip_other_threads;
        let lines = |lines| {
            if says_whose {
                return Err("--thread-user, --user and --skip-other-threads are for SQLite files: a line of JSON says whose it is".into());
            }
            Ok(Source::Lines(lines))
        };
        if self.file.as_os_str() == "-" {
            return lines(Box::new(io::stdin()));
        }
        let in_file = |error| format!("{}: {error}", self.file.display());
        let mut file = File::open(&self.file).map_err(in_file)?;
        let length = file.metadata()?.len();
        let mut header = Vec::new();
        file.by_ref().take(SQLITE_HEADER.len() as u64).read_to_end(&mut header).map_err(in_file)?;
        if header == SQLITE_HEADER {
            let file = self.threads.iter().fold(SqliteFile::new(&self.file), |file, (thread, user)| file.thread_user(thread, user));
            let file = self.user.iter().fold(file, SqliteFile::user);
            return Ok(Source::Sqlite(file.skip_other_threads(self.skip_other_threads)));
        }
        progress.set_length(length);
        progress.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left")?);
        lines(Box::new(progress.wrap_read(io::Cursor::new(header).chain(file))))
    }

    pub(crate) async fn run(self, database: &Database, output: Output, interrupt: Interrupt) -> Outcome {
        // Shown on stderr, and only on a terminal.
        let progress = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
        let source = self.source(&progress)?;
        let memory = database.memory().await?;
        let start = Instant::now();
        let import = match source {
            Source::Lines(lines) => memory.import(Plain::new(lines)),
            Source::Sqlite(file) => memory.import_sqlite(file),
        };
        let report = import
            .skip_invalid(self.skip_invalid)
            .on_progress(|report| progress.set_message(count(report.lines, "line")))
            .cancel_on(interrupt.clone().arrived().map(|_| ()))
            .await;
        progress.finish_and_clear();
        let seconds = start.elapsed().as_secs_f64();
        let report = match report {
            Err(error) if error.kind() == ErrorKind::Cancelled => {
                let message = "interrupted: nothing of the file was kept";
                return Err(Interrupted { message, ..interrupt.arrived().await }.into());
            }
            report => report?,
        };
        output.show(&report, |report| format!("{}\n{:.1} s", describe(report), seconds))?;
        Ok(())
    }
}

/// Lines of a stream that may be compressed: its first bytes tell, whenever they come.
pub(crate) struct Plain {
    unread: Option<BufReader<Box<dyn Read + Send>>>,
    lines: Box<dyn BufRead + Send>,
}

impl Plain {
    pub(crate) fn new(stream: Box<dyn Read + Send>) -> Self {
        Self { unread: Some(BufReader::with_capacity(1 << 16, stream)), lines: Box::new(io::empty()) }
    }
}

impl BufRead for Plain {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(stream) = &mut self.unread {
            let start = stream.fill_buf()?;
            if start.starts_with(SQLITE_HEADER) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a SQLite file cannot come from a pipe, name it"));
            }
            let is_gzip = start.starts_with(&[0x1f, 0x8b]);
            if let Some(stream) = self.unread.take() {
                self.lines =
                    if is_gzip { Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(stream))) } else { Box::new(stream) };
            }
        }
        self.lines.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.lines.consume(amount);
    }
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill_buf()?;
        self.lines.read(buffer)
    }
}

pub(crate) fn describe(report: &ImportReport) -> String {
    let mut lines = vec![
        count(report.lines, "line"),
        format!(
            "nodes: {} new, {} merged into entities that were there, {} there already",
            report.nodes_inserted, report.nodes_merged, report.nodes_present
        ),
        format!("relationships: {} new, {} there already", report.relationships_inserted, report.relationships_merged),
    ];
    if !report.repairs.is_empty() {
        lines.push("put right:".to_owned());
        lines.extend(report.repairs.iter().map(|repaired| format!("  {} in {}", repaired.repair, count(repaired.lines, "line"))));
    }
    if report.rejected > 0 {
        lines.push(format!("{} passed over:", count(report.rejected, "line")));
        lines.extend(report.rejections.iter().map(|rejected| format!("  line {}: {}", rejected.line, rejected.reason)));
    }
    lines.join("\n")
}
