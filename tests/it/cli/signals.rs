//! Ctrl-C and `kill`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pgmemory_embedded::{Server, Settings};
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use super::*;
use crate::support::until;

fn send(signal: Signal, process: u32) {
    kill(Pid::from_raw(process.cast_signed()), signal).unwrap();
}

/// An import that has written its first batch and waits for more.
fn start_import(mut program: Command) -> (Child, ChildStdin) {
    let mut import = program.args(["import", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = import.stdin.take().unwrap();
    for number in 0..10_001 {
        let line = json!({"kind": "node", "user_id": "alice", "context_type": "tool_output", "content": {"number": number}});
        writeln!(lines, "{line}").unwrap();
    }
    lines.flush().unwrap();
    (import, lines)
}

const WRITES_NODES: &str = "SELECT count(*) > 0 FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND relation = to_regclass('memory.nodes') AND mode = 'RowExclusiveLock'";

fn stderr_of(child: &mut Child) -> String {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_interrupted_leaves_nothing() {
    let database = Database::new().await;
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let (mut import, _more) = start_import(program_on(&database));
        until(&database.client().await, WRITES_NODES).await;
        send(signal, import.id());
        assert_eq!(import.wait().unwrap().code(), Some(code));
        assert_eq!(stderr_of(&mut import), "error: interrupted: nothing of the file was kept\n");
        assert_eq!(json_of(&on(&database, &["stats", "--json"]))["nodes"], 0);
    }
    done(&typed(&database, "pgmemory import examples/demo.jsonl").await);
}

/// A look at the private server from outside, while the program runs it.
async fn with_server(folder: &Path) -> (Server, Client) {
    let settings = Settings::durable(folder);
    let server = tokio::task::spawn_blocking(move || Server::start(&settings)).await.unwrap().unwrap();
    let (client, connection) = tokio_postgres::connect(&server.url("postgres"), NoTls).await.unwrap();
    tokio::spawn(connection);
    (server, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_private_server_stops_with_its_user() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let program = || {
        let mut program = program();
        program.env("PGMEMORY_DATA_DIR", &data);
        program
    };
    done(&program().arg("migrate").output().unwrap());
    let (mut import, _more) = start_import(program());
    let (server, client) = with_server(&data).await;
    until(&client, WRITES_NODES).await;
    drop(client);
    drop(server);
    send(Signal::SIGINT, import.id());
    assert_eq!(import.wait().unwrap().code(), Some(130));
    assert!(!data.join("pg/postmaster.pid").exists(), "no server is left");
    assert_eq!(json_of(&program().args(["stats", "--json"]).output().unwrap())["nodes"], 0);
}

/// The first signal cannot end the program while its server does not stop.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_the_program_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut program = program();
    program.env("PGMEMORY_DATA_DIR", &data);
    let (mut import, _more) = start_import(program);
    let (server, client) = with_server(&data).await;
    until(&client, WRITES_NODES).await;
    let postmaster = server.pid();
    drop(client);
    drop(server);
    send(Signal::SIGSTOP, postmaster);
    send(Signal::SIGINT, import.id());
    let mut said = String::new();
    BufReader::new(import.stderr.take().unwrap()).read_line(&mut said).unwrap();
    send(Signal::SIGTERM, import.id());
    let code = import.wait().unwrap().code();
    send(Signal::SIGCONT, postmaster);
    assert_eq!((said.trim(), code), ("error: interrupted: nothing of the file was kept", Some(143)));
    // Waits for its end, so that the folder can go.
    drop(with_server(&data).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_interrupted_leaves_no_file() {
    let database = Database::new().await;
    let mut client = database.client().await;
    let lock = client.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE memory.nodes").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.jsonl");
    let mut export = program_on(&database).args(["export", "-u", "demo"]).arg(&file).stderr(Stdio::piped()).spawn().unwrap();
    let observer = database.client().await;
    until(&observer, "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "it has begun");
    send(Signal::SIGINT, export.id());
    assert_eq!(export.wait().unwrap().code(), Some(130));
    assert_eq!(stderr_of(&mut export), "error: interrupted\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The server would go on with a statement whose program is gone, until it has something to send.
#[tokio::test(flavor = "multi_thread")]
async fn the_server_stops_what_is_interrupted() {
    let database = Database::new().await;
    let mut client = database.client().await;
    let lock = client.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE memory.nodes").await.unwrap();
    let observer = database.client().await;
    let mut list = program_on(&database).args(["list", "-u", "demo"]).stderr(Stdio::piped()).spawn().unwrap();
    let waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until(&observer, &format!("SELECT count(*) = 1 {waiting}")).await;
    send(Signal::SIGINT, list.id());
    assert_eq!(list.wait().unwrap().code(), Some(130));
    until(&observer, &format!("SELECT count(*) = 0 {waiting}")).await;
    drop(lock);
}

/// Somebody typed `store -` and thought better of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_reads_can_be_interrupted() {
    let database = Database::new().await;
    for arguments in [&["-v", "store", "-u", "alice", "-"][..], &["-v", "import", "-"]] {
        let mut reader = program_on(&database).args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _open = reader.stdin.take();
        // It takes signals before it says anything.
        let mut said = BufReader::new(reader.stderr.take().unwrap());
        said.read_line(&mut String::new()).unwrap();
        send(Signal::SIGINT, reader.id());
        assert_eq!(reader.wait().unwrap().code(), Some(130), "{arguments:?}");
    }
}

/// Ctrl-C is for psql, which ends a statement by it; `kill` ends both.
#[tokio::test(flavor = "multi_thread")]
async fn psql_has_ctrl_c_for_itself_and_ends_with_the_program() {
    let database = Database::new().await;
    let arguments = ["psql", "--", "-c", "SELECT pg_sleep(600)"];
    let mut shell = program_on(&database).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until(
        &database.client().await,
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
    )
    .await;
    send(Signal::SIGINT, shell.id());
    send(Signal::SIGTERM, shell.id());
    // It waited for psql's end; the first signal would have ended it without a code.
    assert_eq!(shell.wait().unwrap().code(), Some(143));
    assert_eq!(stderr_of(&mut shell).trim_end(), "error: interrupted");
}
