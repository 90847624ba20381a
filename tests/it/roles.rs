//! The roles are made by the first migration of a cluster, whoever may make them; each test has a cluster of its own.

use futures::future::join_all;
use pgmemory::{Config, Error, ErrorKind, Memory, NewNode};
use pgmemory_embedded::{Server, Settings};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::support::{Database, Layout};

struct Cluster {
    server: Server,
    _folder: TempDir,
}

impl Cluster {
    /// With a login that owns some databases.
    async fn new(owner: &str, databases: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::fast(folder.path().join("server"));
        let server = tokio::task::spawn_blocking(move || Server::start(&settings)).await.unwrap().unwrap();
        let cluster = Self { server, _folder: folder };
        let client = cluster.superuser("postgres").await;
        client.batch_execute(&format!("CREATE ROLE owner LOGIN {owner}")).await.unwrap();
        for database in databases {
            client.batch_execute(&format!("CREATE DATABASE {database} OWNER owner")).await.unwrap();
        }
        cluster
    }

    async fn superuser(&self, database: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.server.url(database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    async fn migrate(&self, database: &str) -> Result<Memory, Error> {
        let url = self.server.url(database).replace("postgres@", "owner@");
        let memory = Memory::connect(Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap();
        memory.migrate().await?;
        Ok(memory)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_make_the_roles_is_told_what_to_type() {
    let cluster = Cluster::new("", &["one"]).await;
    let error = cluster.migrate("one").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Denied);
    let text = error.to_string();
    let (before, hint) = text.split_once("as a superuser: ").unwrap_or_else(|| panic!("{text}"));
    assert!(before.contains("the role owner may not create the roles"), "{text}");
    let (statements, _) = hint.split_once(')').unwrap();
    assert_eq!(statements.matches("CREATE ROLE pgmemory_").count(), 5, "{text}");

    cluster.superuser("one").await.batch_execute(statements).await.unwrap();
    let memory = cluster.migrate("one").await.unwrap();
    assert!(memory.verify().await.unwrap().findings.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_that_are_migrated_at_once_share_the_roles() {
    let databases = ["one", "two", "three", "four", "five", "six"];
    let cluster = Cluster::new("CREATEROLE", &databases).await;
    for memory in join_all(databases.map(|database| cluster.migrate(database))).await {
        assert!(memory.unwrap().verify().await.unwrap().findings.is_empty());
    }
    let members =
        "SELECT count(*) FROM pg_auth_members WHERE roleid::regrole::text = 'pgmemory_tenant_writer' AND member = 'pgmemory_app'::regrole";
    let row = cluster.superuser("one").await.query_one(members, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
}

/// Back to version 7, and to the grants that were typed then.
const OLD: &str = "
    ALTER TABLE memory.nodes DISABLE ROW LEVEL SECURITY;
    ALTER TABLE memory.relationships DISABLE ROW LEVEL SECURITY;
    ALTER TABLE memory.lexemes DISABLE ROW LEVEL SECURITY;
    ALTER TABLE memory.user_metadata DISABLE ROW LEVEL SECURITY;
    ALTER TABLE memory.changes DISABLE ROW LEVEL SECURITY;
    DROP FUNCTION memory.tenant_user() CASCADE;
    DROP FUNCTION memory.protect_rows(regclass);
    DROP TABLE memory.tenant_logins;
    REVOKE ALL ON ALL TABLES IN SCHEMA memory
        FROM pgmemory_app, pgmemory_tenant, pgmemory_tenant_writer, pgmemory_readonly, pgmemory_admin;
    DROP TABLE memory.journals;
    DROP FUNCTION memory.record_changes_of_many(text[], text, uuid[], uuid[]);
    DELETE FROM memory.schema_history WHERE version >= 8;
    CREATE ROLE agent_of_version_7 LOGIN;
    GRANT USAGE ON SCHEMA memory TO agent_of_version_7;
    GRANT SELECT, INSERT, UPDATE, DELETE ON memory.nodes, memory.relationships, memory.lexemes TO agent_of_version_7;
    GRANT SELECT, INSERT, UPDATE ON memory.user_metadata TO agent_of_version_7;
    GRANT INSERT ON memory.changes TO agent_of_version_7";

#[tokio::test]
async fn a_service_of_before_goes_on() {
    let database = Database::with_layout(Layout::Plain).await;
    database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap();
    let client = database.client().await;
    client.batch_execute(OLD).await.unwrap();
    // A migration has no time limit, which a pooler would keep for the next.
    let owner = Memory::connect(Config::from_url(&database.direct_url()).unwrap()).await.unwrap();
    assert_eq!(
        owner.migrate().await.unwrap(),
        ["V8__roles", "V9__journals", "V10__cheaper_writes", "V11__room_for_updates", "V12__cheaper_lexemes", "V13__covering_walks"]
    );

    let url = database.direct_url().replace("postgres@", "agent_of_version_7@");
    let memory = Memory::connect(Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap();
    let alice = memory.user("alice").unwrap();
    assert!(alice.get_entity("crm", "1").await.unwrap().is_some());
    alice.store(&NewNode::entity("crm", "2")).await.unwrap();
    drop((memory, alice));
    client.batch_execute("DROP OWNED BY agent_of_version_7; DROP ROLE agent_of_version_7").await.unwrap();
    assert_eq!(database.memory.verify().await.unwrap().findings, []);
}
