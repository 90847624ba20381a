//! Where the server's binaries are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// Names the directory of the binaries and overrides every search.
pub(crate) const BIN_VARIABLE: &str = "PGMEMORY_PG_BIN";

pub(crate) const OLDEST_VERSION: u32 = 14;

#[derive(Clone, Debug)]
pub(crate) struct Binaries {
    pub(crate) dir: PathBuf,
    pub(crate) version: u32,
}

/// The directory that holds `initdb` and `postgres`, version 14 or later.
///
/// In this order: the environment variable `PGMEMORY_PG_BIN`; `PATH`; what `pg_config --bindir` says; the
/// directories of the distributions' and Homebrew's packages, the newest version first.
///
/// # Errors
///
/// [`Error::BinariesNotFound`], which says what to install.
pub fn find_binaries() -> Result<PathBuf, Error> {
    find(None).map(|binaries| binaries.dir)
}

/// As [`find_binaries`], but prefers the version that wrote the data.
pub(crate) fn find(data_version: Option<u32>) -> Result<Binaries, Error> {
    if let Some(dir) = env::var_os(BIN_VARIABLE) {
        return inspect(Path::new(&dir))
            .map_err(|reason| Error::BinariesNotFound { reason: format!("{reason} (named by {BIN_VARIABLE})") });
    }
    let mut first = None;
    for binaries in candidates().filter_map(|dir| inspect(&dir).ok()) {
        if data_version.is_none_or(|version| version == binaries.version) {
            return Ok(binaries);
        }
        first.get_or_insert(binaries);
    }
    first.ok_or_else(|| Error::BinariesNotFound {
        reason: "looked in PATH, `pg_config --bindir`, /usr/lib/postgresql, /usr/pgsql-* and Homebrew's directories".into(),
    })
}

/// The binaries in a directory that the caller named.
pub(crate) fn named(dir: &Path) -> Result<Binaries, Error> {
    inspect(dir).map_err(|reason| Error::BinariesNotFound { reason })
}

fn inspect(dir: &Path) -> Result<Binaries, String> {
    let postgres = dir.join("postgres");
    if !postgres.is_file() || !dir.join("initdb").is_file() {
        return Err(format!("{} does not hold both initdb and postgres", dir.display()));
    }
    let version = stdout_of(Command::new(&postgres).arg("--version"))
        .and_then(|text| major_version(&text))
        .ok_or_else(|| format!("{} --version tells no version", postgres.display()))?;
    if version < OLDEST_VERSION {
        return Err(format!("{} holds version {version}", dir.display()));
    }
    // PATH often holds links only; the server is found among its files.
    let real = postgres.canonicalize().ok().and_then(|file| Some(file.parent()?.to_path_buf()));
    let dir = real.filter(|real| real.join("initdb").is_file()).unwrap_or_else(|| dir.to_path_buf());
    Ok(Binaries { dir, version })
}

fn candidates() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .collect::<Vec<_>>()
        .into_iter()
        .chain(stdout_of(Command::new("pg_config").arg("--bindir")).map(|dir| PathBuf::from(dir.trim())))
        .chain(versioned("/usr/lib/postgresql", ""))
        .chain(versioned("/usr", "pgsql-"))
        .chain(versioned("/opt/homebrew/opt", "postgresql@"))
        .chain(versioned("/usr/local/opt", "postgresql@"))
}

/// `parent/{prefix}{version}/bin`, the newest version first.
fn versioned(parent: &str, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Path::new(parent)
        .read_dir()
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, dir)| dir)
}

fn stdout_of(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

/// `postgres (PostgreSQL) 17.5 (Debian …)`, `… 18beta1`, `… 19devel` → the first number.
fn major_version(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("PostgreSQL) ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_every_form() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("postgres (PostgreSQL) 19devel\n"), Some(19));
        assert_eq!(major_version("something else"), None);
    }

    #[test]
    fn newer_versions_come_first_by_number() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["9", "17", "15", "common"] {
            std::fs::create_dir(parent.path().join(name)).unwrap();
        }
        let found: Vec<_> = versioned(parent.path().to_str().unwrap(), "").collect();
        assert_eq!(found, ["17/bin", "15/bin", "9/bin"].map(|dir| parent.path().join(dir)));
    }
}
