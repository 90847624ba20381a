//! Directories, and other processes that use a server.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pgmemory_embedded::{Server, Settings};
use postgres::{Client, NoTls};
use tempfile::TempDir;

/// An empty directory that everybody may enter; it goes when the value is dropped.
pub(crate) fn directory() -> TempDir {
    tempfile::Builder::new().prefix("embedded.").permissions(Permissions::from_mode(0o755)).tempdir_in("/tmp").unwrap()
}

pub(crate) fn client(server: &Server) -> Client {
    Client::connect(&server.url("postgres"), NoTls).unwrap()
}

pub(crate) fn answer(server: &Server, query: &str) -> String {
    let query = format!("SELECT ({query})::text");
    client(server).query_one(&query, &[]).unwrap().get(0)
}

pub(crate) fn settings(kind: &str, dir: &Path) -> Settings {
    if kind == "fast" { Settings::fast(dir) } else { Settings::durable(dir) }
}

/// Waits for something that other processes bring about.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(20), "waited too long until {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn sigkill(pid: u32) {
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
}

/// Every process that works in a directory (on Linux; elsewhere none are found): the supervisor and the server.
pub(crate) fn processes_in(dir: &Path) -> Vec<u32> {
    let works_there = |pid: &u32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(dir)) && name(*pid) != "sleep";
    let pids = fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(works_there).collect()
}

/// Those of them that are not the server, but its supervisor.
pub(crate) fn supervisors_in(dir: &Path) -> Vec<u32> {
    processes_in(dir).into_iter().filter(|pid| name(*pid) == "sh").collect()
}

fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().into()
}

/// Who drops the last handle waits for the end.
pub(crate) fn assert_stopped(dir: &Path) {
    let alive: Vec<_> = processes_in(dir).into_iter().map(name).collect();
    assert!(alive.is_empty(), "{alive:?} still live");
}

pub(crate) fn is_gone(dir: &Path) -> bool {
    !dir.exists() && processes_in(dir).is_empty()
}

/// This test program once more, to run only `test`, which does as the variables say.
pub(crate) fn this_program(test: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]).envs(variables.iter().copied());
    command
}

/// Another process that uses a server until its input ends.
pub(crate) struct User {
    child: Child,
    pub(crate) postmaster: u32,
}

impl User {
    pub(crate) fn spawn(kind: &str, dir: &Path) -> Child {
        let variables = [("EMBEDDED_KIND", kind), ("EMBEDDED_DIR", dir.to_str().unwrap())];
        this_program("process::user", &variables).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn start(kind: &str, dir: &Path) -> Self {
        Self::ready(Self::spawn(kind, dir))
    }

    pub(crate) fn ready(mut child: Child) -> Self {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let postmaster = lines.find_map(|line| line.split_once("postmaster ")?.1.parse().ok()).expect("a server");
        thread::spawn(move || lines.for_each(drop));
        Self { child, postmaster }
    }

    pub(crate) fn leave(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }

    pub(crate) fn die(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What the other process does.
pub(crate) fn directory_from_environment() -> Option<(String, PathBuf)> {
    Some((env::var("EMBEDDED_KIND").ok()?, env::var_os("EMBEDDED_DIR")?.into()))
}
