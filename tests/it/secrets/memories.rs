//! What users' memories hold is in answers only: no log and no cause of an error repeats it.

use std::{error::Error, io::Write, process::Stdio};

use pgmemory::{ErrorKind, NewNode};
use serde_json::json;

use super::{assert_silent, tells};
use crate::{
    cli::{program_on, text},
    support::Database,
};

#[tokio::test(flavor = "multi_thread")]
async fn memories_stay_out_of_the_log() {
    let database = Database::new().await;
    let run = |arguments: &[&str], input: &str| {
        let mut program = program_on(&database);
        program.env("PGMEMORY_USER", "alice").env("RUST_LOG", "trace").args(["-v", "-v", "-v"]).args(arguments);
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that reads nothing may be gone.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let log = text(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {log}");
        assert!(log.contains("DEBUG") && log.contains("TRACE"), "{arguments:?}: {log}");
        assert_silent(arguments.join(" "), &log);
        text(&output.stdout)
    };
    let node = json!({"context_type": "conversation_fact", "summary": "zq7 summary", "tags": ["zq7tag"], "metadata": {"zq7": "zq7"},
        "content": {"entity_system": "zq7sys", "entity_id": "zq7id", "entity_name": "zq7 name", "entity_data": {"zq7key": "zq7 value"}}});
    run(&["store", "-"], &node.to_string());
    run(&["store", &node.to_string()], "");
    let mut line = node.clone();
    line["kind"] = json!("node");
    line["user_id"] = json!("alice");
    line["content"]["entity_id"] = json!("zq7other");
    run(&["import", "-"], &line.to_string());
    run(&["relate", "zq7sys/zq7id", "zq7sys/zq7other"], "");
    for arguments in [
        &["search", "zq7 value zq7vlaue -zq7not"][..],
        &["recall", "zq7 name"],
        &["list", "--tag", "zq7tag"],
        &["get", "zq7sys/zq7id"],
        &["neighbors", "zq7sys/zq7id"],
        &["path", "zq7sys/zq7id", "zq7sys/zq7other"],
        &["export"],
    ] {
        assert!(tells(&run(arguments, "")), "{arguments:?} answers with it");
    }
    run(&["complete", "zq7"], "");
    run(&["similar", "zq7sys/zq7id"], "");
    run(&["update", "zq7sys/zq7id", "--summary", "zq7 other"], "");
    run(&["delete", "zq7sys/zq7id"], "");

    let arguments = ["list", "-u", "alice", "--tag", "zq7tag"];
    let quieter = program_on(&database).args(["-v", "-v"]).args(arguments).output().unwrap();
    assert_silent("list -v -v", &text(&quieter.stderr));
    assert!(text(&quieter.stderr).contains("tokio_postgres::prepare"));
    // Who names the driver gets all that it says, as the documents warn.
    let asked = program_on(&database).env("RUST_LOG", "tokio_postgres=debug").args(arguments).output().unwrap();
    assert!(tells(&text(&asked.stderr)), "{}", text(&asked.stderr));
}

/// The details of a refusal are the whole row.
#[tokio::test]
async fn what_the_server_refuses_is_not_repeated() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let large = |key: &str| NewNode::entity("crm", "zq7").name("zq7 name").summary("zq7").data(json!({key: "zq7 ".repeat(150_000)}));
    alice.store(&large("a")).await.unwrap();
    let error = alice.store(&large("b")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_silent("stored", &format!("{error} {error:?}"));
    let cause = error.source().expect("a cause");
    assert_silent("stored", &format!("{cause} {cause:?}"));
    assert!(cause.to_string().contains("SQLSTATE 2"), "{cause}");

    // Inside a transaction of the caller, whose own statements are refused in the driver's words.
    let client = database.client().await;
    client.batch_execute("BEGIN").await.unwrap();
    let error = alice.within(&client).store(&large("b")).await.unwrap_err();
    assert_silent("stored", &format!("{error} {error:?} {:?}", error.source()));
}
