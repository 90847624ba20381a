//! Every setting, its default and its trade-off.

use std::{env, fmt, time::Duration};

use tokio_postgres::config::SslMode;

use crate::{Error, error::ErrorKind};

/// Where the database is, and how it is used.
///
/// | setting | default | trade-off |
/// |---|---|---|
/// | `DATABASE_URL`, else `POSTGRESQL_CONNECTION_STRING` | | a URL or `key=value` pairs, as libpq reads them; wins over the five below |
/// | `POSTGRES_HOST` `POSTGRES_PORT` `POSTGRES_DB` `POSTGRES_USER` `POSTGRES_PASSWORD` | port 5432, database named as the user | for environments that keep the parts apart |
/// | `POSTGRES_POOL_SIZE` | 20 | more callers at once against more server processes |
/// | `POSTGRES_POOL_MIN_SIZE` | 2 | opened at the start, so that the first calls need not wait |
/// | `POSTGRES_COMMAND_TIMEOUT` | 60 seconds | longer statements are cancelled by the server |
///
/// Connections are not encrypted yet: use a local socket, a private network or a tunnel; `sslmode=require` is
/// refused. Behind `PgBouncer`, list `options` in its `ignore_startup_parameters`, and migrate past it.
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
    pub(crate) pool_size: usize,
    pub(crate) pool_min_size: usize,
    pub(crate) command_timeout: Duration,
    pub(crate) wait_timeout: Duration,
    pub(crate) connect_timeout: Duration,
}

/// The settings that hold a whole URL; the first one that is set wins.
const URL_SETTINGS: [&str; 2] = ["DATABASE_URL", "POSTGRESQL_CONNECTION_STRING"];

impl Config {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] when no setting says where the database is, or one is malformed: the
    /// message names it.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Whether the environment says where the database is.
    #[must_use]
    pub fn is_in_env() -> bool {
        URL_SETTINGS.iter().chain(&["POSTGRES_HOST"]).any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    /// A database by its URL, or by `key=value` pairs; all other settings are the defaults.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] when it cannot be read.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        Self::from_text("the URL", url)
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let url = URL_SETTINGS.into_iter().find_map(|name| Some((name, variable(name)?)));
        let mut config = match url {
            Some((name, url)) => Self::from_text(name, &url)?,
            None => Self::from_parts(&variable)?,
        };
        if let Some(size) = variable("POSTGRES_POOL_SIZE") {
            let size = size.parse().ok().filter(|size| (1..=10_000).contains(size));
            config.pool_size = size.ok_or_else(|| malformed("POSTGRES_POOL_SIZE", "must be a number between 1 and 10000"))?;
        }
        if let Some(size) = variable("POSTGRES_POOL_MIN_SIZE") {
            let size = size.parse().ok();
            config.pool_min_size = size.ok_or_else(|| malformed("POSTGRES_POOL_MIN_SIZE", "must be a number"))?;
        }
        if let Some(seconds) = variable("POSTGRES_COMMAND_TIMEOUT") {
            let seconds: Option<f64> = seconds.parse().ok().filter(|seconds| (0.001..=86_400.0).contains(seconds));
            let seconds = seconds.ok_or_else(|| malformed("POSTGRES_COMMAND_TIMEOUT", "must be seconds between 0.001 and 86400"))?;
            config.command_timeout = Duration::from_secs_f64(seconds);
        }
        config.pool_min_size = config.pool_min_size.min(config.pool_size);
        Ok(config)
    }

    fn from_text(name: &str, text: &str) -> Result<Self, Error> {
        // The parser's message never repeats the text, which may hold a password.
        let mut postgres: tokio_postgres::Config =
            text.parse().map_err(|error: tokio_postgres::Error| malformed(name, "is no PostgreSQL URL").because(error))?;
        if postgres.get_hosts().is_empty() && postgres.get_hostaddrs().is_empty() {
            return Err(malformed(name, "names no host"));
        }
        if postgres.get_ssl_mode() == SslMode::Require {
            return Err(malformed(name, "asks for an encrypted connection, which this version cannot make"));
        }
        if postgres.get_application_name().is_none() {
            postgres.application_name("pgmemory");
        }
        Ok(Self::with_defaults(postgres))
    }

    fn from_parts(variable: &impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let host = variable("POSTGRES_HOST").ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                "no database is configured: set DATABASE_URL, for example postgresql://user@host/database, or POSTGRES_HOST",
            )
        })?;
        let mut postgres = tokio_postgres::Config::new();
        postgres.host(host).application_name("pgmemory");
        if let Some(port) = variable("POSTGRES_PORT") {
            postgres.port(port.parse().map_err(|_| malformed("POSTGRES_PORT", "must be a number between 1 and 65535"))?);
        }
        if let Some(user) = variable("POSTGRES_USER") {
            postgres.user(user);
        }
        if let Some(password) = variable("POSTGRES_PASSWORD") {
            postgres.password(password);
        }
        if let Some(database) = variable("POSTGRES_DB") {
            postgres.dbname(database);
        }
        Ok(Self::with_defaults(postgres))
    }

    fn with_defaults(postgres: tokio_postgres::Config) -> Self {
        Self {
            postgres,
            pool_size: 20,
            pool_min_size: 2,
            command_timeout: Duration::from_mins(1),
            wait_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
        }
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

    /// Sets how many connections are opened at the start.
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

    /// Sets how long the server may take to accept a connection; 10 seconds unless set.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }
}

fn malformed(setting: &str, problem: &str) -> Error {
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
            .field("pool_size", &self.pool_size)
            .field("pool_min_size", &self.pool_min_size)
            .field("command_timeout", &self.command_timeout)
            .field("wait_timeout", &self.wait_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, Error> {
        let variables: HashMap<_, _> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::from_variables(|name| variables.get(name).cloned())
    }

    #[test]
    fn the_url_wins_over_the_parts() {
        let config = read(&[("DATABASE_URL", "postgresql://a@one/x"), ("POSTGRES_HOST", "two"), ("POSTGRES_POOL_SIZE", "7")]).unwrap();
        assert_eq!(config.postgres.get_user(), Some("a"));
        assert_eq!(config.pool_size, 7);
    }

    #[test]
    fn parts_need_no_escaping() {
        let config =
            read(&[("POSTGRES_HOST", "db"), ("POSTGRES_USER", "u"), ("POSTGRES_PASSWORD", "p@ss/word?#%"), ("POSTGRES_PORT", "6543")])
                .unwrap();
        assert_eq!(config.postgres.get_password(), Some(b"p@ss/word?#%".as_slice()));
        assert_eq!(config.postgres.get_ports(), [6543]);
        assert!(!format!("{config:?}").contains("p@ss"));
    }

    #[test]
    fn each_mistake_names_its_setting() {
        let host = ("POSTGRES_HOST", "db");
        for (name, value) in [
            ("DATABASE_URL", "postgresql://h:secret@host:no-port/x"),
            ("DATABASE_URL", "postgresql://h:secret@host/x?sslmode=require"),
            ("POSTGRES_PORT", "70000"),
            ("POSTGRES_POOL_SIZE", "0"),
            ("POSTGRES_POOL_MIN_SIZE", "-1"),
            ("POSTGRES_COMMAND_TIMEOUT", "soon"),
        ] {
            let error = read(&[host, (name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().starts_with(name), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
        assert!(read(&[]).unwrap_err().to_string().contains("DATABASE_URL"));
    }
}
