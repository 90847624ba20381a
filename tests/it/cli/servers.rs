//! The server that the program works on: its own, or the one that is named.

use std::process::Stdio;

use serde_json::json;

use super::*;

/// Without any configuration the demo has all it needs, works twice, and its data survive.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_brings_its_own_server() {
    let folder = tempfile::tempdir().unwrap();
    let demo = |arguments: &[&str]| program().env("PGMEMORY_DATA_DIR", folder.path().join("data")).args(arguments).output().unwrap();
    let migrated = demo(&["migrate"]);
    assert!(done(&migrated).starts_with("applied V1__extensions"));
    assert!(text(&migrated.stderr).contains("every command keeps the private server"));
    assert!(done(&demo(&["migrate"])).starts_with("up to date: the schema has version"));
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

/// Two processes, not two tasks.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_may_migrate_at_once() {
    let database = Database::empty().await;
    let migrate = || program_on(&database).arg("migrate").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let processes = [migrate(), migrate()];
    let said: Vec<String> = processes.map(|process| done(&process.wait_with_output().unwrap())).to_vec();
    assert_eq!(said.iter().filter(|text| text.starts_with("up to date")).count(), 1, "{said:?}");
}
