//! What docs/OPERATIONS.md tells a database administrator to type holds.

use std::process::Command;

use chrono::{TimeDelta, Utc};
use futures::future::try_join_all;
use pgmemory::{Config, ContextType, ErrorKind, Memory, NewNode, NewRelationship, Period, RelationshipType, Severity};
use serde_json::json;
use tokio_postgres::{Client, NoTls, error::SqlState};

use crate::{
    expiry::faults,
    support::{Database, tour::every_operation},
};

const BOOK: &str = include_str!("../../docs/OPERATIONS.md");

/// The fenced blocks that begin with this line.
fn blocks(fence: &str) -> Vec<&'static str> {
    let blocks: Vec<_> = BOOK.split(&format!("\n```{fence}\n")).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    assert!(!blocks.is_empty(), "no block {fence}");
    blocks
}

/// The SQL of a job that the book schedules.
fn job(name: &str) -> &'static str {
    let (_, call) = blocks("sql pg_cron")[0].split_once(&format!("cron.schedule('{name}'")).expect(name);
    call.split("$job$").nth(1).unwrap()
}

#[test]
fn every_documented_command_parses() {
    let typed = blocks("text").into_iter().flat_map(str::lines).filter_map(|line| line.strip_prefix("$ pgmemory "));
    let scheduled = BOOK.lines().filter_map(|line| line.split_once("/usr/local/bin/pgmemory ")).map(|(_, arguments)| arguments);
    let lines: Vec<_> = typed.chain(scheduled).collect();
    assert!(lines.len() > 20, "{lines:?}");
    for line in lines {
        // Options and values before it are parsed; what is only missing is not missed.
        let (arguments, rest) =
            line.split_once(" -- ").map_or((line, String::new()), |(arguments, rest)| (arguments, format!("-- {rest}")));
        let line = format!("{} {arguments} --help {rest}", env!("CARGO_BIN_EXE_pgmemory"));
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The headings can be reached from the table of contents.
#[test]
fn the_contents_list_every_chapter() {
    for heading in BOOK.lines().filter_map(|line| line.strip_prefix("## ")).filter(|heading| *heading != "Contents") {
        let anchor = heading.to_lowercase().replace(' ', "-");
        assert!(BOOK.contains(&format!("[{heading}](#{anchor})")), "{heading}");
    }
}

/// The migration says the same to whoever may not create them.
#[test]
fn the_documented_roles_are_those_of_the_migration() {
    let migration = include_str!("../../schema/V0008__roles.sql");
    let documented: Vec<_> = blocks("sql roles")[0].lines().map(|line| format!(", '{}', ", line.trim_end_matches(';'))).collect();
    let made = migration.lines().filter(|line| ["CREATE ROLE", "GRANT pgm"].iter().any(|step| line.contains(&format!(", '{step}"))));
    assert_eq!(made.count(), documented.len());
    for statement in documented {
        assert!(migration.contains(&statement), "{statement}");
    }
}

/// A database after the documented grants, with the service's login under this name.
async fn granted(agent: &str) -> (Database, Client) {
    let database = Database::new().await;
    let client = database.client().await;
    let name: String = client.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    client.batch_execute(&format!("CREATE ROLE {agent} LOGIN")).await.unwrap();
    let grants =
        blocks("sql grants")[0].replace("DATABASE memory", &format!("DATABASE {name}")).replace("TO agent", &format!("TO {agent}"));
    client.batch_execute(&grants).await.unwrap();
    (database, client)
}

/// The same login by the program and by itself.
async fn log_in(database: &Database, role: &str) -> (Memory, Client) {
    let url = database.direct_url().replace("postgres@", &format!("{role}@"));
    let memory = Memory::connect(Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    (memory, client)
}

async fn assert_denied(client: &Client, statements: &[&str]) {
    for statement in statements {
        let error = client.batch_execute(statement).await.expect_err(statement);
        assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{statement}: {error}");
    }
}

#[tokio::test]
async fn the_application_role_may_do_its_work_and_nothing_else() {
    let (database, owner) = granted("agent").await;
    let (memory, agent) = log_in(&database, "agent").await;
    let role: String = agent.query_one("SELECT current_user::text", &[]).await.unwrap().get(0);
    assert_eq!(role, "agent");
    assert!(memory.migrate().await.unwrap().is_empty(), "it can tell that there is nothing to do");

    every_operation(&memory, &owner, &["alice", "bob"]).await;
    let alice = memory.user("alice").unwrap();
    agent.batch_execute("BEGIN").await.unwrap();
    let within = alice.within(&agent);
    let old = NewNode::new(ContextType::ToolOutput, json!({})).created_at(Utc::now() - TimeDelta::days(100));
    let stored = within.store_many(&[old.clone(), old]).await.unwrap();
    within.relate(&NewRelationship::new(stored[0].node_id, RelationshipType::LedTo, stored[1].node_id)).await.unwrap();
    agent.batch_execute("COMMIT").await.unwrap();
    assert!(!alice.activity(Period::Day).await.unwrap().is_empty());
    assert!(alice.relationships_among(&[stored[0].node_id, stored[1].node_id], 10).await.unwrap().len() == 1);
    assert_eq!(alice.cleanup(Utc::now() - TimeDelta::days(90)).await.unwrap().nodes, 2);
    let expired = NewNode::entity("crm", "expired").expires_at(Utc::now() - TimeDelta::hours(1));
    alice.store(&expired).await.unwrap();
    assert_eq!(memory.sweep().await.unwrap().nodes, 1);
    let health = memory.health().await.unwrap();
    assert_eq!(health.schema_version, health.expected_schema_version);
    assert_eq!(memory.totals().await.unwrap().users, 2);
    assert!(health.sampled_nodes > 0 && memory.reindex().await.unwrap().outdated == 0);

    let findings = memory.verify().await.unwrap().findings;
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
    owner.batch_execute("REVOKE INSERT ON memory.changes FROM pgmemory_app").await.unwrap();
    let findings = memory.verify().await.unwrap().findings;
    let finding = findings.iter().find(|finding| finding.object == "privilege INSERT on changes").unwrap();
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.queries.iter().any(|affected| affected.query == "nodes::upsert_many"), "{finding:?}");
    owner.batch_execute("GRANT INSERT ON memory.changes TO pgmemory_app").await.unwrap();

    assert_eq!(memory.refresh_stats().await.unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(memory.reindex().configuration("german").await.unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(memory.delete_user("alice").await.unwrap_err().kind(), ErrorKind::Denied);
    assert!(memory.check().await.unwrap().iter().all(|check| check.faults == 0));
    owner.batch_execute("CREATE SCHEMA private; CREATE TABLE private.secrets (a int)").await.unwrap();
    let denied = [
        "CREATE TABLE memory.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE memory.nodes ADD COLUMN a int",
        "ALTER TABLE memory.nodes DISABLE TRIGGER ALL",
        "CREATE INDEX ON memory.nodes (user_id)",
        "DROP TABLE memory.relationships",
        "TRUNCATE memory.nodes CASCADE",
        "SET session_replication_role = replica",
        "UPDATE memory.changes SET op = 'insert'",
        "DELETE FROM memory.changes",
        "DELETE FROM memory.user_metadata",
        "SELECT FROM memory.user_stats",
        "DELETE FROM memory.schema_history",
        "SELECT FROM private.secrets",
        "SELECT FROM memory.tenant_logins",
        "INSERT INTO memory.tenant_logins VALUES ('agent', 'alice')",
        "SELECT memory.protect_rows('memory.nodes')",
        "DROP POLICY nodes_tenant ON memory.nodes",
        "ALTER TABLE memory.nodes DISABLE ROW LEVEL SECURITY",
    ];
    assert_denied(&agent, &denied).await;
    drop((memory, agent));
    owner.batch_execute("DROP OWNED BY agent; DROP ROLE agent").await.unwrap();
}

#[tokio::test]
async fn the_other_roles_see_what_the_book_says() {
    let (database, owner) = granted("agent_of_the_book").await;
    let logins = blocks("sql tenant")[0].replace("PASSWORD 'choose one' ", "");
    owner.batch_execute(&logins).await.unwrap();
    owner.batch_execute("CREATE ROLE auditor LOGIN; CREATE ROLE operator LOGIN").await.unwrap();
    for grant in ["GRANT pgmemory_readonly TO auditor", "GRANT pgmemory_admin TO operator"] {
        assert!(BOOK.contains(grant));
        owner.batch_execute(grant).await.unwrap();
    }
    every_operation(&database.memory, &owner, &["alice", "bob"]).await;
    let counted = async |client: &Client, table: &str| -> i64 {
        client.query_one(&format!("SELECT count(DISTINCT user_id) FROM memory.{table}"), &[]).await.unwrap().get(0)
    };

    let (operator, operator_client) = log_in(&database, "operator").await;
    let reports = database.direct_url().replace("postgres@", "alice_reports@");
    let (tenant, connection) = tokio_postgres::connect(&reports, NoTls).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(counted(&tenant, "nodes").await, 0, "nobody's login sees nothing");
    operator_client.batch_execute(blocks("sql tenant login")[0]).await.unwrap();
    for table in ["nodes", "relationships", "user_metadata", "changes"] {
        assert_eq!(counted(&tenant, table).await, 1, "{table}");
    }
    assert_eq!(counted(&tenant, "lexemes").await, 0);
    assert_denied(&tenant, &["SELECT FROM memory.user_stats", "SELECT FROM memory.schema_history", "DELETE FROM memory.nodes"]).await;

    let (_, auditor) = log_in(&database, "auditor").await;
    assert_eq!((counted(&auditor, "nodes").await, counted(&auditor, "user_stats").await), (2, 2));
    assert_denied(&auditor, &["DELETE FROM memory.nodes", "SELECT FROM memory.tenant_logins", "CREATE TEMPORARY TABLE mine (a int)"]).await;

    let old = operator.user("bob").unwrap();
    old.store(&NewNode::entity("crm", "new")).await.unwrap();
    assert_eq!(old.isolated().stats().await.unwrap_err().kind(), ErrorKind::Denied);
    assert!(operator.sweep().changes_before(Utc::now()).await.unwrap().changes > 0);
    assert!(!operator.check().await.unwrap().is_empty());
    assert!(operator.health().await.unwrap().is_current() && operator.reindex().await.unwrap().outdated == 0);
    assert_eq!(operator.delete_user("bob").await.unwrap_err().kind(), ErrorKind::Denied, "it is in user_stats");
    operator.user("carol").unwrap().store(&NewNode::entity("crm", "1")).await.unwrap();
    assert_eq!(operator.delete_user("carol").await.unwrap().nodes, 1);
    assert_eq!(operator.refresh_stats().await.unwrap_err().kind(), ErrorKind::Denied);
    assert_denied(&operator_client, &["TRUNCATE memory.nodes CASCADE", "DROP POLICY nodes_tenant ON memory.nodes"]).await;

    drop((operator, operator_client, tenant, auditor));
    for role in ["agent_of_the_book", "alice_reports", "auditor", "operator"] {
        owner.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
    }
}

/// Some that have expired, of several users, with relationships, and some that have not.
async fn with_expired_nodes(database: &Database) {
    for user_id in ["alice", "bob", "carol"] {
        let user = database.user(user_id);
        let node = |n: i64| {
            let context_type = if n % 2 == 0 { ContextType::ToolOutput } else { ContextType::DomainEntity };
            NewNode::entity("crm", n.to_string()).context_type(context_type).created_at(Utc::now() - TimeDelta::days(n % 120))
        };
        let stored = user.store_many(&(0..900).map(node).collect::<Vec<_>>()).await.unwrap();
        let pairs = stored.windows(2).map(|pair| NewRelationship::new(pair[0].node_id, RelationshipType::LedTo, pair[1].node_id));
        user.relate_many(&pairs.collect::<Vec<_>>()).await.unwrap();
    }
    let expire = "UPDATE memory.nodes SET expires_at = now() + (CASE entity_id::int % 6 WHEN 0 THEN -1 ELSE 1 END) * interval '1 hour'
        WHERE entity_id::int % 3 = 0";
    database.client().await.batch_execute(expire).await.unwrap();
}

/// What is left, whatever its ids are.
async fn left(client: &Client) -> Vec<(String, String, i64)> {
    let rows = "SELECT user_id, entity_id, (SELECT count(*) FROM memory.relationships AS r WHERE r.user_id = n.user_id
            AND r.from_node_id = n.node_id) FROM memory.nodes AS n ORDER BY 1, 2";
    client.query(rows, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test]
async fn the_scheduled_jobs_do_what_the_program_does() {
    let (by_program, by_job) = (Database::new().await, Database::new().await);
    with_expired_nodes(&by_program).await;
    with_expired_nodes(&by_job).await;
    let (program_client, job_client) = (by_program.client().await, by_job.client().await);

    // More than one batch, and one user is busy: both leave that one to the next time, and wait for nobody.
    for (database, client) in [(&by_program, &program_client), (&by_job, &job_client)] {
        let more = "INSERT INTO memory.nodes (user_id, content, context_type, expires_at, entity_id, entity_system)
            SELECT 'dave', jsonb_build_object('entity_id', n::text, 'entity_system', 'crm'), 'domain_entity', now() - interval '1 hour',
                n::text, 'crm' FROM generate_series(1, 2500) AS n";
        client.batch_execute(more).await.unwrap();
        assert_eq!(left(client).await.len(), 5_200, "{}", database.url);
    }
    let busy = "BEGIN; SELECT FROM memory.user_metadata WHERE user_id = 'bob' FOR NO KEY UPDATE";
    let (program_writer, job_writer) = (by_program.client().await, by_job.client().await);
    program_writer.batch_execute(busy).await.unwrap();
    job_writer.batch_execute(busy).await.unwrap();
    assert_eq!(by_program.memory.sweep().await.unwrap().nodes, 2 * 150 + 2500);
    job_client.batch_execute("SET lock_timeout = '10s'").await.unwrap();
    job_client.batch_execute(job("pgmemory sweep")).await.unwrap();
    assert_eq!(left(&job_client).await, left(&program_client).await);
    program_writer.batch_execute("COMMIT").await.unwrap();
    job_writer.batch_execute("COMMIT").await.unwrap();
    assert_eq!(by_program.memory.sweep().await.unwrap().nodes, 150);
    job_client.batch_execute(job("pgmemory sweep")).await.unwrap();
    assert_eq!(left(&job_client).await, left(&program_client).await);

    let mut cleaned = 0;
    for user_id in ["alice", "bob", "carol", "dave"] {
        cleaned += by_program.user(user_id).cleanup(Utc::now() - TimeDelta::days(90)).await.unwrap().nodes;
    }
    assert!(cleaned > 0);
    job_client.batch_execute(job("pgmemory cleanup")).await.unwrap();
    assert_eq!(left(&job_client).await, left(&program_client).await);

    job_client.batch_execute(job("pgmemory refresh-stats")).await.unwrap();
    let counted = "SELECT sum(total_nodes)::bigint FROM memory.user_stats";
    let counted: i64 = job_client.query_one(counted, &[]).await.unwrap().get(0);
    assert_eq!(counted, by_job.memory.totals().await.unwrap().nodes);
    assert_eq!(faults(&by_job.memory).await, 0);
}

/// Neither a job nor a writer is undone as a deadlock.
#[tokio::test(flavor = "multi_thread")]
async fn the_scheduled_jobs_run_beside_writers() {
    let database = Database::new().await;
    let client = database.client().await;
    let write = |user_id: &'static str| {
        let user = database.user(user_id);
        async move {
            for round in 0..20 {
                let node = |n: i64| {
                    let node = NewNode::entity("crm", (n + round).to_string()).context_type(ContextType::ToolOutput);
                    node.created_at(Utc::now() - TimeDelta::days(100)).expires_at(Utc::now() + TimeDelta::milliseconds(n * 2 - 30))
                };
                let stored = user.store_many(&(0..40).map(node).collect::<Vec<_>>()).await?;
                user.delete_many(&[stored[0].node_id, stored[30].node_id]).await?;
            }
            Ok::<_, pgmemory::Error>(())
        }
    };
    let writers = try_join_all(["alice", "bob", "carol", "alice", "bob", "carol"].map(write));
    let jobs = async {
        for _ in 0..20 {
            client.batch_execute(job("pgmemory sweep")).await.unwrap();
            client.batch_execute(job("pgmemory cleanup")).await.unwrap();
        }
    };
    let (written, ()) = tokio::join!(writers, jobs);
    written.unwrap();
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(client.query_one(deadlocks, &[]).await.unwrap().get::<_, i64>(0), 0);
    assert_eq!(faults(&database.memory).await, 0);
}
