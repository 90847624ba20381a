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
