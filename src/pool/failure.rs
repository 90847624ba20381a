//! Why there is no connection or no answer, and which setting to change.

use std::time::Duration;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::config::TargetSessionAttrs;

use crate::{
    Config, Error,
    config::host_name,
    error::{ErrorKind, io_failure, is_hang_up, is_protocol_failure, is_refused_option, is_tls, meaning_of, root_cause, tls_failure},
};

pub(super) fn without_connection(config: &Config, error: PoolError) -> Error {
    if let PoolError::Backend(failure) = &error
        && let Some(refusal) = failure.as_db_error().filter(|refusal| is_refused_option(refusal))
    {
        // The server's words, which repeat the value, are not passed on.
        let code = refusal.code().code();
        let message = format!("cannot connect to {}: the server refuses a parameter in options (SQLSTATE {code})", target(config));
        return Error::new(ErrorKind::Configuration, message);
    }
    let (kind, message) = match &error {
        PoolError::Timeout(TimeoutType::Wait) => (
            ErrorKind::PoolExhausted,
            format!(
                "every connection of the pool stayed in use for {:?}; raise POSTGRES_POOL_SIZE ({}) or POSTGRES_WAIT_TIMEOUT, or make \
                 fewer calls at once",
                config.wait_timeout, config.pool_size
            ),
        ),
        PoolError::Timeout(_) => (
            ErrorKind::Unavailable,
            format!(
                "cannot connect to {}: no answer in {:?}; if that is too short, raise POSTGRES_CONNECT_TIMEOUT",
                target(config),
                config.connect_timeout
            ),
        ),
        PoolError::Backend(error) => {
            let (kind, reason) = reason(config, error);
            (kind, format!("cannot connect to {}: {reason}", target(config)))
        }
        PoolError::Closed => (ErrorKind::Cancelled, "the store's connections were closed".to_owned()),
        other => (ErrorKind::Internal, format!("the connection pool failed: {other}")),
    };
    Error::new(kind, message).because(error)
}

/// The server hangs: it neither answered nor cancelled.
pub(super) fn without_answer(config: &Config, waited: Duration) -> Error {
    let allowed = config.command_timeout;
    let message = format!(
        "{} has not answered for {waited:?}, though POSTGRES_COMMAND_TIMEOUT allows a statement {allowed:?}; it may still do what it was asked",
        target(config)
    );
    Error::new(ErrorKind::TimedOut, message)
}

/// Where the configuration leads, and which setting says so.
fn target(config: &Config) -> String {
    let postgres = &config.postgres;
    let mut hosts: Vec<String> = postgres.get_hosts().iter().map(host_name).collect();
    if hosts.is_empty() {
        hosts = postgres.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    let port = |index: usize| postgres.get_ports().get(index).or(postgres.get_ports().first()).copied().unwrap_or(5432);
    let hosts: Vec<String> = hosts.iter().enumerate().map(|(index, host)| format!("{host}:{}", port(index))).collect();
    format!("{} ({})", hosts.join(" or "), config.source)
}

fn reason(config: &Config, error: &tokio_postgres::Error) -> (ErrorKind, String) {
    let mode: &str = config.tls.mode.into();
    let not_postgresql = "what answers there is not PostgreSQL, or speaks TLS only";
    if let Some(refusal) = error.as_db_error() {
        let meaning = meaning_of(refusal);
        return (meaning.kind(), meaning.to_string());
    }
    match (tls_failure(error), io_failure(error)) {
        (Some(rustls::Error::AlertReceived(alert)), _) => {
            (ErrorKind::Configuration, format!("the server refused encryption ({alert:?}); see sslcert and sslmode={mode}"))
        }
        (Some(failure @ rustls::Error::InvalidMessage(_)), _) => (ErrorKind::Configuration, format!("{not_postgresql} ({failure})")),
        (Some(failure), _) => (ErrorKind::Configuration, format!("{failure}; see sslrootcert and sslmode={mode}")),
        (None, _) if is_tls(error) => (ErrorKind::Configuration, format!("{}, but sslmode={mode}", root_cause(error))),
        (None, Some(failure)) if failure.kind() == std::io::ErrorKind::PermissionDenied => {
            let wanted = match config.postgres.get_target_session_attrs() {
                TargetSessionAttrs::ReadWrite => "; target_session_attrs=read-write asks for a primary",
                TargetSessionAttrs::ReadOnly => "; target_session_attrs=read-only asks for a standby",
                _ => "",
            };
            (ErrorKind::Unavailable, format!("{failure}{wanted}"))
        }
        (None, _) if is_protocol_failure(error) => (ErrorKind::Configuration, format!("{not_postgresql} ({})", root_cause(error))),
        (None, _) if is_hang_up(error) => {
            (ErrorKind::Unavailable, format!("{not_postgresql}, or just restarts: it hung up ({})", root_cause(error)))
        }
        (None, Some(failure)) => (ErrorKind::Unavailable, failure.to_string()),
        (None, None) => (ErrorKind::Configuration, root_cause(error)),
    }
}
