//! The merge holds to the rules of the data model, and a batch to its items one after the other.

use super::{any_node, entity, for_any, for_any_after, fresh_user};
use crate::support::Database;
use chrono::DateTime;
use chrono::Utc;
use pgmemory::Config;
use pgmemory::ContextType;
use pgmemory::Error;
use pgmemory::ErrorKind;
use pgmemory::Memory;
use pgmemory::NewNode;
use pgmemory::Node;
use pgmemory::Outcome;
use pgmemory::UserMemory;
use proptest::collection;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::HashMap;
use uuid::Uuid;

/// What an entity is after its stores.
#[derive(Clone, Debug, PartialEq)]
struct Entity {
    content: Map<String, Value>,
    context_type: ContextType,
    summary: Option<String>,
    tags: Vec<String>,
    base_relevance: Option<f32>,
    /// `began` when it was not said.
    created_at: DateTime<Utc>,
    metadata: Map<String, Value>,
}

/// The newer value wins per key, at every depth where both sides are objects.
fn unite(older: &mut Map<String, Value>, newer: Map<String, Value>) {
    for (key, value) in newer {
        match (older.get_mut(&key), value) {
            (Some(Value::Object(older)), Value::Object(newer)) => unite(older, newer),
            (_, value) => {
                older.insert(key, value);
            }
        }
    }
}

fn without_null_labels(mut content: Map<String, Value>) -> Map<String, Value> {
    content.retain(|key, value| !(value.is_null() && ["entity_type", "entity_name"].contains(&key.as_str())));
    content
}

impl Entity {
    fn first(node: NewNode, began: DateTime<Utc>) -> Self {
        let (Value::Object(mut content), Value::Object(metadata)) = (node.content, node.metadata) else { panic!("no objects") };
        content.insert("update_count".into(), json!(0));
        Self {
            content: without_null_labels(content),
            context_type: node.context_type,
            summary: node.summary,
            tags: node.tags,
            base_relevance: node.base_relevance,
            created_at: node.created_at.unwrap_or(began),
            metadata,
        }
    }

    fn again(&mut self, node: NewNode, began: DateTime<Utc>) {
        let newer = Self::first(node, began);
        let update_count = self.content["update_count"].as_u64().expect("a number") + 1;
        unite(&mut self.content, newer.content);
        self.content.insert("update_count".into(), json!(update_count));
        unite(&mut self.metadata, newer.metadata);
        self.context_type = newer.context_type;
        self.summary = newer.summary.or_else(|| self.summary.take());
        for tag in newer.tags {
            if !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
        self.base_relevance = match (self.base_relevance, newer.base_relevance) {
            (Some(older), Some(newer)) => Some(older.max(newer)),
            (older, newer) => older.or(newer),
        };
        self.created_at = self.created_at.min(newer.created_at);
    }

    fn stored(node: Node, began: DateTime<Utc>) -> Self {
        let (Value::Object(mut content), Value::Object(metadata)) = (node.content, node.metadata) else { panic!("no objects") };
        assert!(content.remove("last_updated").is_some_and(|time| time.is_string()));
        let label = |key: &str| content.get(key).and_then(Value::as_str);
        assert_eq!(node.entity_type.as_deref(), label("entity_type"));
        assert_eq!(node.entity_name.as_deref(), label("entity_name"));
        assert_eq!(node.updated_at.is_none(), content["update_count"] == 0);
        Self {
            content: without_null_labels(content),
            context_type: node.context_type,
            summary: node.summary,
            tags: node.tags,
            base_relevance: node.base_relevance,
            created_at: if (began..=Utc::now()).contains(&node.created_at) { began } else { node.created_at },
            metadata,
        }
    }
}

#[test]
fn entities_merge_as_the_rules_say() {
    let began = Utc::now();
    for_any(128, &collection::vec(entity(), 1..7), &async |database, stores| {
        let alice = fresh_user(database);
        let mut model: BTreeMap<(String, String), Entity> = BTreeMap::new();
        for node in stores {
            let (system, id) = node.entity_key().expect("an entity");
            let key = (system.to_owned(), id.to_owned());
            let outcome = alice.store(&node).await.unwrap().outcome;
            if let Some(entity) = model.get_mut(&key) {
                entity.again(node, began);
                assert_eq!(outcome, Outcome::Merged);
            } else {
                model.insert(key, Entity::first(node, began));
                assert_eq!(outcome, Outcome::Inserted);
            }
        }
        for ((system, id), expected) in model {
            let node = alice.get_entity(&system, &id).await.unwrap().expect("it was stored");
            assert_eq!((node.entity_system.as_ref(), node.entity_id.as_ref()), (Some(&system), Some(&id)));
            assert_eq!(Entity::stored(node, began), expected);
        }
    });
}

#[test]
fn storing_the_same_again_only_counts() {
    for_any(64, &(collection::vec(entity(), 0..3), entity()), &async |database, (before, node)| {
        let alice = fresh_user(database);
        for node in &before {
            alice.store(node).await.unwrap();
        }
        let node_id = alice.store(&node).await.unwrap().node_id;
        let once = alice.get(node_id).await.unwrap().unwrap();
        assert_eq!(alice.store(&node).await.unwrap().node_id, node_id);
        let mut twice = alice.get(node_id).await.unwrap().unwrap();

        assert_eq!(twice.content["update_count"].as_u64(), once.content["update_count"].as_u64().map(|count| count + 1));
        assert!(twice.updated_at > once.updated_at);
        twice.updated_at = once.updated_at;
        for field in ["update_count", "last_updated"] {
            twice.content[field] = once.content[field].clone();
        }
        assert_eq!(twice, once);
    });
}

/// What a node is apart from ids that the service chose and the moment of the call.
fn without_the_moment(mut node: Node, began: DateTime<Utc>) -> Node {
    if node.node_id.get_version_num() == 7 {
        node.node_id = Uuid::nil();
    }
    if node.created_at >= began && node.created_at <= Utc::now() {
        node.created_at = began;
    }
    node.updated_at = node.updated_at.map(|_| began);
    node.last_accessed = began;
    if let Some(content) = node.content.as_object_mut() {
        content.remove("last_updated");
    }
    node
}

pub(super) async fn store_one_by_one(user: &UserMemory, batch: &[NewNode]) -> Result<Vec<pgmemory::Stored>, Error> {
    let mut stored = Vec::new();
    for node in batch {
        stored.push(user.store(node).await?);
    }
    Ok(stored)
}

#[test]
fn a_batch_means_its_items_one_after_the_other() {
    let began = Utc::now();
    for_any(96, &(collection::vec(any_node(), 0..3), collection::vec(any_node(), 0..9)), &async |database, (before, batch)| {
        let (alice, bob) = (fresh_user(database), fresh_user(database));
        for user in [&alice, &bob] {
            for node in &before {
                // Where the wanted id is taken, both do without.
                let _ = user.store(node).await;
            }
        }
        let total_before = alice.stats().await.unwrap().total_nodes;
        let (together, one_by_one) = (alice.store_many(&batch).await, store_one_by_one(&bob, &batch).await);
        let (together, one_by_one) = match (together, one_by_one) {
            (Ok(together), Ok(one_by_one)) => (together, one_by_one),
            (together, one_by_one) => {
                assert_eq!(together.map_err(|error| error.kind()), Err(ErrorKind::Conflict));
                assert_eq!(one_by_one.map_err(|error| error.kind()), Err(ErrorKind::Conflict));
                assert_eq!(alice.stats().await.unwrap().total_nodes, total_before, "a refused batch leaves nothing");
                return;
            }
        };
        assert_eq!(together.len(), batch.len());
        assert_eq!(one_by_one.len(), batch.len());
        let mut twins = HashMap::new();
        for (a, b) in together.iter().zip(&one_by_one) {
            assert_eq!(a.outcome, b.outcome);
            assert_eq!(twins.entry(a.node_id).or_insert(b.node_id), &b.node_id);
            let a = alice.get(a.node_id).await.unwrap().expect("stored together");
            let b = bob.get(b.node_id).await.unwrap().expect("stored alone");
            assert_eq!(without_the_moment(a, began), without_the_moment(b, began));
        }
        assert_eq!(alice.stats().await.unwrap().total_nodes, bob.stats().await.unwrap().total_nodes);
    });
}

/// PostgreSQL writes JSON with spaces and keys in its own order; no label of an entity is any.
fn with_plain_labels(node: Node, began: DateTime<Utc>) -> Node {
    let mut node = without_the_moment(node, began);
    for label in [&mut node.entity_type, &mut node.entity_name] {
        *label = label.take().map(|label| serde_json::from_str::<Value>(&label).map_or(label, |json| json.to_string()));
    }
    node
}

/// What a session shows before PostgreSQL has it is what PostgreSQL will make of it.
#[test]
fn a_session_merges_as_postgresql_does() {
    let began = Utc::now();
    let prepare = async |database: &Database| {
        let config = Config::from_url(&database.url).expect("a URL").switched_off();
        Memory::connect(config).await.expect("a memory without a server")
    };
    for_any_after(96, &collection::vec(any_node(), 1..9), &prepare, &async |database, switched_off, stores| {
        let alice = fresh_user(database);
        let session = switched_off.session(alice.user_id(), "thread").in_memory().await.unwrap();
        for node in stores {
            match (alice.store(&node).await, session.remember(&node).await) {
                (Ok(there), Ok(here)) => {
                    assert_eq!(there.outcome, here.outcome);
                    let there = alice.get(there.node_id).await.unwrap().expect("it was stored");
                    let here = session.get(here.id).await.unwrap().expect("it was remembered");
                    assert_eq!(with_plain_labels(here, began), with_plain_labels(there, began));
                }
                (there, here) => assert_eq!(there.map_err(|error| error.kind()).err(), here.map_err(|error| error.kind()).err()),
            }
        }
    });
}
