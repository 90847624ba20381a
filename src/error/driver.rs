//! What the driver's errors are about. It keeps their kinds to itself: the causes tell, and where there is none, the text.

use std::{error::Error as StdError, fmt, io};

use tokio_postgres::{
    Error as DriverError,
    error::{DbError, SqlState},
};

use super::Error;

impl Error {
    /// Whether the operation's connection broke, so that nobody knows if it was done.
    pub(crate) fn is_disconnect(&self) -> bool {
        self.driver().is_some_and(|error| match error.code() {
            Some(code) => code.code().starts_with("08") || [&SqlState::ADMIN_SHUTDOWN, &SqlState::CRASH_SHUTDOWN].contains(&code),
            None => error.is_closed() || io_failure(error).is_some(),
        })
    }

    /// Whether the server undid the operation for a reason that passes: a deadlock, a serialization failure, a
    /// stale plan.
    pub(crate) fn is_transient(&self) -> bool {
        let codes = [&SqlState::T_R_SERIALIZATION_FAILURE, &SqlState::T_R_DEADLOCK_DETECTED];
        self.code().is_some_and(|code| codes.contains(&code)) || self.is_stale_plan()
    }

    /// Whether a prepared statement does not fit the schema any more.
    pub(crate) fn is_stale_plan(&self) -> bool {
        self.driver().and_then(DriverError::as_db_error).is_some_and(is_stale_plan)
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
    }

    fn code(&self) -> Option<&SqlState> {
        self.driver()?.code()
    }

    /// The driver's error about an operation; one about a connection that could not be made is not among them.
    fn driver(&self) -> Option<&DriverError> {
        self.source()?.downcast_ref()
    }
}

/// What the server refused, without its words: the details of a violated constraint are the whole row.
#[derive(Debug)]
pub(super) struct Refusal {
    code: SqlState,
    constraint: Option<String>,
}

impl From<&DbError> for Refusal {
    fn from(refusal: &DbError) -> Self {
        Self { code: refusal.code().clone(), constraint: refusal.constraint().map(str::to_owned) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLSTATE {}", self.code.code())?;
        self.constraint.as_ref().map_or(Ok(()), |name| write!(f, ", constraint {name}"))
    }
}

impl StdError for Refusal {}

/// Whether the server's words repeat values: bad ones (22), those that violate a constraint (23), too large ones (54).
pub(super) fn repeats_values(refusal: &DbError) -> bool {
    ["22", "23", "54"].iter().any(|class| refusal.code().code().starts_with(class))
}

/// Whether a login was refused for the parameters in `options`.
pub(crate) fn is_refused_option(refusal: &DbError) -> bool {
    [SqlState::UNDEFINED_OBJECT, SqlState::INVALID_PARAMETER_VALUE, SqlState::SYNTAX_ERROR].contains(refusal.code())
}

/// SQLSTATE 0A000 stands for any feature that is missing; the routine tells this one.
pub(super) fn is_stale_plan(refusal: &DbError) -> bool {
    *refusal.code() == SqlState::FEATURE_NOT_SUPPORTED && refusal.routine() == Some("RevalidateCachedQuery")
}

/// Whether encryption is what failed.
pub(crate) fn is_tls(error: &DriverError) -> bool {
    tls_failure(error).is_some() || error.to_string().starts_with("error performing TLS handshake")
}

/// Whether the server refuses the login whatever the password is, as it may for want of encryption, or because of it.
pub(crate) fn is_refused_login(error: &DriverError) -> bool {
    error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

/// Whether the other side says what no PostgreSQL server would.
pub(crate) fn is_protocol_failure(error: &DriverError) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};

    let text = error.to_string();
    let is_nonsense = |failure: &io::Error| matches!(failure.kind(), InvalidData | InvalidInput | Other | UnexpectedEof);
    (text.starts_with("error communicating with the server") && io_failure(error).is_some_and(is_nonsense))
        || text.starts_with("unexpected message from server")
        || text.starts_with("error parsing response from server")
}

/// Whether the other side took the connection and then ended it.
pub(crate) fn is_hang_up(error: &DriverError) -> bool {
    error.is_closed() || error.to_string().starts_with("error communicating with the server")
}

pub(crate) fn io_failure(error: &DriverError) -> Option<&io::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

pub(crate) fn tls_failure(error: &DriverError) -> Option<&rustls::Error> {
    // An I/O error passes over the error that it wraps when it is asked for its source.
    causes(error).find_map(|cause| cause.downcast_ref().or_else(|| cause.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()))
}

/// The last of the causes, or the error itself.
pub(crate) fn root_cause(error: &DriverError) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn causes(error: &DriverError) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}
