//! What validation accepts comes back as it was.

use super::{for_any, fresh_user};
use crate::support::Database;
use pgmemory::ContextType;
use pgmemory::NewNode;
use proptest::prelude::*;
use proptest::sample;
use serde_json::Value;
use serde_json::json;

/// Equal, with numbers by their value: PostgreSQL keeps every digit but may write `1e2` as `100`.
fn is_same_json(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same_json(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same_json(a, b)))
        }
        (a, b) => a == b,
    }
}

fn any_text() -> BoxedStrategy<Value> {
    prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), "[^\\x00]{0,20}".prop_map(Value::from)].boxed()
}

/// Whole numbers of 64 bits, all magnitudes of a double, and those that people write.
fn any_number() -> BoxedStrategy<Value> {
    let limits = vec![f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -0.0, 1e15, 1e-7];
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(Value::from),
        sample::select(limits).prop_map(Value::from),
    ]
    .boxed()
}

async fn comes_back(database: &Database, content: Value, metadata: Value) {
    let alice = fresh_user(database);
    let (content, metadata) = (json!({"value": content}), json!({"value": metadata}));
    let node = NewNode::new(ContextType::ToolOutput, content.clone()).metadata(metadata.clone());
    let node_id = alice.store(&node).await.unwrap().node_id;
    let stored = alice.get(node_id).await.unwrap().expect("it was stored");
    assert!(is_same_json(&stored.content, &content), "{} came back of {content}", stored.content);
    assert!(is_same_json(&stored.metadata, &metadata), "{} came back of {metadata}", stored.metadata);
}

#[test]
fn texts_and_structures_come_back_as_they_were() {
    let any_json = || super::json(any_text(), "[^\\x00]{0,5}".boxed());
    for_any(96, &(any_json(), any_json()), &async |database, (content, metadata)| comes_back(database, content, metadata).await);
}

#[test]
fn numbers_come_back_as_they_were() {
    for_any(128, &(any_number(), any_number()), &async |database, (content, metadata)| comes_back(database, content, metadata).await);
}

/// So many bytes of different words, each of which search may take apart in its own way.
fn words(prefix: &str, suffix: &str, bytes: usize) -> String {
    let mut text = String::new();
    for number in 0.. {
        let word = format!("{prefix}{number:x}{suffix} ");
        if text.len() + word.len() > bytes {
            break;
        }
        text.push_str(&word);
    }
    text
}

#[test]
fn any_amount_of_text_within_the_limits_is_stored() {
    let word = sample::select(vec![("", ""), ("a-", "-b"), ("a", ".io/b"), ("a", "@b.cc"), ("/", "/b"), ("ä", "é")]);
    let share = || prop_oneof![Just(0), 0..=100_usize, Just(100)];
    for_any(24, &(word, share(), share(), share(), share()), &async |database, ((prefix, suffix), name, data, summary, tags)| {
        let text = |share: usize, limit: usize| words(prefix, suffix, share * limit / 100);
        let node = NewNode::entity("s", "1")
            .name(text(name, 500_000))
            .data(json!({"text": text(data, 500_000)}))
            .summary(text(summary, 65_536))
            .tags((0..tags).map(|tag| format!("{prefix}{tag}{suffix} {}", text(70, 640))));
        let alice = fresh_user(database);
        let node_id = alice.store(&node).await.unwrap().node_id;
        let stored = alice.get(node_id).await.unwrap().expect("it was stored");
        assert_eq!(stored.content["entity_data"], node.content["entity_data"]);
        assert_eq!((stored.entity_name.as_deref(), stored.summary), (node.content["entity_name"].as_str(), node.summary));
        assert_eq!(stored.tags, node.tags);
    });
}
