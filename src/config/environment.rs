//! Settings from the environment, and for the environment of other programs.

use std::{env, ffi::OsString, ops::RangeInclusive, str::FromStr, time::Duration};

use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, TargetSessionAttrs};

use super::{
    Config, host_name, malformed,
    text::refuse_urls,
    tls::{Given, Roots, Tls},
};
use crate::{Error, error::ErrorKind};

/// The settings that hold a whole URL; the first one that is set wins.
const URL_SETTINGS: [&str; 2] = ["DATABASE_URL", "POSTGRESQL_CONNECTION_STRING"];

const HOST_SETTING: &str = "POSTGRES_HOST";

impl Config {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] when no setting says where the database is, or one is malformed: the
    /// message names it.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| env::var_os(name))
    }

    /// Whether the environment says where the database is.
    #[must_use]
    pub fn is_in_env() -> bool {
        URL_SETTINGS.iter().chain(&[HOST_SETTING]).any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let variable = |name: &str| match variable(name).filter(|value| !value.is_empty()).map(OsString::into_string) {
            Some(Err(_)) => Err(malformed(name, "is not UTF-8")),
            value => Ok(value.and_then(Result::ok)),
        };
        let number = |name: &str, range: RangeInclusive<usize>| within(name, variable(name)?, &range, "a number");
        let seconds =
            |name: &str| Ok::<_, Error>(within(name, variable(name)?, &(0.001..=86_400.0), "seconds")?.map(Duration::from_secs_f64));

        let mut config = match URL_SETTINGS.into_iter().find_map(|name| Some((name, variable(name).transpose()?))) {
            Some((name, url)) => Self::from_text(name, &url?, variable)?,
            None => Self::from_parts(variable)?,
        };
        if let Some(size) = number("POSTGRES_POOL_SIZE", 1..=10_000)? {
            config = config.pool_size(size);
        }
        if let Some(size) = number("POSTGRES_POOL_MIN_SIZE", 0..=config.pool_size)? {
            config.pool_min_size = size;
        }
        if let Some(timeout) = seconds("POSTGRES_COMMAND_TIMEOUT")? {
            config.command_timeout = timeout;
        }
        if let Some(timeout) = seconds("POSTGRES_WAIT_TIMEOUT")? {
            config.wait_timeout = timeout;
        }
        if let (Some(timeout), None) = (seconds("POSTGRES_CONNECT_TIMEOUT")?, config.postgres.get_connect_timeout()) {
            config.connect_timeout = timeout;
        }
        if let Some(enabled) = variable("POSTGRES_ENABLED")? {
            let enabled: bool = enabled.parse().map_err(|_| malformed("POSTGRES_ENABLED", "must be true or false"))?;
            config.is_switched_off = !enabled;
        }
        if let Some(coalescing) = variable("POSTGRES_COALESCING")? {
            config.coalescing = coalescing.parse()?;
        }
        if let Some(required) = variable("POSTGRES_REQUIRE_ROW_SECURITY")? {
            let malformed = |_| malformed("POSTGRES_REQUIRE_ROW_SECURITY", "must be true or false");
            config.requires_row_security = required.parse().map_err(malformed)?;
        }
        Ok(config)
    }

    fn from_parts(variable: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let host = variable(HOST_SETTING)?.ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                "no database is configured: set DATABASE_URL, for example postgresql://user@host/database, or POSTGRES_HOST",
            )
        })?;
        if host.contains(',') {
            return Err(malformed(HOST_SETTING, "names one host; several belong into DATABASE_URL"));
        }
        let mut postgres = tokio_postgres::Config::new();
        postgres.host(host);
        if let Some(port) = within("POSTGRES_PORT", variable("POSTGRES_PORT")?, &(1..=u16::MAX), "a number")? {
            postgres.port(port);
        }
        if let Some(user) = variable("POSTGRES_USER")? {
            postgres.user(user);
        }
        if let Some(password) = variable("POSTGRES_PASSWORD")? {
            postgres.password(password);
        }
        if let Some(database) = variable("POSTGRES_DB")? {
            postgres.dbname(database);
        }
        refuse_urls("POSTGRES_HOST, POSTGRES_USER or POSTGRES_DB", &postgres)?;
        let tls = Tls::read(|_, name| Ok(variable(name)?.map(|value| Given { setting: name.to_owned(), value })))?;
        Ok(Self::with_defaults(HOST_SETTING, postgres, tls))
    }

    /// The same connection as the variables that libpq's programs read, `psql` and `pg_dump` among them; the
    /// password is one of them.
    ///
    /// ```
    /// # fn main() -> Result<(), pgmemory::Error> {
    /// let config = pgmemory::Config::from_url("postgresql://agent@db/memory?sslmode=require")?;
    /// assert!(config.libpq_environment().contains(&("PGSSLMODE", "require".to_owned())));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn libpq_environment(&self) -> Vec<(&'static str, String)> {
        let postgres = &self.postgres;
        let file = |path: &std::path::Path| Some(path.display().to_string());
        let identity = self.tls.identity.as_ref();
        let variables = [
            ("PGHOST", list(postgres.get_hosts().iter().map(host_name))),
            ("PGHOSTADDR", list(postgres.get_hostaddrs().iter().map(ToString::to_string))),
            ("PGPORT", list(postgres.get_ports().iter().map(ToString::to_string))),
            ("PGUSER", postgres.get_user().map(str::to_owned)),
            ("PGPASSWORD", postgres.get_password().map(|password| String::from_utf8_lossy(password).into_owned())),
            ("PGDATABASE", postgres.get_dbname().map(str::to_owned)),
            ("PGOPTIONS", postgres.get_options().map(str::to_owned)),
            ("PGCONNECT_TIMEOUT", Some(self.connect_timeout.as_secs().max(2).to_string())),
            ("PGSSLMODE", Some(<&str>::from(self.tls.mode).to_owned())),
            (
                "PGSSLROOTCERT",
                self.tls.roots.as_ref().and_then(|roots| match roots {
                    Roots::System => Some("system".to_owned()),
                    Roots::File(path) => file(path),
                }),
            ),
            ("PGSSLCERT", identity.and_then(|(certificate, _)| file(certificate))),
            ("PGSSLKEY", identity.and_then(|(_, key)| file(key))),
            (
                "PGCHANNELBINDING",
                match postgres.get_channel_binding() {
                    ChannelBinding::Require => Some("require".to_owned()),
                    ChannelBinding::Disable => Some("disable".to_owned()),
                    _ => None,
                },
            ),
            (
                "PGTARGETSESSIONATTRS",
                match postgres.get_target_session_attrs() {
                    TargetSessionAttrs::ReadWrite => Some("read-write".to_owned()),
                    TargetSessionAttrs::ReadOnly => Some("read-only".to_owned()),
                    _ => None,
                },
            ),
            ("PGLOADBALANCEHOSTS", (postgres.get_load_balance_hosts() == LoadBalanceHosts::Random).then(|| "random".to_owned())),
        ];
        variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn list(values: impl Iterator<Item = String>) -> Option<String> {
    Some(values.collect::<Vec<_>>().join(",")).filter(|list| !list.is_empty())
}

fn within<T: FromStr + PartialOrd + std::fmt::Display>(
    name: &str,
    value: Option<String>,
    range: &RangeInclusive<T>,
    what: &str,
) -> Result<Option<T>, Error> {
    let Some(value) = value else { return Ok(None) };
    let value = value.parse().ok().filter(|value| range.contains(value));
    value.map(Some).ok_or_else(|| malformed(name, format!("must be {what} between {} and {}", range.start(), range.end())))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, os::unix::ffi::OsStringExt};

    use super::*;
    use crate::config::tls::SslMode;

    fn read(variables: &[(&str, &str)]) -> Result<Config, Error> {
        let variables: HashMap<&str, &str> = variables.iter().copied().collect();
        Config::from_variables(|name| variables.get(name).map(OsString::from))
    }

    #[test]
    fn the_url_wins_over_the_parts() {
        let config = read(&[
            ("DATABASE_URL", "postgresql://a@one/x?sslmode=disable&connect_timeout=3"),
            ("POSTGRES_HOST", "two"),
            ("POSTGRES_SSL", "require"),
            ("POSTGRES_CONNECT_TIMEOUT", "7"),
            ("POSTGRES_POOL_SIZE", "7"),
        ])
        .unwrap();
        assert_eq!((config.source, config.postgres.get_user()), ("DATABASE_URL", Some("a")));
        assert_eq!((config.tls.mode, config.connect_timeout), (SslMode::Disable, Duration::from_secs(3)));
        assert_eq!(config.pool_size, 7);
    }

    #[test]
    fn parts_need_no_escaping() {
        let config = read(&[
            ("POSTGRES_HOST", "db"),
            ("POSTGRES_USER", "u"),
            ("POSTGRES_PASSWORD", "p@ss/word?#%"),
            ("POSTGRES_PORT", "6543"),
            ("POSTGRES_SSL", "true"),
        ])
        .unwrap();
        assert_eq!(config.postgres.get_password(), Some(b"p@ss/word?#%".as_slice()));
        assert_eq!(config.postgres.get_ports(), [6543]);
        assert_eq!(config.tls.mode, SslMode::Require);
        assert!(!format!("{config:?}").contains("p@ss"));
    }

    #[test]
    fn every_setting_is_read() {
        let config = read(&[
            ("DATABASE_URL", "postgresql://a@one/x"),
            ("POSTGRES_SSL", "verify-full"),
            ("POSTGRES_SSLROOTCERT", "/ca.pem"),
            ("POSTGRES_SSLCERT", "/c.pem"),
            ("POSTGRES_SSLKEY", "/k.pem"),
            ("POSTGRES_POOL_SIZE", "1"),
            ("POSTGRES_WAIT_TIMEOUT", "0.5"),
            ("POSTGRES_CONNECT_TIMEOUT", "7"),
            ("POSTGRES_COMMAND_TIMEOUT", "8"),
            ("POSTGRES_REQUIRE_ROW_SECURITY", "true"),
        ])
        .unwrap();
        assert_eq!((config.pool_size, config.pool_min_size), (1, 1), "the default minimum gives way");
        assert!(config.requires_row_security);
        assert_eq!(
            [config.wait_timeout, config.connect_timeout, config.command_timeout],
            [Duration::from_millis(500), Duration::from_secs(7), Duration::from_secs(8)]
        );
        let environment = config.libpq_environment();
        for expected in [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", "/ca.pem"), ("PGSSLCERT", "/c.pem"), ("PGSSLKEY", "/k.pem")] {
            assert!(environment.contains(&(expected.0, expected.1.to_owned())), "{expected:?}");
        }
    }

    #[test]
    fn programs_of_libpq_get_every_host() {
        let url = "postgresql://a:s@one:1,two:2/x?target_session_attrs=read-write&load_balance_hosts=random&channel_binding=require";
        let environment = Config::from_url(url).unwrap().libpq_environment();
        for expected in [
            ("PGHOST", "one,two"),
            ("PGPORT", "1,2"),
            ("PGPASSWORD", "s"),
            ("PGTARGETSESSIONATTRS", "read-write"),
            ("PGLOADBALANCEHOSTS", "random"),
            ("PGCHANNELBINDING", "require"),
        ] {
            assert!(environment.contains(&(expected.0, expected.1.to_owned())), "{expected:?}");
        }
    }

    #[test]
    fn every_setting_is_documented() {
        let documented = |name: &str| include_str!("../config.rs").contains(&format!("`{name}`"));
        let is_setting = |text: &&str| {
            (text.starts_with("POSTGRES") || *text == "DATABASE_URL")
                && text.chars().all(|character| character == '_' || character.is_ascii_uppercase())
        };
        let (own, _) = include_str!("environment.rs").split_once("#[cfg(test)]").unwrap();
        let settings: Vec<&str> = [own, include_str!("tls.rs")].iter().flat_map(|source| source.split('"')).filter(is_setting).collect();
        assert!(settings.len() > 14, "{settings:?}");
        for name in settings {
            assert!(documented(name), "{name}");
        }
    }

    #[test]
    fn each_mistake_names_its_setting() {
        let host = ("POSTGRES_HOST", "db");
        for (name, value) in [
            ("DATABASE_URL", "postgresql://h:secret@host:no-port/x"),
            ("DATABASE_URL", "postgresql://h:secret@host/x?sslmode=verify-ca"),
            ("POSTGRESQL_CONNECTION_STRING", "user=h password=secret"),
            ("POSTGRES_HOST", "one,two"),
            ("POSTGRES_HOST", "postgresql://h:secret@host/x"),
            ("POSTGRES_PORT", "70000"),
            ("POSTGRES_PORT", "0"),
            ("POSTGRES_SSL", "yes please"),
            ("POSTGRES_SSL", "verify-full"),
            ("POSTGRES_SSLCERT", "/c.pem"),
            ("POSTGRES_SSLKEY", "/k.pem"),
            ("POSTGRES_SSLKEY", "-----BEGIN PRIVATE KEY-----secret"),
            ("POSTGRES_POOL_SIZE", "0"),
            ("POSTGRES_POOL_MIN_SIZE", "-1"),
            ("POSTGRES_POOL_MIN_SIZE", "21"),
            ("POSTGRES_WAIT_TIMEOUT", "0"),
            ("POSTGRES_CONNECT_TIMEOUT", "NaN"),
            ("POSTGRES_COMMAND_TIMEOUT", "soon"),
            ("POSTGRES_REQUIRE_ROW_SECURITY", "yes"),
            ("POSTGRES_ENABLED", "no"),
        ] {
            let error = read(&[host, (name, value)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().starts_with(name), "{name}={value}: {error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
        let error = Config::from_variables(|name| (name == "POSTGRES_HOST").then(|| OsString::from_vec(vec![0xff]))).unwrap_err();
        assert!(error.to_string().contains("POSTGRES_HOST is not UTF-8"), "{error}");
        assert!(read(&[]).unwrap_err().to_string().contains("DATABASE_URL"));
    }
}
