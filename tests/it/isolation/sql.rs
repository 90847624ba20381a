//! Whatever a login sends that is a user's own: it reads and changes no row of another's. Each probe is tried once more without
//! the wall that it ran against, and then succeeds: so it is the wall that holds.

use std::collections::BTreeSet;

use pgmemory::{NewNode, NewRelationship, RelationshipType};
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use super::logins::{Login, Shell};
use crate::{
    dump::contents,
    support::{Database, Layout},
};

/// The other user, whose every row names it.
pub(super) const VICTIM: &str = "xylophone";

/// A node of that user's, whose id the login has guessed.
pub(super) const NODE: Uuid = Uuid::from_u128(0xa1);

const TABLES: [&str; 5] = ["nodes", "relationships", "user_metadata", "changes", "lexemes"];

const LEAK: &str = "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$; ";

/// Statements that would read rows of the victim's.
const READS: [&str; 31] = [
    "TABLE memory.nodes",
    "TABLE memory.relationships",
    "TABLE memory.user_metadata",
    "TABLE memory.changes",
    "TABLE memory.lexemes",
    "SELECT user_id FROM memory.nodes WHERE user_id = 'xylophone'",
    "SELECT summary FROM memory.nodes WHERE node_id = '{node}'",
    "SELECT 'xylophone' FROM memory.nodes HAVING count(*) > 1",
    "SELECT 'xylophone' WHERE EXISTS (SELECT FROM memory.nodes WHERE content @> '{\"entity_data\": {\"plan\": \"secret\"}}')",
    "SELECT summary FROM memory.nodes TABLESAMPLE SYSTEM (100)",
    "SELECT json_agg(n) FROM memory.nodes AS n",
    "SELECT n.summary FROM memory.relationships AS r JOIN memory.nodes AS n ON n.node_id = r.from_node_id",
    "COPY OUT COPY memory.nodes TO STDOUT",
    "COPY OUT COPY (SELECT summary FROM memory.nodes) TO STDOUT",
    "SELECT query_to_xml('TABLE memory.nodes', true, true, '')",
    "SELECT table_to_xml('memory.changes', true, true, '')",
    "BEGIN; DECLARE c CURSOR FOR SELECT summary FROM memory.nodes; FETCH ALL FROM c",
    "PREPARE p AS SELECT summary FROM memory.nodes; SET pgmemory.user_id = 'xylophone'; EXECUTE p",
    "SET pgmemory.user_id = 'xylophone'; SELECT summary FROM memory.nodes",
    "SELECT set_config('pgmemory.user_id', 'nobody', false); SELECT set_config('role', 'pgmemory_tenant', false); TABLE memory.nodes",
    "BEGIN; SET LOCAL ROLE pgmemory_tenant; SET LOCAL pgmemory.user_id = 'xylophone'; SELECT summary FROM memory.nodes",
    "SET ROLE pgmemory_tenant; RESET ROLE; SELECT summary FROM memory.nodes",
    "SET SESSION AUTHORIZATION DEFAULT; SELECT summary FROM memory.nodes",
    "SET search_path = pg_temp; CREATE TEMPORARY TABLE tenant_logins (login name, user_id text);
        INSERT INTO tenant_logins VALUES (session_user, 'xylophone'); SELECT summary FROM memory.nodes",
    "CREATE TEMPORARY VIEW mine AS SELECT * FROM memory.nodes; TABLE mine",
    "CREATE TEMPORARY TABLE mine AS SELECT * FROM memory.nodes; TABLE mine",
    "DO $$ DECLARE n record; BEGIN FOR n IN SELECT * FROM memory.nodes LOOP RAISE NOTICE '%', n.user_id; END LOOP; END $$",
    "{leak} SELECT count(*) FROM memory.nodes WHERE pg_temp.leak(user_id)",
    "{leak} SET enable_indexscan = off; SET enable_bitmapscan = off; SELECT FROM memory.nodes WHERE pg_temp.leak(summary) LIMIT 10",
    "{leak} SELECT FROM (SELECT user_id FROM memory.changes OFFSET 0) AS c WHERE pg_temp.leak(user_id)",
    // The message has the value that is no number.
    "SELECT FROM memory.nodes WHERE user_id <> 'mallory' AND summary::integer = 1",
];

/// The same of a login that may write; each would tell what it did.
const WRITES: [&str; 12] = [
    "INSERT INTO memory.nodes (user_id, content, context_type) VALUES ('xylophone', '{}', 'tool_output') RETURNING user_id",
    "INSERT INTO memory.user_metadata AS m (user_id) VALUES ('xylophone') ON CONFLICT (user_id) DO UPDATE SET version = 0 RETURNING user_id",
    "INSERT INTO memory.changes (user_id, version, op, node_id) VALUES ('xylophone', 999, 'delete', '{node}') RETURNING user_id",
    "UPDATE memory.nodes SET summary = 'mine' RETURNING user_id",
    "UPDATE memory.nodes SET summary = 'mine' WHERE node_id = '{node}' RETURNING user_id",
    "UPDATE memory.nodes SET user_id = 'xylophone' WHERE user_id = 'mallory' RETURNING user_id",
    "UPDATE memory.user_metadata SET version = 0, total_nodes = 0 RETURNING user_id",
    "UPDATE memory.relationships SET strength = 0 RETURNING user_id",
    "DELETE FROM memory.relationships RETURNING user_id",
    "DELETE FROM memory.nodes RETURNING user_id",
    "SELECT user_id FROM memory.nodes FOR UPDATE",
    "{leak} UPDATE memory.nodes SET summary = 'mine' WHERE pg_temp.leak(user_id)",
];

/// What a tenant may not do at all.
const DENIED: [&str; 56] = [
    "SELECT FROM memory.user_stats",
    "SELECT FROM memory.tenant_logins",
    "SELECT FROM memory.schema_history",
    "INSERT INTO memory.tenant_logins VALUES (session_user, 'xylophone')",
    "UPDATE memory.tenant_logins SET user_id = 'xylophone'",
    "INSERT INTO memory.nodes (user_id, content, context_type) VALUES ('mallory', '{}', 'tool_output')",
    "UPDATE memory.nodes SET summary = 'mine'",
    "DELETE FROM memory.nodes",
    "TRUNCATE memory.nodes CASCADE",
    "TRUNCATE memory.changes",
    "BEGIN; LOCK TABLE memory.nodes IN ROW EXCLUSIVE MODE",
    "BEGIN; LOCK TABLE memory.nodes IN ACCESS EXCLUSIVE MODE",
    "BEGIN; LOCK TABLE memory.user_metadata IN SHARE MODE",
    "SELECT FROM memory.nodes FOR UPDATE",
    "SELECT FROM memory.user_metadata FOR KEY SHARE",
    "SET row_security = off; TABLE memory.nodes",
    "SET ROLE pgmemory_app",
    "SET ROLE pgmemory_admin",
    "SET ROLE pgmemory_readonly",
    "SET ROLE pgmemory_tenant_writer",
    "SELECT set_config('role', 'pgmemory_tenant_writer', true)",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET SESSION AUTHORIZATION pgmemory_app",
    "SET session_replication_role = replica",
    "GRANT pgmemory_app TO CURRENT_USER",
    "GRANT SELECT ON memory.user_stats TO CURRENT_USER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER TABLE memory.nodes DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE memory.nodes OWNER TO CURRENT_USER",
    "ALTER TABLE memory.nodes DISABLE TRIGGER ALL",
    "DROP POLICY nodes_tenant ON memory.nodes",
    "CREATE POLICY mine ON memory.nodes USING (true)",
    "ALTER POLICY nodes_tenant ON memory.nodes USING (true)",
    "SELECT memory.protect_rows('memory.nodes')",
    "SELECT memory.slow_statements(10)",
    "CREATE OR REPLACE FUNCTION memory.tenant_user() RETURNS text LANGUAGE sql AS $$ SELECT 'xylophone' $$",
    "ALTER FUNCTION memory.tenant_user() RESET search_path",
    "DROP FUNCTION memory.tenant_user() CASCADE",
    "CREATE FUNCTION memory.mine() RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$",
    "CREATE TABLE memory.mine (a integer)",
    "CREATE INDEX ON memory.nodes (summary)",
    "CREATE TRIGGER mine AFTER INSERT ON memory.nodes FOR EACH ROW EXECUTE FUNCTION memory.nodes_written()",
    "CREATE RULE mine AS ON INSERT TO memory.nodes DO INSTEAD NOTHING",
    "CREATE STATISTICS mine ON user_id, summary FROM memory.nodes",
    "CREATE TABLE public.mine (u text, n uuid, FOREIGN KEY (u, n) REFERENCES memory.nodes (user_id, node_id))",
    "CREATE PUBLICATION mine FOR TABLE memory.nodes",
    "REFRESH MATERIALIZED VIEW memory.user_stats",
    "COPY memory.nodes TO '/tmp/pgmemory_mine'",
    "COPY memory.nodes TO PROGRAM 'cat'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT FROM pg_catalog.pg_statistic",
    "SELECT FROM pg_catalog.pg_statistic_ext_data",
    "SELECT FROM pg_catalog.pg_authid",
    "SELECT FROM pg_catalog.pg_largeobject",
    "SELECT lo_import('/etc/hostname')",
];

/// The functions of the schema that read or write, and how they would for the victim. None tells anything, and each row
/// stays as it was. All others are immutable: they know their arguments alone.
const FUNCTIONS: [(&str, &str); 14] = [
    ("record_changes", "SELECT memory.record_changes('xylophone', 'delete', ARRAY['{node}']::uuid[], NULL)"),
    (
        "record_changes_of_many",
        "SELECT memory.record_changes_of_many(ARRAY['xylophone', 'yodel'], 'insert', ARRAY['{node}', gen_random_uuid()]::uuid[], NULL)",
    ),
    (
        "nodes_written",
        "CREATE TEMPORARY TABLE fake (LIKE memory.nodes); CREATE TRIGGER fake AFTER INSERT ON fake REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION memory.nodes_written();
            INSERT INTO fake (user_id, node_id, content, context_type, created_at, last_accessed, access_count, tags, metadata)
            VALUES ('xylophone', '{node}', '{}', 'tool_output', now(), now(), 0, '{}', '{}')",
    ),
    (
        "relationships_written",
        "CREATE TEMPORARY TABLE fake (user_id text, id uuid); CREATE TRIGGER fake AFTER INSERT ON fake REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION memory.relationships_written(); INSERT INTO fake VALUES ('xylophone', '{node}')",
    ),
    ("refuse_truncate", "SELECT memory.refuse_truncate()"),
    ("slow_statements", "SELECT memory.slow_statements(10)"),
    ("protect_rows", "SELECT memory.protect_rows('memory.nodes')"),
    ("tenant_user", "SET pgmemory.user_id = 'xylophone'; SELECT memory.tenant_user()"),
    ("refuse_semantic", "SELECT memory.refuse_semantic()"),
    ("semantic_model", "SELECT memory.semantic_model()"),
    ("embed_nodes", "SELECT memory.embed_nodes('xylophone', ARRAY['{node}']::uuid[], ARRAY[1, 0]::real[])"),
    ("nearest_nodes", "SELECT memory.nearest_nodes('xylophone', ARRAY[1, 0]::real[], 10)"),
    ("unembedded_nodes", "SELECT memory.unembedded_nodes('xylophone', 10)"),
    ("embedding_coverage", "SELECT memory.embedding_coverage('xylophone'), memory.embedding_coverage(NULL)"),
];

fn written(probe: &str) -> String {
    probe.replace("{leak}", LEAK).replace("{node}", &NODE.to_string())
}

pub(super) async fn fill(database: &Database) {
    let victim = database.user(VICTIM);
    let nodes = [NewNode::entity("crm", "1").name("Acme").data(json!({"plan": "secret"})).node_id(NODE), NewNode::entity("crm", "2")];
    let stored = victim.store_many(&nodes.map(|node| node.summary(format!("of {VICTIM}")))).await.unwrap();
    victim.relate(&NewRelationship::new(NODE, RelationshipType::LedTo, stored[1].node_id)).await.unwrap();
    database.user("mallory").store(&NewNode::entity("mine", "1").summary("own")).await.unwrap();
    let lexemes =
        format!("INSERT INTO memory.lexemes SELECT u, 'word', 10, '{{0,0,0,0}}' FROM unnest('{{{VICTIM},mallory}}'::text[]) AS u");
    database.client().await.batch_execute(&lexemes).await.unwrap();
    database.memory.refresh_stats().await.unwrap();
}

/// A login of mallory's in one of the roles for that, and the connection that it attacks by.
async fn attacker<'a>(database: &'a Database, name: &str, role: &str) -> (Login<'a>, Shell) {
    let login = Login::of_user(database, name, role, "mallory").await;
    let shell = login.shell().await;
    (login, shell)
}

/// The probes that told something of the victim.
async fn telling<'a>(shell: &Shell, probes: &[&'a str]) -> Vec<(&'a str, String)> {
    let mut telling = Vec::new();
    for probe in probes {
        let said = shell.says(&written(probe)).await;
        if said.contains(VICTIM) {
            telling.push((*probe, said));
        }
    }
    telling
}

async fn without_policies(client: &Client) {
    for table in TABLES {
        client.batch_execute(&format!("ALTER TABLE memory.{table} DISABLE ROW LEVEL SECURITY")).await.unwrap();
    }
}

#[tokio::test]
async fn a_tenant_reads_no_row_of_another() {
    // COPY of a partitioned table needs a query.
    let database = Database::with_layout(Layout::Plain).await;
    fill(&database).await;
    let (login, shell) = attacker(&database, "reading_tenant", "pgmemory_tenant").await;
    assert!(shell.says("SELECT summary FROM memory.nodes").await.contains("own"), "its own rows are there");
    assert_eq!(telling(&shell, &READS).await, []);

    without_policies(&database.client().await).await;
    let told: Vec<_> = telling(&shell, &READS).await.into_iter().map(|(probe, _)| probe).collect();
    assert_eq!(told, READS, "each probe tells without the policies");
    drop(shell);
    login.remove().await;
}

#[tokio::test]
async fn a_tenant_that_may_write_reads_and_writes_no_row_of_another() {
    let database = Database::with_layout(Layout::Plain).await;
    fill(&database).await;
    let client = database.client().await;
    let before = contents(&client).await;
    let (login, shell) = attacker(&database, "writing_tenant", "pgmemory_tenant_writer").await;
    assert!(shell.says("UPDATE memory.nodes SET summary = 'own' RETURNING summary").await.contains("own\n1 rows"));
    assert_eq!(telling(&shell, &READS).await, []);
    let probes = WRITES.map(|probe| format!("BEGIN; {probe}"));
    let probes = probes.each_ref().map(String::as_str);
    assert_eq!(telling(&shell, &probes).await, []);
    let after = contents(&client).await;
    for (table, rows) in &before {
        let of_victim = |rows: &str| rows.lines().filter(|row| row.contains(VICTIM)).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of_victim(rows), of_victim(&after[table]), "{table}");
    }

    without_policies(&client).await;
    let told = telling(&shell, &probes).await;
    let told: Vec<_> = told.iter().map(|(probe, _)| *probe).collect();
    assert_eq!(told, probes, "each probe tells without the policies");
    drop(shell);
    login.remove().await;
}

/// The setting is the service's: without the question who logged in, every login could name whom it likes.
#[tokio::test]
async fn the_setting_counts_in_the_services_sessions_alone() {
    let database = Database::new().await;
    fill(&database).await;
    let (login, shell) = attacker(&database, "naming_tenant", "pgmemory_tenant").await;
    let probe = "SET pgmemory.user_id = 'xylophone'; SELECT summary FROM memory.nodes";
    assert!(!shell.says(probe).await.contains(VICTIM));
    let credulous = "CREATE OR REPLACE FUNCTION memory.tenant_user() RETURNS text LANGUAGE sql STABLE AS
        $$ SELECT current_setting('pgmemory.user_id', true) $$";
    database.client().await.batch_execute(credulous).await.unwrap();
    assert!(shell.says(probe).await.contains(VICTIM));
    drop(shell);
    login.remove().await;
}

#[tokio::test]
async fn what_a_tenant_may_not_is_denied() {
    let database = Database::new().await;
    fill(&database).await;
    let client = database.client().await;
    let (login, shell) = attacker(&database, "denied_tenant", "pgmemory_tenant").await;
    let before = contents(&client).await;
    for statement in DENIED {
        let said = shell.says(statement).await;
        assert!(said.contains("ERROR 42501 ") && !said.contains(VICTIM), "{statement}: {said}");
    }
    // The rows of partitions are guarded by nothing, and nobody may name them.
    let partitions = "SELECT format('SELECT FROM %s', c.oid::regclass) FROM pg_class c WHERE relispartition AND relkind = 'r'";
    for partition in client.query(partitions, &[]).await.unwrap() {
        let said = shell.says(partition.get(0)).await;
        assert!(said.contains("ERROR 42501 "), "{said}");
    }
    assert_eq!(contents(&client).await, before);
    drop(shell);
    login.remove().await;
}

#[tokio::test]
async fn no_function_tells_of_another_or_writes_for_it() {
    let database = Database::new().await;
    fill(&database).await;
    let client = database.client().await;
    let functions = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'memory'::regnamespace AND provolatile <> 'i'";
    let functions: BTreeSet<String> = client.query(functions, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(functions, FUNCTIONS.iter().map(|(name, _)| (*name).to_owned()).collect(), "every function that is not immutable");
    let definers = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'memory'::regnamespace AND prosecdef";
    let definers: Vec<String> = client.query(definers, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(definers, ["tenant_user"], "functions that run as the owner");

    for (name, role) in [("calling_tenant", "pgmemory_tenant"), ("calling_writer", "pgmemory_tenant_writer")] {
        let (login, shell) = attacker(&database, name, role).await;
        let before = contents(&client).await;
        for (function, call) in FUNCTIONS {
            let said = shell.says(&format!("BEGIN; {}; COMMIT", written(call))).await;
            assert!(!said.contains(VICTIM), "{function}: {said}");
            assert_eq!(contents(&client).await, before, "{function}: {said}");
        }
        drop(shell);
        login.remove().await;
    }
}
