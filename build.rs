//! Compiles `queries/` against `schema/` into `codegen/`, when one of them changed.
//!
//! This is the build script of the crate `codegen` (a link there points here): the script of another
//! crate could only regenerate it after Cargo had compiled the old one. What the generated code was made
//! from stands in `codegen/fingerprint`. While that is true, the script returns at once and needs no
//! database; so it does for a crate that depends on this one, where there are no queries to compile.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::exit,
};

use sha2::{Digest, Sha256};

fn main() {
    let codegen = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it"));
    let root = codegen.parent().expect("codegen/ lies in the workspace").to_path_buf();
    if !root.join("queries").is_dir() || !root.join("schema").is_dir() {
        return;
    }
    for input in ["build.rs", "cornucopia.toml", "queries", "schema"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }

    if let Err(problem) = check_names(&root) {
        fail(&[problem]);
    }
    let fingerprint = Fingerprint::of_inputs(&root);
    let changed = fingerprint.changed_since(&Fingerprint::read(&codegen));
    if changed.is_empty() {
        return;
    }
    if let Err(problems) = generate(&root, &codegen, &changed) {
        fail(&problems);
    }
    fingerprint.write(&codegen);
}

/// A query file names a module, so its name has to be one; in folders they would go unnoticed. That of SQLite's statements
/// is none of ours.
fn check_names(root: &Path) -> Result<(), String> {
    for entry in fs::read_dir(root.join("queries")).map_err(|error| format!("queries/: {error}"))? {
        let name = entry.map_err(|error| format!("queries/: {error}"))?.file_name().to_string_lossy().into_owned();
        if name == "sqlite" {
            continue;
        }
        let module = name.strip_suffix(".sql").unwrap_or_default();
        let is_word = module.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9' | '_'));
        if module.is_empty() || !is_word || module.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(format!("queries/{name}: a query file is named like a module, for example queries/nodes.sql"));
        }
    }
    Ok(())
}

/// Shows the problems as errors of the build and ends it.
fn fail(problems: &[String]) -> ! {
    for line in problems.iter().flat_map(|problem| problem.lines()) {
        println!("cargo::error={line}");
    }
    exit(1)
}

#[cfg(not(feature = "generate"))]
fn generate(_root: &Path, _codegen: &Path, changed: &[String]) -> Result<(), Vec<String>> {
    Err(vec![
        format!("the generated code is older than {}", changed.join(", ")),
        "run `cargo build` for the whole workspace: it compiles the SQL, a build of single packages does not".to_owned(),
    ])
}

/// The files that the generated code depends on, each with a hash of its text.
#[derive(PartialEq)]
struct Fingerprint(BTreeMap<String, String>);

impl Fingerprint {
    const FILE: &str = "fingerprint";

    fn of_inputs(root: &Path) -> Self {
        let sql = ["queries", "schema"].into_iter().flat_map(|folder| {
            fs::read_dir(root.join(folder))
                .expect("the folder was there a moment ago")
                .map(move |entry| format!("{folder}/{}", entry.expect("a readable entry").file_name().to_string_lossy()))
                .filter(|name| name.ends_with(".sql"))
        });
        let hash = |name: String| {
            let text = fs::read_to_string(root.join(&name)).unwrap_or_else(|error| fail(&[format!("{name}: {error}")]));
            // A checkout with other line ends is the same program.
            let digest = Sha256::digest(text.replace('\r', ""));
            (name, digest.iter().map(|byte| format!("{byte:02x}")).collect())
        };
        Self(sql.chain(["cornucopia.toml".to_owned()]).map(hash).collect())
    }

    fn read(codegen: &Path) -> Self {
        let text = fs::read_to_string(codegen.join(Self::FILE)).unwrap_or_default();
        Self(text.lines().filter_map(|line| line.split_once("  ")).map(|(hash, name)| (name.to_owned(), hash.to_owned())).collect())
    }

    fn write(&self, codegen: &Path) {
        let text: String = self.0.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect();
        fs::write(codegen.join(Self::FILE), text).expect("codegen/ is writable");
    }

    /// The names of the files that were added, edited or removed since.
    fn changed_since(&self, older: &Self) -> Vec<String> {
        self.0
            .keys()
            .chain(older.0.keys().filter(|name| !self.0.contains_key(*name)))
            .filter(|name| self.0.get(*name) != older.0.get(*name))
            .cloned()
            .collect()
    }
}

#[cfg(feature = "generate")]
use generator::generate;

#[cfg(feature = "generate")]
mod generator {
    use std::{
        collections::BTreeSet,
        panic::{AssertUnwindSafe, catch_unwind},
    };

    use cornucopia::config::Config;
    use miette::{Diagnostic, SourceSpan};
    use pgmemory_embedded::{Server, Settings};
    use regex::Regex;
    use serde::Serialize;
    use tokio::runtime::Runtime;
    use tokio_postgres::{Client, NoTls, error::ErrorPosition};

    use super::{Path, PathBuf, env, fs};

    type Problems = Vec<String>;

    /// Generates the crate from scratch and copies what differs into `codegen/`.
    pub(super) fn generate(root: &Path, codegen: &Path, changed: &[String]) -> Result<(), Problems> {
        // Paths in messages, and cornucopia's own, are relative to the root.
        env::set_current_dir(root).map_err(|error| vec![error.to_string()])?;
        let stage = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it")).join("stage");
        // The connections live on the runtime's thread while cornucopia blocks this one.
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(|error| vec![error.to_string()])?;

        let database = ScratchDatabase::create(&runtime, changed)?;
        load_schema(&runtime, &database.client)?;
        let queries = check_queries(&runtime, &database.client)?;
        compile_queries(&database.client, &stage)?;
        let objects = list_objects(&runtime, &database.client, &queries)?;
        write_contract(&stage, &queries, &objects).map_err(|error| vec![error.to_string()])?;
        drop(database);

        let same_manifest = fs::read(stage.join("Cargo.toml")).ok() == fs::read(codegen.join("Cargo.toml")).ok();
        update(&stage, codegen).map_err(|error| vec![format!("codegen/: {error}")])?;
        if same_manifest {
            return Ok(());
        }
        Err(vec!["codegen/Cargo.toml changed, which Cargo had read already: run `cargo build` again".to_owned()])
    }

    /// A database of this build alone, on the server that DATABASE_URL names, else on one of its own.
    struct ScratchDatabase<'a> {
        name: String,
        client: Client,
        administrator: Client,
        runtime: &'a Runtime,
        _server: Option<(Server, tempfile::TempDir)>,
    }

    impl<'a> ScratchDatabase<'a> {
        fn create(runtime: &'a Runtime, changed: &[String]) -> Result<Self, Problems> {
            let no_server = |error: String| {
                vec![
                    format!("{} changed, and there is no PostgreSQL to check the SQL with: {error}", changed.join(", ")),
                    "set DATABASE_URL to a server where the build may create a database, or install PostgreSQL".to_owned(),
                ]
            };
            let (url, server) = match env::var("DATABASE_URL").ok().filter(|url| !url.is_empty()) {
                Some(url) => (url, None),
                None => {
                    let folder = tempfile::tempdir().map_err(|error| no_server(error.to_string()))?;
                    let server =
                        Server::start(&Settings::fast(folder.path().join("build"))).map_err(|error| no_server(error.to_string()))?;
                    (server.url("postgres"), Some((server, folder)))
                }
            };
            let config: tokio_postgres::Config = url.parse().map_err(|error| no_server(format!("{error}")))?;
            let administrator = connect(runtime, &config).map_err(|error| no_server(describe(&error)))?;
            let name = format!("pgmemory_build_{}", std::process::id());
            runtime
                .block_on(administrator.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")))
                .map_err(|error| no_server(describe(&error)))?;
            let client = connect(runtime, config.clone().dbname(&name)).map_err(|error| no_server(describe(&error)))?;
            Ok(Self { name, client, administrator, runtime, _server: server })
        }
    }

    impl Drop for ScratchDatabase<'_> {
        fn drop(&mut self) {
            let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
            if let Err(error) = self.runtime.block_on(self.administrator.batch_execute(&statement)) {
                println!("cargo::warning=the database {} stays behind: {error}", self.name);
            }
        }
    }

    fn connect(runtime: &Runtime, config: &tokio_postgres::Config) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = runtime.block_on(config.connect(NoTls))?;
        runtime.spawn(connection);
        Ok(client)
    }

    /// The migrations in order, as a new database gets them: one that cannot be a transaction statement by
    /// statement.
    fn load_schema(runtime: &Runtime, client: &Client) -> Result<(), Problems> {
        for file in sql_files("schema")? {
            let sql = read(&file)?;
            let statements = if sql.starts_with("-- no transaction\n") { sql.split_inclusive(";\n").collect() } else { vec![sql.as_str()] };
            let mut start = 0;
            for statement in statements {
                runtime.block_on(client.batch_execute(statement)).map_err(|error| vec![locate(&file, &sql, start, &error)])?;
                start += statement.len();
            }
        }
        Ok(())
    }

    /// What a query asks of a database, as the schema answers it.
    #[derive(Serialize)]
    struct Query {
        module: String,
        name: String,
        /// Where the query begins in its file.
        line: usize,
        sql: String,
        /// Names and types.
        parameters: Vec<(String, String)>,
        columns: Vec<(String, String)>,
        /// Tables, and what must be allowed there.
        privileges: BTreeSet<(String, &'static str)>,
    }

    /// Lets the server parse every query, and says of each mistake where it stands. cornucopia does the
    /// same, but stops at the first, and its places are off after the first parameter.
    fn check_queries(runtime: &Runtime, client: &Client) -> Result<Vec<Query>, Problems> {
        let header = Regex::new(r"(?m)^--! *(\w+).*\n").expect("a valid expression");
        let (mut queries, mut problems) = (Vec::new(), Vec::new());
        for file in sql_files("queries")? {
            let text = read(&file)?;
            let headers: Vec<_> =
                header.captures_iter(&text).map(|found| (found.get(0).expect("the whole"), found[1].to_owned())).collect();
            let ends = headers.iter().map(|(header, _)| header.start()).skip(1).chain([text.len()]);
            for ((header, name), end) in headers.iter().zip(ends) {
                let start = header.end();
                let (sql, names) = match number_parameters(&text[start..end]) {
                    Ok(numbered) => numbered,
                    Err(parameter) => {
                        problems.push(format!("{}: give the parameter {parameter} a longer name", file.display()));
                        continue;
                    }
                };
                match runtime.block_on(client.prepare(&sql)) {
                    Ok(statement) => queries.push(Query {
                        module: file.file_stem().expect("it has a name").to_string_lossy().into_owned(),
                        name: name.clone(),
                        line: text[..start].matches('\n').count() + 1,
                        parameters: names.into_iter().zip(statement.params().iter().map(type_name)).collect(),
                        columns: statement.columns().iter().map(|column| (column.name().to_owned(), type_name(column.type_()))).collect(),
                        privileges: privileges(&sql),
                        sql,
                    }),
                    Err(error) => problems.push(locate(&file, &text, start, &error)),
                }
            }
        }
        if problems.is_empty() { Ok(queries) } else { Err(problems) }
    }

    fn type_name(type_: &tokio_postgres::types::Type) -> String {
        format!("{}.{}", type_.schema(), type_.name())
    }

    /// What a role must be allowed to do with which table of the schema; PREPARE does not ask. A write to a table
    /// that is counted and logged writes there, too.
    fn privileges(sql: &str) -> BTreeSet<(String, &'static str)> {
        let code = Regex::new("--[^\n]*").expect("a valid expression").replace_all(sql, "");
        let mention = Regex::new(r"(INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN)\s+memory\.(\w+)(\(?)").expect("a valid expression");
        let mut needed = BTreeSet::new();
        for found in mention.captures_iter(&code).filter(|found| found[3].is_empty()) {
            let table = &found[2];
            let kinds: &[&'static str] = match &found[1] {
                "INSERT INTO" if code.contains("DO UPDATE") => &["INSERT", "SELECT", "UPDATE"],
                "INSERT INTO" => &["INSERT", "SELECT"],
                "UPDATE" => &["SELECT", "UPDATE"],
                "DELETE FROM" => &["DELETE", "SELECT"],
                _ => &["SELECT"],
            };
            needed.extend(kinds.iter().map(|kind| (table.to_owned(), *kind)));
            if kinds.len() > 1 && ["nodes", "relationships"].contains(&table) {
                needed.insert(("changes".to_owned(), "INSERT"));
                needed.extend(["INSERT", "SELECT", "UPDATE"].map(|kind| ("user_metadata".to_owned(), kind)));
            }
        }
        needed
    }

    /// What the migrations made, as `verify::list_objects` tells it.
    fn list_objects(runtime: &Runtime, client: &Client, queries: &[Query]) -> Result<Vec<Object>, Problems> {
        let Some(list) = queries.iter().find(|query| query.module == "verify" && query.name == "list_objects") else {
            return Ok(Vec::new());
        };
        let rows = runtime.block_on(client.query(&list.sql, &[])).map_err(|error| vec![describe(&error)])?;
        let mut objects: Vec<Object> =
            rows.iter().map(|row| Object { kind: row.get(0), name: row.get(1), definition: row.get(2) }).collect();
        objects.sort();
        Ok(objects)
    }

    /// Something that the migrations made.
    #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Object {
        kind: String,
        name: String,
        definition: String,
    }

    /// Writes it beside the generated code, which has its text as the constant `CONTRACT`. Each entry has a line, so
    /// that a change is seen as one.
    fn write_contract(stage: &Path, queries: &[Query], objects: &[Object]) -> std::io::Result<()> {
        fn lines<T: Serialize>(entries: &[T]) -> serde_json::Result<String> {
            Ok(entries.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?.join(",\n"))
        }
        let contract = format!("{{\"queries\": [\n{}\n],\n\"objects\": [\n{}\n]}}\n", lines(queries)?, lines(objects)?);
        fs::write(stage.join("contract.json"), contract)?;
        let lib = stage.join("src/lib.rs");
        let constant = "/// What the queries ask of a database, and what the schema gives them, as JSON.\n\
                        pub const CONTRACT: &str = include_str!(\"../contract.json\");\n";
        let code = fs::read_to_string(&lib)?;
        fs::write(lib, format!("{code}{constant}"))
    }

    /// Turns `:name` into `$1` and so on without moving any other character, so that the positions of
    /// the server are those of the file; and lists the names. The error is a name that is shorter than its number.
    fn number_parameters(query: &str) -> Result<(String, Vec<String>), String> {
        let other_text = r#"(?s:(?i:\bE)'(?:[^'\\]|\\.)*'|'[^']*'|"[^"]*"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$|::)"#;
        let token = Regex::new(&format!(r"{other_text}|:(\w+)")).expect("a valid expression");
        let mut names: Vec<String> = Vec::new();
        let mut too_short = None;
        let numbered = token
            .replace_all(query, |token: &regex::Captures<'_>| {
                let Some(name) = token.get(1) else {
                    return token[0].to_owned();
                };
                let number = names.iter().position(|known| known == name.as_str()).unwrap_or_else(|| {
                    names.push(name.as_str().to_owned());
                    names.len() - 1
                });
                let number = format!("${}", number + 1);
                if number.len() > token[0].len() {
                    too_short = Some(token[0].to_owned());
                }
                format!("{number:<width$}", width = token[0].len())
            })
            .into_owned();
        too_short.map_or(Ok((numbered, names)), Err)
    }

    fn compile_queries(client: &Client, stage: &Path) -> Result<(), Problems> {
        let mut config = Config::from_file("cornucopia.toml").map_err(|error| vec![format!("cornucopia.toml: {error}")])?;
        config.destination = stage.to_path_buf();
        // It would take the statements of SQLite, in a folder beside them, for its own.
        config.queries = copy_queries(stage).map_err(|error| vec![format!("queries/: {error}")])?;
        // cornucopia panics on some files: then the scratch database has to go all the same.
        match catch_unwind(AssertUnwindSafe(|| cornucopia::gen_live(client, config))) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(vec![locate_diagnostic(&error)]),
            Err(_) => Err(vec!["cornucopia panicked; its message stands below, with what it printed".to_owned()]),
        }
    }

    fn copy_queries(stage: &Path) -> std::io::Result<PathBuf> {
        let folder = stage.with_file_name("queries");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir("queries")? {
            let file = entry?.path();
            if file.is_file() {
                fs::copy(&file, folder.join(file.file_name().unwrap_or_default()))?;
            }
        }
        Ok(folder)
    }

    /// `file:line:column: message`, then the server's detail and hint.
    fn locate(file: &Path, text: &str, start: usize, error: &tokio_postgres::Error) -> String {
        let Some(database_error) = error.as_db_error() else {
            return format!("{}: {error}", file.display());
        };
        let position = match database_error.position() {
            Some(ErrorPosition::Original(position)) => *position as usize,
            _ => 1,
        };
        let before: String = text[..start].chars().chain(text[start..].chars().take(position - 1)).collect();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
        let more = [("detail", database_error.detail()), ("hint", database_error.hint())];
        let more: String = more.iter().filter_map(|(kind, text)| text.map(|text| format!("\n  {kind}: {text}"))).collect();
        format!("{}:{line}:{column}: {}{more}", file.display(), database_error.message())
    }

    /// The same for what cornucopia itself finds wrong.
    fn locate_diagnostic(error: &dyn Diagnostic) -> String {
        let label = error.labels().and_then(|mut labels| labels.next());
        let place = label.as_ref().and_then(|label| {
            let span = SourceSpan::from((label.offset(), 0));
            let contents = error.source_code()?.read_span(&span, 0, 0).ok()?;
            let file = Path::new(contents.name().unwrap_or_default()).file_name().unwrap_or_default().to_string_lossy();
            Some(format!("queries/{file}:{}:{}: ", contents.line() + 1, contents.column() + 1))
        });
        let more = [
            ("detail", label.as_ref().and_then(|label| label.label().map(str::to_owned))),
            ("hint", error.help().map(|help| help.to_string())),
        ];
        let more: String = more.into_iter().filter_map(|(kind, text)| text.map(|text| format!("\n  {kind}: {text}"))).collect();
        format!("{}{error}{more}", place.unwrap_or_default())
    }

    fn describe(error: &tokio_postgres::Error) -> String {
        error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
    }

    fn sql_files(folder: &str) -> Result<Vec<PathBuf>, Problems> {
        let entries = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>());
        let mut files = entries.map_err(|error| vec![format!("{folder}/: {error}")])?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
        files.sort();
        Ok(files)
    }

    fn read(file: &Path) -> Result<String, Problems> {
        fs::read_to_string(file).map_err(|error| vec![format!("{}: {error}", file.display())])
    }

    /// Writes the files that differ, so that an unchanged module is not compiled again, and deletes
    /// those that no query file stands for any more.
    fn update(stage: &Path, codegen: &Path) -> std::io::Result<()> {
        let generated = files_below(stage)?;
        for file in &generated {
            let (from, to) = (stage.join(file), codegen.join(file));
            let text = fs::read(from)?;
            if fs::read(&to).ok().as_ref() != Some(&text) {
                fs::create_dir_all(to.parent().expect("a file lies in a folder"))?;
                fs::write(to, text)?;
            }
        }
        for file in files_below(&codegen.join("src"))? {
            let file = Path::new("src").join(file);
            if !generated.contains(&file) {
                fs::remove_file(codegen.join(file))?;
            }
        }
        Ok(())
    }

    /// Every file below a folder, relative to it.
    fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = PathBuf::from(path.file_name().expect("an entry has a name"));
            if path.is_dir() {
                files.extend(files_below(&path)?.into_iter().map(|file| name.join(file)));
            } else {
                files.push(name);
            }
        }
        Ok(files)
    }
}
