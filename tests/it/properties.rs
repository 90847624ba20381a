//! What holds for any input, checked against small models that follow the rules rather than the SQL.

mod json;
pub(crate) mod log;
mod merge;
mod pages;
mod search;

use crate::support::Database;
use chrono::DateTime;
use chrono::Utc;
use pgmemory::ContextType;
use pgmemory::NewNode;
use pgmemory::RelationshipType;
use pgmemory::UserMemory;
use proptest::collection;
use proptest::option;
use proptest::prelude::*;
use proptest::sample;
use proptest::test_runner::TestRunner;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use tokio::runtime::Runtime;
use uuid::Uuid;

const CONTEXT_TYPES: [ContextType; 7] = [
    ContextType::SearchResult,
    ContextType::UserSelection,
    ContextType::ToolOutput,
    ContextType::DomainEntity,
    ContextType::CompletedAction,
    ContextType::ConversationFact,
    ContextType::TemporaryState,
];

const RELATIONSHIP_TYPES: [RelationshipType; 3] = [RelationshipType::LedTo, RelationshipType::Contradicts, RelationshipType::Answers];

/// Checks a property of one database for many inputs; a failing input is shrunk and shown.
fn for_any<S: Strategy>(cases: u32, inputs: &S, property: &impl AsyncFn(&Database, S::Value)) {
    for_any_after(cases, inputs, &async |_| (), &async |database, (), input| property(database, input).await);
}

/// The same after a preparation of the database, whose result every case sees.
fn for_any_after<S: Strategy, P>(
    cases: u32,
    inputs: &S,
    prepare: &impl AsyncFn(&Database) -> P,
    property: &impl AsyncFn(&Database, &P, S::Value),
) {
    let runtime = Runtime::new().expect("a runtime");
    let database = runtime.block_on(Database::new());
    let prepared = runtime.block_on(prepare(&database));
    let config = ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(inputs, |input| {
        runtime.block_on(property(&database, &prepared, input));
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}

fn fresh_user(database: &Database) -> UserMemory {
    database.user(&Uuid::now_v7().to_string())
}

// Inputs.

/// Few, so that stores meet in the same keys; each is hard in its own way.
fn key() -> impl Strategy<Value = String> {
    sample::select(vec!["", "a", "b", "a.b", "{a,b}", "\"", "\\", "'", "ä", "😀", "$1", "entity_data", "entity_name", "update_count"])
        .prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![key(), "[^\\x00]{0,6}"]
}

fn json(leaf: impl Strategy<Value = Value> + 'static, key: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            1 => collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            3 => collection::btree_map(key.clone(), inner, 0..4).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
    .boxed()
}

/// Objects that often meet in their keys.
fn object() -> impl Strategy<Value = Map<String, Value>> {
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), (-2..3).prop_map(Value::from), text().prop_map(Value::from)];
    let value = json(leaf, key().boxed());
    collection::btree_map(key(), value, 0..4).prop_map(|entries| entries.into_iter().collect())
}

/// Before 1970, before now, and after: never near now, which stands for an absent time.
fn time() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![
        -62_135_596_800_000_000..0_i64,
        0..1_500_000_000_000_000_i64,
        Just(-1_i64),
        Just(0),
        4_000_000_000_000_000..253_402_300_799_999_999_i64,
    ]
    .prop_map(|micros| DateTime::from_timestamp_micros(micros).expect("a time"))
}

fn node(content: impl Strategy<Value = Map<String, Value>>) -> impl Strategy<Value = NewNode> {
    (
        content,
        sample::select(&CONTEXT_TYPES[..]),
        option::of(text()),
        collection::vec(sample::select(vec!["a", "b", "c", "ä", ""]), 0..5),
        option::of(0.0..=1.0_f32),
        option::of(time()),
        object(),
    )
        .prop_map(|(content, context_type, summary, tags, relevance, created_at, metadata)| {
            let mut node = NewNode::new(context_type, Value::Object(content)).tags(tags).metadata(Value::Object(metadata));
            node.summary = summary;
            node.base_relevance = relevance;
            node.created_at = created_at;
            node
        })
}

/// One of three entities, whose keys overlap.
pub(crate) fn entity() -> impl Strategy<Value = NewNode> {
    let label = || option::of(option::of(text()));
    let content = (object(), sample::select(vec![("s", "1"), ("s", "2"), ("t", "1")]), option::of(object()), label(), label()).prop_map(
        |(mut content, (system, id), data, entity_type, name)| {
            content.retain(|key, _| !["entity_data", "entity_name", "update_count"].contains(&key.as_str()));
            content.insert("entity_system".into(), json!(system));
            content.insert("entity_id".into(), json!(id));
            content.extend(data.map(|data| ("entity_data".into(), Value::Object(data))));
            content.extend(entity_type.map(|entity_type| ("entity_type".into(), json!(entity_type))));
            content.extend(name.map(|name| ("entity_name".into(), json!(name))));
            content
        },
    );
    node(content)
}

/// An entity or any other node; some want one of two ids.
fn any_node() -> impl Strategy<Value = NewNode> {
    let wanted = option::weighted(0.1, sample::select(vec![Uuid::from_u128(1), Uuid::from_u128(2)]));
    (prop_oneof![3 => entity().boxed(), 1 => node(object()).boxed()], wanted).prop_map(|(mut node, wanted)| {
        node.node_id = wanted;
        node
    })
}
