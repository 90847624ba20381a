//! The program, as a person or a script uses it.

mod documents;
mod files;
mod graph;
mod help;
mod memories;
mod mistakes;
mod servers;
mod session;
mod signals;
mod terminal;

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::Database;

pub(crate) const DEMO: &str = include_str!("../../examples/demo.jsonl");
pub(crate) const EMBEDDINGS: &str = include_str!("../../examples/embeddings.jsonl");

/// The program on nothing yet: whatever the environment says of a database or a terminal is taken away.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmemory"));
    for name in [
        "DATABASE_URL",
        "POSTGRESQL_CONNECTION_STRING",
        "POSTGRES_HOST",
        "POSTGRES_ENABLED",
        "PGMEMORY_DATABASE_URL",
        "PGMEMORY_SESSION_DIR",
        "PGMEMORY_USER",
        "XDG_DATA_HOME",
        "RUST_LOG",
        "COLUMNS",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    command.env("TZ", "UTC");
    command
}

/// The program on a database.
pub(crate) fn program_on(database: &Database) -> Command {
    let mut command = program();
    command.env("DATABASE_URL", &database.url);
    command
}

fn on(database: &Database, arguments: &[&str]) -> Output {
    program_on(database).args(arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(&done(output)).unwrap()
}

/// The names of all commands, as the program itself lists them.
pub(crate) fn commands() -> Vec<String> {
    let help = done(&program().arg("-h").output().unwrap());
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let names = list.lines().filter(is_name).filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    assert!(names.len() > 15, "{names:?}");
    names
}

/// The examples in the help of a command, which breaks long ones at a space.
pub(crate) fn examples(command: &str) -> Vec<String> {
    let help = done(&program().args([command, "--help"]).output().unwrap());
    let paragraphs = help.split("\n\n").flat_map(|paragraph| paragraph.trim().split("Example: ").skip(1));
    paragraphs.map(|example| example.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Whether the line wants pgvector, and the server has none.
async fn lacks_pgvector(database: &Database, line: &str) -> bool {
    line.contains(" embed ") && !crate::semantic::is_available(&database.client().await).await
}

/// Runs a line as somebody types it, in a folder that has the file that they name, on the example data; `adopt` on
/// those of the Python system, and `session` on a file.
async fn typed(database: &Database, line: &str) -> Output {
    if line.contains(" adopt") {
        return typed_on(&crate::adopt::python().await.0, line);
    }
    database.memory.import(DEMO.as_bytes()).await.unwrap();
    if line.contains(" embed ") && !lacks_pgvector(database, line).await {
        database.memory.enable_semantic("toy", 4).await.unwrap();
    }
    if line.contains(" session ") {
        return typed_on(database, &format!("pgmemory --json session open --user demo > /dev/null && {line}"));
    }
    typed_on(database, line)
}

fn typed_on(database: &Database, line: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("examples")).unwrap();
    std::fs::write(folder.path().join("examples/demo.jsonl"), DEMO).unwrap();
    std::fs::write(folder.path().join("examples/embeddings.jsonl"), EMBEDDINGS).unwrap();
    crate::sqlite::legacy(&folder.path().join("memory.db"), crate::sqlite::DATA);
    let program = program_on(database);
    let mut shell = Command::new("sh");
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let programs = std::path::Path::new(program.get_program()).parent().unwrap();
    let path = std::env::join_paths(std::iter::once(programs.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
    shell.args(["-c", line]).current_dir(folder.path()).env("HOME", folder.path()).env("PATH", path.unwrap()).output().unwrap()
}
