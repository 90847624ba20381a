//! On a terminal, and in pipes.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    process::Stdio,
};

use nix::pty::{Winsize, openpty};
use serde_json::json;

use super::*;

/// What a program shows on a terminal of so many columns.
fn shown(mut command: Command, columns: u16) -> String {
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(Some(&size), None).unwrap();
    let screen = || Stdio::from(terminal.slave.try_clone().unwrap());
    command.env("TERM", "xterm").stdin(Stdio::null()).stdout(screen()).stderr(screen());
    let mut child = command.spawn().unwrap();
    drop(command);
    drop(terminal.slave);
    let mut bytes = Vec::new();
    // The end of a terminal is an error; what was read until then counts.
    let _ = File::from(terminal.master).read_to_end(&mut bytes);
    child.wait().unwrap();
    text(&bytes).replace("\r\n", "\n")
}

fn list(database: &Database) -> Command {
    let mut command = program_on(database);
    command.args(["list", "-u", "demo", "--limit", "5"]);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_are_for_terminals_that_want_them() {
    let database = Database::new().await;
    database.memory.import(DEMO.as_bytes()).await.unwrap();
    assert!(shown(list(&database), 100).starts_with("\u{1b}[1mNODE"));
    let mut missing = program_on(&database);
    missing.args(["get", "-u", "demo", "crm/404"]);
    assert!(shown(missing, 100).contains("\u{1b}[31merror:\u{1b}[0m user demo"));
    let mut plain = list(&database);
    plain.env("NO_COLOR", "1");
    assert!(!shown(plain, 100).contains('\u{1b}'));
    assert!(!done(&list(&database).output().unwrap()).contains('\u{1b}'));
    assert!(done(&list(&database).env("CLICOLOR_FORCE", "1").output().unwrap()).contains("\u{1b}[1mNODE"));
    let log = program_on(&database).args(["-vv", "stats"]).output().unwrap();
    assert!(!log.stderr.is_empty() && !text(&log.stderr).contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_fit_the_terminal_and_are_whole_in_a_pipe() {
    let database = Database::new().await;
    let summary = "A summary that is much longer than the terminal is wide, ".repeat(3) + "and has an end";
    let line = json!({"context_type": "tool_output", "content": {}, "summary": summary}).to_string();
    done(&on(&database, &["store", "-u", "demo", &line]));
    for columns in [40, 80, 120] {
        let table = console::strip_ansi_codes(&shown(list(&database), columns)).into_owned();
        assert!(table.lines().all(|line| line.chars().count() <= columns.into()), "{columns}:\n{table}");
        assert!(table.contains("A summary that") && table.contains('…'), "{columns}:\n{table}");
    }
    assert!(done(&list(&database).output().unwrap()).contains("and has an end"));
    assert!(!done(&list(&database).env("COLUMNS", "60").output().unwrap()).contains("and has an end"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_memory_holds_does_not_reach_the_terminal() {
    let database = Database::new().await;
    let line =
        json!({"context_type": "tool_output", "content": {"text": "x\u{9b}2J"}, "summary": "\u{1b}]0;owned\u{7}\u{1b}[2J"}).to_string();
    let id = json_of(&on(&database, &["store", "--json", "-u", "demo", &line]))[0]["node_id"].as_str().unwrap().to_owned();
    for arguments in
        [&["list", "-u", "demo"][..], &["get", "-u", "demo", &id], &["graph", "-u", "demo"], &["search", "-u", "demo", "owned"]]
    {
        let printed = done(&on(&database, arguments));
        assert!(!printed.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{printed:?}");
    }
    assert_eq!(json_of(&on(&database, &["get", "--json", "-u", "demo", &id]))["content"]["text"], "x\u{9b}2J", "programs get it all");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_read_enough_is_no_failure() {
    let database = Database::new().await;
    let nodes: Vec<_> = (0..1_000).map(|_| json!({"context_type": "tool_output", "content": {"text": "x".repeat(500)}})).collect();
    let mut store = program_on(&database).args(["store", "-u", "demo", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    store.stdin.take().unwrap().write_all(json!(nodes).to_string().as_bytes()).unwrap();
    assert!(store.wait().unwrap().success());
    for arguments in
        [&["list", "-u", "demo", "--limit", "1000"][..], &["list", "--json", "-u", "demo", "--limit", "1000"], &["export", "-u", "demo"]]
    {
        let mut child = program_on(&database).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && !text(&output.stderr).contains("error"), "{arguments:?}: {}", text(&output.stderr));
    }
}

/// With a name that is misspelt, the answer is no riddle; and stdout stays empty.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_in_words() {
    let database = Database::new().await;
    database.memory.import(DEMO.as_bytes()).await.unwrap();
    for (arguments, said) in [
        (&["list", "-u", "dmeo"][..], "no memories of user dmeo"),
        (&["search", "-u", "dmeo", "acme"], "no memories of user dmeo"),
        (&["export", "-u", "dmeo"], "no memories of user dmeo"),
        (&["list", "-u", "demo", "--tag", "nowhere"], "no memory fits"),
        (&["search", "-u", "demo", "qqqqzzzz"], "nothing found"),
        (&["relationships", "-u", "demo", "salesforce/001234", "--type", "contradicts"], "no relationship fits"),
        (&["neighbors", "-u", "demo", "salesforce/001234", "--type", "contradicts"], "no neighbor fits"),
        (&["path", "-u", "demo", "salesforce/001234", "jira/PLAT-101", "--type", "contradicts"], "no path within 5 steps"),
    ] {
        let output = on(&database, arguments);
        assert_eq!((done(&output).as_str(), text(&output.stderr).trim()), ("", said), "{arguments:?}");
    }
}
