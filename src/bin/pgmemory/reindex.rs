//! `reindex`.

use clap::{Args, builder::NonEmptyStringValueParser};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use crate::{
    Outcome,
    database::Database,
    output::{Output, count},
};

/// Derive anew what text search reads, of all users: after an upgrade of the server, or for another language.
///
/// Others may read and write meanwhile. Stopped half-way, it goes on when it is begun again.
#[derive(Args)]
#[command(after_help = "Example: pgmemory reindex\nExample: pgmemory reindex --configuration german --dry-run")]
pub(crate) struct Reindex {
    /// The text search configuration of the database from now on; as it is when absent
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    configuration: Option<String>,
    /// Only count what is outdated, or would be
    #[arg(long)]
    dry_run: bool,
}

impl Reindex {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        // Shown on stderr, and only on a terminal.
        let progress = ProgressBar::new(memory.totals().await?.nodes.unsigned_abs()).with_finish(ProgressFinish::AndClear);
        progress.set_style(ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}  {eta} left")?);
        let mut reindex = memory.reindex().dry_run(self.dry_run).on_progress(|report| {
            progress.set_position(report.nodes.unsigned_abs());
            progress.set_message(count(report.nodes, "node"));
        });
        reindex = self.configuration.into_iter().fold(reindex, pgmemory::Reindex::configuration);
        let report = reindex.await;
        progress.finish_and_clear();
        output.show(&report?, |report| {
            let what = if report.dry_run { "would be derived anew" } else { "derived anew" };
            format!("{} of {} {what} (configuration {})", report.outdated, count(report.nodes, "node"), report.configuration)
        })?;
        Ok(())
    }
}
