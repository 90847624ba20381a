use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a server could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No usable `initdb` and `postgres` on this machine.
    #[error(
        "no PostgreSQL server binaries (version {oldest} or later) found: {reason}\n\
         Install them: `apt-get install -y --no-install-recommends postgresql` (Debian, Ubuntu), \
         `dnf install postgresql-server` (Fedora, RHEL) or `brew install postgresql@17` (macOS); \
         or set {BIN_VARIABLE} to the directory that holds initdb and postgres.",
        oldest = crate::binaries::OLDEST_VERSION,
        BIN_VARIABLE = crate::binaries::BIN_VARIABLE
    )]
    BinariesNotFound {
        /// Where was looked, or what is wrong with the directory that was named.
        reason: String,
    },

    /// `initdb` could not create the cluster.
    #[error("initdb failed in {}:\n{log}", data_dir.display())]
    Initdb {
        /// The directory of the server.
        data_dir: PathBuf,
        /// What initdb said.
        log: String,
    },

    /// `postgres` ended instead of serving.
    #[error("the PostgreSQL server in {} did not start; its log ends with:\n{log}", data_dir.display())]
    DidNotStart {
        /// The directory of the server.
        data_dir: PathBuf,
        /// The last lines of its log.
        log: String,
    },

    /// The data were written by another major version than that of the binaries.
    #[error(
        "{} holds data of PostgreSQL {data_version}, but {} is PostgreSQL {binary_version}. \
         Go on with version {data_version} (install it, or set {BIN_VARIABLE} to its bin directory), \
         upgrade the data with pg_upgrade, or choose another data directory.",
        data_dir.display(), bin_dir.display(),
        BIN_VARIABLE = crate::binaries::BIN_VARIABLE
    )]
    OtherVersion {
        /// The directory of the server.
        data_dir: PathBuf,
        /// The major version that wrote the data.
        data_version: u32,
        /// The binaries that were found or named.
        bin_dir: PathBuf,
        /// Their major version.
        binary_version: u32,
    },

    /// The directory belongs to somebody else.
    #[error("{} belongs to user {owner}, not to {user}: choose a data directory of your own", path.display())]
    NotOwned {
        /// The directory.
        path: PathBuf,
        /// The name or number of its owner.
        owner: String,
        /// Who would have to own it.
        user: String,
    },

    /// The account that the server runs as cannot get to the directory (root only).
    #[error(
        "the server runs as user {user}, who cannot enter {}: choose a data directory whose parent \
         directories that user may enter, such as one under /var/lib or /tmp",
        path.display()
    )]
    NotReachable {
        /// The directory.
        path: PathBuf,
        /// The account.
        user: String,
    },

    /// The directory holds files, but none of a server.
    #[error("{} holds other files: name a new or an empty directory", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },

    /// A durable server's directory was named for a fast one, or the other way round.
    #[error(
        "{} belongs to a {found} server, and a {wanted} one was asked for: choose another data directory",
        path.display()
    )]
    OtherKind {
        /// The directory.
        path: PathBuf,
        /// What lives there.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },

    /// The server did not answer in time.
    #[error("the PostgreSQL server in {} was not ready after {waited:?}; its log ends with:\n{log}", data_dir.display())]
    Timeout {
        /// The directory of the server.
        data_dir: PathBuf,
        /// How long was waited.
        waited: Duration,
        /// The last lines of its log.
        log: String,
    },

    /// A file or a process could not be used.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: names what was tried, and on what.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_path_buf(), source }
    }

    /// Did a file vanish under our hands, as they do while a fast server is cleared away?
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
