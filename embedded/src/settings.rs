use std::path::PathBuf;
use std::time::Duration;

/// What kind of server is wanted, and where.
///
/// A server that runs already is used as it is: `bin_dir` and `option` matter to the process that starts it.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) data_dir: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) bin_dir: Option<PathBuf>,
    pub(crate) options: Vec<(String, String)>,
    pub(crate) timeout: Duration,
}

impl Settings {
    /// A server that keeps its data safe: PostgreSQL's defaults, and the data stay when it stops.
    ///
    /// `data_dir` is created, or is empty, or is from an earlier start. It becomes readable for its owner only.
    /// [`default_data_dir`](crate::default_data_dir) is a good one.
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        Self::new(data_dir.into(), Kind::Durable)
    }

    /// A server for tests and builds: it always begins empty, and never waits for the disk (`fsync`,
    /// `synchronous_commit` and `full_page_writes` are off). When its last user has gone, even by SIGKILL, the
    /// server and `data_dir` go too.
    pub fn fast(data_dir: impl Into<PathBuf>) -> Self {
        Self::new(data_dir.into(), Kind::Fast)
    }

    /// The directory of `initdb` and `postgres`. Default: that of [`find_binaries`](crate::find_binaries), or
    /// another installed version where the data were written by that.
    #[must_use]
    pub fn bin_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.bin_dir = Some(dir.into());
        self
    }

    /// A setting of `postgresql.conf`, such as `max_connections` (PostgreSQL's default: 100). The settings that
    /// keep the server private and supervised (its addresses, socket and log) cannot be changed.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((name.into(), value.into()));
        self
    }

    /// How long [`Server::start`](crate::Server::start) may take, recovery after a crash included. Default: one minute.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn new(data_dir: PathBuf, kind: Kind) -> Self {
        Self { data_dir, kind, bin_dir: None, options: Vec::new(), timeout: Duration::from_mins(1) }
    }
}

/// The two kinds keep their cluster under different names, so that none is taken for the other, and deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Durable,
    Fast,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Fast => "fast",
        }
    }

    /// The name of the cluster's directory.
    pub(crate) fn cluster(self) -> &'static str {
        match self {
            Self::Durable => "pg",
            Self::Fast => "scratch",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Durable => Self::Fast,
            Self::Fast => Self::Durable,
        }
    }

    pub(crate) fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Durable => &[],
            Self::Fast => &[("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")],
        }
    }
}
