//! What holds for any input, checked against small models that follow the rules rather than the SQL.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use pgmemory::{ContextType, Cursor, Error, ErrorKind, NewNode, NewRelationship, Node, Outcome, RelationshipType, UserMemory};
use proptest::{collection, option, prelude::*, sample, test_runner::TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::Database;

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
fn entity() -> impl Strategy<Value = NewNode> {
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

// The merge.

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

async fn store_one_by_one(user: &UserMemory, batch: &[NewNode]) -> Result<Vec<pgmemory::Stored>, Error> {
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

// Counters and the log of changes.

/// The counters of a user equal the tables, and the log, without gaps, tells how they came to be.
pub(crate) async fn assert_books_are_true(client: &Client, user_id: &str) {
    let ids = async |statement: &str| -> HashSet<Uuid> {
        client.query(statement, &[&user_id]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let nodes = ids("SELECT node_id FROM memory.nodes WHERE user_id = $1").await;
    let relationships = ids("SELECT id FROM memory.relationships WHERE user_id = $1").await;
    let log = client
        .query("SELECT version, op, node_id, relationship_id FROM memory.changes WHERE user_id = $1 ORDER BY version", &[&user_id])
        .await
        .unwrap();

    let counters = counters(client, user_id).await;
    assert_eq!(counters, (nodes.len(), relationships.len(), log.len()), "counted nodes, relationships and changes of {user_id}");

    let mut replayed: [HashSet<Uuid>; 2] = Default::default();
    for (row, expected_version) in log.iter().zip(1_i64..) {
        assert_eq!(row.get::<_, i64>("version"), expected_version, "no gap in the log of {user_id}");
        let (kind, id) = match (row.get("node_id"), row.get("relationship_id")) {
            (Some(id), None) => (0, id),
            (None, Some(id)) => (1, id),
            both => panic!("a change of one thing: {both:?}"),
        };
        assert!(
            match row.get("op") {
                "insert" => replayed[kind].insert(id),
                "update" => replayed[kind].contains(&id),
                "delete" => replayed[kind].remove(&id),
                op => panic!("an operation: {op}"),
            },
            "change {expected_version} of {user_id} fits those before it"
        );
    }
    assert_eq!(replayed, [nodes, relationships], "the log of {user_id} leads to what is there");
}

/// How many nodes, relationships and changes a user has by the user's row.
async fn counters(client: &Client, user_id: &str) -> (usize, usize, usize) {
    let statement = "SELECT total_nodes, total_relationships, version FROM memory.user_metadata WHERE user_id = $1";
    client.query_opt(statement, &[&user_id]).await.unwrap().map_or((0, 0, 0), |row| {
        let count = |column| usize::try_from(row.get::<_, i32>(column)).expect("a count");
        (count(0), count(1), usize::try_from(row.get::<_, i64>(2)).expect("a version"))
    })
}

/// Nodes are named by their place among all that were ever stored.
#[derive(Clone, Debug)]
enum Operation {
    Store(Box<NewNode>),
    StoreMany(Vec<NewNode>),
    Relate(Vec<(sample::Index, RelationshipType, sample::Index, f32)>),
    Delete(sample::Index),
}

fn operation() -> impl Strategy<Value = Operation> {
    let pair = (any::<sample::Index>(), sample::select(&RELATIONSHIP_TYPES[..]), any::<sample::Index>(), 0.0..=1.0_f32);
    prop_oneof![
        2 => any_node().prop_map(|node| Operation::Store(Box::new(node))),
        2 => collection::vec(any_node(), 0..6).prop_map(Operation::StoreMany),
        4 => collection::vec(pair, 1..8).prop_map(Operation::Relate),
        2 => any::<sample::Index>().prop_map(Operation::Delete),
    ]
}

/// Says how many nodes were stored again.
async fn perform(user: &UserMemory, known: &mut Vec<Uuid>, operation: Operation) -> Result<usize, Error> {
    let mut stored = Vec::new();
    match operation {
        Operation::Store(node) => stored.push(user.store(&node).await?),
        Operation::StoreMany(batch) => stored = user.store_many(&batch).await?,
        Operation::Relate(_) | Operation::Delete(_) if known.is_empty() => {}
        Operation::Relate(pairs) => {
            let pairs: Vec<NewRelationship> = pairs
                .into_iter()
                .map(|(from, kind, to, strength)| NewRelationship::new(*from.get(known), kind, *to.get(known)).strength(strength))
                .collect();
            if let [pair] = pairs.as_slice() {
                user.relate(pair).await?;
            } else {
                user.relate_many(&pairs).await?;
            }
        }
        Operation::Delete(place) => {
            let node_id = *place.get(known);
            assert!(user.delete(node_id).await?);
            known.retain(|known| *known != node_id);
        }
    }
    known.extend(stored.iter().map(|stored| stored.node_id));
    Ok(stored.iter().filter(|stored| stored.outcome == Outcome::Merged).count())
}

#[test]
fn counters_and_log_follow_every_write() {
    let prepare = async |database: &Database| {
        let bystander = database.user("bystander");
        let known: Vec<Uuid> = store_one_by_one(&bystander, &[NewNode::entity("s", "1"), NewNode::entity("s", "2")])
            .await
            .unwrap()
            .iter()
            .map(|stored| stored.node_id)
            .collect();
        bystander.relate(&NewRelationship::new(known[0], RelationshipType::LedTo, known[1])).await.unwrap();
        database.client().await
    };
    for_any_after(96, &collection::vec(operation(), 1..14), &prepare, &async |database, client, operations| {
        let alice = fresh_user(database);
        let (mut known, mut merges) = (Vec::new(), 0);
        for operation in operations {
            match perform(&alice, &mut known, operation).await {
                Ok(count) => merges += count,
                // A wanted id may be taken; nothing else may go wrong.
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}"),
            }
        }
        let updates = "SELECT count(*) FROM memory.changes WHERE user_id = $1 AND op = 'update' AND node_id IS NOT NULL";
        let updates: i64 = client.query_one(updates, &[&alice.user_id()]).await.unwrap().get(0);
        assert_eq!(usize::try_from(updates).unwrap(), merges, "each merge is in the log");
        assert_books_are_true(client, alice.user_id()).await;
        assert_books_are_true(client, "bystander").await;
        assert_eq!(counters(client, "bystander").await, (2, 1, 3));
    });
}

// Pages.

/// Times that often meet, before 1970 too.
fn meeting_time() -> impl Strategy<Value = DateTime<Utc>> {
    sample::select(vec![-62_135_596_800_000_000, -1_000_001, -1, 0, 1, 253_402_300_799_999_999])
        .prop_map(|micros| DateTime::from_timestamp_micros(micros).expect("a time"))
}

fn limits() -> impl Strategy<Value = Vec<usize>> {
    collection::vec(prop_oneof![4 => 1..8_usize, 1 => Just(1_000)], 1..5)
}

/// A cursor as it comes back from a client.
fn through_text(cursor: Cursor) -> Cursor {
    cursor.to_string().parse().expect("a cursor is readable")
}

#[test]
fn pages_of_nodes_hold_each_once_newest_first() {
    for_any(64, &(collection::vec(meeting_time(), 0..25), limits()), &async |database, (times, limits)| {
        let alice = fresh_user(database);
        let nodes: Vec<NewNode> = times.iter().map(|time| NewNode::new(ContextType::ToolOutput, json!({})).created_at(*time)).collect();
        let stored = alice.store_many(&nodes).await.unwrap();
        let mut expected: Vec<_> = times.iter().zip(&stored).map(|(time, stored)| (*time, stored.node_id)).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));

        let mut visited = Vec::new();
        let mut place = None;
        for limit in limits.iter().cycle() {
            let list = alice.list().limit(*limit);
            let page = if let Some(place) = place { list.after(place).await.unwrap() } else { list.await.unwrap() };
            assert!(page.items.len() <= *limit);
            visited.extend(page.items.iter().map(|node| (node.created_at, node.node_id)));
            assert!(visited.len() <= expected.len(), "no item twice");
            place = page.next.map(through_text);
            if place.is_none() {
                break;
            }
        }
        assert_eq!(visited, expected);
    });
}

#[test]
fn pages_of_relationships_hold_each_once_newest_first() {
    let pair = (0..4_usize, sample::select(&RELATIONSHIP_TYPES[..]), any::<bool>(), meeting_time());
    for_any(64, &(collection::vec(pair, 0..25), limits()), &async |database, (pairs, limits)| {
        let alice = fresh_user(database);
        let batch = vec![NewNode::new(ContextType::ToolOutput, json!({})); 4];
        let nodes: Vec<Uuid> = alice.store_many(&batch).await.unwrap().iter().map(|stored| stored.node_id).collect();
        let hub = nodes[0];
        let relationships: Vec<NewRelationship> = pairs
            .iter()
            .map(|(other, kind, outgoing, time)| {
                let (from, to) = if *outgoing { (hub, nodes[*other]) } else { (nodes[*other], hub) };
                NewRelationship::new(from, *kind, to).created_at(*time)
            })
            .collect();
        let related = alice.relate_many(&relationships).await.unwrap();
        // Related again, a pair keeps its id and the earliest time.
        let mut earliest: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
        for (related, (.., time)) in related.iter().zip(&pairs) {
            earliest.entry(related.id).and_modify(|known| *known = (*time).min(*known)).or_insert(*time);
        }
        let mut expected: Vec<_> = earliest.into_iter().map(|(id, time)| (time, id)).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));

        let mut visited = Vec::new();
        let mut place = None;
        for limit in limits.iter().cycle() {
            let list = alice.relationships(hub).limit(*limit);
            let page = if let Some(place) = place { list.after(place).await.unwrap() } else { list.await.unwrap() };
            assert!(page.items.len() <= *limit);
            visited.extend(page.items.iter().map(|relationship| (relationship.created_at, relationship.id)));
            assert!(visited.len() <= expected.len(), "no item twice");
            place = page.next.map(through_text);
            if place.is_none() {
                break;
            }
        }
        assert_eq!(visited, expected);
    });
}

// Search and filters.

/// Text that means something to a query language, a pattern or a screen.
fn query() -> impl Strategy<Value = String> {
    let fragment = sample::select(vec![
        "acme",
        "acne",
        "renewal",
        "Zürich",
        "&",
        "|",
        "!",
        "<->",
        "(",
        ")",
        ":*",
        "acme:A",
        "'",
        "''",
        "\"",
        "\\",
        "\\'",
        "%",
        "_",
        "*",
        "--",
        ";",
        "NULL",
        "$1",
        "😀",
        "שלום",
        "مرحبا",
        "\u{202e}",
        "\u{200d}",
        "a-b-c",
        "x@y.zz",
        "http://a.b/c?d",
        "</b>",
        "-1.5e9",
    ]);
    prop_oneof![
        4 => collection::vec(fragment.clone(), 0..30).prop_map(|words| words.join(" ")),
        2 => collection::vec(fragment, 0..30).prop_map(|words| words.concat()),
        3 => "[^\\x00]{0,100}",
        1 => (1..=10_000_usize).prop_map(|count| (0..count).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ")),
    ]
}

/// The same for two users: every word of the queries, in every context type.
async fn store_something_to_find(database: &Database) -> HashSet<Uuid> {
    let mut alices = HashSet::new();
    for user_id in ["alice", "bob"] {
        let user = database.user(user_id);
        for (context_type, number) in CONTEXT_TYPES.iter().zip(0..) {
            let text = json!({"text": format!("acme renewal w{number} NULL 😀 שלום"), "number": number});
            let batch = [
                NewNode::new(*context_type, text).summary("Acme's 100% renewal_date in Zürich").tags(["a", "b"]),
                NewNode::entity("crm", number.to_string())
                    .name("Acme \\ Corp")
                    .entity_type("Account")
                    .tags(["a"])
                    .context_type(*context_type),
            ];
            let stored = user.store_many(&batch).await.unwrap();
            if user_id == "alice" {
                alices.extend(stored.iter().map(|stored| stored.node_id));
            }
        }
    }
    alices
}

#[test]
fn a_search_takes_any_text_and_stays_with_its_user() {
    let filter = sample::subsequence(CONTEXT_TYPES.to_vec(), 1..4);
    for_any_after(128, &(query(), filter), &store_something_to_find, &async |database, alices, (query, context_types)| {
        let alice = database.user("alice");
        let all = alice.search(&query).limit(1_000).await.unwrap();
        let ids: HashSet<Uuid> = all.iter().map(|hit| hit.node.node_id).collect();
        assert_eq!(ids.len(), all.len(), "each once");
        assert!(ids.is_subset(alices), "no other user's");

        let search = context_types.iter().fold(alice.search(&query), |search, context_type| search.context_type(*context_type));
        let filtered: Vec<Node> = search.limit(1_000).await.unwrap().into_iter().map(|hit| hit.node).collect();
        let mut expected: Vec<Node> = all.into_iter().map(|hit| hit.node).collect();
        expected.retain(|node| context_types.contains(&node.context_type));
        assert_eq!(filtered, expected);
    });
}

#[test]
fn a_list_filter_keeps_exactly_what_fits() {
    let filters = (
        sample::subsequence(CONTEXT_TYPES.to_vec(), 0..3),
        collection::vec(sample::select(vec!["a", "b", "c", ""]), 0..3),
        option::of(sample::select(vec!["Account", "Ticket", ""])),
        option::of(time()),
    );
    for_any_after(64, &filters, &store_something_to_find, &async |database, alices, (context_types, tags, entity_type, since)| {
        let alice = database.user("alice");
        let mut expected = alice.list().limit(1_000).await.unwrap().items;
        assert_eq!(&expected.iter().map(|node| node.node_id).collect::<HashSet<_>>(), alices);
        expected.retain(|node| {
            (context_types.is_empty() || context_types.contains(&node.context_type))
                && tags.iter().all(|tag| node.tags.iter().any(|known| known == tag))
                && entity_type.is_none_or(|entity_type| node.entity_type.as_deref() == Some(entity_type))
                && since.is_none_or(|since| node.created_at >= since)
        });

        let mut list = alice.list().limit(1_000);
        list = context_types.iter().fold(list, |list, context_type| list.context_type(*context_type));
        list = tags.iter().fold(list, |list, tag| list.tag(*tag));
        list = if let Some(entity_type) = entity_type { list.entity_type(entity_type) } else { list };
        list = if let Some(since) = since { list.since(since) } else { list };
        assert_eq!(list.await.unwrap().items, expected);
    });
}

// JSON.

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
    let any_json = || json(any_text(), "[^\\x00]{0,5}".boxed());
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
