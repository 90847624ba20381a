use std::io::Cursor;

use pgmemory::{Direction, ErrorKind, Memory};
use serde_json::json;
use uuid::Uuid;

use crate::support::Database;

fn reader(lines: &str) -> Cursor<Vec<u8>> {
    Cursor::new(lines.as_bytes().to_vec())
}

async fn import(memory: &Memory, lines: &str) -> pgmemory::ImportReport {
    memory.import(reader(lines)).await.unwrap()
}

fn lines(items: &[serde_json::Value]) -> String {
    items.iter().flat_map(|item| [item.to_string(), "\n".to_owned()]).collect()
}

#[allow(clippy::needless_pass_by_value, reason = "so that it takes json!(…)")]
fn entity(id: &str, data: serde_json::Value) -> serde_json::Value {
    json!({"kind": "node", "user_id": "alice", "context_type": "domain_entity",
        "content": {"entity_system": "crm", "entity_id": id, "entity_data": data}})
}

fn fact(text: &str) -> serde_json::Value {
    json!({"kind": "node", "user_id": "alice", "context_type": "conversation_fact", "content": {"text": text}})
}

fn related(from: &str, to: &str) -> serde_json::Value {
    json!({"kind": "relationship", "user_id": "alice", "relationship_type": "led_to",
        "from": {"entity_system": "crm", "entity_id": from}, "to": {"entity_system": "crm", "entity_id": to}})
}

#[tokio::test]
async fn importing_a_file_again_adds_nothing() {
    let database = Database::new().await;
    let file = lines(&[
        entity("1", json!({"a": 1})),
        fact("x"),
        fact("y"),
        entity("1", json!({"b": 2})),
        entity("2", json!({})),
        related("1", "2"),
    ]);
    let first = import(&database.memory, &file).await;
    assert_eq!((first.lines, first.nodes_inserted, first.nodes_merged, first.nodes_present), (6, 4, 1, 0));
    assert_eq!((first.relationships_inserted, first.relationships_merged), (1, 0));
    let again = import(&database.memory, &file).await;
    assert_eq!((again.nodes_inserted, again.nodes_merged, again.nodes_present), (0, 3, 2));
    assert_eq!((again.relationships_inserted, again.relationships_merged), (0, 1));
    let stats = database.user("alice").stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships), (4, 1));
    let node = database.user("alice").get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!(node.content["entity_data"], json!({"a": 1, "b": 2}));
}

#[tokio::test]
async fn every_field_of_a_line_is_kept() {
    let database = Database::new().await;
    let id = Uuid::now_v7();
    let line = json!({"kind": "node", "user_id": "alice", "context_type": "tool_output", "content": {"text": "x"}, "summary": "s",
        "tags": ["t"], "base_relevance": 0.75, "created_at": "2020-02-03T04:05:06+01:00", "last_accessed": "2021-01-01T00:00:00Z",
        "access_count": 7, "metadata": {"m": 1}, "node_id": id});
    import(&database.memory, &lines(&[line])).await;
    let node = database.user("alice").get(id).await.unwrap().unwrap();
    assert_eq!(node.created_at.to_rfc3339(), "2020-02-03T03:05:06+00:00");
    assert_eq!(node.last_accessed.to_rfc3339(), "2021-01-01T00:00:00+00:00");
    assert_eq!((node.access_count, node.base_relevance, node.tags, node.metadata), (7, Some(0.75), vec!["t".to_owned()], json!({"m": 1})));
}

/// An id in the file means what the file says, also where the entity has another id in the database.
#[tokio::test]
async fn references_follow_a_merged_entity() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let there = alice.store(&pgmemory::NewNode::entity("crm", "1")).await.unwrap().node_id;
    let (id_in_file, fact_id) = (Uuid::now_v7(), Uuid::now_v7());
    let mut node = entity("1", json!({}));
    node["node_id"] = json!(id_in_file);
    let mut text = fact("x");
    text["node_id"] = json!(fact_id);
    let link = json!({"kind": "relationship", "user_id": "alice", "relationship_type": "refines", "from": {"node_id": fact_id}, "to": {"node_id": id_in_file}});
    // Far apart, so that they are written in different batches.
    let filler = (0..2_500).map(|n| fact(&n.to_string()));
    let file: Vec<_> = [node, text].into_iter().chain(filler).chain([link]).collect();
    import(&database.memory, &lines(&file)).await;
    let page = alice.relationships(there).direction(Direction::Incoming).await.unwrap();
    assert_eq!(page.items[0].from_node_id, fact_id);
}

#[tokio::test]
async fn a_bad_line_is_named_and_nothing_is_kept() {
    let database = Database::new().await;
    let good = lines(&[fact("x"), entity("1", json!({}))]);
    let bad = [
        ("not json", "line 4"),
        ("[1]", "line 4"),
        ("{}", "kind: is missing"),
        (r#"{"kind":"memo","user_id":"alice"}"#, "kind: must be"),
        (r#"{"kind":"node","user_id":"","context_type":"tool_output","content":{}}"#, "user_id"),
        (r#"{"kind":"node","user_id":"alice","context_type":"gossip","content":{}}"#, "gossip"),
        (r#"{"kind":"node","user_id":"alice","context_type":"tool_output","content":{},"sumary":"x"}"#, "sumary"),
        (r#"{"kind":"node","user_id":"alice","context_type":"tool_output","content":{"a":"\u0000"}}"#, "NUL"),
        (r#"{"kind":"node","user_id":"alice","context_type":"tool_output","content":{"a":"\ud800"}}"#, "line 4"),
        (r#"{"kind":"node","user_id":"alice","context_type":"tool_output","content":{"a":1e400}}"#, "out of range"),
        (r#"{"kind":"node","user_id":"alice","context_type":"tool_output","content":{"entity_id":"1"}}"#, "entity_system"),
        (
            r#"{"kind":"relationship","user_id":"alice","relationship_type":"led_to","from":{"entity_system":"crm","entity_id":"1"},"to":{"entity_system":"crm","entity_id":"404"}}"#,
            "to: the user has no such node",
        ),
        (
            r#"{"kind":"relationship","user_id":"alice","relationship_type":"led_to","from":{"entity_id":"1"},"to":{}}"#,
            "needs either node_id",
        ),
    ];
    for (line, reason) in bad {
        let file = format!("{good}\n{line}\n{}", lines(&[fact("after")]));
        let error = database.memory.import(reader(&file)).await.unwrap_err();
        assert!(error.to_string().starts_with("line 4: ") && error.to_string().contains(reason), "{line}: {error}");
        assert_eq!(database.memory.totals().await.unwrap().users, 0, "{line}");

        let report = database.memory.import(reader(&file)).skip_invalid(true).await.unwrap();
        assert_eq!((report.rejected, report.rejections[0].line, report.nodes_inserted), (1, 4, 3), "{line}: {report:?}");
        database
            .client()
            .await
            .batch_execute("DELETE FROM memory.nodes; DELETE FROM memory.user_metadata; DELETE FROM memory.changes")
            .await
            .unwrap();
    }
}

/// What only the server can refuse is found in the middle of a batch, and the rest is kept.
#[tokio::test]
async fn lines_that_the_server_refuses_are_found() {
    let database = Database::new().await;
    let mut items: Vec<_> = (0..1_500).map(|n| fact(&n.to_string())).collect();
    let large = |key: &str| entity("1", json!({key: "x".repeat(600_000)}));
    items.insert(100, large("a"));
    items.insert(700, large("b"));
    items.insert(701, entity("1", json!({"c": 1})));
    let report = database.memory.import(reader(&lines(&items))).skip_invalid(true).await.unwrap();
    assert_eq!(report.rejections.iter().map(|rejected| rejected.line).collect::<Vec<_>>(), [701]);
    let node = database.user("alice").get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!((&node.content["update_count"], &node.content["entity_data"]["c"]), (&json!(1), &json!(1)));
    assert_eq!(report.nodes_inserted, 1_501);
}

/// Whether a line is good does not depend on its neighbours.
#[tokio::test]
async fn a_bad_line_takes_no_other_along() {
    let database = Database::new().await;
    let file = lines(&[related("1", "2"), entity("1", json!({})), entity("2", json!({})), related("1", "404")]);
    let report = database.memory.import(reader(&file)).skip_invalid(true).await.unwrap();
    assert_eq!((report.relationships_inserted, report.rejections.len(), report.rejections[0].line), (1, 1, 4), "{report:?}");
}

#[tokio::test]
async fn a_line_without_end_does_not_fill_the_memory() {
    let database = Database::new().await;
    let endless = std::io::BufReader::new(std::io::Read::chain(reader(&lines(&[fact("x")])), std::io::repeat(b'x')));
    let error = database.memory.import(endless).await.unwrap_err();
    assert!(error.to_string().starts_with("line 2: ") && error.to_string().contains("longer"), "{error}");
}

#[tokio::test]
async fn an_empty_file_and_one_without_a_last_line_end_are_fine() {
    let database = Database::new().await;
    assert_eq!(import(&database.memory, "").await.lines, 0);
    let file = lines(&[fact("x")]);
    assert_eq!(import(&database.memory, file.trim_end()).await.nodes_inserted, 1);
    assert_eq!(import(&database.memory, &format!("\r\n{}\r\n", file.trim_end())).await.nodes_present, 1);
}

/// What was written before the signal is rolled back, although the next line never comes.
#[tokio::test]
async fn a_cancelled_import_leaves_nothing() {
    let database = Database::new().await;
    let (end, mut pipe) = std::io::pipe().unwrap();
    let file: String = (0..10_000).map(|number| fact(&number.to_string()).to_string() + "\n").collect();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut pipe, file.as_bytes()).map(|()| pipe));
    let (sender, signal) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let error = database
        .memory
        .import(std::io::BufReader::new(end))
        .on_progress(|report| {
            assert_eq!(report.nodes_inserted, 10_000);
            sender.take().unwrap().send(()).unwrap();
        })
        .cancel_on(async { signal.await.unwrap() })
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(database.memory.totals().await.unwrap().nodes, 0);
    assert_eq!(import(&database.memory, &fact("x").to_string()).await.nodes_inserted, 1);
    drop(writer.join().unwrap().unwrap());
}
