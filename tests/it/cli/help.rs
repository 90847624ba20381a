//! What the program says of itself.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn every_example_works_as_typed() {
    let database = Database::new().await;
    for command in commands() {
        let examples = examples(&command);
        assert!(!examples.is_empty(), "the help of {command} has no example");
        for example in examples {
            assert!(example.starts_with(&format!("pgmemory {command}")), "{example}");
            let output = typed(&database, &example).await;
            if lacks_pgvector(&database, &example).await {
                assert!(text(&output.stderr).contains("semantic search is not enabled"), "{example}");
                continue;
            }
            assert!(output.status.success(), "{example}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn every_argument_is_explained() {
    for command in commands() {
        let help = done(&program().args([&command, "-h"]).env("COLUMNS", "1000").output().unwrap());
        let is_argument = |line: &&str| line.starts_with("  ") && !line.starts_with("       ") && line.trim().starts_with(['-', '<', '[']);
        let arguments = help.lines().filter(is_argument);
        let unexplained: Vec<&str> = arguments.filter(|line| !line.trim().contains("  ")).collect();
        assert!(unexplained.is_empty(), "{command}: {unexplained:?}");
    }
}

/// Neither needs a database; with this URL, opening one would fail.
#[test]
fn completions_and_manual_need_no_database() {
    let alone =
        |arguments: &[&str]| done(&program().args(["--database-url", "postgresql://u@127.0.0.1:1/x"]).args(arguments).output().unwrap());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = alone(&["completions", shell]);
        assert!(commands().iter().all(|command| script.contains(command)), "{shell}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(alone(&["completions", shell]).contains("conversation_fact"), "{shell} knows the values");
    }
    assert!(alone(&["man"]).starts_with(".ie"));
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("a/man1");
    alone(&["man", "--output", pages.to_str().unwrap()]);
    for command in commands() {
        let page = std::fs::read_to_string(pages.join(format!("pgmemory-{command}.1"))).unwrap();
        assert!(page.contains("Example: pgmemory"), "{command}");
    }
}
