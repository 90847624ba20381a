//! Numbers that PostgreSQL holds and Rust has no type for, written by somebody else.

use pgmemory::{Error, ErrorKind, NewNode, NewRelationship, RelationshipType};
use serde_json::json;
use uuid::Uuid;

use crate::support::Database;

/// An error says which row it is, so that it can be mended or deleted.
fn names<T>(result: Result<T, Error>, column: &str, id: Uuid) {
    let error = result.err().expect("a number that cannot be read");
    assert_eq!(error.kind(), ErrorKind::Internal, "{error}");
    assert!(error.to_string().starts_with(column) && error.to_string().contains(&id.to_string()), "{error}");
}

#[tokio::test]
async fn every_read_names_the_row_that_cannot_be_read() {
    let database = Database::new().await;
    let (alice, client) = (database.user("alice"), database.client().await);
    let nodes = [NewNode::entity("crm", "good").name("needle"), NewNode::entity("crm", "bad").name("needle")];
    let stored = alice.store_many(&nodes).await.unwrap();
    let (good, bad) = (stored[0].node_id, stored[1].node_id);
    let link = alice.relate(&NewRelationship::new(good, RelationshipType::LedTo, bad)).await.unwrap().id;

    for (column, number) in [("content", "1e400"), ("content", "-1e400"), ("metadata", "1e1000")] {
        let damage = format!("UPDATE memory.nodes SET {column} = {column} || '{{\"n\": {number}}}' WHERE node_id = '{bad}'");
        client.batch_execute(&damage).await.unwrap();
        names(alice.get(bad).await, column, bad);
        names(alice.get_many(&[good, bad]).await, column, bad);
        names(alice.get_entity("crm", "bad").await, column, bad);
        names(alice.list().await, column, bad);
        names(alice.search("needle").await, column, bad);
        names(alice.load().await, column, bad);
        names(alice.export(std::io::sink()).await, column, bad);
        // The others can still be read, and all that reads no content.
        assert!(alice.get(good).await.unwrap().is_some());
        assert_eq!(alice.neighbors(good).await.unwrap()[0].node_id, bad);
        assert_eq!(alice.touch(&[bad]).await.unwrap(), 1);
        assert_eq!(alice.stats().await.unwrap().total_nodes, 2);
        client.batch_execute(&format!("UPDATE memory.nodes SET {column} = {column} - 'n'")).await.unwrap();
    }

    client.batch_execute("UPDATE memory.relationships SET metadata = '{\"n\": 1e400}'").await.unwrap();
    names(alice.relationships(good).await, "metadata", link);
    names(alice.relationships_among(&[good, bad], 10).await, "metadata", link);
    names(alice.load().await, "metadata", link);
    names(alice.export(std::io::sink()).await, "metadata", link);
    assert_eq!(alice.list().await.unwrap().items.len(), 2);

    // What names it can be deleted, and all is well.
    assert!(alice.delete(bad).await.unwrap());
    assert_eq!(alice.load().await.unwrap().nodes.len(), 1);
}

/// Smaller or more precise than a double is no error: the nearest one is read.
#[tokio::test]
async fn numbers_beyond_a_double_are_read_as_the_nearest() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let insert = r#"INSERT INTO memory.nodes (user_id, content, context_type)
        VALUES ('alice', '{"small": 1e-400, "large": 123456789012345678901234567890, "u": 18446744073709551615}', 'tool_output')"#;
    database.client().await.batch_execute(insert).await.unwrap();
    let content = &alice.list().await.unwrap().items[0].content;
    assert_eq!(*content, json!({"small": 0.0, "large": 123_456_789_012_345_678_901_234_567_890_f64, "u": u64::MAX}));
}
