//! Memories between SQLite files and PostgreSQL.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use pgmemory::{ErrorKind, ImportReport, Memory, NewNode, NewRelationship, RelationshipType, SqliteFile, UserMemory};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{export::comparable, support::Database};

/// What the Python system lets happen; each row says what is odd about it.
pub(crate) const DATA: &str = include_str!("sqlite/legacy_data.sql");

/// A file of the Python system.
pub(crate) fn legacy(path: &Path, data: &str) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(include_str!("../../schema/sqlite/legacy.sql")).unwrap();
    connection.execute_batch(data).unwrap();
    connection
}

fn file_of(data: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    legacy(&path, data);
    (folder, path)
}

/// The users of the threads in the data.
fn asked(path: &Path) -> SqliteFile {
    SqliteFile::new(path).thread_user("t-bob", "bob").user("alice")
}

async fn entity(user: &UserMemory, system: &str, id: &str) -> pgmemory::Node {
    user.get_entity(system, id).await.unwrap().unwrap_or_else(|| panic!("{system}/{id}"))
}

fn repaired(report: &ImportReport) -> Vec<(&str, u64)> {
    let mut repairs: Vec<_> = report.repairs.iter().map(|repaired| (&*repaired.repair, repaired.lines)).collect();
    repairs.sort_unstable();
    repairs
}

#[tokio::test]
async fn a_file_of_the_python_system_is_imported_and_put_right() {
    let database = Database::new().await;
    let (_folder, path) = file_of(DATA);
    let report = database.memory.import_sqlite(asked(&path)).await.unwrap();
    let alice = database.user("alice");

    // Several threads, one entity: merged as stored one by one, the oldest first.
    let acme = entity(&alice, "salesforce", "001").await;
    assert_eq!(acme.node_id.to_string(), "00000000-0000-4000-8000-000000000001");
    assert_eq!(acme.content["entity_data"], json!({"industry": "Technology", "state": {"by": "jane", "name": "won"}}));
    assert_eq!((acme.content["update_count"].clone(), acme.tags), (json!(3), vec!["customer".to_owned(), "won".to_owned()]));
    assert_eq!((acme.created_at.to_rfc3339(), acme.access_count), ("2024-01-01T08:00:00+00:00".to_owned(), 7));
    assert_eq!((acme.summary.as_deref(), acme.base_relevance), (Some("Won"), Some(1.0)));
    // The same entity of another user stays theirs.
    let theirs = entity(&database.user("bob"), "salesforce", "001").await;
    assert_eq!(theirs.content["entity_data"], json!({"secret": true}));
    assert_eq!(theirs.node_id, derived("bob", "bobs-acme"));

    let ticket = entity(&alice, "unknown", "T-1").await;
    assert_eq!(ticket.content["entity_type"], "Ticket");
    let row = entity(&alice, "db", "42").await;
    assert_eq!((row.entity_type.as_deref(), row.entity_name.as_deref(), row.content.get("entity_data")), (Some("Row"), Some("4711"), None));
    assert_eq!((row.tags, row.access_count), (vec!["a".to_owned(), "1".to_owned(), "b".to_owned()], 0));
    let fact = alice.get(derived("alice", "fact-1")).await.unwrap().unwrap();
    assert_eq!((fact.content, fact.metadata), (json!({"text": "Acme renews in March"}), json!({"k": 1})));
    assert_eq!((fact.created_at.to_rfc3339(), fact.last_accessed), ("2024-01-15T10:30:00.500+00:00".to_owned(), fact.created_at));
    let result = alice.get(derived("alice", "result-1")).await.unwrap().unwrap();
    assert_eq!((result.content, result.metadata), (json!({"rows": 3}), json!({"entity_system": "salesforce"})));
    assert_eq!((result.base_relevance, result.created_at.to_rfc3339()), (Some(0.0), "2024-01-02T07:30:00+00:00".to_owned()));

    let links = alice.relationships(acme.node_id).await.unwrap().items;
    let links: Vec<_> =
        links.iter().map(|link| (link.from_node_id, link.relationship_type.as_str(), link.to_node_id, link.strength)).collect();
    // The node of another thread is the one that it was merged into.
    assert_eq!(links, [(fact.node_id, "contradicts", acme.node_id, 1.0), (ticket.node_id, "relates_to", acme.node_id, 0.5)]);

    assert_eq!((report.lines, report.nodes_inserted, report.nodes_merged, report.relationships_inserted), (12, 6, 1, 2));
    let rejections: Vec<_> = report.rejections.iter().map(|rejected| (rejected.line, &*rejected.reason)).collect();
    assert_eq!(
        rejections,
        [
            (10, "relationship ticket-1 led_to bobs-acme: the nodes at its ends are two users'"),
            (11, "relationship bobs-acme relates_to 00000000-0000-4000-8000-000000000001: the nodes at its ends are two users'"),
            (12, "relationship ticket-1 relates_to gone: a node at one end is not there"),
        ]
    );
    assert_eq!(
        repaired(&report),
        [
            ("access_count: was NULL, is 0", 1),
            ("base_relevance: brought between 0 and 1", 2),
            ("content: entity_id or entity_system written into it, as text", 2),
            ("content: entity_type written into it", 1),
            ("content: was encoded twice, decoded", 1),
            ("entity_data: was null, is absent", 1),
            ("entity_id or entity_system: was empty, is absent", 2),
            ("entity_system: there is no entity_id, moved to the metadata", 1),
            ("entity_system: was absent beside an entity_id, is unknown", 1),
            ("entity_type or entity_name: was a number, is text", 1),
            ("entity_type: the content's is kept, the column had another", 1),
            ("last_accessed: was NULL, is created_at", 1),
            ("metadata: was encoded twice, decoded", 1),
            ("metadata: was null, is empty", 2),
            ("strength: brought between 0 and 1; 1 where it was no number", 1),
            ("tags: was NULL, nested or had others than texts, is a list of texts", 2),
            ("update_count: was no whole number, is one or 0", 1),
        ]
    );
}

/// As the line of a file whose node has no id.
fn derived(user_id: &str, name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_OID, user_id.as_bytes()), name.as_bytes())
}

/// What differs is what an entity says of its stores.
#[tokio::test]
async fn importing_the_file_again_adds_nothing() {
    let database = Database::new().await;
    let (_folder, path) = file_of(DATA);
    let timeless = |(mut nodes, relationships): (std::collections::BTreeMap<String, Value>, _)| {
        for node in nodes.values_mut() {
            let content = node["content"].as_object_mut().unwrap();
            content.remove("update_count");
            content.remove("last_updated");
        }
        (nodes, relationships)
    };
    database.memory.import_sqlite(asked(&path)).await.unwrap();
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let before = (timeless(comparable(&alice).await), timeless(comparable(&bob).await));
    let again = database.memory.import_sqlite(asked(&path)).await.unwrap();
    assert_eq!((again.nodes_inserted, again.nodes_merged, again.nodes_present), (0, 5, 2), "{again:?}");
    assert_eq!((again.relationships_inserted, again.relationships_merged), (0, 2));
    assert_eq!((timeless(comparable(&alice).await), timeless(comparable(&bob).await)), before);
    assert_eq!(entity(&alice, "salesforce", "001").await.content["update_count"], 5, "two nodes of it, stored twice");
}

/// As the same rows of PostgreSQL are taken over.
#[tokio::test]
async fn rows_become_what_adopting_them_makes_of_them() {
    let (adopted, client) = crate::adopt::python().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    let file = legacy(&path, "");
    let nodes = "SELECT node_id::text, user_id, content::text, context_type, summary, created_at::text, last_accessed::text, access_count,
        base_relevance, to_json(tags)::text, metadata::text, entity_id, entity_type, entity_system FROM memory.nodes";
    for row in client.query(nodes, &[]).await.unwrap() {
        let text = |place: usize| row.get::<_, Option<String>>(place);
        let insert =
            "INSERT INTO memory_nodes (node_id, thread_id, content, context_type, summary, created_at, last_accessed, access_count,
            base_relevance, tags, metadata, entity_id, entity_type, entity_system) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let numbers = (row.get::<_, Option<i32>>(7), row.get::<_, Option<f32>>(8));
        let params: (_, _, _, _, _, _, _, _, _, _, _, _, _, _) = (
            text(0),
            text(1),
            text(2),
            text(3),
            text(4),
            text(5),
            text(6),
            numbers.0,
            numbers.1,
            text(9),
            text(10),
            text(11),
            text(12),
            text(13),
        );
        file.execute(insert, params).unwrap();
    }
    // Whose a relationship is, the nodes at its ends say.
    let relationships = "SELECT from_node_id::text, to_node_id::text, relationship_type, strength, created_at::text, metadata::text
        FROM memory.relationships AS r
        WHERE user_id = (SELECT user_id FROM memory.nodes WHERE node_id = r.from_node_id)";
    for row in client.query(relationships, &[]).await.unwrap() {
        let text = |place: usize| row.get::<_, Option<String>>(place);
        let insert = "INSERT INTO memory_relationships VALUES (?, ?, ?, ?, ?, ?)";
        file.execute(insert, (text(0), text(1), text(2), row.get::<_, Option<f32>>(3), text(4), text(5))).unwrap();
    }
    adopted.memory.adopt().await.unwrap();
    let imported = Database::new().await;
    let asked = SqliteFile::new(&path).thread_user("alice", "alice").thread_user("bob", "bob");
    imported.memory.import_sqlite(asked).await.unwrap();
    for user in ["alice", "bob"] {
        let (adopted, imported) = (adopted.user(user), imported.user(user));
        assert_eq!(crate::adopt::comparable(&imported).await, crate::adopt::comparable(&adopted).await, "{user}");
    }
}

async fn refusal(memory: &Memory, file: SqliteFile, field: &str) -> String {
    let error = memory.import_sqlite(file).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)), "{error}");
    error.to_string()
}

#[tokio::test]
async fn threads_without_a_user_are_named_or_passed_over() {
    let database = Database::new().await;
    let memory = &database.memory;
    let (_folder, path) = file_of(DATA);
    let bobs = || SqliteFile::new(&path).thread_user("t-bob", "bob");
    assert_eq!(refusal(memory, bobs(), "threads").await, "threads: no user is given for `t-1`, `t-2`");
    // One that was mistyped would be somebody else's.
    let mistyped = bobs().thread_user("t-l", "carol").user("alice");
    assert_eq!(refusal(memory, mistyped, "threads").await, "threads: the file has no thread `t-l`");
    assert_eq!(refusal(memory, bobs().user(""), "user_id").await, "user_id: must not be empty");
    assert_eq!(memory.totals().await.unwrap().users, 0);

    // A thread without nodes needs no user, and may have one.
    let report = memory.import_sqlite(bobs().thread_user("t-idle", "carol").skip_other_threads(true)).await.unwrap();
    assert_eq!((report.nodes_inserted, report.relationships_inserted, report.rejected), (1, 0, 11));
    assert_eq!(report.rejections[1].reason, "node ticket-1: no user is given for its thread");
    assert_eq!(memory.totals().await.unwrap().users, 1);
}

/// Each beside a good row, of which nothing is kept unless bad ones are passed over.
#[tokio::test]
async fn rows_that_mean_nothing_are_refused_one_by_one() {
    let good = "INSERT INTO memory_nodes (node_id, thread_id, content, context_type, created_at, tags, metadata)
        VALUES ('a', 't', '{\"text\": \"x\"}', 'tool_output', 0, '[]', '{}'), ('b', 't', '{\"text\": \"y\"}', 'tool_output', 1, '[]', '{}');";
    let node = |column: &str, value: &str| {
        let columns = ["context_type", "content", "created_at", "tags", "metadata", "last_accessed", "access_count", "base_relevance"];
        let (others, values): (Vec<_>, Vec<_>) = columns
            .into_iter()
            .zip(["'tool_output'", "'{}'", "2", "'[]'", "'{}'", "2", "1", "1"])
            .filter(|(name, _)| *name != column)
            .unzip();
        format!(
            "INSERT INTO memory_nodes (node_id, thread_id, {column}, {}) VALUES ('bad', 't', {value}, {});",
            others.join(", "),
            values.join(", ")
        )
    };
    let entity = |content: &str, id: &str, system: &str| {
        format!(
            "INSERT INTO memory_nodes (node_id, thread_id, context_type, content, created_at, metadata, entity_id, entity_system)
             VALUES ('bad', 't', 'domain_entity', '{content}', 2, '{{\"entity_system\": 1}}', {id}, {system});"
        )
    };
    let relationship = |relationship_type: &str, created_at: &str| {
        format!("INSERT INTO memory_relationships VALUES ('a', 'b', '{relationship_type}', 1, {created_at}, '{{}}');")
    };
    let cases = [
        (node("context_type", "'gossip'"), 3, "node bad: context_type: `gossip` is none of"),
        (node("content", "NULL"), 3, "node bad: content: must be a JSON object"),
        (node("content", "'[1]'"), 3, "node bad: content: must be a JSON object"),
        (node("content", "'{\"a\": NaN}'"), 3, "node bad: content: is no JSON"),
        (node("content", "'\"{1\"'"), 3, "node bad: content: is no JSON"),
        (node("content", "'{\"a\": \"\\u0000\"}'"), 3, "node bad: content: must not contain a NUL"),
        (node("content", "x'ff'"), 3, "node bad: content: is no UTF-8"),
        (node("content", "'{\"entity_id\": true}'"), 3, "node bad: content.entity_id: must be a string"),
        (node("content", "'{\"entity_id\": \"1\", \"entity_name\": []}'"), 3, "node bad: content.entity_name: must be a string"),
        (node("content", "'{\"entity_id\": \"1\", \"entity_data\": 1}'"), 3, "node bad: content.entity_data: must be a JSON object"),
        (node("created_at", "NULL"), 1, "node bad: created_at: is missing"),
        (node("created_at", "'yesterday'"), 1, "node bad: created_at: is no time: yesterday"),
        (node("created_at", "1e12"), 3, "node bad: created_at: must be in the years 1 to 9999"),
        (node("last_accessed", "'soon'"), 3, "node bad: last_accessed: is no time: soon"),
        (node("access_count", "'many'"), 3, "node bad: access_count: must be a whole number"),
        (node("access_count", "-1"), 3, "node bad: access_count: must not be negative"),
        (node("base_relevance", "'high'"), 3, "node bad: base_relevance: must be a number"),
        (node("tags", "'a, b'"), 3, "node bad: tags: is no JSON"),
        (node("tags", "'[{}]'"), 3, "node bad: tags: must be texts"),
        (node("metadata", "'[]'"), 3, "node bad: metadata: must be a JSON object"),
        (entity("{\"entity_id\": \"1\"}", "'2'", "NULL"), 3, "node bad: entity_id: the column and the content disagree"),
        (entity("{}", "NULL", "'crm'"), 3, "node bad: entity_system: there is no entity_id, and the metadata have an entity_system"),
        (relationship("likes", "1"), 3, "relationship a likes b: relationship_type: `likes` is none of"),
        (relationship("led_to", "NULL"), 3, "relationship a led_to b: created_at: is missing"),
    ];
    let database = Database::new().await;
    for (case, (bad, line, reason)) in cases.into_iter().enumerate() {
        let (_folder, path) = file_of(&format!("{good}{bad}"));
        let user_id = format!("user {case}");
        let asked = SqliteFile::new(&path).thread_user("t", &user_id);
        let error = database.memory.import_sqlite(asked.clone()).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("line {line}: {reason}")), "{bad}: {error}");
        assert_eq!(database.user(&user_id).stats().await.unwrap().total_nodes, 0, "{bad}");

        let report = database.memory.import_sqlite(asked).skip_invalid(true).await.unwrap();
        assert_eq!((report.nodes_inserted, report.rejected, report.rejections[0].line), (2, 1, line), "{bad}: {report:?}");
        assert!(report.rejections[0].reason.starts_with(reason), "{bad}: {report:?}");
    }
}

/// Many pages.
const MANY: &str = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
    INSERT INTO memory_nodes (node_id, thread_id, content, context_type, created_at)
    SELECT 'n' || n, 't', json_object('text', printf('%500d', n)), 'tool_output', n FROM n;";

#[tokio::test]
async fn what_is_no_such_file_is_told_and_nothing_is_kept() {
    let database = Database::new().await;
    let memory = &database.memory;
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let refused = async |path: &Path| refusal(memory, SqliteFile::new(path).user("alice"), "file").await;
    assert!(refused(&place("gone")).await.contains("gone cannot be read: unable to open database file"));
    assert!(!place("gone").exists());
    assert!(refused(folder.path()).await.contains("cannot be read"));
    std::fs::write(place("text"), "{\"kind\": \"node\"}\n".repeat(100)).unwrap();
    assert!(refused(&place("text")).await.contains("text is no SQLite database"));
    std::fs::write(place("empty"), "").unwrap();
    assert!(refused(&place("empty")).await.contains("neither the tables of a session nor those of the Python system"));
    Connection::open(place("other")).unwrap().execute_batch("CREATE TABLE memory_nodes (id)").unwrap();
    assert!(refused(&place("other")).await.contains("neither the tables"));
    legacy(&place("older"), "ALTER TABLE memory_nodes DROP COLUMN entity_system");
    let error = refused(&place("older")).await;
    assert!(error.ends_with("older is of another version: no such column: entity_system"), "{error}");

    // A copy that was made while somebody wrote.
    let writer = legacy(&place("written"), "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE");
    writer.execute_batch(MANY).unwrap();
    for name in ["written", "written-journal"] {
        std::fs::copy(place(name), place(&name.replace("written", "copy"))).unwrap();
    }
    assert!(refused(&place("copy")).await.contains("copy was left in the middle of a write"));

    // Pages in the middle are overwritten.
    legacy(&place("damaged"), MANY);
    let mut bytes = std::fs::read(place("damaged")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 65_536].fill(0xa5);
    std::fs::write(place("damaged"), bytes).unwrap();
    assert!(refused(&place("damaged")).await.contains("damaged is damaged: database disk image is malformed"));
    assert_eq!(memory.totals().await.unwrap().users, 0);
}

/// The program that writes it goes on; what it has not committed is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_use_is_read_as_of_one_moment() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    let insert = |number: u32| {
        format!(
            "INSERT INTO memory_nodes (node_id, thread_id, content, context_type, created_at)
             VALUES ('n{number}', 't', '{{\"n\": {number}}}', 'tool_output', {number})"
        )
    };
    let writer = legacy(&path, "");
    let mode: String = writer.query_row("PRAGMA journal_mode = wal", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    writer.execute_batch(&insert(1)).unwrap();
    writer.execute_batch(&format!("BEGIN IMMEDIATE; {}", insert(2))).unwrap();
    let asked = SqliteFile::new(&path).user("alice");
    let report = database.memory.import_sqlite(asked.clone()).await.unwrap();
    assert_eq!(report.nodes_inserted, 1, "the first is in the write-ahead log only, the second not committed");
    writer.execute_batch("COMMIT").unwrap();
    let report = database.memory.import_sqlite(asked.clone()).await.unwrap();
    assert_eq!((report.nodes_inserted, report.nodes_present), (1, 1));

    writer.execute_batch(&format!("PRAGMA journal_mode = delete; BEGIN EXCLUSIVE; {}", insert(3))).unwrap();
    let error = database.memory.import_sqlite(asked).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("another program keeps the file for itself"), "{error}");
}

/// More than a batch, and still one transaction.
#[tokio::test]
async fn a_large_file_is_imported_batch_by_batch() {
    let database = Database::new().await;
    let rows = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12000)
        INSERT INTO memory_nodes (node_id, thread_id, content, context_type, created_at)
        SELECT 'n' || n, 't', json_object('n', n), 'tool_output', 12000 - n FROM n;
        INSERT INTO memory_relationships SELECT node_id, 'n1', 'led_to', 1, 0, '{}' FROM memory_nodes;";
    let (_folder, path) = file_of(rows);
    let mut states = Vec::new();
    let file = SqliteFile::new(&path).user("alice");
    let report = database.memory.import_sqlite(file).on_progress(|report| states.push(report.lines)).await.unwrap();
    assert_eq!((report.nodes_inserted, report.relationships_inserted, report.rejected), (12_000, 12_000, 0));
    assert_eq!(states, [10_000, 20_000, 24_000]);
}

/// Down to a file and up to another database, for the same user and for another.
#[tokio::test(flavor = "multi_thread")]
async fn a_sessions_file_is_the_memory_that_was_loaded() {
    let (from, to) = (Database::new().await, Database::new().await);
    from.memory.import(include_str!("../../examples/demo.jsonl").as_bytes()).await.unwrap();
    let demo = from.user("demo");
    let odd = NewNode::entity("crm \"x\"", "naïve 🦀\n")
        .metadata(json!({"n": 1.5e-7}))
        .tags(["a,b", "{}"])
        .relevance(0.3)
        .expires_at(DateTime::from_timestamp(10_000_000_000, 7_000).unwrap());
    let odd = demo.store(&odd).await.unwrap().node_id;
    let newest = demo.list().limit(1).await.unwrap().items[0].node_id;
    demo.relate(&NewRelationship::new(odd, RelationshipType::Refines, newest).strength(0.3)).await.unwrap();
    demo.touch(&[odd]).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.sqlite");
    let session = from.memory.session("demo", "thread-1").file(&path).await.unwrap();
    // What is only this thread's stays.
    let minute = std::time::Duration::from_mins(1);
    session.note(&NewNode::entity("crm", "note"), minute).await.unwrap();

    // While the session is open, and after it.
    let report = to.memory.import_sqlite(SqliteFile::new(&path)).await.unwrap();
    assert_eq!((report.nodes_inserted, report.relationships_inserted, report.rejected), (214, 155, 0));
    assert_eq!(exported(&to.user("demo")).await, exported(&demo).await);
    session.close(minute).await.unwrap();
    to.memory.import_sqlite(SqliteFile::new(&path).user("copy")).await.unwrap();
    assert_eq!(comparable(&to.user("copy")).await, comparable(&demo).await);

    // What has expired is no memory any more.
    let expire = "UPDATE nodes SET expires_at = 1 WHERE entity_id LIKE 'naïve%'";
    assert_eq!(Connection::open(&path).unwrap().execute(expire, []).unwrap(), 1);
    let report = to.memory.import_sqlite(SqliteFile::new(&path).user("later")).await.unwrap();
    assert_eq!((report.nodes_inserted, report.relationships_inserted), (213, 154));

    // Again, it adds nothing.
    let again = to.memory.import_sqlite(SqliteFile::new(&path)).await.unwrap();
    assert_eq!((again.nodes_inserted, again.relationships_inserted), (0, 0));
    let refused = SqliteFile::new(&path).thread_user("thread-1", "demo");
    assert!(refusal(&to.memory, refused, "threads").await.contains("a session's"));
}

/// The lines of an export, in an order of their own.
async fn exported(user: &UserMemory) -> Vec<String> {
    let mut file = Vec::new();
    user.export(&mut file).await.unwrap();
    let mut lines: Vec<String> = String::from_utf8(file).unwrap().lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// What PostgreSQL has yet to get is a part of the file's memory.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_waits_is_imported_with_its_file() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alice.sqlite");
    let away = pgmemory::Memory::connect_lazy(pgmemory::Config::from_url("postgresql://u@127.0.0.1:1/x").unwrap()).unwrap();
    let session = away.session("alice", "t").file(&path).await.unwrap();
    let known = session.remember(&NewNode::entity("crm", "1").data(json!({"a": 1}))).await.unwrap().id;
    session.remember(&NewNode::entity("crm", "1").data(json!({"b": 2}))).await.unwrap();
    let gone = session.remember(&NewNode::entity("crm", "2")).await.unwrap().id;
    let fact = session.remember(&NewNode::new(pgmemory::ContextType::ConversationFact, json!({"text": "x"}))).await.unwrap().id;
    session.relate(&NewRelationship::new(fact, RelationshipType::RelatesTo, known)).await.unwrap();
    session.forget(gone).await.unwrap();

    // The entity is there under another id.
    let alice = database.user("alice");
    let there = alice.store(&NewNode::entity("crm", "1").data(json!({"a": 0, "c": 3}))).await.unwrap().node_id;
    let report = database.memory.import_sqlite(SqliteFile::new(&path)).await.unwrap();
    assert_eq!((report.nodes_inserted, report.nodes_merged, report.relationships_inserted), (1, 1, 1));
    assert_eq!(entity(&alice, "crm", "1").await.content["entity_data"], json!({"a": 1, "b": 2, "c": 3}));
    assert_eq!(alice.relationships(there).await.unwrap().items[0].from_node_id, fact);
    assert_eq!(session.status().await.unwrap().journaled, 6, "the file stays as it was");
}
