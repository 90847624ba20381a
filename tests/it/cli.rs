//! The program, as a person or a script uses it.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::support::Database;

/// The program on a database, or on the private server in a folder of the test's own.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmemory"));
    for name in ["DATABASE_URL", "POSTGRESQL_CONNECTION_STRING", "POSTGRES_HOST", "PGMEMORY_USER", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

fn on(database: &Database, arguments: &[&str]) -> Output {
    program().env("DATABASE_URL", &database.url).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&done(output)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_from_store_to_delete() {
    let database = Database::new().await;
    let entity = |id: &str, name: &str| json!({"context_type": "domain_entity", "content": {"entity_system": "crm", "entity_id": id, "entity_name": name}});
    let both = json!([entity("1", "Acme Corp"), entity("2", "Globex")]).to_string();
    let stored = json_of(&on(&database, &["--json", "store", "--user", "alice", &both]));
    assert_eq!(stored[0]["outcome"], "inserted");
    let id = stored[1]["node_id"].as_str().unwrap();

    assert!(done(&on(&database, &["get", "-u", "alice", "crm/1"])).contains("Acme Corp"));
    assert_eq!(json_of(&on(&database, &["--json", "get", "-u", "alice", id]))["entity_name"], "Globex");
    assert!(done(&on(&database, &["search", "-u", "alice", "acme"])).contains("crm/1"));
    let related =
        json_of(&on(&database, &["relate", "--json", "-u", "alice", "crm/1", "crm/2", "--type", "depends_on", "--strength", "0.5"]));
    assert_eq!(related["outcome"], "inserted");
    assert!(done(&on(&database, &["relationships", "-u", "alice", "crm/2"])).contains("depends_on"));
    assert!(done(&on(&database, &["neighbors", "-u", "alice", "crm/1"])).contains("crm/2"));
    assert_eq!(json_of(&on(&database, &["path", "--json", "-u", "alice", "crm/2", "crm/1"])).as_array().unwrap().len(), 2);
    assert!(done(&on(&database, &["path", "-u", "alice", "crm/2", "crm/1", "--direction", "outgoing"])).contains("no path"));
    let page = json_of(&on(&database, &["list", "--json", "-u", "alice", "--limit", "1"]));
    let next = page["next"].as_str().unwrap();
    let rest = json_of(&on(&database, &["list", "--json", "-u", "alice", "--limit", "1", "--after", next]));
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    assert!(done(&on(&database, &["stats", "-u", "alice"])).starts_with("2 nodes, 1 relationship, version 3"));
    assert_eq!(json_of(&on(&database, &["stats", "--json"])), json!({"users": 1, "nodes": 2, "relationships": 1}));
    done(&on(&database, &["delete", "-u", "alice", "crm/1"]));
    assert_eq!(json_of(&on(&database, &["stats", "--json"]))["relationships"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn import_reads_files_and_pipes_plain_and_gzip() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let line = json!({"kind": "node", "user_id": "alice", "context_type": "tool_output", "content": {"text": "x"}}).to_string() + "\n";
    let plain = folder.path().join("plain.jsonl");
    std::fs::write(&plain, &line).unwrap();
    let zipped = folder.path().join("zipped.gz");
    let mut encoder = flate2::write::GzEncoder::new(std::fs::File::create(&zipped).unwrap(), flate2::Compression::fast());
    encoder.write_all(line.as_bytes()).unwrap();
    encoder.finish().unwrap();

    assert_eq!(json_of(&on(&database, &["--json", "import", plain.to_str().unwrap()]))["nodes_inserted"], 1);
    assert_eq!(json_of(&on(&database, &["--json", "import", zipped.to_str().unwrap()]))["nodes_present"], 1);
    let mut piped = program()
        .env("DATABASE_URL", &database.url)
        .args(["import", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    piped.stdin.take().unwrap().write_all(&std::fs::read(&zipped).unwrap()).unwrap();
    assert!(done(&piped.wait_with_output().unwrap()).contains("1 there already"));

    std::fs::write(&plain, "nonsense").unwrap();
    let failed = on(&database, &["import", plain.to_str().unwrap()]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed.stderr).contains("line 1") && failed.stdout.is_empty());
    let skipped = json_of(&on(&database, &["--json", "import", "--skip-invalid", plain.to_str().unwrap()]));
    assert_eq!(skipped["rejected"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_from_failures() {
    let database = Database::empty().await;
    for wrong in [
        &["nonsense"][..],
        &["get", "-u", "alice"],
        &["get", "-u", "alice", "neither"],
        &["list"],
        &["list", "-u", "a", "--type", "gossip"],
    ] {
        assert_eq!(on(&database, wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert!(
        text(&on(&database, &["list", "-u", "a", "--type", "gossip"]).stderr).contains("conversation_fact"),
        "the valid ones are listed"
    );
    let unmigrated = on(&database, &["list", "-u", "alice"]);
    assert_eq!(unmigrated.status.code(), Some(1));
    assert!(text(&unmigrated.stderr).contains("pgmemory migrate"));
    assert_eq!(on(&database, &["health"]).status.code(), Some(1));
    assert!(done(&on(&database, &["migrate"])).contains("V1__extensions"));
    assert_eq!(done(&on(&database, &["migrate"])).trim(), "up to date");
    done(&on(&database, &["health"]));
    assert_eq!(on(&database, &["get", "-u", "alice", "crm/404"]).status.code(), Some(1));
}

/// Two processes, not two tasks.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_may_migrate_at_once() {
    let database = Database::empty().await;
    let migrate =
        || program().env("DATABASE_URL", &database.url).arg("migrate").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let processes = [migrate(), migrate()];
    let said: Vec<String> = processes.map(|process| done(&process.wait_with_output().unwrap())).to_vec();
    assert_eq!(said.iter().filter(|text| text.trim() == "up to date").count(), 1, "{said:?}");
}

/// Without any configuration the demo has all it needs, works twice, and its data survive.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_brings_its_own_server() {
    let folder = tempfile::tempdir().unwrap();
    let demo = |arguments: &[&str]| program().env("PGMEMORY_DATA_DIR", folder.path().join("data")).args(arguments).output().unwrap();
    let first = done(&demo(&["demo"]));
    assert!(first.contains("Acme Corp") && first.contains("\"update_count\": 2"), "{first}");
    let again = json_of(&demo(&["demo", "--json"]));
    assert_eq!((&again["import"]["nodes_inserted"], &again["import"]["relationships_inserted"]), (&json!(0), &json!(0)));
    assert_eq!(again["searches"][1][1][0]["node"]["entity_id"], "INC0012345");
    assert!(done(&demo(&["search", "--user", "demo", "acme renewal"])).contains("salesforce/006501"));
    let exported = done(&demo(&["export", "--user", "demo"]));
    assert_eq!((exported.lines().count(), exported.contains("\"kind\":\"relationship\"")), (213 + 154, true));
    assert!(done(&demo(&["psql", "--", "-Atc", "SELECT count(*) FROM memory.nodes"])).trim() == "213");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_stay_out_of_messages() {
    let failed = program().args(["--database-url", "postgresql://u:hunter2@127.0.0.1:1/x", "-vv", "health"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(!text(&failed.stderr).contains("hunter2") && !text(&failed.stdout).contains("hunter2"));
}
