//! What is wrong is said, with the way on.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use pgmemory_embedded::{Error, Server, Settings};
use tempfile::TempDir;

use crate::support::{answer, assert_stopped, directory, this_program};

#[test]
fn without_binaries_the_error_says_what_to_install() {
    let empty = directory();
    let output = this_program("process::search_binaries", &[("PGMEMORY_PG_BIN", empty.path().to_str().unwrap())]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for part in ["error no PostgreSQL", "apt-get install", "dnf install", "brew install", "PGMEMORY_PG_BIN"] {
        assert!(said.contains(part), "{said}");
    }

    let dir = directory();
    let error = Server::start(&Settings::fast(dir.path()).bin_dir(empty.path())).unwrap_err();
    assert!(matches!(error, Error::BinariesNotFound { .. }), "{error}");
}

#[test]
fn a_server_that_cannot_start_shows_its_log_and_leaves_nothing() {
    let dir = directory();
    let error = Server::start(&Settings::fast(dir.path()).option("max_connections", "many")).unwrap_err();
    assert!(matches!(&error, Error::DidNotStart { log, .. } if log.contains("max_connections")), "{error}");
    assert_stopped(dir.path());
    assert_eq!(answer(&Server::start(&Settings::fast(dir.path())).unwrap(), "1"), "1");
}

#[test]
fn what_initdb_says_is_shown() {
    let (bin_dir, dir) = (binaries_without_initdb(), directory());
    let error = Server::start(&Settings::durable(dir.path()).bin_dir(bin_dir.path())).unwrap_err();
    assert!(matches!(&error, Error::Initdb { log, .. } if log.contains("no room")), "{error}");
    assert_stopped(dir.path());
}

/// What failed removes its directory, maybe while the next start makes it again.
#[test]
fn a_start_right_after_a_failed_one_says_the_same() {
    let (bin_dir, dir) = (binaries_without_initdb(), directory());
    for _ in 0..150 {
        let error = Server::start(&Settings::fast(dir.path()).bin_dir(bin_dir.path())).unwrap_err();
        assert!(matches!(error, Error::Initdb { .. }), "{error}");
    }
}

fn binaries_without_initdb() -> TempDir {
    let bin_dir = directory();
    for (name, script) in [("postgres", "echo 'postgres (PostgreSQL) 17.5'"), ("initdb", "echo no room >&2; exit 1")] {
        let path = bin_dir.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin_dir
}

#[test]
fn data_of_another_version_are_not_touched() {
    let dir = directory();
    let settings = Settings::durable(dir.path());
    drop(Server::start(&settings).unwrap());
    let version = dir.path().join("pg/PG_VERSION");
    let written = fs::read_to_string(&version).unwrap();
    fs::write(&version, "12\n").unwrap();
    let error = Server::start(&settings).unwrap_err();
    assert!(matches!(error, Error::OtherVersion { data_version: 12, .. }), "{error}");
    assert!(error.to_string().contains(&format!("is PostgreSQL {}", written.trim())), "{error}");
    fs::write(&version, written).unwrap();
    drop(Server::start(&settings).unwrap());
}

#[test]
fn a_fast_server_never_takes_the_directory_of_a_durable_one() {
    let dir = directory();
    let durable = Server::start(&Settings::durable(dir.path())).unwrap();
    let refused = |settings: &Settings| matches!(Server::start(settings), Err(Error::OtherKind { .. }));
    assert!(refused(&Settings::fast(dir.path())));
    drop(durable);
    assert!(refused(&Settings::fast(dir.path())));

    let dir = directory();
    let _fast = Server::start(&Settings::fast(dir.path())).unwrap();
    assert!(refused(&Settings::durable(dir.path())));
}
