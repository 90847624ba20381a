//! `import` and `export`: files and pipes.

use std::{io::Write, process::Stdio};

use serde_json::json;

use super::*;

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
    let mut piped =
        program_on(&database).args(["import", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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
async fn an_export_is_a_file_that_import_reads() {
    let database = Database::new().await;
    database.memory.import(DEMO.as_bytes()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["demo.jsonl", "demo.jsonl.gz"] {
        let file = folder.path().join(name);
        let file = file.to_str().unwrap();
        assert!(done(&on(&database, &["export", "-u", "demo", file])).contains("213 nodes, 154 relationships"));
        let is_gzip = std::fs::read(file).unwrap().starts_with(&[0x1f, 0x8b]);
        assert_eq!(is_gzip, name.ends_with("gz"));
        let fresh = Database::new().await;
        let report = json_of(&on(&fresh, &["import", "--json", file]));
        assert_eq!((&report["nodes_inserted"], &report["relationships_inserted"]), (&json!(213), &json!(154)));
        let again = on(&database, &["export", "-u", "demo", file]);
        assert_eq!(again.status.code(), Some(1), "a file that is there is not replaced");
        assert!(text(&again.stderr).contains("is there already"), "{}", text(&again.stderr));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_files_are_known_by_their_first_bytes() {
    let database = Database::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory");
    let file = path.to_str().unwrap();
    drop(crate::sqlite::legacy(&path, crate::sqlite::DATA));

    // Whoever names a user for other commands gives nobody's threads away.
    let refused = program_on(&database).args(["import", file]).env("PGMEMORY_USER", "carol").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("threads: no user is given for `t-1`, `t-2`, `t-bob`"), "{}", text(&refused.stderr));
    let report = json_of(&on(&database, &["--json", "import", file, "--thread-user", "t-bob=bob", "--skip-other-threads"]));
    assert_eq!((&report["nodes_inserted"], &report["rejected"]), (&json!(1), &json!(11)));
    let told = done(&on(&database, &["import", file, "--thread-user", "t-bob=bob", "--user", "alice"]));
    assert!(told.contains("nodes: 5 new, 2 merged") && told.contains("  access_count: was NULL, is 0 in 1 line\n"), "{told}");
    assert!(told.contains("3 lines passed over:\n  line 10: relationship ticket-1 led_to bobs-acme: "), "{told}");

    let session = database.memory.session("alice", "t").file(folder.path().join("alice.sqlite")).await.unwrap();
    let copied = json_of(&on(&database, &["--json", "import", folder.path().join("alice.sqlite").to_str().unwrap(), "--user", "copy"]));
    assert_eq!((&copied["nodes_inserted"], &copied["relationships_inserted"]), (&json!(5), &json!(2)));
    session.close(std::time::Duration::from_mins(1)).await.unwrap();

    let stdin = std::fs::File::open(&path).unwrap();
    let refused = program_on(&database).args(["import", "-"]).stdin(stdin).output().unwrap();
    assert!(text(&refused.stderr).contains("a SQLite file cannot come from a pipe, name it"), "{}", text(&refused.stderr));

    // A line of JSON says whose it is.
    std::fs::write(&path, "").unwrap();
    let refused = on(&database, &["import", file, "--user", "alice"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("are for SQLite files"), "{}", text(&refused.stderr));
    for wrong in [&["--thread-user", "alice"][..], &["--thread-user", "t="], &["--user", ""], &["--user", "a", "--skip-other-threads"]] {
        assert_eq!(on(&database, &[&["import", file], wrong].concat()).status.code(), Some(2), "{wrong:?}");
    }
}
