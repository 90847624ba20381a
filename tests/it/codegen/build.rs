//! The build script in a copy of the workspace: what it writes, what it refuses and whom it spares.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use super::{Tree, changed_statements, left_comments};

/// A copy of the checkout, with a target folder that stays: only the first run compiles the dependencies.
struct Workspace {
    root: PathBuf,
    target: PathBuf,
    /// Keeps other runs of the tests out.
    _lock: File,
}

impl Workspace {
    fn copy() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("regenerate");
        fs::create_dir_all(&folder).expect("a folder");
        let lock = File::create(folder.join("lock")).expect("a lock");
        lock.lock().expect("the lock");
        let root = folder.join("workspace");
        if root.exists() {
            fs::remove_dir_all(&root).expect("the last copy can be removed");
        }
        copy(Path::new(env!("CARGO_MANIFEST_DIR")), &root);
        Self { root, target: folder.join("target"), _lock: lock }
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect(file);
    }

    /// What Cargo says, as an error if it fails.
    fn cargo(&self, folder: &str, arguments: &str) -> Result<String, String> {
        let output = Command::new(env!("CARGO"))
            .args(arguments.split(' '))
            .arg("--offline")
            .current_dir(self.root.join(folder))
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never")
            .env_remove("DATABASE_URL")
            .output()
            .expect("Cargo runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    fn generated(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        read(&self.root.join("codegen"), &mut files);
        files
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (kind, path, copied) = (entry.file_type().expect("a type"), entry.path(), to.join(entry.file_name()));
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(path).expect("a link"), copied).expect("a link");
        } else if kind.is_file() {
            fs::write(copied, fs::read(path).expect("a file")).expect("a copy");
        } else if entry.file_name() != "target" && entry.file_name() != ".git" {
            copy(&path, &copied);
        }
    }
}

fn read(folder: &Path, files: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, files);
        } else {
            let text = fs::read_to_string(&path).expect("a text");
            files.insert(path, text);
        }
    }
}

const BUILD: &str = "build -p pgmemory-generate";

/// One test, since each step starts from what the one before has built.
#[test]
fn the_build_script_keeps_its_promises() {
    let workspace = Workspace::copy();
    regenerates_the_same(&workspace);
    names_the_place_of_every_mistake(&workspace);
    makes_new_functions_in_one_build(&workspace);
    refuses_old_code_without_the_generator(&workspace);
    spares_dependents(&workspace);
}

fn regenerates_the_same(workspace: &Workspace) {
    let committed = workspace.generated();
    fs::remove_file(workspace.root.join("codegen/fingerprint")).expect("a fingerprint");
    fs::remove_file(workspace.root.join("codegen/src/queries/stats.rs")).expect("a module");
    workspace.write("codegen/src/queries/stale.rs", "");
    workspace.cargo("", BUILD).expect("the build");
    let generated = workspace.generated();
    let files: BTreeSet<_> = committed.keys().chain(generated.keys()).collect();
    let differing: Vec<_> = files.into_iter().filter(|file| committed.get(*file) != generated.get(*file)).collect();
    assert!(differing.is_empty(), "not what the generator makes: {differing:#?}");
}

fn names_the_place_of_every_mistake(workspace: &Workspace) {
    let before = workspace.generated();
    workspace.write(
        "queries/wrong_column.sql",
        "--! get
--- The user's first parameter and :the second stand above the mistake.
SELECT node_id -- and this isn't a string
FROM memory.nodes
WHERE user_id = :user_id AND content ->> 'it''s :no parameter' = :content
    AND 'Zoë' = :user_id AND entity_nam = :name;
",
    );
    workspace.write(
        "queries/wrong_type.sql",
        "--! get\nSELECT 1 AS one;\n\n--! count\nSELECT count(*)\nFROM memory.nodes\nWHERE access_count = 'many'::text;\n",
    );
    workspace.write(
        "schema/V9999__no_transaction.sql",
        "-- no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS nodes_one_idx ON memory.nodes (user_id, updated_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS nodes_two_idx ON memory.nodes (user_id)
WHERE entity_nam IS NULL;
",
    );
    let said = workspace.cargo("", BUILD).expect_err("a mistake in the schema");
    assert!(said.contains("schema/V9999__no_transaction.sql:4:7: column \"entity_nam\" does not exist"), "{said}");
    fs::remove_file(workspace.root.join("schema/V9999__no_transaction.sql")).expect("the file");
    let said = workspace.cargo("", BUILD).expect_err("two mistakes");
    for line in [
        "queries/wrong_column.sql:6:30: column \"entity_nam\" does not exist",
        "  hint: Perhaps you meant to reference the column \"nodes.entity_name\".",
        "queries/wrong_type.sql:7:20: operator does not exist: integer = text",
        "  hint: No operator matches the given name and argument types.",
    ] {
        assert!(said.contains(&format!(": {line}")), "no {line:?} in\n{said}");
    }
    assert!(workspace.generated() == before, "a failed build changes nothing");
    workspace.write("queries/wrong_type.sql", "--! get\nSELECT search\nFROM memory.nodes\nWHERE user_id = :u;\n");
    workspace.write(
        "queries/wrong_column.sql",
        "--! get\nSELECT E'it\\'s :not', $$it's :not$$, 1 AS one /* nor :this */\nWHERE 1 IN (:a, :b, :c, :d, :e, :f, :g, :h, :i, :j);\n",
    );
    let said = workspace.cargo("", BUILD).expect_err("a short name");
    assert!(said.contains("queries/wrong_column.sql: give the parameter :j a longer name"), "{said}");
    fs::remove_file(workspace.root.join("queries/wrong_column.sql")).expect("the file");
    let said = workspace.cargo("", BUILD).expect_err("a type that has no Rust counterpart");
    assert!(said.contains("queries/wrong_type.sql:1:5:") && said.contains("tsvector"), "{said}");
    for misnamed in ["queries/p-8.sql", "queries/sub/nodes.sql"] {
        workspace.write(misnamed, "--! get\nSELECT 1 AS one;\n");
        let said = workspace.cargo("", BUILD).expect_err("a name that is no module");
        assert!(said.contains("a query file is named like a module"), "{said}");
        fs::remove_file(workspace.root.join(misnamed)).expect(misnamed);
    }
    fs::remove_dir(workspace.root.join("queries/sub")).expect("an empty folder");
    workspace.write("queries/wrong_column.sql", "");
    for file in ["queries/wrong_column.sql", "queries/wrong_type.sql"] {
        fs::remove_file(workspace.root.join(file)).expect(file);
    }
}

/// With it come two queries that cornucopia gets wrong, to see that the guards notice.
fn makes_new_functions_in_one_build(workspace: &Workspace) {
    workspace.write("queries/probe.sql", "--! count\nSELECT count(*) AS nodes FROM memory.nodes WHERE user_id = :user_id;\n");
    workspace.write(
        "queries/trap.sql",
        r"--! drop_filter
SELECT node_id
FROM memory.nodes
WHERE summary LIKE :pattern ESCAPE '\' -- as it is
    AND user_id = :user_id;

--! squeeze
SELECT 'two
lines' AS text;
",
    );
    workspace.write("generate/src/lib.rs", "//! Compiles only if the new function is there.\n\npub use codegen::queries::probe::count;\n");
    workspace.cargo("", BUILD).expect("one build");
    let tree = Tree::read(&workspace.root);
    assert_eq!(left_comments(&tree), ["trap::drop_filter has a comment left in"]);
    assert_eq!(changed_statements(&tree), ["trap::drop_filter is not what was written", "trap::squeeze is not what was written"]);

    let said = workspace.cargo("", BUILD).expect("a second build");
    assert!(!said.contains("Compiling"), "the second build has nothing to do, but\n{said}");
}

fn refuses_old_code_without_the_generator(workspace: &Workspace) {
    workspace.write("queries/probe.sql", "--! get\nSELECT 1 AS one;\n");
    let said = workspace.cargo("", "build -p pgmemory-codegen").expect_err("the code is old");
    assert!(said.contains("the generated code is older than queries/probe.sql"), "{said}");
}

fn spares_dependents(workspace: &Workspace) {
    workspace.write(
        "dependent/Cargo.toml",
        "[package]\nname = \"dependent\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\npgmemory.path = \"..\"\n",
    );
    workspace.write("dependent/src/lib.rs", "");
    fs::copy(workspace.root.join("Cargo.lock"), workspace.root.join("dependent/Cargo.lock")).expect("the same versions");
    let generator = ["cornucopia v", "pgmemory-embedded v"];

    let tree = workspace.cargo("dependent", "tree -e normal,build").expect("a tree");
    assert!(tree.contains("pgmemory-codegen v"), "{tree}");
    assert!(!generator.iter().any(|name| tree.contains(name)), "{tree}");
    let tree = workspace.cargo("", "tree -e normal,build -p pgmemory-generate").expect("a tree");
    assert!(generator.iter().all(|name| tree.contains(name)), "{tree}");
}
