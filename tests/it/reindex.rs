use std::{process::Stdio, time::Duration};

use futures::future::try_join_all;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pgmemory::{ContextType, NewNode, UserMemory};
use serde_json::json;
use tokio_postgres::Client;

use crate::{
    expiry::faults,
    support::{Database, Layout},
};

/// Another language, as an administrator may set it in psql.
const SIMPLE: &str = "CREATE OR REPLACE FUNCTION memory.text_search_configuration() RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 'pg_catalog.simple'::regconfig $$";

fn fact(text: &str) -> NewNode {
    NewNode::new(ContextType::ConversationFact, json!({"text": text}))
}

async fn found(user: &UserMemory, query: &str) -> usize {
    // Without those that only look like it.
    user.search(query).await.unwrap().iter().filter(|hit| hit.parts.lexical > 0.0).count()
}

async fn outdated(client: &Client) -> i64 {
    let count = "SELECT count(*) FROM memory.nodes WHERE search IS DISTINCT FROM memory.search_vector(content, summary, tags)";
    client.query_one(count, &[]).await.unwrap().get(0)
}

/// Nodes of several users, more than one batch together.
async fn fill(client: &Client, users: i32, nodes: i32) {
    let insert = "INSERT INTO memory.nodes (user_id, context_type, content)
        SELECT 'user' || n % $1, 'tool_output', jsonb_build_object('text', 'running ' || n) FROM generate_series(1, $2) AS n";
    client.execute(insert, &[&users, &nodes]).await.unwrap();
}

#[tokio::test]
async fn another_language_is_found_by_its_words() {
    for layout in [Layout::Plain, Layout::Hash] {
        let database = Database::with_layout(layout).await;
        let (memory, client) = (&database.memory, database.client().await);
        let (alice, bob) = (database.user("alice"), database.user("bob"));
        alice.store_many(&[fact("running shoes"), fact("the shoe"), fact("12")]).await.unwrap();
        bob.store(&NewNode::entity("crm", "1").name("Running").summary("shoes").tags(["flying"])).await.unwrap();
        fill(&client, 3, 2_500).await;
        let health = memory.health().await.unwrap();
        assert!(health.sampled_nodes >= 50 && health.sampled_nodes <= 100 && !health.needs_reindex(), "{health:?}");
        let report = memory.reindex().await.unwrap();
        assert_eq!((report.nodes, report.outdated, report.configuration.as_str()), (2_504, 0, "english"));
        let rows = "SELECT string_agg(ctid::text, ' ' ORDER BY user_id, node_id) FROM memory.nodes";
        let before: String = client.query_one(rows, &[]).await.unwrap().get(0);

        client.batch_execute(SIMPLE).await.unwrap();
        assert_eq!(found(&alice, "running").await, 0, "the words are those of before");
        let health = memory.health().await.unwrap();
        assert!(health.needs_reindex() && health.outdated_nodes <= health.sampled_nodes && health.is_current(), "{health:?}");
        let stats = alice.stats().await.unwrap();
        let report = memory.reindex().dry_run(true).await.unwrap();
        assert_eq!((report.nodes, report.outdated, report.dry_run), (2_504, 2_503, true));
        assert_eq!(client.query_one(rows, &[]).await.unwrap().get::<_, String>(0), before, "a dry run writes nothing");

        let mut progress = Vec::new();
        let report = memory.reindex().on_progress(|report| progress.push(report.nodes)).await.unwrap();
        assert_eq!((report.nodes, report.outdated, report.configuration.as_str()), (2_504, 2_503, "simple"));
        assert_eq!(progress, [1_000, 2_000, 2_504]);
        assert_eq!((outdated(&client).await, memory.reindex().await.unwrap().outdated), (0, 0));
        assert!(!memory.health().await.unwrap().needs_reindex());
        assert_eq!((found(&alice, "running").await, found(&alice, "run").await, found(&alice, "the").await), (1, 0, 1));
        assert_eq!((found(&bob, "flying").await, found(&bob, "shoe").await), (1, 0));
        assert_eq!(alice.stats().await.unwrap(), stats, "no change for the log");
        assert_eq!(faults(memory).await, 0);
    }
}

#[tokio::test]
async fn a_configuration_is_set_by_name() {
    let database = Database::new().await;
    let (memory, client, alice) = (&database.memory, database.client().await, database.user("alice"));
    alice.store(&fact("Häuser am Meer")).await.unwrap();
    client.batch_execute("CREATE TEXT SEARCH CONFIGURATION public.\"It's mine\" (COPY = pg_catalog.simple)").await.unwrap();
    let report = memory.reindex().configuration("german").dry_run(true).await.unwrap();
    assert_eq!((report.outdated, report.configuration.as_str()), (1, "german"));
    assert_eq!((memory.health().await.unwrap().outdated_nodes, found(&alice, "Haus").await), (0, 0), "it was taken back");

    assert_eq!(memory.reindex().configuration("german").await.unwrap().outdated, 1);
    assert_eq!((found(&alice, "Haus").await, found(&alice, "am").await), (1, 0));
    alice.store(&fact("Bäume")).await.unwrap();
    assert_eq!(found(&alice, "Baum").await, 1, "connections that were open write by the new rules");
    let comment = "SELECT obj_description('memory.text_search_configuration'::regproc, 'pg_proc') LIKE '%reindex%'";
    assert!(client.query_one(comment, &[]).await.unwrap().get::<_, bool>(0));
    let report = memory.reindex().configuration("public.It's mine").await.unwrap();
    assert_eq!((report.outdated, report.configuration.as_str()), (2, "public.It's mine"));
    assert_eq!(found(&alice, "am").await, 1);
    for unknown in ["klingon", "It's mine", "GERMAN", "", "pg_catalog.german", "german'; --", "a\0b"] {
        let error = memory.reindex().configuration(unknown).await.unwrap_err();
        assert_eq!(error.field(), Some("configuration"));
        assert!(error.to_string().contains("french, german") && error.to_string().contains("public.It's mine"), "{error}");
    }
    assert_eq!(memory.reindex().await.unwrap().configuration, "public.It's mine");
}

/// What it derived is older than the configuration, and nobody sees it yet.
#[tokio::test]
async fn a_transaction_that_wrote_before_is_waited_for() {
    let database = Database::new().await;
    let (memory, alice, writer) = (&database.memory, database.user("alice"), database.client().await);
    database.user("zoe").store(&fact("swimming")).await.unwrap();
    writer.batch_execute("BEGIN").await.unwrap();
    alice.within(&writer).store(&fact("running")).await.unwrap();
    let mut reindex = Box::pin(memory.reindex().configuration("simple").into_future());
    assert!(tokio::time::timeout(Duration::from_millis(800), &mut reindex).await.is_err());
    writer.batch_execute("COMMIT").await.unwrap();
    assert_eq!(reindex.await.unwrap().outdated, 2);
    assert_eq!((found(&alice, "running").await, outdated(&writer).await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_go_on_meanwhile() {
    let database = Database::new().await;
    let (memory, client) = (&database.memory, database.client().await);
    fill(&client, 10, 6_000).await;
    let write = |number: usize| {
        let memory = memory.clone();
        async move {
            for round in 0..30 {
                let user = memory.user(&format!("user{}", (number + round) % 10))?;
                let batch: Vec<_> = (0..20).map(|n| NewNode::entity("crm", (n * 7 + round).to_string()).name("Running on")).collect();
                let stored = user.store_many(&batch).await?;
                user.delete_many(&[stored[0].node_id]).await?;
                let old = user.list().limit(20).await?;
                user.update(old.items[19].node_id).summary("was running").await?;
                user.touch(&[old.items[18].node_id]).await?;
            }
            Ok::<_, pgmemory::Error>(())
        }
    };
    let reindexes = async {
        for configuration in ["simple", "german", "english", "simple"] {
            let one = memory.reindex().configuration(configuration).into_future();
            let (one, other) = tokio::join!(one, memory.reindex().into_future());
            assert!(one.unwrap().nodes >= 6_000 && other.unwrap().nodes >= 6_000);
        }
    };
    let (written, ()) = tokio::join!(try_join_all((0..6).map(write)), reindexes);
    written.unwrap();
    assert_eq!((outdated(&client).await, faults(memory).await), (0, 0));
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(client.query_one(deadlocks, &[]).await.unwrap().get::<_, i64>(0), 0);
}

/// One user is busy, so the program comes half-way and waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_reindex_goes_on() {
    let database = Database::new().await;
    let (client, writer) = (database.client().await, database.client().await);
    fill(&client, 4, 2_400).await;
    client.batch_execute(SIMPLE).await.unwrap();
    for (signal, code, left) in [(Signal::SIGTERM, Some(143), 1_800), (Signal::SIGKILL, None, 600)] {
        // The last of the first batch, and then the last of all.
        let busy = if code.is_some() { "user1" } else { "user3" };
        let lock = format!("BEGIN; SELECT FROM memory.user_metadata WHERE user_id = '{busy}' FOR NO KEY UPDATE");
        writer.batch_execute(&lock).await.unwrap();
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_pgmemory"));
        let program = program.env("DATABASE_URL", &database.url).arg("reindex").stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = program.spawn().unwrap();
        for attempt in 0.. {
            let waits = "SELECT count(*) = 1 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%user_metadata%'";
            if client.query_one(waits, &[]).await.unwrap().get(0) {
                break;
            }
            assert!(attempt < 1_000, "it waits for {busy}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        kill(Pid::from_raw(program.id().cast_signed()), signal).unwrap();
        assert_eq!(program.wait().unwrap().code(), code);
        writer.batch_execute("COMMIT").await.unwrap();
        assert_eq!(outdated(&client).await, left);
        assert!(database.memory.health().await.unwrap().needs_reindex(), "the last ones are sampled");
    }
    let report = database.memory.reindex().await.unwrap();
    assert_eq!((report.nodes, report.outdated, outdated(&client).await), (2_400, 600, 0));
}
