//! The error of every operation, and the one place where SQLSTATEs become meaning.

mod driver;

use std::{error::Error as StdError, fmt, sync::Arc};

use tokio_postgres::error::{DbError, SqlState};

use driver::{Refusal, is_stale_plan, repeats_values};
pub(crate) use driver::{
    io_failure, is_hang_up, is_protocol_failure, is_refused_login, is_refused_option, is_tls, root_cause, tls_failure,
};

/// What went wrong, with the cause kept as [`source`](StdError::source).
///
/// ```
/// # fn main() -> Result<(), pgmemory::Error> {
/// use pgmemory::{ContextType, ErrorKind};
///
/// let error = "gossip".parse::<ContextType>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// assert_eq!(error.field(), Some("context_type"));
/// # Ok(())
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    field: Option<String>,
    message: String,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The cases that a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A node or relationship that the operation needs is not there, or is another user's.
    NotFound,
    /// The id is taken by another node, or the database holds the embeddings of another model.
    Conflict,
    /// A value cannot be stored; [`Error::field`] names it.
    InvalidInput,
    /// The server cannot be reached, went away, or asks to try again.
    Unavailable,
    /// The operation took longer than the command timeout.
    TimedOut,
    /// The caller had the operation cancelled; nothing of it was kept.
    Cancelled,
    /// Every connection of the pool stayed in use for the whole wait timeout.
    PoolExhausted,
    /// The database's role may not do this.
    Denied,
    /// The schema is missing, or of another version than the program's.
    Schema,
    /// Semantic search is not enabled in the database, or cannot be on this server; or PostgreSQL is switched off in the
    /// configuration.
    NotEnabled,
    /// A setting is missing or malformed.
    Configuration,
    /// A reader of the log of changes is further behind than the log reaches, or ahead of it, and must begin afresh.
    Behind,
    /// The file of a session cannot be read or written: its disk is full, or it is damaged.
    SessionFile,
    /// Anything else: a defect of this crate or of the server.
    Internal,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, field: None, message: message.into(), source: None }))
    }

    pub(crate) fn invalid(field: impl Into<String>, problem: impl fmt::Display) -> Self {
        let field = field.into();
        let message = format!("{field}: {problem}");
        Self(Box::new(Inner { kind: ErrorKind::InvalidInput, field: Some(field), message, source: None }))
    }

    /// The same, of one item of a batch.
    pub(crate) fn at_item(mut self, index: usize) -> Self {
        self.0.message = format!("item {index}: {}", self.0.message);
        self
    }

    /// The same, of one line of an import.
    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.0.message = format!("line {line}: {}", self.0.message);
        self
    }

    /// The same, of one row of a file.
    #[cfg(feature = "session")]
    pub(crate) fn of_row(mut self, row: &str) -> Self {
        self.0.message = format!("{row}: {}", self.0.message);
        self
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The same for another who waited for what failed.
    pub(crate) fn duplicate(&self) -> Self {
        let Inner { kind, field, message, source } = &*self.0;
        Self(Box::new(Inner { kind: *kind, field: field.clone(), message: message.clone(), source: source.clone() }))
    }

    /// Which case it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The field that cannot be stored, when the kind is [`ErrorKind::InvalidInput`].
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Whether the same call may succeed when it is made again, perhaps a moment later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::PoolExhausted)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        let meaning = match error.as_db_error() {
            Some(refusal) if repeats_values(refusal) => return meaning_of(refusal).because(Refusal::from(refusal)),
            Some(refusal) => meaning_of(refusal),
            None if error.is_closed() => Self::new(ErrorKind::Unavailable, "the connection to the server was closed"),
            None if io_failure(&error).is_some() => {
                Self::new(ErrorKind::Unavailable, format!("the connection to the server broke: {}", root_cause(&error)))
            }
            None => Self::new(ErrorKind::Internal, root_cause(&error)),
        };
        meaning.because(error)
    }
}

/// By SQLSTATE and constraint name only: messages are translated, and change.
pub(crate) fn meaning_of(refusal: &DbError) -> Error {
    let code = refusal.code();
    let message = refusal.message();
    match code {
        &SqlState::CHECK_VIOLATION if refusal.constraint().is_some_and(|name| name.starts_with("journals_last_seq_check")) => {
            Error::new(ErrorKind::Behind, "an entry of the journal is there already")
        }
        &SqlState::CHECK_VIOLATION | &SqlState::NOT_NULL_VIOLATION => {
            let field = refusal.column().or_else(|| refusal.constraint().and_then(checked_field)).unwrap_or("value");
            Error::invalid(field, "the value is outside what can be stored")
        }
        &SqlState::UNIQUE_VIOLATION => Error::new(ErrorKind::Conflict, "another row has this id"),
        &SqlState::FOREIGN_KEY_VIOLATION => Error::new(ErrorKind::NotFound, "a node at one end of the relationship is not there"),
        &SqlState::QUERY_CANCELED => {
            Error::new(ErrorKind::TimedOut, "the operation was cancelled, or took longer than POSTGRES_COMMAND_TIMEOUT allows")
        }
        &SqlState::UNDEFINED_TABLE | &SqlState::UNDEFINED_COLUMN | &SqlState::UNDEFINED_FUNCTION | &SqlState::INVALID_SCHEMA_NAME => {
            Error::new(ErrorKind::Schema, format!("the database is not migrated to this version, run `pgmemory migrate`: {message}"))
        }
        &SqlState::INSUFFICIENT_PRIVILEGE => Error::new(ErrorKind::Denied, message),
        &SqlState::READ_ONLY_SQL_TRANSACTION => Error::new(ErrorKind::Denied, "the server is read-only; connect to the primary"),
        &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION | &SqlState::INVALID_CATALOG_NAME => {
            Error::new(ErrorKind::Configuration, message)
        }
        code if code.code().starts_with("PGM") => refused_by_us(refusal),
        // What somebody added to the schema: a trigger that raises an exception, an exclusion constraint.
        &SqlState::RAISE_EXCEPTION | &SqlState::EXCLUSION_VIOLATION => {
            Error::invalid("value", format!("a rule of the database refuses it: {message}"))
        }
        _ if is_stale_plan(refusal) => Error::new(ErrorKind::Unavailable, format!("the schema has just changed: {message}")),
        // Bad text: a NUL, a number that no type holds; more of it than an index takes.
        code if code.code().starts_with("22") || code.code().starts_with("54") => Error::invalid("value", message),
        &SqlState::LOCK_NOT_AVAILABLE | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => Error::new(ErrorKind::Unavailable, message),
        // Lost connections, deadlocks and serialization failures, lack of resources, shutdown.
        code if ["08", "40", "53", "57", "58"].iter().any(|class| code.code().starts_with(class)) => {
            Error::new(ErrorKind::Unavailable, message)
        }
        code => Error::new(ErrorKind::Internal, format!("{message} (SQLSTATE {})", code.code())),
    }
}

/// What the functions of `schema/` raise themselves.
fn refused_by_us(refusal: &DbError) -> Error {
    let hint = refusal.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    let message = format!("{}{hint}", refusal.message());
    match refusal.code().code() {
        "PGM01" => Error::new(ErrorKind::NotEnabled, message),
        "PGM02" => Error::invalid(refusal.column().unwrap_or("value"), message),
        "PGM03" => Error::new(ErrorKind::NotFound, message),
        "PGM04" => Error::new(ErrorKind::Conflict, message),
        _ => Error::new(ErrorKind::Internal, message),
    }
}

/// The column of a constraint `table_column_check`; shards append a number to the name.
fn checked_field(constraint: &str) -> Option<&str> {
    let (name, _) = constraint.split_once("_check")?;
    let (_, field) = name.split_once('_')?;
    Some(field.trim_end_matches("_size"))
}

#[cfg(test)]
mod tests {
    use super::checked_field;

    #[test]
    fn a_constraint_names_its_field() {
        assert_eq!(checked_field("nodes_content_size_check"), Some("content"));
        assert_eq!(checked_field("nodes_base_relevance_check_102008"), Some("base_relevance"));
        assert_eq!(checked_field("relationships_strength_check"), Some("strength"));
        assert_eq!(checked_field("somebody_elses"), None);
    }
}
