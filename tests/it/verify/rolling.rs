//! While a deployment rolls, a program meets the schema of the version before its own, or of the one after.

use std::{fs, path::Path, process::Output};

use pgmemory::{ErrorKind, Severity, Verification};

use super::verify;
use crate::support::{Database, Layout};

/// The first schema from which on programs of two versions may run side by side.
const FIRST: i32 = 7;

/// What the queries of the newest program need of a migration: `(schema, query)`, where the query does not work on the
/// schema. Whoever deploys must migrate first then.
const NEEDED: [(i32, &str); 10] = [
    (7, "query maintenance::sweep_journals"),
    (7, "query maintenance::delete_traces"),
    (7, "query nodes::upsert_many"),
    (7, "query session::get_state"),
    (7, "query session::advance"),
    (8, "query maintenance::sweep_journals"),
    (8, "query maintenance::delete_traces"),
    (8, "query nodes::upsert_many"),
    (8, "query session::get_state"),
    (8, "query session::advance"),
];

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the queries of the last program for a schema asked of it.
fn contract(schema: i32) -> String {
    let file = checkout().join(format!("tests/it/verify/contracts/{schema}.json"));
    let missing = "is missing: with a new migration goes codegen/contract.json as it was before, under the number of its schema";
    fs::read_to_string(&file).unwrap_or_else(|_| panic!("{} {missing}", file.display()))
}

fn errors(verification: &Verification) -> Vec<&str> {
    assert!(verification.queries > 70, "{verification:?}");
    let errors = verification.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| finding.object.as_str()).collect()
}

/// A database with the migrations up to one.
async fn at_schema(version: i32) -> Database {
    let database = Database::empty().await;
    let client = database.client().await;
    let mut files: Vec<_> = fs::read_dir(checkout().join("schema")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    for file in files.iter().take(usize::try_from(version).unwrap()) {
        let sql = fs::read_to_string(file).unwrap().replace(" CONCURRENTLY", "");
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    database
}

#[tokio::test]
async fn an_older_program_works_on_the_newest_schema() {
    let database = Database::with_layout(Layout::Plain).await;
    let newest = database.memory.health().await.unwrap().schema_version;
    assert!(newest > FIRST, "there is an older one");
    for schema in FIRST..newest {
        assert_eq!(errors(&database.memory.verify_version(&contract(schema)).await.unwrap()), [""; 0], "of schema {schema}");
    }
}

#[tokio::test]
async fn the_newest_program_works_on_an_older_schema() {
    let newest = Database::with_layout(Layout::Plain).await.memory.health().await.unwrap().schema_version;
    let contract = fs::read_to_string(checkout().join("codegen/contract.json")).unwrap();
    for schema in FIRST..newest {
        let verification = at_schema(schema).await.memory.verify_version(&contract).await.unwrap();
        let needed: Vec<&str> = NEEDED.iter().filter(|(at, _)| *at == schema).map(|(_, query)| *query).collect();
        assert_eq!(errors(&verification), needed, "on schema {schema}");
    }
}

#[tokio::test]
async fn a_migration_that_breaks_the_older_program_is_noticed() {
    let database = Database::with_layout(Layout::Plain).await;
    let migration =
        "ALTER TABLE memory.relationships ALTER strength TYPE double precision; ALTER TABLE memory.nodes RENAME summary TO abstract";
    database.client().await.batch_execute(migration).await.unwrap();
    let verification = database.memory.verify_version(&contract(FIRST)).await.unwrap();
    let errors = errors(&verification);
    assert!(errors.contains(&"columns of relationships::list") && errors.contains(&"query nodes::get"), "{errors:?}");
    let error = database.memory.verify_version("{}").await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("contract")));
}

/// The command takes the folder of another checkout, and none that was edited and not built.
#[tokio::test(flavor = "multi_thread")]
async fn the_queries_of_another_checkout_are_verified() {
    let database = Database::with_layout(Layout::Plain).await;
    let other = tempfile::tempdir().unwrap();
    for file in ["codegen/contract.json", "codegen/fingerprint"].map(str::to_owned).into_iter().chain(query_files()) {
        fs::create_dir_all(other.path().join(&file).parent().unwrap()).unwrap();
        fs::copy(checkout().join(&file), other.path().join(&file)).unwrap();
    }
    let queries = other.path().join("queries");
    let run = |format: &str| verify(&database).args(["--format", format, "--queries"]).arg(&queries).output().unwrap();
    let text = |output: &Output| String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap();

    let output = run("text");
    let fits = text(&output).contains("queries parsed, none reaches another user's rows\n");
    assert!(output.status.success() && fits, "{}", text(&output));
    database.client().await.batch_execute("ALTER TABLE memory.nodes RENAME summary TO abstract").await.unwrap();
    let output = run("github");
    let place = format!("::error file={},line=", queries.join("nodes.sql").display());
    assert!(output.status.code() == Some(1) && text(&output).contains(&place), "{}", text(&output));

    fs::write(queries.join("stats.sql"), "").unwrap();
    let output = run("text");
    assert!(output.status.code() == Some(1) && text(&output).contains("was edited since it was compiled"), "{}", text(&output));
    fs::remove_file(other.path().join("codegen/contract.json")).unwrap();
    assert!(text(&run("text")).contains("takes the folder queries/ of a checkout"));
}

fn query_files() -> impl Iterator<Item = String> {
    let files = fs::read_dir(checkout().join("queries")).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
    files.map(|entry| format!("queries/{}", entry.file_name().display()))
}
