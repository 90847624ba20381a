//! Every operation of a user's, called with what is another's: it says what it would say if the other did not exist, and
//! changes nothing of the other's; plain and isolated.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use futures::{StreamExt, future::BoxFuture};
use pgmemory::{
    Comparison, ContextType, Cursor, Direction, Filter, Memory, NewNode, NewRelationship, Period, RelationshipType, UserMemory,
};
use regex::Regex;
use serde_json::json;
use tokio::time::timeout;
use tokio_postgres::Client;
use uuid::Uuid;

use super::logins::Login;
use crate::{
    bad_input::signatures::functions,
    support::{Database, Layout},
};

/// What stands in every text of alice's.
const SECRET: &str = "xylophone";

fn at(minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, minute, 0).unwrap()
}

/// The ids of alice's nodes, which mallory has guessed, and one of mallory's.
const ALICES: [Uuid; 2] = [Uuid::from_u128(0xa1), Uuid::from_u128(0xa2)];
const MALLORYS: Uuid = Uuid::from_u128(0xb1);

fn alices_nodes() -> Vec<NewNode> {
    let entity = NewNode::entity("crm", "1").name(format!("{SECRET} Corp")).data(json!({"plan": SECRET, "revenue": 7})).tags([SECRET]);
    let fact = NewNode::new(ContextType::ConversationFact, json!({"text": SECRET})).summary(format!("the {SECRET}"));
    [entity, fact].into_iter().zip(ALICES).map(|(node, id)| node.node_id(id).metadata(json!({"note": SECRET})).created_at(at(5))).collect()
}

async fn fill(memory: &Memory, alice_is_there: bool) {
    if alice_is_there {
        let alice = memory.user("alice").unwrap();
        alice.store_many(&alices_nodes()).await.unwrap();
        let link = NewRelationship::new(ALICES[0], RelationshipType::LedTo, ALICES[1]).metadata(json!({"why": SECRET}));
        alice.relate(&link).await.unwrap();
    }
    let own = NewNode::entity("mine", "1").name("Own").node_id(MALLORYS).created_at(at(1));
    memory.user("mallory").unwrap().store(&own).await.unwrap();
}

type Attack = for<'a> fn(&'a UserMemory, &'a Client) -> BoxFuture<'a, String>;

/// Says all that comes of a call.
macro_rules! attack {
    (|$mallory:ident, $client:ident| $call:expr) => {
        (|$mallory, $client| {
            let _ = $client;
            Box::pin(async move { format!("{:#?}", $call.await) })
        }) as Attack
    };
}

/// The same within a transaction of mallory's, which is committed.
macro_rules! attack_within {
    (|$within:ident| $call:expr) => {
        (|mallory, client| {
            Box::pin(async move {
                client.batch_execute("BEGIN").await.unwrap();
                let $within = mallory.within(client);
                let said = format!("{:#?}", $call.await);
                client.batch_execute("COMMIT").await.unwrap();
                said
            })
        }) as Attack
    };
}

fn link(from: Uuid, to: Uuid) -> NewRelationship {
    NewRelationship::new(from, RelationshipType::RelatesTo, to)
}

/// A place in a list just after alice's newest node.
fn forged() -> Cursor {
    format!("{:016x}{}", at(6).timestamp_micros(), "f".repeat(32)).parse().unwrap()
}

fn attacks() -> Vec<(&'static str, Attack)> {
    vec![
        ("UserMemory::get", attack!(|mallory, client| mallory.get(ALICES[0]))),
        ("UserMemory::get_many", attack!(|mallory, client| mallory.get_many(&ALICES))),
        ("UserMemory::get_entity", attack!(|mallory, client| mallory.get_entity("crm", "1"))),
        ("UserMemory::list", attack!(|mallory, client| mallory.list().after(forged()))),
        ("UserMemory::list", attack!(|mallory, client| mallory.list().tag(SECRET))),
        ("UserMemory::list", attack!(|mallory, client| mallory.list().containing(json!({"text": SECRET})))),
        ("UserMemory::list", attack!(|mallory, client| mallory.list().compare(["entity_data", "revenue"], Comparison::AtLeast, 1))),
        ("UserMemory::search", attack!(|mallory, client| mallory.search(SECRET).snippets())),
        ("UserMemory::search", attack!(|mallory, client| mallory.search("xylophnoe own"))),
        ("UserMemory::search", attack!(|mallory, client| mallory.search("own").filter(Filter::new().any_tag(SECRET).entity_system("crm")))),
        ("UserMemory::similar", attack!(|mallory, client| mallory.similar(ALICES[0]))),
        ("UserMemory::recall", attack!(|mallory, client| mallory.recall(format!("{SECRET} own")).touch())),
        ("UserMemory::complete", attack!(|mallory, client| mallory.complete("xyl", 10))),
        (
            "UserMemory::relationships",
            attack!(|mallory, client| mallory.relationships(ALICES[0]).direction(Direction::Both).after(forged())),
        ),
        ("UserMemory::relationships_among", attack!(|mallory, client| mallory.relationships_among(&[ALICES[0], ALICES[1], MALLORYS], 10))),
        ("UserMemory::neighbors", attack!(|mallory, client| mallory.neighbors(ALICES[0]).depth(3))),
        ("UserMemory::path", attack!(|mallory, client| mallory.path(ALICES[0], ALICES[1]))),
        ("UserMemory::path", attack!(|mallory, client| mallory.path(MALLORYS, ALICES[1]))),
        ("UserMemory::stats", attack!(|mallory, client| mallory.stats())),
        ("UserMemory::changes", attack!(|mallory, client| mallory.changes(0))),
        ("UserMemory::changes", attack!(|mallory, client| mallory.changes(2))),
        ("UserMemory::watch", attack!(|mallory, client| timeout(Duration::from_secs(1), mallory.watch(0).take(1).collect::<Vec<_>>()))),
        ("UserMemory::context_breakdown", attack!(|mallory, client| mallory.context_breakdown())),
        ("UserMemory::activity", attack!(|mallory, client| mallory.activity(Period::Year))),
        ("UserMemory::load", attack!(|mallory, client| mallory.load())),
        (
            "UserMemory::export",
            (|mallory, _| {
                Box::pin(async move {
                    let mut file = Vec::new();
                    let report = mallory.export(&mut file).await;
                    format!("{report:?} {}", String::from_utf8(file).unwrap())
                })
            }) as Attack,
        ),
        ("UserMemory::nearest", attack!(|mallory, client| mallory.nearest([1.0, 0.0]))),
        ("UserMemory::unembedded", attack!(|mallory, client| mallory.unembedded())),
        ("UserMemory::embedding_coverage", attack!(|mallory, client| mallory.embedding_coverage())),
        ("UserMemory::embed", attack!(|mallory, client| mallory.embed(&[(ALICES[0], vec![1.0, 0.0])]))),
        ("UserMemory::touch", attack!(|mallory, client| mallory.touch(&ALICES))),
        ("UserMemory::update", attack!(|mallory, client| mallory.update(ALICES[0]).summary("mine").tags(["mine"]))),
        ("UserMemory::relate", attack!(|mallory, client| mallory.relate(&link(MALLORYS, ALICES[0])))),
        (
            "UserMemory::relate_many",
            attack!(|mallory, client| mallory.relate_many(&[link(ALICES[0], ALICES[1]), link(ALICES[0], ALICES[1])])),
        ),
        ("UserMemory::unrelate", attack!(|mallory, client| mallory.unrelate(ALICES[0], None, ALICES[1]))),
        ("UserMemory::delete", attack!(|mallory, client| mallory.delete(ALICES[0]))),
        ("UserMemory::delete_many", attack!(|mallory, client| mallory.delete_many(&ALICES))),
        ("UserMemory::cleanup", attack!(|mallory, client| mallory.cleanup(Utc::now()).context_type(ContextType::ConversationFact))),
        ("UserTransaction::store", attack_within!(|within| within.store(&NewNode::entity("crm", "2").node_id(Uuid::from_u128(1))))),
        ("UserTransaction::store_many", attack_within!(|within| within.store_many(&alices_nodes()[1..]))),
        ("UserTransaction::relate", attack_within!(|within| within.relate(&link(ALICES[0], MALLORYS)))),
        ("UserTransaction::relate_many", attack_within!(|within| within.relate_many(&[link(ALICES[0], MALLORYS)]))),
        ("UserTransaction::delete", attack_within!(|within| within.delete(ALICES[0]))),
        ("UserTransaction::delete_many", attack_within!(|within| within.delete_many(&ALICES))),
        ("UserTransaction::embed", attack_within!(|within| within.embed(&[(ALICES[1], vec![1.0, 0.0])]))),
        // From here on mallory has nodes of alice's ids and keys.
        ("UserMemory::store", attack!(|mallory, client| mallory.store(&NewNode::entity("crm", "1").node_id(ALICES[0]).created_at(at(2))))),
        (
            "UserMemory::store_many",
            attack!(|mallory, client| mallory.store_many(&[
                NewNode::new(ContextType::ConversationFact, json!({"text": "mine"})).node_id(Uuid::from_u128(2)).created_at(at(2)),
                NewNode::entity("crm", "1").created_at(at(2)),
                NewNode::entity("crm", "1").created_at(at(2)),
            ])),
        ),
        ("UserMemory::get", attack!(|mallory, client| mallory.get(ALICES[0]))),
        ("UserMemory::relate", attack!(|mallory, client| mallory.relate(&link(ALICES[0], ALICES[1])))),
        ("UserMemory::search", attack!(|mallory, client| mallory.search(format!("{SECRET} corp mine")))),
        ("UserMemory::load", attack!(|mallory, client| mallory.load())),
    ]
}

/// What reaches no memory.
const HARMLESS: [(&str, &str); 3] = [
    ("UserMemory::user_id", "says what it was made with"),
    ("UserMemory::isolated", "the same user"),
    ("UserMemory::within", "its operations are here"),
];

#[test]
fn no_operation_is_left_out() {
    let attacked: BTreeSet<String> = attacks().into_iter().map(|(name, _)| name.to_owned()).collect();
    let harmless: BTreeSet<String> = HARMLESS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let all = functions(&["UserMemory", "UserTransaction"]);
    assert!(all.len() > 35 && attacked.is_disjoint(&harmless));
    let known: BTreeSet<_> = attacked.union(&harmless).cloned().collect();
    assert_eq!(all.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "operations that nobody attacks");
    assert_eq!(known.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "attacks on what is not there");
}

/// Every row of a user, the expression of which is the same if nothing changed.
async fn rows_of(client: &Client, user_id: &str) -> BTreeMap<&'static str, String> {
    let mut rows = BTreeMap::new();
    for table in ["nodes", "relationships", "user_metadata", "changes", "lexemes"] {
        let query =
            format!("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM memory.{table} AS t WHERE user_id = $1");
        rows.insert(table, client.query_one(&query, &[&user_id]).await.unwrap().get(0));
    }
    rows
}

/// What differs between two runs by itself: the time, ids made of it, and scores that depend on it.
fn without_time(said: &str) -> String {
    let replaced = |text: &str, pattern: &str, with: &str| Regex::new(pattern).unwrap().replace_all(text, with).into_owned();
    let said = said.replace("2026-01-01T", "then ");
    let said = replaced(&said, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "now");
    let said = replaced(&said, r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "new");
    replaced(&said, r"(\d\.\d{5})\d+", "$1")
}

/// All that mallory hears, and that nothing of alice's has changed.
async fn attacked(layout: Layout, login: &str, isolated: bool, alice_is_there: bool) -> Vec<String> {
    let database = Database::with_layout(layout).await;
    fill(&database.memory, alice_is_there).await;
    let client = database.client().await;
    let login = Login::new(&database, login, "pgmemory_app").await;
    let memory = login.memory().await;
    let plain = memory.user("mallory").unwrap();
    let mallory = if isolated { plain.isolated() } else { plain };
    let (before, shell) = (rows_of(&client, "alice").await, login.shell().await);
    assert_eq!(before["nodes"].contains(SECRET), alice_is_there);
    let mut heard = Vec::new();
    for (name, attack) in attacks() {
        heard.push(format!("{name}: {}", without_time(&attack(&mallory, &shell.client).await)));
        assert_eq!(rows_of(&client, "alice").await, before, "{name}");
    }
    drop((memory, mallory, shell));
    login.remove().await;
    heard
}

async fn nobody_hears_of_another(layout: Layout, login: &str, isolated: bool) {
    let with = attacked(layout, login, isolated, true).await;
    let without = attacked(layout, login, isolated, false).await;
    let differing: Vec<_> = with.iter().zip(&without).filter(|(with, without)| with != without).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

#[tokio::test]
async fn no_operation_tells_of_another_user() {
    nobody_hears_of_another(Layout::of_this_run(), "mallorys_agent", false).await;
}

#[tokio::test]
async fn no_isolated_operation_tells_of_another_user() {
    nobody_hears_of_another(Layout::of_this_run(), "mallorys_isolated_agent", true).await;
}

/// An isolated operation whose statement forgot its user: the server still shows nothing. Without the policy's condition it
/// shows everything, so it is the policy that does it.
#[tokio::test]
async fn every_isolated_operation_is_bound_by_the_policies() {
    let database = Database::new().await;
    fill(&database.memory, true).await;
    let client = database.client().await;
    let login = Login::new(&database, "bound_agent", "pgmemory_app").await;
    let memory = login.memory().await;
    let alice = memory.user("alice").unwrap();
    let shell = login.shell().await;
    // Alice herself, whose rows no policy shows her: what is hers is not there, and cannot be written.
    for table in ["nodes", "relationships", "user_metadata", "changes", "lexemes"] {
        client.batch_execute(&format!("ALTER POLICY {table}_tenant ON memory.{table} USING (false)")).await.unwrap();
    }
    let before = rows_of(&client, "alice").await;
    for (name, attack) in attacks() {
        let said = attack(&alice.isolated(), &shell.client).await;
        assert!(!said.contains(SECRET) || said.starts_with("Err"), "{name}: {said}");
        assert_eq!(rows_of(&client, "alice").await, before, "{name}");
    }
    assert!(format!("{:?}", alice.load().await.unwrap()).contains(SECRET), "plain, the policy of the service holds");
    drop((memory, alice, shell));
    login.remove().await;
}
