//! Nothing that is killed takes the data along, leaves a server behind, or stands in the way of the next start.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use pgmemory_embedded::{Server, Settings};

use crate::support::{User, answer, assert_stopped, client, directory, eventually, is_gone, processes_in, sigkill, supervisors_in};

fn durable_with_data(dir: &Path) -> Server {
    let server = Server::start(&Settings::durable(dir)).unwrap();
    client(&server).batch_execute("CREATE TABLE kept AS SELECT 42 AS answer").unwrap();
    server
}

fn assert_starts_with_data(dir: &Path) -> Server {
    let server = Server::start(&Settings::durable(dir)).unwrap();
    assert_eq!(answer(&server, "SELECT answer FROM kept"), "42");
    server
}

#[test]
fn the_server_ends_with_its_only_user() {
    for kind in ["fast", "durable"] {
        let dir = directory();
        User::start(kind, dir.path()).die();
        eventually("the server has stopped", || processes_in(dir.path()).is_empty());
        if kind == "fast" {
            eventually("the directory has gone", || is_gone(dir.path()));
        }
    }
}

#[test]
fn the_server_outlives_its_starter() {
    let dir = directory();
    let starter = User::start("fast", dir.path());
    let server = Server::start(&Settings::fast(dir.path())).unwrap();
    assert_eq!(server.pid(), starter.postmaster);
    starter.die();
    thread::sleep(Duration::from_secs(1));
    assert_eq!(answer(&server, "1"), "1");
    drop(server);
    assert!(is_gone(dir.path()));
}

#[test]
fn a_starter_killed_at_any_moment_leaves_nothing() {
    for kind in ["fast", "durable"] {
        for moment in 0..25 {
            let dir = directory();
            let mut starter = User::spawn(kind, dir.path());
            thread::sleep(Duration::from_millis(if moment < 15 { moment * 3 } else { moment * 30 }));
            starter.kill().unwrap();
            starter.wait().unwrap();
            eventually("the server has stopped", || processes_in(dir.path()).is_empty());
            if moment % 8 == 0 {
                assert_eq!(answer(&Server::start(&crate::support::settings(kind, dir.path())).unwrap(), "1"), "1");
            }
        }
    }
}

#[test]
fn after_the_postmaster_was_killed_a_start_gives_a_new_server() {
    let dir = directory();
    let bereft = durable_with_data(dir.path());
    let other = User::start("durable", dir.path());
    let mut idle = client(&bereft);
    sigkill(bereft.pid());
    let server = assert_starts_with_data(dir.path());
    assert_ne!(server.pid(), bereft.pid());
    assert!(idle.simple_query("SELECT 1").is_err());
    drop(bereft);
    other.leave();
    assert_eq!(answer(&server, "1"), "1");
    drop(server);
    assert_stopped(dir.path());
}

#[test]
fn after_the_postmaster_of_a_fast_server_was_killed_a_start_gives_an_empty_one() {
    let dir = directory();
    let bereft = Server::start(&Settings::fast(dir.path())).unwrap();
    client(&bereft).batch_execute("CREATE TABLE lost ()").unwrap();
    sigkill(bereft.pid());
    let server = Server::start(&Settings::fast(dir.path())).unwrap();
    assert_eq!(answer(&server, "SELECT to_regclass('lost') IS NULL"), "true");
    drop(bereft);
    assert_eq!(answer(&server, "1"), "1");
    drop(server);
    assert!(is_gone(dir.path()));
}

#[test]
fn after_the_supervisor_was_killed_a_start_replaces_the_server() {
    let dir = directory();
    let server = durable_with_data(dir.path());
    supervisors_in(dir.path()).into_iter().for_each(sigkill);
    let replaced = assert_starts_with_data(dir.path());
    drop((server, replaced));
    assert_stopped(dir.path());
}

#[test]
fn after_one_half_of_the_supervisor_and_the_server_were_killed_a_start_gives_a_new_one() {
    let dir = directory();
    for half in 0..2 {
        let server = if half == 0 { durable_with_data(dir.path()) } else { assert_starts_with_data(dir.path()) };
        let supervisors = supervisors_in(dir.path());
        let Some(victim) = supervisors.get(half) else { return println!("skipped: cannot see other processes") };
        sigkill(*victim);
        sigkill(server.pid());
        let replaced = assert_starts_with_data(dir.path());
        drop((server, replaced));
        assert_stopped(dir.path());
    }
}

#[test]
fn a_pid_file_from_before_a_crash_is_no_hindrance_even_if_the_pid_is_in_use() {
    let dir = directory();
    let server = durable_with_data(dir.path());
    let pid_file = dir.path().join("pg/postmaster.pid");
    let record_file = dir.path().join("server");
    let (pid, record) = (fs::read_to_string(&pid_file).unwrap(), fs::read_to_string(&record_file).unwrap());
    let processes = processes_in(dir.path());
    if processes.is_empty() {
        return println!("skipped: cannot see other processes");
    }
    for pid in processes {
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid.try_into().unwrap()), nix::sys::signal::SIGKILL);
    }
    eventually("all have died", || processes_in(dir.path()).is_empty());
    drop(server);

    // A process of the same account now has the pid of the postmaster.
    let owner = fs::metadata(dir.path()).unwrap();
    let mut sleeper = Command::new("sleep");
    if nix::unistd::geteuid().is_root() {
        sleeper.uid(owner.uid()).gid(owner.gid());
    }
    let mut sleeper = sleeper.arg("60").spawn().unwrap();
    let reused = |text: String| text.split_once('\n').map(|(_, rest)| format!("{}\n{rest}", sleeper.id())).unwrap();
    fs::write(&pid_file, reused(pid)).unwrap();
    fs::write(&record_file, reused(record)).unwrap();
    let server = assert_starts_with_data(dir.path());
    assert!(sleeper.try_wait().unwrap().is_none(), "an innocent process was killed");
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    drop(server);
}
