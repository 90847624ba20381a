//! `session`, `sync`, and what works `--offline`.

use pgmemory::NewNode;
use serde_json::json;
use tempfile::TempDir;

use super::*;

/// Nobody answers there.
const AWAY: &str = "postgresql://u@127.0.0.1:1/x";

/// A folder of sessions, and the program with it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, url: &str, arguments: &[&str]) -> Output {
        self.program(url).args(arguments).output().unwrap()
    }

    fn program(&self, url: &str) -> Command {
        let mut command = program();
        command.env("DATABASE_URL", url).env("PGMEMORY_SESSION_DIR", self.0.path());
        command
    }

    fn offline(&self, arguments: &[&str]) -> Output {
        self.run(AWAY, &[arguments, &["--offline"]].concat())
    }
}

fn entity(id: &str, name: &str) -> Value {
    json!({"context_type": "domain_entity", "content": {"entity_system": "crm", "entity_id": id, "entity_name": name}})
}

#[track_caller]
fn failed(output: &Output, reason: &str) {
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(reason), "{reason}: {told}");
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Each command prints the document that it prints online.
#[tokio::test(flavor = "multi_thread")]
async fn a_memory_from_store_to_delete_without_a_server_and_then_synced() {
    let (database, folder) = (Database::new().await, Folder::new());
    let both = json!([entity("1", "Acme Corp"), entity("2", "Globex"), entity("3", "Initech")]).to_string();
    let told = folder.offline(&["store", "-u", "alice", &both]);
    assert_eq!(text(&told.stderr), "kept in the session's file until `pgmemory sync`\n");
    assert!(done(&told).lines().all(|line| line.starts_with("inserted ")));
    let stored = json_of(&folder.offline(&["store", "--json", "-u", "alice", &both]));
    assert_eq!((keys(&stored[1]), &stored[1]["outcome"]), (vec!["node_id", "outcome"], &json!("merged")));
    let id = stored[1]["node_id"].as_str().unwrap();

    assert_eq!(json_of(&folder.offline(&["get", "--json", "-u", "alice", id]))["entity_name"], "Globex");
    let got = json_of(&folder.offline(&["get", "--json", "-u", "alice", "crm/1"]));
    let related = json_of(&folder.offline(&["relate", "--json", "-u", "alice", "crm/1", "crm/2", "--type", "led_to", "--strength", "0.5"]));
    assert_eq!(related["outcome"], "inserted");
    let page =
        json_of(&folder.offline(&["relationships", "--json", "-u", "alice", "crm/1", "--direction", "outgoing", "--type", "led_to"]));
    assert_eq!(page["items"][0]["id"], related["id"]);
    assert!(done(&folder.offline(&["relationships", "-u", "alice", "crm/2"])).contains("crm/1  Acme Corp"));
    assert!(done(&folder.offline(&["neighbors", "-u", "alice", "crm/1", "--depth", "2"])).contains("crm/2"));
    let search = ["search", "-u", "alice", "acme globex", "--where", "entity_name != Globex", "--snippets"];
    let found = done(&folder.offline(&search));
    assert!(found.contains("**Acme** Corp") && !found.contains("crm/2"), "{found}");
    assert_eq!(json_of(&folder.offline(&["delete", "--json", "-u", "alice", "crm/3"])), json!({"deleted": stored[2]["node_id"]}));
    failed(&folder.offline(&["get", "-u", "alice", "crm/3"]), "user alice has no node crm/3; offline there is what the session's file has");
    let nothing = folder.offline(&["search", "-u", "bob", "acme"]);
    assert!(done(&nothing).is_empty() && text(&nothing.stderr).contains("no memories of user bob"));

    failed(&folder.run(AWAY, &["sync"]), "is it running");
    let synced = json_of(&folder.run(&database.url, &["sync", "--json", "-u", "alice"]));
    assert_eq!(synced, json!([{"user_id": "alice", "sent": 8, "left": 0, "refused": 0}]));
    let online = |arguments: &[&str]| json_of(&on(&database, &[arguments, &["--json", "-u", "alice"]].concat()));
    let there = online(&["get", "crm/1"]);
    assert_eq!((keys(&there), &there["content"]["update_count"]), (keys(&got), &json!(1)));
    assert_eq!(there["node_id"], got["node_id"]);
    assert_eq!(online(&["relationships", "crm/1"])["items"].as_array().unwrap().len(), 1);
    assert_eq!(database.user("alice").stats().await.unwrap().total_nodes, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_offline_takes_the_rest_with_it() {
    let folder = Folder::new();
    let batch = json!([entity("1", "Acme"), {"context_type": "tool_output", "content": {"entity_id": "1"}}]).to_string();
    failed(&folder.offline(&["store", "-u", "alice", &batch]), "item 1: content.entity_system");
    failed(&folder.offline(&["get", "-u", "alice", "crm/1"]), "has no node crm/1");
    assert_eq!(folder.offline(&["list", "-u", "alice"]).status.code(), Some(2), "it wants PostgreSQL");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sync_sends_the_files_of_all_users() {
    let (database, folder) = (Database::new().await, Folder::new());
    assert_eq!(json_of(&folder.run(AWAY, &["sync", "--json"])), json!([]));
    for (user, id) in [("alice", "1"), ("bob", "2"), ("carol", "3")] {
        done(&folder.offline(&["store", "-u", user, &entity(id, user).to_string()]));
    }
    let sent = json_of(&folder.run(&database.url, &["sync", "--json"]));
    assert_eq!(sent, json!(["alice", "bob", "carol"].map(|user| json!({"user_id": user, "sent": 1, "left": 0, "refused": 0}))));
    assert_eq!(database.memory.totals().await.unwrap().nodes, 3);
    let again = done(&folder.run(AWAY, &["sync"]));
    let rows: Vec<Vec<&str>> = again.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["USER", "SENT", "LEFT", "REFUSED"]);
    assert_eq!(rows[2], ["bob", "0", "0", "0"], "where nothing waits, nobody is asked");

    // A damaged file is told, and holds up nobody.
    std::fs::write(folder.0.path().join("00.sqlite"), "no database".repeat(100)).unwrap();
    done(&folder.offline(&["store", "-u", "alice", &entity("4", "Acme").to_string()]));
    failed(&folder.run(&database.url, &["sync"]), "00.sqlite: the session's file is damaged");
    assert!(database.user("alice").get_entity("crm", "4").await.unwrap().is_some());
    failed(&folder.run(&database.url, &["sync", "--file", "/nonexistent.sqlite"]), "/nonexistent.sqlite is no session's file");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_postgresql_refuses_is_a_dead_letter_until_somebody_decides() {
    let (database, folder) = (Database::new().await, Folder::new());
    let alice = database.user("alice");
    alice.store_many(&[NewNode::entity("crm", "1"), NewNode::entity("crm", "2")]).await.unwrap();
    let session = |arguments: &[&str]| folder.run(&database.url, &[&["session"], arguments, &["-u", "alice"]].concat());
    assert_eq!(json_of(&session(&["open", "--json"]))["nodes"], 2);

    alice.delete(alice.get_entity("crm", "2").await.unwrap().unwrap().node_id).await.unwrap();
    let taken = alice.store(&NewNode::entity("crm", "9")).await.unwrap().node_id;
    done(&folder.offline(&["relate", "-u", "alice", "crm/1", "crm/2"]));
    let fact = json!({"context_type": "conversation_fact", "content": {"text": "Acme renews"}, "node_id": taken});
    done(&folder.offline(&["store", "-u", "alice", &fact.to_string()]));
    done(&folder.offline(&["store", "-u", "alice", &entity("3", "Initech").to_string()]));

    let flushed = session(&["flush", "--json"]);
    failed(&flushed, "2 refused: `pgmemory session dead-letters --user alice` says why");
    let report: Value = serde_json::from_slice(&flushed.stdout).unwrap();
    assert_eq!(report, json!({"user_id": "alice", "sent": 1, "left": 0, "refused": 2}));
    assert!(alice.get_entity("crm", "3").await.unwrap().is_some(), "they hold up nothing");
    let letters = json_of(&session(&["dead-letters", "--json"]));
    assert_eq!(letters[0]["entry"]["kind"], "relationship");
    assert_eq!(letters[1]["entry"]["node_id"], json!(taken));
    let listed = done(&session(&["dead-letters"]));
    assert!(listed.starts_with("NUMBER") && listed.contains("a node at one end of the relationship is not there"), "{listed}");

    alice.store(&NewNode::entity("crm", "2")).await.unwrap();
    let number = |place: usize| letters[place]["number"].to_string();
    let dropped = json_of(&session(&["dead-letters", "--json", "--drop", &number(1)]));
    assert_eq!(dropped.as_array().unwrap().len(), 1);
    let retried = session(&["dead-letters", "--retry", &number(0)]);
    assert!(done(&retried).is_empty() && text(&retried.stderr).contains("nothing was refused"));
    failed(&session(&["dead-letters", "--retry", &number(0)]), "there is no dead letter");
    assert_eq!(done(&session(&["flush"])), "1 sent, 0 left, 0 refused\n");
    let acme = alice.get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!(alice.relationships(acme.node_id).await.unwrap().items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_opens_with_what_its_file_has() {
    let (database, folder) = (Database::new().await, Folder::new());
    database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap();
    let session = |url: &str, arguments: &[&str]| folder.run(url, &[&["session"], arguments, &["-u", "alice"]].concat());
    for missing in ["status", "flush", "dead-letters", "clean"] {
        failed(&session(AWAY, &[missing]), "`pgmemory session open` makes it");
    }
    let opened = json_of(&session(&database.url, &["open", "--json", "--thread", "thread-7"]));
    assert_eq!(
        (&opened["is_connected"], &opened["is_whole"], &opened["threads"][0]["thread"]),
        (&json!(true), &json!(true), &json!("thread-7"))
    );

    done(&folder.offline(&["store", "-u", "alice", &entity("2", "Globex").to_string()]));
    let away = session(AWAY, &["open"]);
    assert!(text(&away.stderr).contains("PostgreSQL is away, the session opens with what its file has"), "{}", text(&away.stderr));
    let told = done(&away);
    assert!(told.contains("all of it, as of version 1") && told.contains("1, since 20") && told.contains("cannot connect"), "{told}");
    failed(&session(AWAY, &["flush", "--timeout", "1s"]), "1 left in the file of user alice: cannot connect");
    assert_eq!(json_of(&session(&database.url, &["flush", "--json"]))["sent"], 1);

    let cleaned = json_of(&session(AWAY, &["clean", "--json", "--idle", "0s"]));
    assert_eq!(cleaned, json!({"threads": ["cli", "thread-7"]}));
    assert!(text(&session(AWAY, &["clean"]).stderr).contains("no thread has been idle"));
    let others = folder.run(AWAY, &["session", "status", "-u", "bob", "--file", opened["file"].as_str().unwrap()]);
    failed(&others, "is the file of another user");
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_only_sessions_go_on() {
    let (database, folder) = (Database::new().await, Folder::new());
    let off = |arguments: &[&str]| folder.program(&database.url).env("POSTGRES_ENABLED", "false").args(arguments).output().unwrap();
    failed(&off(&["search", "-u", "alice", "acme"]), "PostgreSQL is switched off (POSTGRES_ENABLED=false)");
    assert!(done(&off(&["session", "open", "-u", "alice"])).contains("PostgreSQL is switched off"));
    done(&off(&["store", "-u", "alice", &entity("1", "Acme").to_string(), "--offline"]));
    failed(&off(&["sync"]), "1 left in the file of user alice: PostgreSQL is switched off");
    assert_eq!(json_of(&folder.run(&database.url, &["sync", "--json"]))[0]["sent"], 1);
}

/// Offline starts no server; `sync` and `session` start and migrate the private one.
#[tokio::test(flavor = "multi_thread")]
async fn without_configuration_a_private_server_gets_what_was_kept() {
    let (folder, data) = (Folder::new(), tempfile::tempdir().unwrap());
    let data = data.path().join("data");
    let alone = |arguments: &[&str]| folder.program("").env("PGMEMORY_DATA_DIR", &data).args(arguments).output().unwrap();
    done(&alone(&["store", "-u", "alice", "--offline", &entity("1", "Acme Corp").to_string()]));
    assert!(done(&alone(&["search", "-u", "alice", "acme", "--offline"])).contains("crm/1"));
    assert!(!data.exists());
    assert_eq!(json_of(&alone(&["session", "flush", "--json", "-u", "alice"]))["sent"], 1);
    assert!(done(&alone(&["get", "-u", "alice", "crm/1"])).contains("Acme Corp"));
}
