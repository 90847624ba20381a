//! The same SQL on tables partitioned by user.

use crate::support::{Database, Layout, tour::every_operation};

#[tokio::test]
async fn every_operation_works_on_hash_partitions() {
    let database = Database::with_layout(Layout::Hash).await;
    assert!(database.memory.migrate().await.unwrap().is_empty(), "the layout is no other schema");
    let client = database.client().await;
    every_operation(&database.memory, &client, &["alice", "bob", "carol", "dave"]).await;
    let used: i64 = client.query_one("SELECT count(DISTINCT tableoid) FROM memory.nodes", &[]).await.unwrap().get(0);
    assert!(used >= 2, "the users are in several partitions");
}
