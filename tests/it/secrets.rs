//! A password, a key or a memory is where it belongs and nowhere else: in no message, log or list of processes.

mod memories;
mod processes;
mod program;
mod settings;

use std::{error::Error, fmt};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::tls::server::{Authority, TlsServer, certificate_for};

/// Each part of it tells on its own, so that a fragment is noticed.
const SECRET: &str = r"zq7a@zq7b:zq7c/zq7d?zq7e&zq7f=zq7g zq7h%zq7i'zq7j\zq7k#zq7l";
/// What every part begins with: as text, in base64, in hexadecimal, and as bytes that are debugged, also of the base64.
const FORMS: [&str; 5] = ["zq7", "enE3", "7a7137", "122, 113, 55", "101, 110, 69, 51"];

fn tells(text: &str) -> bool {
    FORMS.iter().any(|form| text.contains(form)) || text.to_lowercase().contains(FORMS[0])
}

#[track_caller]
fn assert_silent(what: impl fmt::Display, text: &str) {
    assert!(!tells(text), "{what}: {text}");
}

/// Not in the message, not for programmers, as panics have it, and not in a cause.
#[track_caller]
fn assert_error_silent(what: &str, error: &pgmemory::Error) {
    assert_silent(what, &format!("{error} {error:?} {error:#?}"));
    let mut cause = error.source();
    while let Some(error) = cause {
        assert_silent(what, &format!("{error} {error:?}"));
        cause = error.source();
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// As `key=value` pairs want it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A server that asks its superuser for the secret, and takes it over TLS.
async fn guarded_server() -> TlsServer {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.sign(&certificate_for(&["localhost", "127.0.0.1"])), &authority).await;
    let password = format!("ALTER ROLE postgres PASSWORD '{}'", SECRET.replace('\'', "''"));
    server.superuser().await.batch_execute(&password).await.unwrap();
    server
}

/// Its URL; the options hold another secret.
fn guarded_url(server: &TlsServer, password: &str) -> String {
    let options = encoded("-c app.key=zq7options");
    format!("postgresql://postgres:{}@127.0.0.1:{}/postgres?sslmode=require&options={options}", encoded(password), server.port)
}

#[test]
fn every_form_of_the_secret_is_noticed() {
    for form in [
        SECRET.to_owned(),
        encoded(SECRET),
        quoted(SECRET),
        format!("{SECRET:?}"),
        format!("{:?}", SECRET.as_bytes()),
        SECRET.to_uppercase(),
        "7a713761407a713762".to_owned(),
        "enE3YUB6cTdi".to_owned(),
        format!("{:?}", b"enE3YUB6cTdi"),
        SECRET.split('/').nth(1).unwrap().to_owned(),
    ] {
        assert!(tells(&format!("x{form}x")), "{form}");
    }
    assert!(!tells("postgresql://u@host/d"));
}
