//! Every setting, its default and its trade-off.

mod environment;
mod text;
pub(crate) mod tls;

use std::{fmt, time::Duration};

use strum::EnumString;
use tokio_postgres::config::Host;

use crate::{Error, error::ErrorKind};
use tls::Tls;

/// Where the database is, and how it is used.
///
/// | setting | default | trade-off |
/// |---|---|---|
/// | `DATABASE_URL`, else `POSTGRESQL_CONNECTION_STRING` | | a URL or `key=value` pairs, as libpq reads them; what they say wins over the variables below |
/// | `POSTGRES_HOST` `POSTGRES_PORT` `POSTGRES_DB` `POSTGRES_USER` `POSTGRES_PASSWORD` | port 5432, database named as the user | for environments that keep the parts apart; ignored beside a URL |
/// | `POSTGRES_SSL` | `prefer` | a mode of the second table; `true` is `require`, `false` is `disable` |
/// | `POSTGRES_SSLROOTCERT` | | a PEM file of the certificates to trust, or `system` for those that the system trusts; `system` makes the mode `verify-full` |
/// | `POSTGRES_SSLCERT` `POSTGRES_SSLKEY` | | PEM files of a certificate to show the server, and of its key without a passphrase |
/// | `POSTGRES_ENABLED` | `true` | `false` does without PostgreSQL: sessions keep what they are told in their files, everything else fails |
/// | `POSTGRES_POOL_SIZE` | 20 | 1 to 10,000: more callers at once against more server processes |
/// | `POSTGRES_POOL_MIN_SIZE` | 2 | 0 up to the pool's size: opened at the start and replaced when they break, so that calls need not wait |
/// | `POSTGRES_WAIT_TIMEOUT` | 10 seconds | how long a call waits while all connections are in use; then it fails |
/// | `POSTGRES_CONNECT_TIMEOUT` | 10 seconds | how long one host may take to accept a connection, before the next one is tried |
/// | `POSTGRES_REQUIRE_ROW_SECURITY` | `false` | `true` refuses to connect as a role that row-level security does not bind: a superuser, one with `BYPASSRLS`, the owner of the tables; else there is a warning |
/// | `POSTGRES_COALESCING` | `users` | which writes of callers at the same time become one statement: `users` any, `one_user` those of one user, for Citus, `off` none |
/// | `POSTGRES_COMMAND_TIMEOUT` | 60 seconds | longer statements are cancelled by the server; one that says nothing at all is given up 5 seconds later |
///
/// Timeouts are seconds between 0.001 and 86,400. An empty variable counts as absent.
///
/// The mode is libpq's `sslmode`. Over a Unix socket there is no encryption, whatever the mode.
///
/// | mode | encrypted | the server's certificate |
/// |---|---|---|
/// | `disable` | no | |
/// | `allow` | if the server refuses plain connections | verified if `sslrootcert` is set |
/// | `prefer` | if that succeeds; a plain connection otherwise | verified if `sslrootcert` is set |
/// | `require` | yes | verified as by `verify-ca` if `sslrootcert` is set |
/// | `verify-ca` | yes | signed by one of `sslrootcert` |
/// | `verify-full` | yes | signed by one of `sslrootcert`, and its `subjectAltName` has the host's name |
///
/// A URL has these settings as parameters: `postgresql://agent@db/memory?sslmode=verify-full&sslrootcert=/etc/ca.pem`;
/// likewise `sslcert`, `sslkey`, `channel_binding`, `sslnegotiation`, `connect_timeout`, `tcp_user_timeout`,
/// `keepalives`, `options` and `application_name`. Files in `~/.postgresql` are not read, a file that is
/// named must be there. Certificates are read when the store connects. The encrypted connection binds the
/// password (`SCRAM-SHA-256-PLUS`) where the server offers it.
///
/// Several hosts stand in a list, `postgresql://agent@one,two:5433/memory`, and are tried in its order, or by
/// `load_balance_hosts=random` in none. `target_session_attrs=read-write` passes over servers that accept no
/// writes; `read-only` and `any` are the other values.
///
/// Behind `PgBouncer`, list `options` in its `ignore_startup_parameters`, give the role what `pgmemory verify` then misses, and
/// migrate past it.
///
/// ```
/// # fn main() -> Result<(), pgmemory::Error> {
/// let config = pgmemory::Config::from_url("postgresql://agent@localhost/memory")?.pool_size(5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Config {
    pub(crate) postgres: tokio_postgres::Config,
    pub(crate) tls: Tls,
    /// The setting that named the server.
    pub(crate) source: &'static str,
    pub(crate) pool_size: usize,
    pub(crate) pool_min_size: usize,
    pub(crate) command_timeout: Duration,
    pub(crate) wait_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) requires_row_security: bool,
    pub(crate) is_switched_off: bool,
    pub(crate) coalescing: Coalescing,
}

/// Which single writes become one statement when several callers make them at the same time. None waits for others to come, each
/// caller is answered after the commit, and one that fails fails no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "snake_case", parse_err_fn = unknown_coalescing, parse_err_ty = Error)]
#[non_exhaustive]
pub enum Coalescing {
    /// None: each call is a statement of its own.
    Off,
    /// Those of one user, for layouts in which users lie apart: a statement for several is dear on Citus.
    OneUser,
    /// Those of all users, each row under its own.
    #[default]
    Users,
}

impl Config {
    /// A database by its URL, or by `key=value` pairs; all other settings are the defaults.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] when it cannot be read.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        Self::from_text("the URL", url, |_| Ok(None))
    }

    /// Where the database is and who connects, as `tokio-postgres` takes it.
    #[must_use]
    pub fn postgres(&self) -> &tokio_postgres::Config {
        &self.postgres
    }

    /// Sets how many connections there may be at once, 1 or more.
    #[must_use]
    pub fn pool_size(mut self, size: usize) -> Self {
        self.pool_size = size.max(1);
        self.pool_min_size = self.pool_min_size.min(self.pool_size);
        self
    }

    /// Sets how many connections are opened at the start, and kept.
    #[must_use]
    pub fn pool_min_size(mut self, size: usize) -> Self {
        self.pool_min_size = size.min(self.pool_size);
        self
    }

    /// Sets how long one statement may take, between a millisecond and 24 days.
    #[must_use]
    pub fn command_timeout(mut self, timeout: Duration) -> Self {
        self.command_timeout = timeout.clamp(Duration::from_millis(1), Duration::from_hours(24 * 24));
        self
    }

    /// Sets how long a call waits for a free connection; 10 seconds unless set.
    #[must_use]
    pub fn wait_timeout(mut self, timeout: Duration) -> Self {
        self.wait_timeout = timeout;
        self
    }

    /// Sets how long one host may take to accept a connection; 10 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets which [`store`](crate::UserMemory::store) and [`relate`](crate::UserMemory::relate) calls of different callers are written
    /// together; all unless set. Those of an [isolated](crate::UserMemory::isolated) scope and within a transaction of the caller
    /// never are.
    #[must_use]
    pub fn coalescing(mut self, coalescing: Coalescing) -> Self {
        self.coalescing = coalescing;
        self
    }

    /// Does without PostgreSQL: [sessions](https://github.com/pgmemory/pgmemory/blob/main/docs/SESSIONS.md) keep what they are told in their files, to be sent when it is
    /// switched on again, and everything else fails as [`NotEnabled`](ErrorKind::NotEnabled).
    #[must_use]
    pub fn switched_off(mut self) -> Self {
        self.is_switched_off = true;
        self
    }

    /// Sets whether [`Memory::connect`](crate::Memory::connect) refuses a role that row-level security does not bind,
    /// instead of warning of it; not unless set.
    #[must_use]
    pub fn require_row_security(mut self, required: bool) -> Self {
        self.requires_row_security = required;
        self
    }
}

fn unknown_coalescing(_: &str) -> Error {
    malformed("POSTGRES_COALESCING", "must be users, one_user or off")
}

/// A host as libpq writes it: a socket is the path of its directory.
pub(crate) fn host_name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(directory) => directory.display().to_string(),
    }
}

fn malformed(setting: &str, problem: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Configuration, format!("{setting} {problem}"))
}

impl fmt::Debug for Config {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("hosts", &self.postgres.get_hosts())
            .field("ports", &self.postgres.get_ports())
            .field("user", &self.postgres.get_user())
            .field("database", &self.postgres.get_dbname())
            .field("tls", &self.tls)
            .field("pool_size", &self.pool_size)
            .field("pool_min_size", &self.pool_min_size)
            .field("command_timeout", &self.command_timeout)
            .field("wait_timeout", &self.wait_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("requires_row_security", &self.requires_row_security)
            .field("is_switched_off", &self.is_switched_off)
            .field("coalescing", &self.coalescing)
            .finish_non_exhaustive()
    }
}
