//! What libpq understands in a URL or in `key=value` pairs, and the driver does not.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::SslMode as DriverMode;

use super::{
    Coalescing, Config, host_name, malformed,
    tls::{Given, SslMode, Tls},
};
use crate::Error;

/// Keys that the driver does not know, or takes for something else.
const KEYS: [&str; 5] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "tcp_user_timeout"];

/// Keys whose values messages repeat: a `=` in one stands between quotes, or is written %3D in a URL. Else it is that of
/// the next pair, as in `user= password=x` and `user=u;password=x`.
const NAMES: [&str; 7] = ["application_name", "dbname", "host", "sslcert", "sslkey", "sslrootcert", "user"];

type Pairs = Vec<(String, String)>;

impl Config {
    /// Reads the text of a setting, and what it leaves open from `variable`.
    pub(super) fn from_text(
        source: &'static str,
        text: &str,
        variable: impl Fn(&str) -> Result<Option<String>, Error>,
    ) -> Result<Self, Error> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        if is_url && has_stray_sign(text) {
            return Err(malformed(source, "has an @, ? or = where none belongs; in names and passwords they are written %40, %3F and %3D"));
        }
        let (rest, pairs) =
            if is_url { split_url(text) } else { split_pairs(text) }.ok_or_else(|| malformed(source, "is no PostgreSQL URL"))?;
        let mut postgres: tokio_postgres::Config = rest.parse().map_err(|error| unreadable(source, &rest, is_url, &error))?;
        refuse_urls(source, &postgres)?;
        let is_none = |name: &str| name.is_empty() || name.contains(',');
        if postgres.get_hosts().iter().any(|host| is_none(&host_name(host)))
            || postgres.get_hosts().is_empty() && postgres.get_hostaddrs().is_empty()
        {
            return Err(malformed(source, "names no host"));
        }
        let value = |key: &str| pairs.iter().rfind(|(known, value)| known == key && !value.is_empty()).map(|(_, value)| value.clone());
        if let Some(milliseconds) = value("tcp_user_timeout") {
            let milliseconds =
                milliseconds.parse().map_err(|_| malformed(source, "has a tcp_user_timeout that is no number of milliseconds"))?;
            postgres.tcp_user_timeout(Duration::from_millis(milliseconds));
        }
        let tls = Tls::read(|key, name| match value(key) {
            Some(value) => Ok(Some(Given { setting: format!("{source}: {key}"), value })),
            None => Ok(variable(name)?.map(|value| Given { setting: name.to_owned(), value })),
        })?;
        Ok(Self::with_defaults(source, postgres, tls))
    }

    /// The settings of a server that is already known.
    pub(super) fn with_defaults(source: &'static str, mut postgres: tokio_postgres::Config, tls: Tls) -> Self {
        if postgres.get_application_name().is_none() {
            postgres.application_name("pgmemory");
        }
        postgres.ssl_mode(match tls.mode {
            SslMode::Disable => DriverMode::Disable,
            SslMode::Allow | SslMode::Prefer => DriverMode::Prefer,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => DriverMode::Require,
        });
        let connect_timeout = postgres.get_connect_timeout().copied().unwrap_or(Duration::from_secs(10));
        Self {
            postgres,
            tls,
            source,
            pool_size: 20,
            pool_min_size: 2,
            command_timeout: Duration::from_mins(1),
            wait_timeout: Duration::from_secs(10),
            connect_timeout,
            requires_row_security: false,
            is_switched_off: false,
            coalescing: Coalescing::default(),
        }
    }
}

/// The driver's words name the parameter at fault; where a secret may stand, that may be a part of it which was not quoted.
fn unreadable(source: &str, rest: &str, is_url: bool, error: &tokio_postgres::Error) -> Error {
    let parameters = rest.split_once('?').map(|(_, parameters)| percent_decode_str(parameters).decode_utf8_lossy().to_lowercase());
    let has_secret = parameters.is_some_and(|parameters| ["password", "options", "@"].iter().any(|sign| parameters.contains(sign)));
    match std::error::Error::source(error) {
        Some(reason) if is_url && !has_secret => malformed(source, format!("is no PostgreSQL URL: {reason}")),
        _ if is_url => malformed(source, "is no PostgreSQL URL"),
        _ => malformed(source, "has pairs that are not libpq's key=value"),
    }
}

/// What stands around such a sign may be a part of a password, or a parameter, that would be taken for a name.
fn has_stray_sign(url: &str) -> bool {
    let (credentials, rest) = url.split_once('@').unwrap_or(("", url));
    let has_parameters = credentials.split_once('?').is_some_and(|(_, parameters)| parameters.contains('='));
    has_parameters || rest.split('?').next().is_some_and(|address| address.contains(['@', '=']))
}

/// A URL in the place of a name would be repeated, with its password, by whoever reports that there is no such name.
pub(super) fn refuse_urls(source: &str, postgres: &tokio_postgres::Config) -> Result<(), Error> {
    let is_url = |name: &str| name.contains("://");
    if postgres.get_hosts().iter().any(|host| is_url(&host_name(host)))
        || [postgres.get_user(), postgres.get_dbname()].into_iter().flatten().any(is_url)
    {
        return Err(malformed(source, "has a URL where the name of a host, user or database belongs"));
    }
    Ok(())
}

/// The URL without the parameters of [`KEYS`], and these.
fn split_url(url: &str) -> Option<(String, Pairs)> {
    let after_password = url.find('@').map_or(0, |at| at + 1);
    let Some(question_mark) = url[after_password..].find('?') else {
        return Some((url.to_owned(), Vec::new()));
    };
    let (address, parameters) = url.split_at(after_password + question_mark);
    let (mut theirs, mut pairs) = (Vec::new(), Vec::new());
    for parameter in parameters[1..].split('&') {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let key = percent_decode_str(key).decode_utf8().ok()?;
        if NAMES.contains(&key.as_ref()) && value.contains('=') {
            return None;
        } else if KEYS.contains(&key.as_ref()) {
            pairs.push((key.into_owned(), percent_decode_str(value).decode_utf8().ok()?.into_owned()));
        } else if key == "host" {
            // The driver would take several sockets for one.
            theirs.extend(value.split(',').map(|host| format!("host={host}")));
        } else {
            theirs.push(parameter.to_owned());
        }
    }
    let question_mark = if theirs.is_empty() { "" } else { "?" };
    Some((format!("{address}{question_mark}{}", theirs.join("&")), pairs))
}

/// The pairs without those of [`KEYS`], and these.
fn split_pairs(mut text: &str) -> Option<(String, Pairs)> {
    let (mut rest, mut pairs) = (String::new(), Vec::new());
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return Some((rest, pairs));
        }
        let (key, after) = text.split_once('=')?;
        let value_text = after.trim_start();
        let (value, after) = split_value(value_text)?;
        let key = key.trim_end();
        if NAMES.contains(&key) && value.contains('=') && !value_text.starts_with('\'') {
            return None;
        }
        if KEYS.contains(&key) {
            pairs.push((key.to_owned(), value));
        } else {
            rest.extend([key, "='", &value.replace('\\', r"\\").replace('\'', r"\'"), "' "]);
        }
        text = after;
    }
}

/// A value without its quotes and backslashes, and what follows it.
fn split_value(text: &str) -> Option<(String, &str)> {
    let is_quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(is_quoted));
    while let Some((place, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if is_quoted => return Some((value, &text[place + 1..])),
            _ if !is_quoted && character.is_whitespace() => return Some((value, &text[place..])),
            _ => value.push(character),
        }
    }
    (!is_quoted).then_some((value, ""))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tokio_postgres::config::Host;

    use super::*;
    use crate::config::tls::Roots;

    fn tls(text: &str) -> Result<Tls, Error> {
        Config::from_url(text).map(|config| config.tls)
    }

    #[test]
    fn a_url_and_pairs_say_the_same() {
        let expected = Tls {
            mode: SslMode::VerifyCa,
            roots: Some(Roots::File("/ca dir/root.pem".into())),
            identity: Some((PathBuf::from("c.pem"), PathBuf::from("it's.pem"))),
        };
        for text in [
            "postgresql://u:p%3Fsslmode=x@h/d?sslmode=verify-ca&sslrootcert=%2Fca%20dir/root.pem&sslcert=c.pem&sslkey=it's.pem",
            "postgresql://u@h/d?connect_timeout=3&ssl%6Dode=verify-ca&sslrootcert=/ca dir/root.pem&sslcert=c.pem&application_name=x&sslkey=it's.pem",
            r"host=h sslmode = verify-ca sslrootcert='/ca dir/root.pem' sslcert=c.pem sslkey='it\'s.pem'",
            r"sslkey=it\'s.pem sslcert=c.pem sslrootcert=/ca\ dir/root.pem host=h sslmode=disable sslmode=verify-ca",
        ] {
            assert_eq!(tls(text).unwrap(), expected, "{text}");
        }
        let config = Config::from_url("postgresql://u@h/d?sslmode=require&connect_timeout=3&tcp_user_timeout=1500").unwrap();
        assert_eq!(
            (config.connect_timeout, config.postgres.get_tcp_user_timeout()),
            (Duration::from_secs(3), Some(&Duration::from_millis(1500)))
        );
        let hosts = [Host::Unix("/run/a".into()), Host::Tcp("b".to_owned()), Host::Unix("/run/c".into())];
        for text in ["postgresql://u@/d?host=/run/a,b,%2Frun/c", "host=/run/a,b,/run/c user=u dbname=d"] {
            assert_eq!(Config::from_url(text).unwrap().postgres.get_hosts(), hosts, "{text}");
        }
        let quoted = Config::from_url(r"host=h password='it\'s \\ me' user='' sslmode=disable").unwrap();
        assert_eq!(quoted.postgres.get_password(), Some(br"it's \ me".as_slice()));
    }

    #[test]
    fn the_mode_is_prefer_unless_the_system_is_trusted() {
        assert_eq!(tls("postgresql://u@h/d").unwrap(), Tls::default());
        assert_eq!(tls("postgresql://u@h/d?sslmode=").unwrap().mode, SslMode::Prefer);
        assert_eq!(tls("postgresql://u@h/d?sslrootcert=system").unwrap().mode, SslMode::VerifyFull);
        assert_eq!(tls("postgresql://u@h/d?sslrootcert=system&sslmode=disable").unwrap().mode, SslMode::Disable);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for (text, part) in [
            ("postgresql://u:secret@h/d?sslmode=full", "the URL: sslmode must be one of disable, allow, prefer"),
            ("postgresql://u:secret@h/d?sslmode=verify-full", "needs sslrootcert"),
            ("postgresql://u:secret@h/d?sslmode=require&sslrootcert=system", "needs verify-full"),
            ("postgresql://u:secret@h/d?sslcert=c.pem", "the URL: sslcert needs"),
            ("postgresql://u:secret@h/d?sslkey=c.pem", "the URL: sslkey needs"),
            ("postgresql://u:secret@h/d?sslrootcert=%FF&sslmode=require", "is no PostgreSQL URL"),
            ("postgresql://u:secret@h/d?tcp_user_timeout=long", "tcp_user_timeout"),
            ("postgresql://u:secret@h/d?target_session_attrs=primary", "target_session_attrs"),
            ("postgresql://u:secret@h/d?schema=public", "unknown option `schema`"),
            ("host=h password='secret", "is no PostgreSQL URL"),
            ("host=h password=my secret=1", "key=value"),
            ("secret", "is no PostgreSQL URL"),
            ("postgresql:///d", "names no host"),
            ("host='' user=u", "names no host"),
            ("postgresql://u@a,,b/d", "names no host"),
            ("postgresql://u@/d?host=a%2Cb", "names no host"),
            ("postgresql://u:p@secret@h/d", "are written %40, %3F and %3D"),
            ("postgresql://u:p@secret/x@h/d", "are written %40, %3F and %3D"),
            ("postgresql://h/d?user=u&password=p&secret=x", "is no PostgreSQL URL"),
            ("postgresql://h/d?user=u&p%61ssword=p&secret=x", "is no PostgreSQL URL"),
            ("postgresql://u:p@x?secret=y@h/d", "is no PostgreSQL URL"),
            ("postgresql://u@h/d&password=secret", "are written %40, %3F and %3D"),
            ("postgresql://h:1/d?user=u&password=secret@secret", "are written %40, %3F and %3D"),
            ("postgresql://h/d?user=u;password=secret", "is no PostgreSQL URL"),
            ("postgresql://u@h/d?sslcert=c&sslkey=k;password=secret", "is no PostgreSQL URL"),
            ("postgresql://u@h/d?sslpassword=p&secret=x", "is no PostgreSQL URL"),
            ("host=postgresql://u:secret@h/d", "has a URL where the name"),
            ("host=h user=u dbname=postgresql://u:secret@h/d", "has a URL where the name"),
            ("host=h user= password=secret", "is no PostgreSQL URL"),
            ("host=h user = pasword=secret", "is no PostgreSQL URL"),
            ("host=h sslrootcert= password=secret", "is no PostgreSQL URL"),
            ("postgresql://u@h/d?sslcert=c.pem&sslkey=-----BEGIN PRIVATE KEY-----secret", "must be the path of a file"),
            ("postgresql://u@h/d?sslcert=c.pem&sslkey=secret%0Asecret", "must be the path of a file"),
        ] {
            let error = tls(text).unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
