//! What must hold for any input from outside, whatever it is: for the fuzz targets, and for tests that replay what they found.

use std::error::Error as _;

use chrono::DateTime;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use uuid::Uuid;

use crate::{
    Config, Cursor, ErrorKind,
    model::{EARLIEST, LATEST},
};

pub use crate::import::fuzzing::import;

/// A text is a cursor that is written as it was read, or a clean error; and every place has a cursor that is read as it
/// was written.
///
/// # Panics
///
/// When that does not hold.
pub fn cursor(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match text.parse::<Cursor>() {
        Ok(cursor) => {
            assert_eq!(cursor.to_string(), text);
            assert!((EARLIEST..LATEST).contains(&cursor.created_at()), "{text}");
        }
        Err(error) => {
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("cursor")), "{text}");
            assert!(error.to_string().starts_with("cursor: "), "{error}");
        }
    }
    let Some((micros, rest)) = input.split_first_chunk() else { return };
    let Some(id) = rest.first_chunk() else { return };
    let time = DateTime::from_timestamp_micros(i64::from_be_bytes(*micros)).filter(|time| (EARLIEST..LATEST).contains(time));
    if let Some(time) = time {
        let cursor = Cursor::after(time, Uuid::from_bytes(*id));
        assert_eq!(cursor.to_string().parse::<Cursor>().expect("a cursor"), cursor);
        let json = serde_json::to_string(&cursor).expect("JSON");
        assert_eq!(serde_json::from_str::<Cursor>(&json).expect("a cursor"), cursor);
    }
}

/// What every fragment of a password begins with, so that it is noticed where it should not be.
const MARK: &str = "zq7";

/// Each with a password; what is typed beside it must not bring it to light.
const SETTINGS: [&str; 7] = [
    "postgresql://u:zq7zq7@h/d",
    "postgres://someone:zq7%40zq7@[::1]:5432,h:1/d?sslmode=require&connect_timeout=3",
    "postgresql://u@h/d?password=zq7zq7&application_name=a",
    "postgresql:///d?host=/run/a,b&user=u&password=zq7%26zq7",
    "host=h user=u password=zq7zq7 dbname=d",
    r"host = h user='u' password = 'zq7 \'zq7\\' sslmode=disable",
    r"password=zq7\ zq7 hostaddr=127.0.0.1 port=1 user=",
];

/// No text makes the settings panic or repeat a password; what is read is read again from the variables that other
/// programs get; and any password comes out of a URL, and of pairs, as it went in.
///
/// # Panics
///
/// When that does not hold.
pub fn url(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    readable_or_refused(&text);

    // A slip of the keyboard: up to three bytes, somewhere in settings that are good.
    if let [base, place, typed @ ..] = input
        && let Ok(typed) = str::from_utf8(&typed[..typed.len().min(3)])
    {
        let base = SETTINGS[usize::from(*base) % SETTINGS.len()];
        let (before, after) = base.split_at(usize::from(*place) % base.len());
        silent(&format!("{before}{typed}{after}"));
        // Without the colon the password is a part of a name, which nobody can know.
        if !after.starts_with(':') {
            silent(&format!("{before}{typed}{}", &after[1..]));
        }
    }

    if !input.is_empty() && !text.contains('\0') {
        let encoded = percent_encode(input, NON_ALPHANUMERIC);
        let config = Config::from_url(&format!("postgresql://u:{encoded}@h/d")).expect("a URL");
        assert_eq!(config.postgres.get_password(), Some(input));
        let quoted = text.replace('\\', r"\\").replace('\'', r"\'");
        let config = Config::from_url(&format!("host=h user=u password='{quoted}'")).expect("pairs");
        assert_eq!(config.postgres.get_password(), Some(text.as_bytes()));
    }
}

fn readable_or_refused(text: &str) {
    match Config::from_url(text) {
        Ok(config) => {
            let again = config.libpq_environment().into_iter().filter_map(|(name, value)| {
                let key = match name {
                    "PGDATABASE" => "dbname".to_owned(),
                    "PGTARGETSESSIONATTRS" => "target_session_attrs".to_owned(),
                    "PGLOADBALANCEHOSTS" => "load_balance_hosts".to_owned(),
                    "PGCHANNELBINDING" => "channel_binding".to_owned(),
                    _ => name.strip_prefix("PG")?.to_lowercase(),
                };
                Some(format!("{key}='{}'", value.replace('\\', r"\\").replace('\'', r"\'")))
            });
            let again = again.collect::<Vec<_>>().join(" ");
            let read = Config::from_url(&again).unwrap_or_else(|error| panic!("{text:?} as {again:?}: {error}"));
            assert_eq!(read.libpq_environment(), config.libpq_environment(), "{text:?}");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{text:?}: {error}");
            assert!(error.to_string().starts_with("the URL"), "{text:?}: {error}");
        }
    }
}

fn silent(text: &str) {
    let said = match Config::from_url(text) {
        Ok(config) => format!("{config:?}"),
        Err(error) => format!("{error} {error:?} {:?}", error.source()),
    };
    assert!(!said.contains(MARK), "{text:?}: {said}");
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use super::*;

    /// What fuzzing found, and what is known to be tricky.
    fn replay(target: fn(&[u8]), name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let inputs: Vec<_> = fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("a file").path()).collect();
        assert!(inputs.len() > 20, "{}", folder.display());
        let fails = |path: &PathBuf| {
            let input = fs::read(path).expect("an input");
            std::panic::catch_unwind(|| target(&input)).is_err()
        };
        let failed: Vec<_> = inputs.into_iter().filter(fails).collect();
        assert!(failed.is_empty(), "{failed:?}");
    }

    #[test]
    fn every_cursor_of_the_corpus_holds() {
        replay(cursor, "cursor");
    }

    #[test]
    fn every_import_of_the_corpus_holds() {
        replay(import, "import");
    }

    #[test]
    fn every_url_of_the_corpus_holds() {
        replay(url, "url");
    }
}
