//! How the tables of a database lie: as in `schema/`, or partitioned by user.

use std::{env, fmt::Write as _, fs, path::Path};

use tokio::sync::OnceCell;

use super::{SERVER, client, connect, execute};

const PARTITIONS: u32 = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Plain,
    /// Every table of users' rows in eight partitions, by a hash of the user's id.
    Hash,
}

impl Layout {
    /// The one that most tests use: plain, unless the whole suite is to run on another.
    pub(crate) fn of_this_run() -> Self {
        match env::var("PGMEMORY_TEST_LAYOUT").as_deref() {
            Err(_) => Self::Plain,
            Ok("hash") => Self::Hash,
            Ok(other) => panic!("PGMEMORY_TEST_LAYOUT is {other}: unset it, or make it hash"),
        }
    }

    /// A database with the schema in this layout, to make others from.
    pub(super) async fn template(self) -> &'static str {
        static PLAIN: OnceCell<()> = OnceCell::const_new();
        static HASH: OnceCell<()> = OnceCell::const_new();
        PLAIN.get_or_init(make_plain).await;
        match self {
            Self::Plain => "template_memory",
            Self::Hash => {
                HASH.get_or_init(make_hash).await;
                "template_hash"
            }
        }
    }
}

async fn make_plain() {
    execute("CREATE DATABASE template_memory").await;
    connect(&SERVER.url("template_memory")).await.migrate().await.expect("migrations");
}

/// The migrations with other tables, recorded like those of a database that has the plain ones.
async fn make_hash() {
    execute("CREATE DATABASE template_hash").await;
    let hash = client("template_hash").await;
    hash.batch_execute("CREATE SCHEMA partitions").await.expect("a schema");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut files: Vec<_> = fs::read_dir(folder).expect("schema/").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    for file in files {
        let sql = partitioned(&fs::read_to_string(&file).expect("a migration"));
        hash.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
    }

    let plain = client("template_memory").await;
    let history = plain.query_one("SELECT json_agg(h)::text FROM memory.schema_history AS h", &[]).await.expect("the history");
    let record = "INSERT INTO memory.schema_history SELECT * FROM json_populate_recordset(NULL::memory.schema_history, $1::text::json)";
    hash.execute(record, &[&history.get::<_, &str>(0)]).await.expect("a history");

    let kinds = "SELECT count(*) FILTER (WHERE relkind = 'p'), count(*) FILTER (WHERE relkind = 'r')
        FROM pg_class WHERE relnamespace = 'memory'::regnamespace AND relname NOT IN ('schema_history', 'tenant_logins')";
    let kinds = hash.query_one(kinds, &[]).await.expect("the catalog");
    assert!(kinds.get::<_, i64>(0) >= 4 && kinds.get::<_, i64>(1) == 0, "every table of users' rows is partitioned: {kinds:?}");
}

/// A migration whose tables of users' rows are made with their partitions, before anything is built on them.
fn partitioned(migration: &str) -> String {
    // On partitioned tables no index is built concurrently.
    let migration = migration.replace("INDEX CONCURRENTLY", "INDEX");
    let mut rest = migration.as_str();
    let mut sql = String::new();
    while let Some(start) = rest.find("CREATE TABLE memory.") {
        let (before, table) = rest.split_at(start);
        let (definition, after) = table.split_once("\n)").expect("a list of columns that ends on a line of its own");
        // Storage parameters belong to the partitions.
        let (options, after) = after.split_once(';').expect("the end of the statement");
        let name = definition["CREATE TABLE memory.".len()..].split(' ').next().expect("a name");
        write!(sql, "{before}{definition}\n) PARTITION BY HASH (user_id);\n").expect("memory");
        for remainder in 0..PARTITIONS {
            let values = format!("FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {remainder})");
            writeln!(sql, "CREATE TABLE partitions.{name}_{remainder} PARTITION OF memory.{name} {values} {options};").expect("memory");
        }
        rest = after;
    }
    sql + rest
}
