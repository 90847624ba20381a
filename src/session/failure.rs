//! What goes wrong with the file, in the words of this crate.

use rusqlite::ErrorCode;

use crate::{Error, error::ErrorKind};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let (kind, message) = meaning(&error);
        Self::new(kind, message).because(error)
    }
}

pub(super) fn meaning(error: &rusqlite::Error) -> (ErrorKind, String) {
    let local = |what: &str| (ErrorKind::SessionFile, format!("the session's file {what}: {error}"));
    let damaged = || local("is damaged; what is durable is in PostgreSQL: move the file away, and open the session again");
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => local("cannot be written, the disk is full"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::Unavailable, "another process has kept the session's file for itself for too long".to_owned())
        }
        Some(ErrorCode::ConstraintViolation) => (ErrorKind::Conflict, "another node has this id".to_owned()),
        Some(_) => local("cannot be read or written"),
        None if is_unreadable(error) => damaged(),
        None => (ErrorKind::Internal, error.to_string()),
    }
}

/// Whether what a column holds was never written to it.
fn is_unreadable(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
    )
}
