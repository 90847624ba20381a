//! `export`.

use std::{
    io::{self, IsTerminal},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use clap::Args;
use flate2::{Compression, write::GzEncoder};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use tempfile::NamedTempFile;

use crate::{
    Outcome, User,
    database::Database,
    output::{Output, count},
};

/// Write a user's memory as JSON Lines, as import reads it.
#[derive(Args)]
#[command(after_help = "Example: pgmemory export --user demo demo.jsonl.gz")]
pub(crate) struct Export {
    #[command(flatten)]
    user: User,
    /// The file, which must not be there yet, compressed if its name ends with .gz; or - for stdout
    #[arg(default_value = "-")]
    file: PathBuf,
}

impl Export {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let to_stdout = self.file.as_os_str() == "-";
        let fail = |error: io::Error| format!("{}: {error}", self.file.display());
        let mut unfinished = if to_stdout { None } else { Some(beside(&self.file).map_err(fail)?) };
        let user = database.user(&self.user).await?;
        let progress = if to_stdout && io::stdout().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let progress =
            progress.with_style(ProgressStyle::with_template("{spinner} {bytes} written")?).with_finish(ProgressFinish::AndClear);
        let report = match &mut unfinished {
            Some(file) if self.file.extension().is_some_and(|extension| extension == "gz") => {
                let mut compressed = GzEncoder::new(progress.wrap_write(file), Compression::default());
                let report = user.export(&mut compressed).await?;
                compressed.finish().map_err(fail)?;
                report
            }
            Some(file) => user.export(progress.wrap_write(file)).await?,
            None => user.export(progress.wrap_write(io::stdout())).await?,
        };
        progress.finish_and_clear();
        if let Some(file) = unfinished {
            file.as_file().sync_all().map_err(fail)?;
            file.persist_noclobber(&self.file).map_err(|error| fail(error.error))?;
            output.show(&report, |report| format!("{}, {}", count(report.nodes, "node"), count(report.relationships, "relationship")))?;
        }
        if report.nodes == 0 {
            output.note(format_args!("no memories of user {}", user.user_id()));
        }
        Ok(())
    }
}

/// A file that gets its name when all is written, and is removed otherwise.
fn beside(file: &Path) -> io::Result<NamedTempFile> {
    if file.symlink_metadata().is_ok() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "is there already; name another file"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As other files are made: less what the umask takes away.
    tempfile::Builder::new().prefix(".pgmemory-").permissions(PermissionsExt::from_mode(0o666)).tempfile_in(folder)
}
