//! Several handles and processes that share a server.

use std::process::{Command, Stdio};
use std::thread;

use pgmemory_embedded::{Server, Settings};

use crate::support::{User, answer, assert_stopped, directory, eventually, is_gone, processes_in, this_program};

#[test]
fn handles_and_processes_share_one_server_until_the_last_has_gone() {
    let dir = directory();
    let settings = Settings::fast(dir.path());
    let first = Server::start(&settings).unwrap();
    let second = Server::start(&settings).unwrap();
    let other = User::start("fast", dir.path());
    assert_eq!((first.pid(), first.pid()), (second.pid(), other.postmaster));

    drop(first);
    assert_eq!(answer(&second, "1"), "1");
    let pid = second.pid();
    drop(second);
    let third = Server::start(&settings).unwrap();
    assert_eq!(third.pid(), pid);
    other.leave();
    assert_eq!(answer(&third, "1"), "1");
    drop(third);
    assert!(is_gone(dir.path()));
}

#[test]
fn of_many_starters_one_starts_and_the_others_attach() {
    for kind in ["fast", "durable"] {
        let dir = directory();
        let children: Vec<_> = (0..8).map(|_| User::spawn(kind, dir.path())).collect();
        let users: Vec<_> = children.into_iter().map(User::ready).collect();
        assert!(users.iter().all(|user| user.postmaster == users[0].postmaster), "more than one server");
        users.into_iter().for_each(User::leave);
        assert_stopped(dir.path());
        assert_eq!(dir.path().exists(), kind == "durable");
    }
}

#[test]
fn coming_and_going_never_fails() {
    for kind in ["fast", "durable"] {
        let dir = directory();
        let variables = [("EMBEDDED_KIND", kind), ("EMBEDDED_DIR", dir.path().to_str().unwrap())];
        let processes: Vec<_> =
            (0..4).map(|_| this_program("process::come_and_go", &variables).stdout(Stdio::null()).spawn().unwrap()).collect();
        for mut process in processes {
            assert!(process.wait().unwrap().success());
        }
        eventually("the server has stopped", || processes_in(dir.path()).is_empty());
    }
}

#[test]
fn coming_and_going_in_threads_never_fails() {
    let dir = directory();
    let settings = Settings::durable(dir.path());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..30).for_each(|_| drop(Server::start(&settings).unwrap())));
        }
    });
    eventually("the server has stopped", || processes_in(dir.path()).is_empty());
}

#[test]
fn the_server_does_not_hold_the_output_of_its_starter() {
    let dir = directory();
    let program = this_program("process::user", &[]);
    let starter = Command::new("sh")
        .args(["-c", "\"$0\" \"$@\" 2>&1 | cat"])
        .arg(program.get_program())
        .args(program.get_args())
        .envs([("EMBEDDED_KIND", "fast"), ("EMBEDDED_DIR", dir.path().to_str().unwrap())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let starter = User::ready(starter);
    let server = Server::start(&Settings::fast(dir.path())).unwrap();
    assert_eq!(server.pid(), starter.postmaster);
    starter.leave(); // returns when `cat` has seen the end
    assert_eq!(answer(&server, "1"), "1");
}
