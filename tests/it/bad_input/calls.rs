//! Every public function with every argument that can be wrong.

use std::{collections::BTreeSet, io::Cursor as File, time::Duration};

use chrono::{DateTime, TimeZone, Utc};
use futures::TryStreamExt;
use pgmemory::{
    Comparison, ContextType, ErrorKind, Filter, NewNode, NewRelationship, Period, RelationshipType, SqliteFile, UserMemory, Weights,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{refusals::Refusals, signatures::arguments};
use crate::support::Database;

/// The arguments that cannot be wrong, and why.
const HARMLESS: &[(&str, &str)] = &[
    ("any id may be asked for; what is not there is none", "UserMemory::get(node_id) UserMemory::get_many(node_ids)"),
    ("the same of changes", "UserMemory::touch(node_ids) UserMemory::update(node_id) UserMemory::delete(node_id)"),
    ("the same of changes", "UserMemory::delete_many(node_ids) UserTransaction::delete(node_id) UserTransaction::delete_many(node_ids)"),
    ("the same of relationships", "UserMemory::unrelate(from) UserMemory::unrelate(to) UserMemory::relationships(node_id)"),
    ("the same of walks", "UserMemory::relationships_among(node_ids) UserMemory::neighbors(node_id) UserMemory::path(from)"),
    ("the same of walks", "UserMemory::path(to)"),
    ("an enum has no wrong value", "UserMemory::unrelate(relationship_type) UserMemory::activity(period)"),
    ("an enum has no wrong value", "List::context_type(context_type) Filter::context_type(context_type) NewNode::new(context_type)"),
    ("an enum has no wrong value", "Cleanup::context_type(context_type) NewNode::context_type(context_type) List::compare(comparison)"),
    ("an enum has no wrong value", "Relationships::direction(direction) Neighbors::direction(direction) Path::direction(direction)"),
    ("an enum has no wrong value", "Relationships::of_type(relationship_type) Neighbors::of_type(relationship_type)"),
    ("an enum has no wrong value", "Path::of_type(relationship_type) NewRelationship::new(relationship_type)"),
    ("a bound in time that nothing can reach is as good as the last that can", "List::since(time) List::before(time)"),
    ("the same of time", "Filter::since(time) Filter::before(time)"),
    ("any id may be asked for; what is not there is like nothing", "UserMemory::similar(node_id)"),
    ("a budget too small for anything leaves nothing", "Recall::tokens(tokens)"),
    ("its own functions are here", "Search::filter(filter) Recall::filter(filter)"),
    ("an enum has no wrong value", "Filter::compare(comparison) Explain::mode(mode)"),
    ("the same of time", "Activity::since(time) Activity::before(time) Cleanup::keep_accessed_since(time) Sweep::changes_before(time)"),
    ("the same of time", "Sweep::journals_before(time)"),
    ("the same of time", "UserMemory::cleanup(created_before) Memory::recent_activity(since)"),
    ("text becomes a cursor only where it is one", "List::after(cursor) Relationships::after(cursor)"),
    ("any id may be given; a taken one is a conflict", "NewNode::node_id(node_id)"),
    ("yes or no", "Cleanup::dry_run(dry_run) Adopt::dry_run(dry_run) Import::skip_invalid(skip) Reindex::dry_run(dry_run)"),
    ("yes or no", "SqliteFile::skip_other_threads(skip)"),
    ("its own functions are here", "Memory::import_sqlite(file)"),
    ("code of the caller", "Import::on_progress(observer) Import::cancel_on(signal) UserMemory::within(transaction)"),
    ("code of the caller", "Reindex::on_progress(observer)"),
    ("code of the caller; a failing one is in the tests of export", "UserMemory::export(out)"),
    ("its texts are checked before: the tests of settings and connections", "Memory::connect(config) Memory::connect_lazy(config)"),
    ("a file that cannot be had is in the tests of sessions", "OpenSession::file(path)"),
    ("any number of nodes will do", "OpenSession::most_recent(nodes) OpenSession::most_relevant(nodes) OpenSession::most_nodes(nodes)"),
    (
        "any time will do",
        "OpenSession::patience(patience) OpenSession::promptness(promptness) Session::note(lasts) Session::close(patience)",
    ),
    ("any time will do", "Session::flush(patience) Session::wait_durable(patience) Session::clean(idle)"),
    ("any id may be asked for; what is not there is none", "Session::get(node_id) Session::forget(node_id)"),
    ("the same of relationships", "Session::relationships(node_id) Session::neighbors(node_id)"),
    ("what remember returned", "Session::wait_durable(remembered)"),
];

fn fact() -> NewNode {
    NewNode::new(ContextType::ConversationFact, json!({"text": "x"}))
}

fn content(content: Value) -> NewNode {
    NewNode::new(ContextType::ToolOutput, content)
}

fn nested(depth: usize) -> Value {
    (1..depth).fold(json!({}), |inner, _| json!({"a": inner}))
}

/// Nodes that cannot be stored: the argument that says so, the field, the node.
fn bad_nodes() -> Vec<(&'static str, &'static str, NewNode)> {
    let entity = |key: &str, value: Value| {
        let mut node = NewNode::entity("crm", "1");
        node.content[key] = value;
        node
    };
    let long = || "x".repeat(513);
    let mut nodes = vec![
        ("NewNode::new(content)", "content.entity_id", content(json!({"entity_system": "crm", "entity_id": 1}))),
        ("NewNode::new(content)", "content.entity_system", content(json!({"entity_id": "1"}))),
        ("NewNode::new(content)", "content.entity_id", content(json!({"entity_system": "crm"}))),
        ("NewNode::new(content)", "content.update_count", entity("update_count", json!("many"))),
        ("NewNode::new(content)", "content.entity_name", entity("entity_name", json!(7))),
        ("NewNode::data(data)", "content.entity_data", NewNode::entity("crm", "1").data(json!("text"))),
        ("NewNode::data(data)", "content", NewNode::entity("crm", "1").data(json!({"a": "\0"}))),
        ("NewNode::name(name)", "content", NewNode::entity("crm", "1").name("a\0")),
        ("NewNode::entity_type(entity_type)", "content", NewNode::entity("crm", "1").entity_type("\0")),
        ("NewNode::summary(summary)", "summary", fact().summary("a\0")),
        ("NewNode::summary(summary)", "summary", fact().summary("x".repeat(65_537))),
        ("NewNode::tags(tags)", "tags", fact().tags(["a\0"])),
        ("NewNode::tags(tags)", "tags", fact().tags([long()])),
        ("NewNode::tags(tags)", "tags", fact().tags((0..1_001).map(|n| n.to_string()))),
    ];
    for bad in [json!([1]), json!(1), json!(null), json!("{}"), nested(101), json!({"a": "x".repeat(1 << 20)}), json!({"a": [{"\0": 1}]})] {
        nodes.push(("NewNode::new(content)", "content", content(bad.clone())));
        nodes.push(("NewNode::metadata(metadata)", "metadata", fact().metadata(bad)));
    }
    for bad in [String::new(), long(), "é".repeat(257), "a\0".to_owned()] {
        // The content is checked as JSON first, where a NUL has no place.
        let field = |field| if bad.contains('\0') { "content" } else { field };
        nodes.push(("NewNode::entity(entity_system)", field("content.entity_system"), NewNode::entity(&bad, "1")));
        nodes.push(("NewNode::entity(entity_id)", field("content.entity_id"), NewNode::entity("crm", &bad)));
    }
    for bad in BAD_SHARES {
        nodes.push(("NewNode::relevance(relevance)", "base_relevance", fact().relevance(bad)));
    }
    for bad in bad_times() {
        nodes.push(("NewNode::created_at(created_at)", "created_at", fact().created_at(bad)));
        nodes.push(("NewNode::expires_at(expires_at)", "expires_at", fact().expires_at(bad)));
    }
    nodes
}

const BAD_SHARES: [f32; 5] = [f32::NAN, f32::INFINITY, -0.1, 1.000_001, f32::MIN];
const BAD_LIMITS: [usize; 3] = [0, 1_001, usize::MAX];

fn bad_times() -> [DateTime<Utc>; 4] {
    let start = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap();
    [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, start(0), start(10_000)]
}

#[tokio::test]
async fn every_function_refuses_what_it_cannot_take() {
    let database = Database::new().await;
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let known = alice.store_many(&[NewNode::entity("crm", "a"), NewNode::entity("crm", "b")]).await.unwrap();
    let foreign = bob.store(&fact()).await.unwrap().node_id;
    let ends = [known[0].node_id, known[1].node_id];
    let mut refusals = Refusals::new(&database).await;

    for (argument, field, node) in bad_nodes() {
        refusals.node(argument, field, node).await;
    }
    relationships(&mut refusals, ends, foreign).await;
    users(&database, &mut refusals).await;
    updates(&mut refusals, &alice, ends[0]).await;
    reads(&database, &mut refusals, &alice, ends[0]).await;
    imports(&database, &mut refusals).await;
    sqlite_files(&database, &mut refusals).await;
    embeddings(&database, &mut refusals, &alice, ends[0]).await;
    sessions(&database, &mut refusals, ends).await;

    let called = refusals.nothing_was_stored().await;
    let harmless: Vec<&str> = HARMLESS.iter().flat_map(|(_, arguments)| arguments.split(' ')).collect();
    let mut known: BTreeSet<String> = harmless.iter().map(ToString::to_string).collect();
    assert_eq!(known.len(), harmless.len(), "one is there twice");
    assert!(known.is_disjoint(&called));
    known.extend(called);
    let all = arguments();
    assert_eq!(all.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "arguments without a test");
    assert_eq!(known.difference(&all).collect::<Vec<_>>(), Vec::<&String>::new(), "tests without an argument");
}

async fn relationships(refusals: &mut Refusals<'_>, [from, to]: [Uuid; 2], foreign: Uuid) {
    use RelationshipType::LedTo;

    let good = NewRelationship::new(from, LedTo, to);
    let invalid = ErrorKind::InvalidInput;
    for bad in BAD_SHARES {
        let bad = good.clone().strength(bad);
        refusals.relationship("NewRelationship::strength(strength)", invalid, Some("strength"), &good, bad).await;
    }
    for bad in bad_times() {
        let bad = good.clone().created_at(bad);
        refusals.relationship("NewRelationship::created_at(created_at)", invalid, Some("created_at"), &good, bad).await;
    }
    for bad in [json!(1), nested(101), json!({"a": "\0"})] {
        let bad = good.clone().metadata(bad);
        refusals.relationship("NewRelationship::metadata(metadata)", invalid, Some("metadata"), &good, bad).await;
    }
    for nowhere in [Uuid::nil(), Uuid::max(), foreign] {
        let bad = NewRelationship::new(nowhere, LedTo, to);
        refusals.relationship("NewRelationship::new(from)", ErrorKind::NotFound, None, &good, bad).await;
        let bad = NewRelationship::new(from, LedTo, nowhere);
        refusals.relationship("NewRelationship::new(to)", ErrorKind::NotFound, None, &good, bad).await;
    }
}

async fn users(database: &Database, refusals: &mut Refusals<'_>) {
    for bad in ["", "a\0b", "\0", &"x".repeat(257), &"é".repeat(129)] {
        refusals.invalid("Memory::user(user_id)", "user_id", async { database.memory.user(bad) }).await;
        refusals.invalid("Memory::delete_user(user_id)", "user_id", database.memory.delete_user(bad)).await;
    }
    for bad in ["", "klingon", "\0"] {
        let reindex = database.memory.reindex().configuration(bad);
        refusals.invalid("Reindex::configuration(configuration)", "configuration", reindex).await;
    }
}

/// What a session is told is checked before it is written anywhere.
async fn sessions(database: &Database, refusals: &mut Refusals<'_>, ends: [Uuid; 2]) {
    let memory = &database.memory;
    for bad in ["", "a\0", &"x".repeat(257)] {
        refusals.invalid("Memory::session(user_id)", "user_id", memory.session(bad, "t").in_memory()).await;
        refusals.invalid("Memory::session(thread)", "thread", memory.session("alice", bad).in_memory()).await;
    }
    for bad in ["", "a\0", &"x".repeat(513)] {
        let open = memory.session("alice", "t").in_memory().entities([(bad, "a")]);
        refusals.invalid("OpenSession::entities(keys)", "entity_system", open).await;
    }
    let session = memory.session("alice", "t").in_memory().await.unwrap();
    for (_, field, node) in bad_nodes() {
        refusals.invalid("Session::remember(node)", field, session.remember(&node)).await;
        refusals.invalid("Session::remember_many(batch)", field, session.remember_many(&[fact(), node.clone()])).await;
        refusals.invalid("Session::note(node)", field, session.note(&node, Duration::from_mins(1))).await;
    }
    let [from, to] = ends;
    for bad in BAD_SHARES {
        let bad = NewRelationship::new(from, RelationshipType::LedTo, to).strength(bad);
        refusals.invalid("Session::relate(relationship)", "strength", session.relate(&bad)).await;
    }
    let nowhere = NewRelationship::new(from, RelationshipType::LedTo, Uuid::nil());
    refusals.missing("Session::relate(relationship)", session.relate(&nowhere)).await;
    refusals.invalid("Session::search(query)", "query", session.search("a\0")).await;
    for bad in ["", "a\0", &"x".repeat(513)] {
        refusals.invalid("Session::get_entity(entity_system)", "entity_system", session.get_entity(bad, "a")).await;
        refusals.invalid("Session::get_entity(entity_id)", "entity_id", session.get_entity("crm", bad)).await;
    }
    refusals.missing("Session::retry_dead_letter(number)", session.retry_dead_letter(1)).await;
    refusals.missing("Session::drop_dead_letter(number)", session.drop_dead_letter(1)).await;
    let status = session.status().await.unwrap();
    assert_eq!((status.nodes, status.notes, status.journaled), (2, 0, 0));
}

async fn updates(refusals: &mut Refusals<'_>, alice: &UserMemory, id: Uuid) {
    for bad in ["a\0".to_owned(), "x".repeat(65_537)] {
        refusals.invalid("Update::summary(summary)", "summary", alice.update(id).summary(bad)).await;
    }
    for bad in [vec!["\0".to_owned()], vec!["x".repeat(513)], vec!["x".to_owned(); 1_001]] {
        refusals.invalid("Update::tags(tags)", "tags", alice.update(id).tags(bad)).await;
    }
    for bad in BAD_SHARES {
        refusals.invalid("Update::relevance(relevance)", "base_relevance", alice.update(id).relevance(bad)).await;
        refusals.invalid("Cleanup::keep_relevance(relevance)", "keep_relevance", alice.cleanup(Utc::now()).keep_relevance(bad)).await;
    }
    for bad in [json!([]), nested(101), json!({"a": "x".repeat(1 << 20)}), json!({"\0": 1})] {
        refusals.invalid("Update::metadata(metadata)", "metadata", alice.update(id).summary("good").metadata(bad)).await;
    }
    for bad in bad_times() {
        refusals.invalid("Update::expires_at(expires_at)", "expires_at", alice.update(id).summary("good").expires_at(bad)).await;
    }
}

/// What no weight may be, by its field.
fn bad_weights() -> Vec<(&'static str, Weights)> {
    let with = |change: fn(&mut Weights)| {
        let mut weights = Weights::recall();
        change(&mut weights);
        weights
    };
    vec![
        ("weights.fields", with(|weights| weights.fields[3] = f32::NAN)),
        ("weights.forward", with(|weights| weights.forward = 1.1)),
        ("weights.backward", with(|weights| weights.backward = -0.1)),
        ("weights.fuzzy", with(|weights| weights.fuzzy = f64::INFINITY)),
        ("weights.feedback", with(|weights| weights.feedback = f64::NAN)),
        ("weights.recency", with(|weights| weights.recency = -1.0)),
        ("weights.relevance", with(|weights| weights.relevance = 101.0)),
        ("weights.accesses", with(|weights| weights.accesses = f64::NAN)),
        ("weights.hops", with(|weights| weights.hops = 3)),
        ("weights.candidates", with(|weights| weights.candidates = 0)),
    ]
}

async fn reads(database: &Database, refusals: &mut Refusals<'_>, alice: &UserMemory, id: Uuid) {
    let memory = &database.memory;
    for bad in [-1, i64::MIN] {
        refusals.invalid("UserMemory::changes(since)", "since", alice.changes(bad)).await;
        refusals.invalid("UserMemory::watch(since)", "since", Box::pin(alice.watch(bad)).try_next()).await;
    }
    for bad in ["", "nodes::gone", "nodes", "a\0", "stats::refresh"] {
        refusals.invalid("Memory::explain(query)", "query", memory.explain(bad)).await;
        refusals.invalid("CheckPlans::query(query)", "query", memory.check_plans().query(bad)).await;
    }
    for bad in ["", "a\0", &"x".repeat(257)] {
        refusals.invalid("Explain::user(user_id)", "user_id", memory.explain("nodes::get").user(bad)).await;
        refusals.invalid("CheckPlans::user(user_id)", "user_id", memory.check_plans().user(bad)).await;
    }
    for bad in ["", "{}", "null", r#"{"queries": [], "objects": 1}"#] {
        refusals.invalid("Memory::verify_version(contract)", "contract", memory.verify_version(bad)).await;
    }
    for bad in BAD_LIMITS {
        refusals.invalid("List::limit(limit)", "limit", alice.list().limit(bad)).await;
        refusals.invalid("Search::limit(limit)", "limit", alice.search("x").limit(bad)).await;
        refusals.invalid("Recall::limit(limit)", "limit", alice.recall("x").limit(bad)).await;
        refusals.invalid("UserMemory::complete(limit)", "limit", alice.complete("x", bad)).await;
        refusals.invalid("Relationships::limit(limit)", "limit", alice.relationships(id).limit(bad)).await;
        refusals.invalid("Neighbors::limit(limit)", "limit", alice.neighbors(id).limit(bad)).await;
        refusals.invalid("Memory::user_distribution(limit)", "limit", memory.user_distribution(bad)).await;
        refusals.invalid("Memory::recent_activity(limit)", "limit", memory.recent_activity(Utc::now(), bad)).await;
        refusals.invalid("Memory::slow_statements(limit)", "limit", memory.slow_statements(bad)).await;
        refusals.invalid("Changes::limit(limit)", "limit", alice.changes(0).limit(bad)).await;
    }
    for bad in [0, 10_002, usize::MAX] {
        refusals.invalid("UserMemory::relationships_among(limit)", "limit", alice.relationships_among(&[id], bad)).await;
    }
    for bad in [0, -1, 11, i32::MAX] {
        refusals.invalid("Neighbors::depth(depth)", "depth", alice.neighbors(id).depth(bad)).await;
        refusals.invalid("Path::depth(depth)", "depth", alice.path(id, id).depth(bad)).await;
    }
    for bad in ["", "a\0", &"x".repeat(513)] {
        refusals.invalid("UserMemory::get_entity(entity_system)", "entity_system", alice.get_entity(bad, "a")).await;
        refusals.invalid("UserMemory::get_entity(entity_id)", "entity_id", alice.get_entity("crm", bad)).await;
    }
    for bad in ["a\0b".to_owned(), "x".repeat(1 << 20)] {
        refusals.invalid("UserMemory::search(query)", "query", alice.search(&bad)).await;
        refusals.invalid("UserMemory::recall(question)", "query", alice.recall(&bad)).await;
        refusals.invalid("UserMemory::complete(prefix)", "prefix", alice.complete(&bad, 1)).await;
    }
    for (field, bad) in bad_weights() {
        refusals.invalid("Search::weights(weights)", field, alice.search("x").weights(bad)).await;
        refusals.invalid("Recall::weights(weights)", field, alice.recall("x").weights(bad)).await;
    }
    let filtered = |filter: Filter| alice.search("x").filter(filter);
    refusals.invalid("Filter::tag(tag)", "tags", filtered(Filter::new().tag("\0"))).await;
    refusals.invalid("Filter::any_tag(tag)", "tags", filtered(Filter::new().any_tag("\0"))).await;
    refusals.invalid("Filter::entity_type(entity_type)", "entity_type", filtered(Filter::new().entity_type("\0"))).await;
    refusals.invalid("Filter::entity_system(entity_system)", "entity_system", filtered(Filter::new().entity_system("\0"))).await;
    refusals.invalid("Filter::containing(content)", "containing", filtered(Filter::new().containing(json!([])))).await;
    refusals.invalid("Filter::compare(path)", "path", filtered(Filter::new().compare(["a\0"], Comparison::Equal, 1))).await;
    refusals.invalid("Filter::compare(operand)", "operand", filtered(Filter::new().compare(["a"], Comparison::Equal, "\0"))).await;
    refusals.invalid("List::tag(tag)", "tags", alice.list().tag("\0")).await;
    refusals.invalid("List::tag(tag)", "tags", alice.list().tag("x".repeat(513))).await;
    refusals.invalid("List::entity_type(entity_type)", "entity_type", alice.list().entity_type("\0")).await;
    for bad in [json!([]), json!("text"), nested(101), json!({"a": "\0"})] {
        refusals.invalid("List::containing(content)", "containing", alice.list().containing(bad)).await;
    }
    refusals.invalid("List::compare(path)", "path", alice.list().compare(["a\0"], Comparison::Equal, 1)).await;
    for bad in [json!("\0"), nested(101)] {
        refusals.invalid("List::compare(operand)", "operand", alice.list().compare(["a"], Comparison::Less, bad)).await;
    }
    for bad in ["", "Mars/Olympus", "UTC\0", "'; --", &"x".repeat(101)] {
        refusals.invalid("Activity::time_zone(time_zone)", "time_zone", alice.activity(Period::Day).time_zone(bad)).await;
    }
}

/// What pgmemory refuses itself, whether semantic search is enabled or not; the server's part is in `semantic`.
async fn embeddings(database: &Database, refusals: &mut Refusals<'_>, alice: &UserMemory, id: Uuid) {
    let memory = &database.memory;
    for bad in ["", "a\0", &"x".repeat(257)] {
        refusals.invalid("Memory::enable_semantic(model)", "model", memory.enable_semantic(bad, 4)).await;
    }
    for bad in [0, 2_001, usize::MAX] {
        refusals.invalid("Memory::enable_semantic(dimension)", "dimension", memory.enable_semantic("toy", bad)).await;
    }
    for bad in BAD_LIMITS {
        refusals.invalid("Nearest::limit(limit)", "limit", alice.nearest([1.0]).limit(bad)).await;
        refusals.invalid("Unembedded::limit(limit)", "limit", alice.unembedded().limit(bad)).await;
    }
    let client = database.client().await;
    for bad in [vec![], vec![f32::NAN], vec![1.0, f32::INFINITY], vec![0.0; 4], vec![1.0; 2_001]] {
        refusals.invalid("UserMemory::nearest(embedding)", "embedding", alice.nearest(bad.clone())).await;
        refusals.invalid("Search::embedding(embedding)", "embedding", alice.search("x").embedding(bad.clone())).await;
        refusals.invalid("Recall::embedding(embedding)", "embedding", alice.recall("x").embedding(bad.clone())).await;
        let batch = [(id, bad)];
        refusals.invalid("UserMemory::embed(embeddings)", "embedding", alice.embed(&batch)).await;
        refusals.invalid("UserTransaction::embed(embeddings)", "embedding", alice.within(&client).embed(&batch)).await;
    }
    for (field, line) in [
        ("node_id", r#"{"user_id":"alice","entity_id":"a","embedding":[1]}"#),
        ("node_id", r#"{"user_id":"alice","node_id":"7","embedding":[1]}"#),
        ("embedding", r#"{"user_id":"alice","entity_system":"crm","entity_id":"a","embedding":[0]}"#),
        ("user_id", r#"{"user_id":"","entity_system":"crm","entity_id":"a","embedding":[1]}"#),
        ("vector", r#"{"user_id":"alice","entity_system":"crm","entity_id":"a","vector":[1]}"#),
    ] {
        refusals.invalid("Memory::import_embeddings(lines)", field, memory.import_embeddings(File::new(line))).await;
    }
}

/// The files themselves are in the tests of SQLite.
async fn sqlite_files(database: &Database, refusals: &mut Refusals<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    let row = "INSERT INTO memory_nodes (node_id, thread_id, content, context_type, created_at) VALUES ('a', 't', '{}', 'tool_output', 0)";
    crate::sqlite::legacy(&path, row);
    let file = || SqliteFile::new(&path);
    let import = |file: SqliteFile| database.memory.import_sqlite(file);
    for bad in ["", "a\0", &"x".repeat(257)] {
        refusals.invalid("SqliteFile::user(user_id)", "user_id", import(file().user(bad))).await;
        refusals.invalid("SqliteFile::thread_user(user_id)", "user_id", import(file().thread_user("t", bad))).await;
    }
    refusals.invalid("SqliteFile::thread_user(thread)", "threads", import(file().thread_user("gone", "alice").user("alice"))).await;
    for bad in [folder.path().join("gone"), folder.path().to_owned(), "a\0".into()] {
        refusals.invalid("SqliteFile::new(path)", "file", import(SqliteFile::new(bad).user("alice"))).await;
    }
}

/// Each line after a good one, with the field that the error names.
async fn imports(database: &Database, refusals: &mut Refusals<'_>) {
    let node = |more: &str| format!(r#"{{"kind":"node","user_id":"alice","context_type":"tool_output","content":{{"a":1}}{more}}}"#);
    let content = |content: &str| format!(r#"{{"kind":"node","user_id":"alice","context_type":"tool_output","content":{content}}}"#);
    let related = |end: &str, more: &str| {
        format!(
            r#"{{"kind":"relationship","user_id":"alice","from":{{"entity_system":"crm","entity_id":"a"}},"to":{end},"relationship_type":"led_to"{more}}}"#
        )
    };
    let b = r#"{"entity_system":"crm","entity_id":"b"}"#;
    let deep = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let long = "x".repeat(257);
    let cases = [
        ("kind", r#"{"kind":"#.to_owned()),
        ("content", content(r#"{"a":"\ud800"}"#)),
        ("content", content(r#"{"\udc00\ud800":1}"#)),
        ("content", content(r#"{"a":1e400}"#)),
        ("content", content(r#"{"a":NaN}"#)),
        ("content", content(&deep(500))),
        ("content", content(&deep(101))),
        ("content", content(r#"{"a":"\u0000"}"#)),
        ("content", content("[]")),
        ("content.entity_system", content(r#"{"entity_id":"1"}"#)),
        ("kind", r#"{"kind":"memo","user_id":"alice"}"#.to_owned()),
        ("user_id", r#"{"kind":"node","user_id":7}"#.to_owned()),
        ("user_id", node("").replace("alice", "")),
        ("user_id", node("").replace("alice", &long)),
        ("user_id", node("").replace("alice", "a\\u0000")),
        ("context_type", node("").replace("tool_output", "gossip")),
        ("base_relevance", node(r#","base_relevance":"high""#)),
        ("base_relevance", node(r#","base_relevance":1.5"#)),
        ("access_count", node(r#","access_count":-1"#)),
        ("access_count", node(r#","access_count":2147483648"#)),
        ("created_at", node(r#","created_at":"yesterday""#)),
        ("tags", node(r#","tags":[1]"#)),
        ("metadata", node(r#","metadata":[]"#)),
        ("node_id", node(r#","node_id":"7""#)),
        ("sumary", node(r#","sumary":"x""#)),
        ("to", related("7", "")),
        ("strength", related(b, r#","strength":"strong""#)),
        ("strength", related(b, r#","strength":-1"#)),
        ("metadata", related(b, r#","metadata":{"a":"\u0000"}"#)),
        ("relationship_type", related(b, "").replace("led_to", "likes")),
    ];
    for (field, line) in cases {
        let file = File::new(format!("{}\n\n{line}\n", node("")));
        let error = database.memory.import(file).await.unwrap_err();
        assert!(error.to_string().starts_with("line 3: "), "{line:.200}: {error}");
        refusals.invalid("Memory::import(lines)", field, async { Err::<(), _>(error) }).await;
    }
    for end in [r#"{"entity_system":"crm","entity_id":"404"}"#, r#"{"node_id":"00000000-0000-0000-0000-000000000000"}"#] {
        refusals.missing("Memory::import(lines)", database.memory.import(File::new(related(end, "")))).await;
    }
}
