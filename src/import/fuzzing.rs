//! What must hold for the lines of any file.

use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::lines::{End, Item, RelationshipLine, parse, read_batches};
use crate::{ErrorKind, NewRelationship, export};

/// Every line of a file is counted and read, or refused by an error that names it and its field; and what is read is
/// read again from how an export writes it.
///
/// # Panics
///
/// When that does not hold.
pub fn import(file: &[u8]) {
    let (sender, mut batches) = mpsc::channel(1 + file.len());
    read_batches(file, parse, &sender);
    drop(sender);
    let wanted = (1..).zip(file.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty());
    let mut wanted = wanted.map(|(number, _)| number);
    while let Some(batch) = batches.blocking_recv() {
        for line in batch.expect("lines, since reading from memory does not fail") {
            assert_eq!(Some(line.number), wanted.next());
            match line.item {
                Ok(item) => written_and_read(&item),
                Err(error) => {
                    let error = error.at_line(line.number);
                    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
                    let field = error.field().expect("a field");
                    assert!(error.to_string().starts_with(&format!("line {}: {field}: ", line.number)), "{error}");
                    assert!(!field.is_empty(), "{error}");
                }
            }
        }
    }
    assert_eq!(wanted.next(), None, "a line was passed over");
}

fn written_and_read(item: &Item) {
    let mut line = Vec::new();
    match item {
        Item::Node { user_id, node } => {
            node.validate().expect("a node that was accepted");
            assert!(node.node_id.is_some() || node.entity_key().is_some(), "a node that could not be met again");
            export::write_line(&mut line, "node", user_id, node).expect("a line");
            let Ok(Item::Node { user_id: user, node: read }) = parse(line.trim_ascii()) else { panic!("{line:?}") };
            assert_eq!((&user, &read), (user_id, node));
        }
        Item::Relationship { user_id, relationship } => {
            // The writer refuses these.
            if !is_storable(relationship) {
                return;
            }
            export::write_line(&mut line, "relationship", user_id, fields(relationship)).expect("a line");
            let Ok(Item::Relationship { user_id: user, relationship: read }) = parse(line.trim_ascii()) else { panic!("{line:?}") };
            assert_eq!((&user, fields(&read)), (user_id, fields(relationship)));
        }
    }
    assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1), "one line");
}

fn is_storable(line: &RelationshipLine) -> bool {
    let relationship = NewRelationship::new(Uuid::nil(), line.relationship_type, Uuid::nil()).strength(line.strength);
    relationship.metadata(Value::Object(line.metadata.clone())).validate().is_ok()
}

fn fields(line: &RelationshipLine) -> Value {
    let end = |end: &End| match end {
        End::Id { node_id } => json!({"node_id": node_id}),
        End::Entity { entity_system, entity_id } => json!({"entity_system": entity_system, "entity_id": entity_id}),
    };
    json!({
        "from": end(&line.from),
        "to": end(&line.to),
        "relationship_type": line.relationship_type,
        "strength": line.strength,
        "created_at": line.created_at,
        "metadata": line.metadata,
    })
}
