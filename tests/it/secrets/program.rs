//! What the program says, whatever it is asked.

use std::process::{Command, Output};

use super::{SECRET, assert_silent, encoded, guarded_server, guarded_url, settings::texts};
use crate::cli::{DEMO, EMBEDDINGS, commands, done, examples, program, text};

/// As much as it can say.
fn talkative() -> Command {
    let mut program = program();
    program.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
    program
}

/// Both of its outputs.
#[track_caller]
fn assert_output_silent(what: &str, output: &Output) {
    assert_silent(what, &text(&output.stdout));
    assert_silent(what, &text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_tells_the_password() {
    let server = guarded_server().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    std::fs::write(folder.path().join("examples/demo.jsonl"), DEMO).unwrap();
    std::fs::write(folder.path().join("examples/embeddings.jsonl"), EMBEDDINGS).unwrap();
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_pgmemory")).parent().unwrap();
    let path = std::env::join_paths(std::iter::once(programs.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
    let run = |line: &str, variables: &[(&str, &str)]| {
        let mut shell = Command::new("sh");
        for (name, value) in talkative().get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.envs(variables.iter().copied()).current_dir(folder.path()).env("HOME", folder.path()).env("PATH", path.as_ref().unwrap());
        let output = shell.args(["-c", line]).output().unwrap();
        assert_output_silent(line, &output);
        output
    };
    let (right, wrong) = (guarded_url(&server, SECRET), guarded_url(&server, "zq7wrong"));
    let port = server.port.to_string();
    let parts = [
        ("POSTGRES_HOST", "127.0.0.1"),
        ("POSTGRES_PORT", &port),
        ("POSTGRES_USER", "postgres"),
        ("POSTGRES_DB", "postgres"),
        ("POSTGRES_PASSWORD", SECRET),
    ];
    done(&run("pgmemory migrate && pgmemory -v -v -v import examples/demo.jsonl", &parts));

    let (mut lines, mut successes, mut log) = (0, 0, String::new());
    for command in commands() {
        for example in examples(&command) {
            lines += 1;
            let louder = example.replacen("pgmemory", "pgmemory -v -v -v --json", 1);
            let output = run(&louder, &[("DATABASE_URL", &right)]);
            successes += usize::from(output.status.success());
            log += &text(&output.stderr);
        }
        let refused = run(&format!("pgmemory {command}"), &[("DATABASE_URL", &wrong)]);
        assert!(!refused.status.success() || ["completions", "explain", "man", "sync"].contains(&command.as_str()), "{command}");
        run(&format!("pgmemory {command} --help"), &[("PGMEMORY_DATABASE_URL", &right)]);
    }
    // `adopt` finds no tables of the Python system, and the server may have no pgvector.
    assert!(successes + 6 > lines, "{successes} of {lines}");
    for target in ["pgmemory::", "tokio_postgres::", "TRACE", "DEBUG"] {
        assert!(log.contains(target), "nothing was logged by {target}");
    }
}

#[test]
fn no_malformed_setting_is_repeated() {
    let key = format!("-----BEGIN PRIVATE KEY-----{SECRET}");
    let url = format!("postgresql://u:{}@127.0.0.1:1/d", encoded(SECRET));
    let parts: [&[(&str, &str)]; 9] = [
        &[("POSTGRES_PASSWORD", SECRET)],
        &[("POSTGRES_PASSWORD", SECRET), ("POSTGRES_SSL", "full")],
        &[("POSTGRES_PORT", SECRET)],
        &[("POSTGRES_SSL", SECRET)],
        &[("POSTGRES_HOST", &url)],
        &[("POSTGRES_USER", &url)],
        &[("POSTGRES_SSLCERT", "c.pem"), ("POSTGRES_SSLKEY", &key)],
        &[("POSTGRES_POOL_SIZE", SECRET)],
        &[("POSTGRES_COMMAND_TIMEOUT", SECRET)],
    ];
    for variables in parts {
        let mut program = talkative();
        program.env("POSTGRES_HOST", "127.0.0.1").env("POSTGRES_PORT", "1").envs(variables.iter().copied());
        let output = program.args(["-vvv", "stats"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{variables:?}");
        assert_output_silent("a part", &output);
    }
    for (number, url) in texts().iter().enumerate() {
        let variable = ["DATABASE_URL", "POSTGRESQL_CONNECTION_STRING", "PGMEMORY_DATABASE_URL"][number % 3];
        let (mut with_variable, mut with_argument) = (talkative(), talkative());
        with_variable.env(variable, url);
        with_argument.args(["--database-url", url]);
        for mut program in [with_variable, with_argument] {
            let output = program.args(["-vvv", "--json", "stats"]).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{url}: {}", text(&output.stderr));
            assert!(!output.stderr.is_empty());
            assert_output_silent(url, &output);
        }
    }
}

/// A URL that stands in the place of a command or an argument, or behind an option that is misspelt.
#[test]
fn no_argument_that_is_refused_is_repeated_with_its_password() {
    for secret in [SECRET.to_owned(), encoded(SECRET)] {
        let url = format!("postgresql://u:{secret}@127.0.0.1:1/d");
        for arguments in [
            &[url.as_str()][..],
            &[&url, "stats"],
            &["stats", &url],
            &["--database-ur", &url, "stats"],
            &[&format!("--database-ur={url}"), "stats"],
            &["--json", &format!("--verbose={url}"), "stats"],
            &["list", "-u", "a", "--limit", &url],
            &["list", "-u", "a", "--type", &url],
            &["list", "-u", "a", "--since", &url],
            &["get", "-u", "a", "x", &url],
            &["psql", &url],
            &["stats", &format!("host=h password={secret}")],
            &["--database-url", &url, "nonsense"],
            &["--database-url", &url, "--database-url", &url, "stats"],
            &["completions", &url],
        ] {
            let output = talkative().args(arguments).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
            assert!(text(&output.stderr).contains("error:"), "{arguments:?}");
            assert_output_silent("refused", &output);
        }
        let missing = talkative().args(["import", &url]).output().unwrap();
        assert_eq!(missing.status.code(), Some(1), "{}", text(&missing.stderr));
        assert!(text(&missing.stderr).contains("No such file"), "{}", text(&missing.stderr));
        assert_output_silent("missing", &missing);
    }
}
