//! What every user of the machine can read of a process: `/proc/PID/cmdline`, as `ps` shows it.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{SECRET, assert_silent, guarded_server, guarded_url};
use crate::{cli::program, support::until};

fn file(process: u32, name: &str) -> String {
    let bytes = fs::read(PathBuf::from(format!("/proc/{process}")).join(name)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

/// The process and all that it started.
fn family(process: u32) -> Vec<u32> {
    let children = file(process, &format!("task/{process}/children"));
    std::iter::once(process).chain(children.split_whitespace().flat_map(|child| family(child.parse().unwrap()))).collect()
}

fn start(program: &mut Command) -> Child {
    program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_processes_has_no_url_and_no_password() {
    let server = guarded_server().await;
    let client = server.superuser().await;
    let url = guarded_url(&server, SECRET);
    crate::cli::done(&program().args(["--database-url", &url, "migrate"]).output().unwrap());
    for arguments in [
        vec!["--database-url", &url, "import", "-"],
        vec!["import", "-", "--database-url", &url],
        vec!["import", &format!("--database-url={url}"), "-"],
    ] {
        let mut import = start(program().args(&arguments));
        until(&client, "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'pgmemory'").await;
        let shown = file(import.id(), "cmdline");
        assert!(shown.contains("pgmemory import - "), "{shown}");
        assert!(file(import.id(), "environ").contains("PGMEMORY_DATABASE_URL=postgresql://"));
        for process in family(import.id()) {
            assert_silent("import", &file(process, "cmdline"));
            assert_silent("import", &file(process, "comm"));
        }
        drop(import.stdin.take());
        assert!(import.wait().unwrap().success());
        // The next is not to be taken for this one.
        until(&client, "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'pgmemory'").await;
    }

    let mut psql = start(program().args(["--database-url", &url, "psql", "--", "-c", "SELECT pg_sleep(60)"]));
    until(&client, "SELECT count(*) > 0 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'").await;
    let processes = family(psql.id());
    assert!(processes.iter().any(|process| file(*process, "comm").contains("psql")), "{processes:?}");
    for process in processes {
        assert_silent("psql", &file(process, "cmdline"));
        // psql gets the password, and not what the program was told besides.
        assert!(process == psql.id() || !file(process, "environ").contains("PGMEMORY_DATABASE_URL"));
    }
    for backend in client.query("SELECT pid FROM pg_stat_activity", &[]).await.unwrap() {
        assert_silent("server", &file(u32::try_from(backend.get::<_, i32>(0)).unwrap(), "cmdline"));
    }
    client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'", &[]).await.unwrap();
    assert!(!psql.wait().unwrap().success());
}

/// The private server, and what it is started by.
#[cfg(target_os = "linux")]
#[test]
fn the_private_server_is_told_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut import = start(
        program()
            .env("PGMEMORY_DATA_DIR", folder.path().join("data"))
            .env("POSTGRES_PASSWORD", SECRET)
            .env("ZQ7", SECRET)
            .args(["import", "-"]),
    );
    let record = folder.path().join("data");
    let postgres = || {
        let found = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        found.filter(|process| file(*process, "cmdline").contains(record.to_str().unwrap())).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for _ in 0..3_000 {
        found = postgres();
        if found.iter().any(|process| file(*process, "comm").contains("postgres")) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!found.is_empty());
    for process in found {
        assert_silent("server", &file(process, "cmdline"));
        assert!(process == import.id() || !file(process, "environ").contains(SECRET));
    }
    drop(import.stdin.take());
    assert!(import.wait().unwrap().success());
}
