//! Nobody but the server's account and root reaches it, and a terminal's Ctrl-C does not either.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::unistd::{Pid, User, geteuid, getpgid, getpgrp};
use pgmemory_embedded::{Error, Server, Settings};

use crate::support::{directory, processes_in};

#[test]
fn other_users_cannot_reach_the_socket() {
    let dir = directory();
    let server = Server::start(&Settings::fast(dir.path())).unwrap();
    let Some(nobody) = User::from_name("nobody").unwrap().filter(|_| geteuid().is_root()) else {
        return println!("skipped: only root can act as another user");
    };
    let as_nobody = |program: &str, args: &[&str]| {
        Command::new(program).args(args).uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw()).current_dir("/").output().unwrap()
    };
    let socket_dir = server.socket_dir().to_str().unwrap();
    let listed = as_nobody("ls", &[socket_dir]);
    assert!(String::from_utf8_lossy(&listed.stderr).contains("Permission denied"), "{listed:?}");
    let psql = server.bin_dir().join("psql");
    if psql.exists() {
        let asked = as_nobody(psql.to_str().unwrap(), &["-c", "SELECT 1", &server.url("postgres")]);
        assert!(String::from_utf8_lossy(&asked.stderr).contains("Permission denied"), "{asked:?}");
    }
}

#[test]
fn the_server_is_in_no_process_group_of_ours() {
    let dir = directory();
    let _server = Server::start(&Settings::fast(dir.path())).unwrap();
    for pid in processes_in(dir.path()) {
        assert_ne!(getpgid(Some(Pid::from_raw(pid.try_into().unwrap()))).unwrap(), getpgrp());
    }
}

#[test]
fn a_directory_that_the_account_cannot_enter_is_refused() {
    if !geteuid().is_root() {
        return println!("skipped: only root runs the server as another user");
    }
    let closed = directory();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let error = Server::start(&Settings::durable(closed.path().join("data"))).unwrap_err();
    assert!(matches!(error, Error::NotReachable { .. }), "{error}");
    assert!(!closed.path().join("data").exists());
}

#[test]
fn a_directory_of_somebody_else_is_refused() {
    if geteuid().is_root() {
        return println!("skipped: root may use any directory");
    }
    let error = Server::start(&Settings::durable("/usr")).unwrap_err();
    assert!(matches!(&error, Error::NotOwned { owner, .. } if owner == "root"), "{error}");
}

#[test]
fn a_directory_with_other_files_is_left_alone() {
    let dir = directory();
    fs::write(dir.path().join("letter"), "dear").unwrap();
    let error = Server::start(&Settings::fast(dir.path())).unwrap_err();
    assert!(matches!(error, Error::NotEmpty { .. }), "{error}");
    assert_eq!(fs::metadata(dir.path()).unwrap().permissions().mode() & 0o777, 0o755);
}
