//! `import`, `export`.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
    time::Instant,
};

use clap::Args;
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use pgmemory::ImportReport;

use crate::{
    Outcome, User,
    database::Database,
    output::{Output, count},
};

/// Import JSON Lines, plain or gzip: all of the file or nothing.
#[derive(Args)]
#[command(after_help = "Example: pgmemory import memories.jsonl.gz")]
pub(crate) struct Import {
    /// The file, or - for stdin
    file: PathBuf,
    /// Go on without the lines that cannot be imported, and report them
    #[arg(long)]
    skip_invalid: bool,
}

impl Import {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        // Shown on stderr, and only on a terminal.
        let progress = ProgressBar::new_spinner();
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
            .import(plain(lines)?)
            .skip_invalid(self.skip_invalid)
            .on_progress(|report| progress.set_message(format!("{} lines", report.lines)))
            .await;
        progress.finish_and_clear();
        let seconds = start.elapsed().as_secs_f64();
        output.show(&report?, |report| format!("{}\n{:.1} s", describe(report), seconds))?;
        Ok(())
    }
}

/// Write a user's memory as JSON Lines, as `import` reads it.
#[derive(Args)]
#[command(after_help = "Example: pgmemory export --user demo demo.jsonl")]
pub(crate) struct Export {
    #[command(flatten)]
    user: User,
    /// The file, which must not be there yet, or - for stdout
    #[arg(default_value = "-")]
    file: PathBuf,
}

impl Export {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let user = database.user(&self.user).await?;
        if self.file.as_os_str() == "-" {
            user.export(io::stdout()).await?;
            return Ok(());
        }
        let file = File::create_new(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?;
        let report = user.export(file).await?;
        output.show(&report, |report| format!("{}, {}", count(report.nodes, "node"), count(report.relationships, "relationship")))?;
        Ok(())
    }
}

/// Lines of a stream that may be compressed.
fn plain(stream: Box<dyn Read + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut stream = BufReader::with_capacity(1 << 16, stream);
    let is_gzip = stream.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(stream))) } else { Box::new(stream) })
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
