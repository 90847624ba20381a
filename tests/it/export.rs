use std::{
    collections::BTreeMap,
    io::{Cursor, Write},
};

use pgmemory::{Graph, NewNode, NewRelationship, RelationshipType, UserMemory};
use serde_json::json;

use crate::support::Database;

/// What the format carries of a memory, in an order of its own.
pub(crate) async fn comparable(user: &UserMemory) -> (BTreeMap<String, serde_json::Value>, BTreeMap<String, serde_json::Value>) {
    let Graph { nodes, relationships, .. } = user.load().await.unwrap();
    let nodes = nodes.into_iter().map(|mut node| {
        node.updated_at = None;
        (node.node_id.to_string(), json!(node))
    });
    let relationships = relationships.into_iter().map(|relationship| {
        let mut fields = json!(relationship);
        fields.as_object_mut().unwrap().remove("id");
        (format!("{} {} {}", relationship.from_node_id, relationship.relationship_type, relationship.to_node_id), fields)
    });
    (nodes.collect(), relationships.collect())
}

#[tokio::test]
async fn an_export_imported_elsewhere_is_the_same_memory() {
    let (from, to) = (Database::new().await, Database::new().await);
    from.memory.import(include_str!("../../examples/demo.jsonl").as_bytes()).await.unwrap();
    let demo = from.user("demo");
    let ids: Vec<_> = demo.list().limit(10).await.unwrap().items.iter().map(|node| node.node_id).collect();
    demo.touch(&ids).await.unwrap();
    let odd = demo.store(&NewNode::entity("crm \"x\"", "naïve 🦀\n").metadata(json!({"n": 1.5e-7})).tags(["a,b", "{}"])).await.unwrap();
    demo.relate(&NewRelationship::new(odd.node_id, RelationshipType::Refines, ids[0]).strength(0.3)).await.unwrap();

    let mut file = Vec::new();
    let report = demo.export(&mut file).await.unwrap();
    assert_eq!((report.nodes, report.relationships), (214, 155));
    let imported = to.memory.import(Cursor::new(file)).await.unwrap();
    assert_eq!((imported.nodes_inserted, imported.relationships_inserted, imported.rejected), (214, 155, 0));
    assert_eq!(comparable(&to.user("demo")).await, comparable(&demo).await);
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_the_pool_goes_on() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let database = Database::new().await;
    let alice = database.user("alice");
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
    assert!(alice.export(Full).await.unwrap_err().to_string().contains("cannot be written"));
    assert_eq!(alice.export(Vec::new()).await.unwrap().nodes, 1);
}
