//! `semantic` and `embed`, and the file that the latter reads.

use std::{
    io::Cursor,
    process::{Command, Stdio},
};

use pgmemory::ErrorKind;
use serde_json::Value;

use super::*;

/// What the program prints, or says of its failure.
fn run(database: &Database, arguments: &str, input: &str) -> Result<String, String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgmemory"))
        .args(arguments.split(' '))
        .env("DATABASE_URL", &database.url)
        .env_remove("PGMEMORY_USER")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_enables_embeds_and_tells() {
    let Some(database) = enabled("the_program_enables_embeds_and_tells").await else { return };
    let status =
        |arguments: &str| serde_json::from_str::<Value>(&run(&database, &format!("--json semantic {arguments}"), "").unwrap()).unwrap();
    let nothing = json!({"model": null, "dimension": null, "nodes": null, "embedded": null});
    assert!(run(&database, "semantic disable", "").unwrap_or_else(|error| error).contains("add --yes"));
    assert_eq!(status("disable --yes"), nothing);
    assert_eq!(status("status"), nothing);
    let advice = run(&database, "embed -", r#"{"user_id":"alice","node_id":"00000000-0000-0000-0000-000000000000","embedding":[1]}"#);
    assert!(advice.unwrap_err().contains("run `pgmemory semantic enable`"));

    let alice = database.user("alice");
    let id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    store(&database.user("bob"), &["one"]).await;
    let enabled = json!({"model": "m", "dimension": 2, "nodes": 2, "embedded": 0});
    assert_eq!(status("enable --model m --dimension 2"), enabled);
    assert_eq!(status("enable --model m --dimension 2"), enabled);
    assert!(run(&database, "semantic enable --model n --dimension 2", "").unwrap_err().contains("embeddings of m"));
    let line = r#"{"user_id":"alice","entity_system":"crm","entity_id":"1","embedding":[0.6,-8e-1]}"#;
    assert_eq!(run(&database, "embed -", line).unwrap(), "1 embedding stored\n");
    assert_eq!(alice.nearest([0.6, -0.8]).await.unwrap()[0].node.node_id, id);
    assert_eq!(status("status --user alice"), json!({"model": "m", "dimension": 2, "nodes": 1, "embedded": 1}));
    assert!(run(&database, "semantic status", "").unwrap().contains("1 of 2 nodes"));
    assert!(run(&database, "semantic disable", "").unwrap_err().contains("there are 1 embedding"));
}

#[tokio::test]
async fn a_file_of_embeddings_is_kept_whole_or_not_at_all() {
    let Some(database) = enabled("a_file_of_embeddings_is_kept_whole_or_not_at_all").await else { return };
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let hers = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let his = store(&bob, &["one"]).await[0];
    let by_key = r#"{"user_id":"alice","entity_system":"crm","entity_id":"1","embedding":[1,0,0,0]}"#;
    let by_id = format!(r#"{{"user_id":"bob","node_id":"{his}","embedding":[0,1,0,0]}}"#);
    let import = |text: String| database.memory.import_embeddings(Cursor::new(text));
    for (bad, kind, told) in [
        (by_key.replace(r#""1""#, r#""2""#), ErrorKind::NotFound, "line 4: node_id: the user has no such node"),
        (by_id.replace("bob", "alice"), ErrorKind::NotFound, "line 4: node_id: the user has no such node"),
        (by_id.replace("bob", ""), ErrorKind::InvalidInput, "line 4: user_id: must not be empty"),
        (by_id.replace("[0,1,0,0]", "[0,1,0]"), ErrorKind::InvalidInput, "line 4: embedding: has 3 numbers, an embedding of toy has 4"),
        (by_id.replace("[0,1,0,0]", "[0,0,0,0]"), ErrorKind::InvalidInput, "line 4: embedding: is all zeros"),
        (by_id.replace("[0,1,0,0]", "[0,1,0,1e39]"), ErrorKind::InvalidInput, "line 4: embedding: number out of range"),
        (by_id.replace("[0,1,0,0]", r#"[0,1,0,"x"]"#), ErrorKind::InvalidInput, "line 4: embedding: "),
        (by_id.replace("node_id", "entity_id"), ErrorKind::InvalidInput, "line 4: node_id: either"),
        (by_id.replace("embedding", "vector"), ErrorKind::InvalidInput, "line 4: vector: "),
        ("nonsense".to_owned(), ErrorKind::InvalidInput, "line 4: line: "),
    ] {
        let error = import(format!("{by_key}\n{by_id}\n\n{bad}\n")).await.unwrap_err();
        assert!(error.kind() == kind && error.to_string().starts_with(told), "{bad}: {error}");
        assert_eq!(database.memory.embedding_coverage().await.unwrap().embedded, 0, "{bad}");
    }
    assert_eq!(import(format!("{by_key}\n\n{by_id}\n{by_key}")).await.unwrap().embedded, 3);
    assert_eq!(find(&alice, [1.0, 0.0, 0.0, 0.0]).await, [(hers, 1.0)]);
    assert_eq!(find(&bob, [1.0, 0.0, 0.0, 0.0]).await, [(his, 0.0)]);
}
