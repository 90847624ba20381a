use chrono::{DateTime, TimeDelta, Utc};
use pgmemory::{ContextType, ErrorKind, NewNode, NewRelationship, RelationshipType, UserMemory};
use serde_json::json;

use crate::{expiry::faults, support::Database};

fn days_ago(days: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(days)
}

fn output(days: i64) -> NewNode {
    NewNode::new(ContextType::ToolOutput, json!({"days": days})).created_at(days_ago(days))
}

/// Every node is related to the one before it.
async fn chain(alice: &UserMemory, nodes: &[NewNode]) {
    let stored = alice.store_many(nodes).await.unwrap();
    let pairs = stored.windows(2).map(|pair| NewRelationship::new(pair[0].node_id, RelationshipType::LedTo, pair[1].node_id));
    alice.relate_many(&pairs.collect::<Vec<_>>()).await.unwrap();
}

#[tokio::test]
async fn a_cleanup_deletes_old_transient_memories() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let durable = NewNode::entity("crm", "1").created_at(days_ago(100));
    chain(&alice, &[output(100), durable, output(91), output(89), output(1)]).await;
    database.user("bob").store(&output(100)).await.unwrap();

    let report = alice.cleanup(days_ago(90)).await.unwrap();
    assert_eq!((report.nodes, report.relationships, report.dry_run), (2, 3, false));
    assert_eq!(report.context_types.len(), 1);
    assert_eq!(alice.list().await.unwrap().items.len(), 3);
    assert_eq!(database.user("bob").list().await.unwrap().items.len(), 1);
    assert_eq!(alice.cleanup(days_ago(90)).await.unwrap().nodes, 0);

    let report = alice.cleanup(days_ago(90)).context_type(ContextType::DomainEntity).await.unwrap();
    assert_eq!((report.nodes, report.context_types[0].entities), (1, 1));
    assert_eq!(faults(&database.memory).await, 0);
}

#[tokio::test]
async fn a_cleanup_keeps_what_is_relevant_or_in_use() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let nodes = [output(100).relevance(0.8), output(100).relevance(0.2), output(100), output(100)];
    let stored = alice.store_many(&nodes).await.unwrap();
    alice.touch(&[stored[1].node_id]).await.unwrap();

    let stale = alice.cleanup(days_ago(90)).dry_run(true);
    assert_eq!(stale.clone().await.unwrap().nodes, 4);
    assert_eq!(stale.clone().keep_relevance(0.8).await.unwrap().nodes, 3);
    assert_eq!(stale.clone().keep_relevance(0.5).await.unwrap().nodes, 1, "an absent relevance reads as 0.5");
    assert_eq!(stale.clone().keep_accessed_since(days_ago(1)).await.unwrap().nodes, 3);
    assert_eq!(stale.clone().keep_accessed_since(Utc::now() + TimeDelta::days(1)).await.unwrap().nodes, 4);
    let error = stale.keep_relevance(f32::NAN).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("keep_relevance")));
    assert_eq!(alice.list().await.unwrap().items.len(), 4);
}

/// Over several batches, and with relationships between them.
#[tokio::test]
async fn a_dry_run_reports_what_the_real_one_deletes() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let kinds = [ContextType::ToolOutput, ContextType::SearchResult, ContextType::ConversationFact];
    let nodes: Vec<_> = (0..4_000).map(|n| output(60 + n % 60).context_type(kinds[usize::try_from(n).unwrap() % 3])).collect();
    chain(&alice, &nodes).await;
    let version = alice.stats().await.unwrap().version;

    let mut dry = alice.cleanup(days_ago(90)).dry_run(true).await.unwrap();
    assert_eq!(alice.stats().await.unwrap().version, version);
    assert!(dry.nodes > 1_000, "more than one batch");
    let mut real = alice.cleanup(days_ago(90)).await.unwrap();
    assert!(dry.dry_run && !real.dry_run);
    real.dry_run = true;
    for report in [&mut dry, &mut real] {
        report.context_types.sort_by_key(|count| count.context_type.as_str());
    }
    assert_eq!(dry, real);
    let stats = alice.stats().await.unwrap();
    assert_eq!(i64::from(stats.total_nodes), 4_000 - real.nodes);
    assert_eq!(i64::from(stats.total_relationships), 3_999 - real.relationships);
    assert_eq!(faults(&database.memory).await, 0);
}

/// Whoever stops half-way begins again and loses nothing.
#[tokio::test]
async fn a_cleanup_that_was_stopped_goes_on() {
    let database = Database::new().await;
    let alice = database.user("alice");
    alice.store_many(&(0..3_000).map(|_| output(100)).collect::<Vec<_>>()).await.unwrap();
    let version = alice.stats().await.unwrap().version;
    let first_batch = async { while alice.stats().await.unwrap().version == version {} };
    tokio::select! {
        report = alice.cleanup(days_ago(90)).into_future() => assert_eq!(report.unwrap().nodes, 3_000),
        () = first_batch => {}
    }
    alice.cleanup(days_ago(90)).await.unwrap();
    assert_eq!(alice.stats().await.unwrap().total_nodes, 0);
    assert_eq!(faults(&database.memory).await, 0);
}

#[tokio::test]
async fn an_old_log_is_swept() {
    let database = Database::new().await;
    let alice = database.user("alice");
    alice.store_many(&(0..1_500).map(|_| output(1)).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(database.memory.sweep().await.unwrap().changes, 0, "only when told to");
    assert_eq!(database.memory.sweep().changes_before(days_ago(1)).await.unwrap().changes, 0);
    assert_eq!(database.memory.sweep().changes_before(Utc::now() + TimeDelta::days(1)).await.unwrap().changes, 1_500);
    assert_eq!(faults(&database.memory).await, 0, "what is left has no gap");
    alice.store(&output(1)).await.unwrap();
    assert_eq!(alice.stats().await.unwrap().version, 1_501);
}

#[tokio::test]
async fn everything_of_a_user_is_deleted() {
    let database = Database::new().await;
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    chain(&alice, &[output(1), output(2), NewNode::entity("crm", "1")]).await;
    chain(&bob, &[output(1), output(2)]).await;
    database.memory.refresh_stats().await.unwrap();
    let client = database.client().await;
    let others = "INSERT INTO memory.lexemes SELECT u, 'word', 10, '{0,0,0,0}' FROM unnest('{alice,bob}'::text[]) AS u;
        INSERT INTO memory.journals SELECT u, gen_random_uuid(), 1 FROM unnest('{alice,bob}'::text[]) AS u;
        INSERT INTO memory.tenant_logins SELECT u || '_reports', u FROM unnest('{alice,bob}'::text[]) AS u";
    client.batch_execute(others).await.unwrap();

    let receipt = database.memory.delete_user("alice").await.unwrap();
    assert_eq!((receipt.nodes, receipt.relationships, receipt.changes), (3, 2, 5));
    let tables = "SELECT relname::text FROM pg_class c WHERE relnamespace = 'memory'::regnamespace AND relkind IN ('r', 'p', 'm')
        AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'user_id')";
    let tables = client.query(tables, &[]).await.unwrap();
    assert!(tables.len() >= 8);
    for table in tables.iter().map(|row| row.get::<_, &str>(0)) {
        let count = format!("SELECT count(*) FILTER (WHERE user_id = 'alice'), count(*) FROM memory.{table}");
        let row = client.query_one(&count, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 0, "{table}");
        assert!(row.get::<_, i64>(1) > 0, "bob's rows in {table}");
    }
    let receipt = database.memory.delete_user("alice").await.unwrap();
    assert_eq!((receipt.nodes, receipt.relationships, receipt.changes), (0, 0, 0));
    assert_eq!(database.memory.delete_user("").await.unwrap_err().field(), Some("user_id"));

    alice.store(&output(1)).await.unwrap();
    assert_eq!(alice.stats().await.unwrap().version, 1, "who comes back begins at the beginning");
    assert_eq!(faults(&database.memory).await, 0);
}

/// Writers who come meanwhile wait, and then write for a new user.
#[tokio::test]
async fn a_user_is_deleted_among_writers() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let writers = (0..8).map(|writer| {
        let alice = alice.clone();
        async move {
            for n in 0..20 {
                alice.store(&NewNode::entity("crm", format!("{writer}-{n}"))).await.unwrap();
            }
        }
    });
    let deleting = async {
        for _ in 0..10 {
            database.memory.delete_user("alice").await.unwrap();
        }
    };
    futures::future::join(futures::future::join_all(writers), deleting).await;
    assert_eq!(faults(&database.memory).await, 0);
}
