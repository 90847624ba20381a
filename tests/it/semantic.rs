//! Finding by meaning. What needs pgvector runs where the server has it, and says so where it has not.

mod command_line;
mod refusals;
mod scale;
mod staleness;

use std::io::Write;

use chrono::{TimeDelta, Utc};
use pgmemory::{ContextType, NewNode, UserMemory};
use serde_json::json;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::{Database, tour::every_operation};

/// Whether semantic search can be enabled on the server of this run.
pub(crate) async fn is_available(client: &Client) -> bool {
    let count = "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'";
    let available = client.query_one(count, &[]).await.unwrap().get::<_, i64>(0) == 1;
    let must = std::env::var_os("PGMEMORY_TEST_PGVECTOR").is_some();
    assert!(available || !must, "PGMEMORY_TEST_PGVECTOR is set, and the server has no pgvector");
    available
}

/// A database that has it enabled, with embeddings of four numbers; none on a server without pgvector.
async fn enabled(test: &str) -> Option<Database> {
    let database = Database::new().await;
    if !is_available(&database.client().await).await {
        // What the macros print is captured.
        let note = format!("NOT RUN: semantic::{test}, the server has no pgvector\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return None;
    }
    database.memory.enable_semantic("toy", 4).await.unwrap();
    Some(database)
}

fn fact(text: &str) -> NewNode {
    NewNode::new(ContextType::ConversationFact, json!({"text": text}))
}

async fn store(user: &UserMemory, texts: &[&str]) -> Vec<Uuid> {
    let nodes: Vec<NewNode> = texts.iter().map(|text| fact(text)).collect();
    user.store_many(&nodes).await.unwrap().into_iter().map(|stored| stored.node_id).collect()
}

async fn find(user: &UserMemory, embedding: [f32; 4]) -> Vec<(Uuid, f64)> {
    user.nearest(embedding).await.unwrap().into_iter().map(|found| (found.node.node_id, found.similarity)).collect()
}

#[tokio::test]
async fn the_nearest_come_first_with_their_cosine() {
    let Some(database) = enabled("the_nearest_come_first_with_their_cosine").await else { return };
    let alice = database.user("alice");
    let ids = store(&alice, &["east", "north", "north-east", "west"]).await;
    let embeddings = [[1.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0], [3.0, 3.0, 0.0, 0.0], [-1e-30, 0.0, 0.0, 0.0]];
    let embeddings: Vec<(Uuid, Vec<f32>)> = ids.iter().copied().zip(embeddings.map(Vec::from)).collect();
    assert_eq!(alice.embed(&embeddings).await.unwrap(), 4);

    // Neither length nor what a sum of squares cannot hold makes a difference.
    for length in [1.0, 1e30, 1e-30] {
        let found = find(&alice, [length, 0.0, 0.0, 0.0]).await;
        let expected = [(ids[0], 1.0), (ids[2], 0.5_f64.sqrt()), (ids[1], 0.0), (ids[3], -1.0)];
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 1e-6, "{found:?}, not {expected:?}");
        }
    }
    let best = alice.nearest([0.0, 1.0, 0.0, 0.0]).limit(1).await.unwrap();
    assert_eq!(best[0].node, alice.get(ids[1]).await.unwrap().unwrap());
    assert_eq!(best.len(), 1);
}

#[tokio::test]
async fn users_and_the_expired_stay_apart() {
    let Some(database) = enabled("users_and_the_expired_stay_apart").await else { return };
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let east = [1.0, 0.0, 0.0, 0.0];
    let hers = store(&alice, &["one", "two"]).await;
    // The same id, so that nothing but the user tells them apart.
    bob.store(&fact("his").node_id(hers[0])).await.unwrap();
    alice.embed(&[(hers[0], east.to_vec()), (hers[1], vec![0.0, 1.0, 0.0, 0.0])]).await.unwrap();
    assert!(find(&bob, east).await.is_empty());
    assert_eq!(bob.unembedded().await.unwrap(), [hers[0]]);
    bob.embed(&[(hers[0], vec![0.0, 0.0, 1.0, 0.0])]).await.unwrap();
    assert_eq!(find(&bob, east).await, [(hers[0], 0.0)]);
    assert_eq!(find(&alice, east).await, [(hers[0], 1.0), (hers[1], 0.0)]);
    bob.update(hers[0]).summary("reworded").await.unwrap();
    assert_eq!(find(&alice, east).await.len(), 2, "his text is not hers");

    alice.update(hers[0]).expires_at(Utc::now() - TimeDelta::hours(1)).await.unwrap();
    assert_eq!(find(&alice, east).await, [(hers[1], 0.0)]);
    let coverage = alice.embedding_coverage().await.unwrap();
    assert_eq!((coverage.nodes, coverage.embedded), (1, 1));
    let all = database.memory.embedding_coverage().await.unwrap();
    assert_eq!((all.nodes, all.embedded), (2, 1));
}

#[tokio::test]
async fn a_node_takes_its_embedding_along() {
    let Some(database) = enabled("a_node_takes_its_embedding_along").await else { return };
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let (hers, his) = (store(&alice, &["one", "two"]).await, store(&bob, &["three"]).await);
    for (user, ids) in [(&alice, &hers), (&bob, &his)] {
        let embeddings: Vec<_> = ids.iter().map(|id| (*id, vec![1.0, 0.0, 0.0, 0.0])).collect();
        user.embed(&embeddings).await.unwrap();
    }
    let client = database.client().await;
    let rows = || async { client.query_one("SELECT count(*) FROM memory.embeddings", &[]).await.unwrap().get::<_, i64>(0) };
    assert!(alice.delete(hers[0]).await.unwrap());
    assert_eq!(rows().await, 2);
    assert_eq!(database.memory.delete_user("alice").await.unwrap().nodes, 1);
    assert_eq!(rows().await, 1);
    assert_eq!(find(&bob, [1.0, 0.0, 0.0, 0.0]).await, [(his[0], 1.0)]);
}

/// Everything else does what it did, whether it is enabled or not.
#[tokio::test]
async fn every_operation_works_beside_it() {
    let Some(database) = enabled("every_operation_works_beside_it").await else { return };
    let client = database.client().await;
    every_operation(&database.memory, &client, &["alice", "bob"]).await;
    let alice = database.user("alice");
    let ids = alice.unembedded().await.unwrap();
    assert_eq!(ids.len(), 3);
    let embeddings: Vec<_> = ids.iter().map(|id| (*id, vec![1.0, 0.0, 0.0, 0.0])).collect();
    let version = alice.stats().await.unwrap().version;
    alice.embed(&embeddings).await.unwrap();
    assert_eq!(alice.stats().await.unwrap().version, version, "an embedding is no change of memory");
    let mut file = Vec::new();
    assert_eq!(alice.export(&mut file).await.unwrap().nodes, 3);
    database.memory.import(std::io::Cursor::new(file)).await.unwrap();
    assert_eq!(find(&alice, [1.0, 0.0, 0.0, 0.0]).await.len(), 3, "what is imported as it was is the same text");
    assert!(database.memory.migrate().await.unwrap().is_empty());
}

/// The role of docs/OPERATIONS.md with the grants that are printed there.
#[tokio::test]
async fn the_application_role_finds_and_embeds() {
    let Some(database) = enabled("the_application_role_finds_and_embeds").await else { return };
    let client = database.client().await;
    let name: String = client.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    client.batch_execute("CREATE ROLE embedder LOGIN").await.unwrap();
    let book = include_str!("../../docs/OPERATIONS.md");
    let grants = book.split_once("\n```sql grants\n").unwrap().1.split("\n```").next().unwrap();
    let grants = grants.replace("DATABASE memory", &format!("DATABASE {name}")).replace("agent", "embedder");
    client.batch_execute(&grants).await.unwrap();
    let url = database.direct_url().replace("postgres@", "embedder@");
    let memory = pgmemory::Memory::connect(pgmemory::Config::from_url(&url).unwrap().pool_min_size(1)).await.unwrap();
    memory.enable_semantic("toy", 4).await.expect("it finds that it is enabled");
    assert_eq!(memory.enable_semantic("other", 4).await.unwrap_err().kind(), pgmemory::ErrorKind::Conflict);
    assert_eq!(memory.disable_semantic().await.unwrap_err().kind(), pgmemory::ErrorKind::Denied);
    let alice = memory.user("alice").unwrap();
    let ids = store(&alice, &["one"]).await;
    alice.embed(&[(ids[0], vec![1.0, 0.0, 0.0, 0.0])]).await.unwrap();
    assert_eq!(find(&alice, [1.0, 0.0, 0.0, 0.0]).await.len(), 1);
    alice.update(ids[0]).summary("reworded").await.unwrap();
    assert_eq!(alice.unembedded().await.unwrap(), ids);
    assert_eq!(memory.embedding_coverage().await.unwrap().embedded, 0);

    // Isolated all the same, and the server shows nobody else's embeddings.
    let isolated = alice.isolated();
    isolated.embed(&[(ids[0], vec![0.0, 1.0, 0.0, 0.0])]).await.unwrap();
    assert_eq!(find(&isolated, [0.0, 1.0, 0.0, 0.0]).await.len(), 1);
    assert_eq!(isolated.embedding_coverage().await.unwrap().embedded, 1);
    let policies = "SELECT count(*) FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relname = 'embeddings' AND relrowsecurity";
    assert_eq!(client.query_one(policies, &[]).await.unwrap().get::<_, i64>(0), 4);
    let seen = "SET LOCAL ROLE pgmemory_tenant_writer; SELECT set_config('pgmemory.user_id', $user$, true)";
    for (user_id, count) in [("alice", 1), ("bob", 0)] {
        client.batch_execute(&format!("BEGIN; {}", seen.replace("$user$", &format!("'{user_id}'")))).await.unwrap();
        assert_eq!(client.query_one("SELECT count(*) FROM memory.embeddings", &[]).await.unwrap().get::<_, i64>(0), count, "{user_id}");
        client.batch_execute("ROLLBACK").await.unwrap();
    }
    isolated.update(ids[0]).summary("reworded again").await.unwrap();
    assert_eq!(isolated.unembedded().await.unwrap(), ids);
    drop((memory, alice, isolated));
    client.batch_execute("DROP OWNED BY embedder; DROP ROLE embedder").await.unwrap();
}

/// Meaning joins the words of a search, and what is near in a recall; without an embedding it has no part.
#[tokio::test]
async fn meaning_joins_the_ranking() {
    let Some(database) = enabled("meaning_joins_the_ranking").await else { return };
    let alice = database.user("alice");
    let ids = store(&alice, &["the harbour at night", "ships at anchor", "a cat sleeps", "what came after the ships"]).await;
    let embeddings = [[0.8, 0.6, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]];
    alice.embed(&ids.iter().copied().zip(embeddings.map(Vec::from)).collect::<Vec<_>>()).await.unwrap();
    let order = |hits: Vec<pgmemory::Hit>| hits.into_iter().map(|hit| hit.node.node_id).collect::<Vec<_>>();

    assert_eq!(order(alice.search("harbour").await.unwrap()), [ids[0]]);
    let hits = alice.search("harbour").embedding([1.0, 0.0, 0.0, 0.0]).await.unwrap();
    assert!(hits[0].parts.lexical > 0.0 && hits[0].parts.semantic > 0.0 && hits[1].parts.lexical == 0.0);
    assert_eq!(order(hits), [ids[0], ids[1], ids[2]], "and not the least alike");
    assert_eq!(order(alice.search("").embedding([1.0, 0.0, 0.0, 0.0]).limit(1).await.unwrap()), [ids[1]]);

    alice.relate(&pgmemory::NewRelationship::new(ids[1], pgmemory::RelationshipType::LedTo, ids[3])).await.unwrap();
    let recalled = alice.recall("ships").embedding([1.0, 0.0, 0.0, 0.0]).await.unwrap().hits;
    assert!(recalled.iter().any(|hit| hit.node.node_id == ids[3] && hit.parts.semantic > 1.0));
    assert!(database.user("bob").search("").embedding([1.0, 0.0, 0.0, 0.0]).await.unwrap().is_empty());
}
