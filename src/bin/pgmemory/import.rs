//! `import`.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
    time::Instant,
};

use clap::Args;
use flate2::bufread::MultiGzDecoder;
use futures::FutureExt;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use pgmemory::{ErrorKind, ImportReport};

use crate::{
    Outcome,
    database::Database,
    interrupt::{Interrupt, Interrupted},
    output::{Output, count},
};

/// Import JSON Lines, plain or gzip: all of the file or nothing.
#[derive(Args)]
#[command(after_help = "Example: pgmemory import examples/demo.jsonl")]
pub(crate) struct Import {
    /// The file, or - for stdin
    file: PathBuf,
    /// Go on without the lines that cannot be imported, and report them
    #[arg(long)]
    skip_invalid: bool,
}

impl Import {
    pub(crate) async fn run(self, database: &Database, output: Output, interrupt: Interrupt) -> Outcome {
        // Shown on stderr, and only on a terminal.
        let progress = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
        let lines: Box<dyn Read + Send> = if self.file.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            let file = File::open(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?;
            progress.set_length(file.metadata()?.len());
            progress.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left")?);
            Box::new(progress.wrap_read(file))
        };
        let memory = database.memory().await?;
        let start = Instant::now();
        let report = memory
            .import(Plain::new(lines))
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
            let is_gzip = stream.fill_buf()?.starts_with(&[0x1f, 0x8b]);
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
    if report.rejected > 0 {
        lines.push(format!("{} passed over:", count(report.rejected, "line")));
        lines.extend(report.rejections.iter().map(|rejected| format!("  line {}: {}", rejected.line, rejected.reason)));
    }
    lines.join("\n")
}
