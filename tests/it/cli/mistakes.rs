//! What goes wrong, and how it is told.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_from_failures() {
    let database = Database::empty().await;
    for wrong in [
        &["nonsense"][..],
        &["get", "-u", "alice"],
        &["get", "-u", "alice", "neither"],
        &["list"],
        &["list", "-u", "a", "--type", "gossip"],
        &["list", "-u", ""],
        &["list", "-u", "a", "--limit", "0"],
        &["list", "-u", "a", "--since", "yesterday"],
        &["neighbors", "-u", "a", "crm/1", "--depth", "11"],
        &["relate", "-u", "a", "crm/1", "crm/2", "--strength", "1.5"],
        &["get", "-u", "a", "crm/"],
    ] {
        assert_eq!(on(&database, wrong).status.code(), Some(2), "{wrong:?}");
    }
    assert!(text(&on(&database, &["list"]).stderr).contains("set PGMEMORY_USER"));
    assert!(
        text(&on(&database, &["list", "-u", "a", "--type", "gossip"]).stderr).contains("conversation_fact"),
        "the valid ones are listed"
    );
    let unmigrated = on(&database, &["list", "-u", "alice"]);
    assert_eq!(unmigrated.status.code(), Some(1));
    assert!(text(&unmigrated.stderr).contains("pgmemory migrate"));
    assert_eq!(on(&database, &["health"]).status.code(), Some(1));
    assert!(done(&on(&database, &["migrate"])).contains("V1__extensions"));
    assert!(done(&on(&database, &["migrate"])).starts_with("up to date"));
    done(&on(&database, &["health"]));
    done(&typed(&database, "pgmemory import examples/demo.jsonl").await);
    let other_rules = "CREATE OR REPLACE FUNCTION memory.text_search_configuration() RETURNS regconfig
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'pg_catalog.simple'::regconfig $$";
    database.client().await.batch_execute(other_rules).await.unwrap();
    let outdated = on(&database, &["health"]);
    assert_eq!(outdated.status.code(), Some(1));
    assert!(text(&outdated.stderr).contains("run `pgmemory reindex`"));
    let unknown = on(&database, &["reindex", "--configuration", "klingon"]);
    assert!(unknown.status.code() == Some(1) && text(&unknown.stderr).contains("french, german, greek"));
    assert!(done(&on(&database, &["reindex"])).starts_with("213 of 213 nodes derived anew"));
    done(&on(&database, &["health"]));
    let missing = on(&database, &["--json", "get", "-u", "alice", "crm/404"]);
    assert_eq!((missing.status.code(), &missing.stdout[..]), (Some(1), &b""[..]));
    assert!(text(&missing.stderr).starts_with("error: user alice has no node crm/404"));
    assert_eq!(text(&missing.stderr).lines().count(), 1);
    for arguments in [&["relationships"][..], &["neighbors"], &["delete"]] {
        let missing = on(&database, &[arguments, &["-u", "alice", "0199f2d0-c8a4-7b3e-9d1f-2a3b4c5d6e7f"]].concat());
        assert_eq!(missing.status.code(), Some(1), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_stay_out_of_messages() {
    let failed = program().args(["--database-url", "postgresql://u:hunter2@127.0.0.1:1/x", "-vv", "health"]).output().unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(!text(&failed.stderr).contains("hunter2") && !text(&failed.stdout).contains("hunter2"));
}

#[test]
fn a_server_that_is_not_there_says_where_to_look() {
    let failed = program().args(["--database-url", "postgresql://u@127.0.0.1:1/x", "stats"]).output().unwrap();
    assert!(text(&failed.stderr).contains("does --database-url name it rightly"), "{}", text(&failed.stderr));
    let failed = program().env("POSTGRES_HOST", "127.0.0.1").env("POSTGRES_PORT", "1").arg("stats").output().unwrap();
    assert!(text(&failed.stderr).contains("DATABASE_URL, POSTGRES_HOST"), "{}", text(&failed.stderr));
}

/// One line says what is wrong with which field, and nothing is stored.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_is_named_in_one_line() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.jsonl");
    std::fs::write(&file, r#"{"kind":"node","user_id":"alice","context_type":"tool_output","content":{"a":"\ud800"}}"#).unwrap();
    let node = |content: &str| format!(r#"{{"context_type":"tool_output","content":{content}}}"#);
    let long = "x".repeat(513);
    for (arguments, reason) in [
        (vec!["store".to_owned(), node(r#"{"a":"\ud800"}"#)], "hex escape"),
        (vec!["store".to_owned(), node(r#"{"a":1e400}"#)], "number out of range"),
        (vec!["store".to_owned(), node(r#"{"a":"\u0000"}"#)], "content: must not contain a NUL"),
        (vec!["store".to_owned(), node("[]")], "content: must be a JSON object"),
        (vec!["store".to_owned(), node("{}").replace("tool_output", "gossip")], "context_type: unknown variant `gossip`, expected one of"),
        (vec!["store".to_owned(), format!("[{},{}]", node("{}"), node(r#"{"entity_id":"1"}"#))], "item 1: content.entity_system"),
        (vec!["import".to_owned(), file.display().to_string()], "line 1: "),
        (vec!["get".to_owned(), format!("crm/{long}")], "entity_id: is 513 bytes long"),
        (vec!["search".to_owned(), "x".repeat(1 << 16) + "x"], "query: is 65537 bytes long"),
    ] {
        let failed = program_on(&database).env("PGMEMORY_USER", "alice").args(&arguments).output().unwrap();
        let told = text(&failed.stderr);
        assert_eq!((failed.status.code(), &failed.stdout[..]), (Some(1), &b""[..]), "{reason}: {told}");
        assert!(told.starts_with("error: ") && told.contains(reason) && told.lines().count() == 1, "{reason}: {told}");
    }
    assert_eq!(database.memory.totals().await.unwrap().users, 0);
}

/// What cannot be right starts no server: with this folder, starting one would make it.
#[test]
fn wrong_input_starts_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for arguments in [&["import", "/nonexistent"][..], &["store", "-u", "a", "{"], &["store", "-u", "a", "{}"], &["list"]] {
        assert!(!program().env("PGMEMORY_DATA_DIR", &data).args(arguments).output().unwrap().status.success());
        assert!(!data.exists(), "{arguments:?}");
    }
}
