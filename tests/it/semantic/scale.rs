//! Who has many nodes is served by the index, who has few is not; both get their own and all that they asked for.

use super::*;

const MANY: i64 = 21_000;
const FEW: i64 = 500;
const QUESTION: [f32; 4] = [0.6, -0.3, 0.7, 0.2];

/// Alice has many embedded nodes, bob a few.
async fn many(database: &Database) -> Client {
    let client = database.client().await;
    let index = "SELECT pg_get_indexdef('memory.embeddings_nearest_idx'::regclass)";
    let index: String = client.query_one(index, &[]).await.unwrap().get(0);
    client
        .batch_execute(&format!(
            "SELECT setseed(0.5);
             -- Built at once it takes a tenth of the time.
             DROP INDEX memory.embeddings_nearest_idx;
             INSERT INTO memory.nodes (user_id, context_type, content)
             SELECT CASE WHEN n <= {MANY} THEN 'alice' ELSE 'bob' END, 'tool_output', jsonb_build_object('n', n)
             FROM generate_series(1, {MANY} + {FEW}) AS n;
             INSERT INTO memory.embeddings (user_id, node_id, embedding)
             SELECT user_id, node_id, memory.to_embedding(ARRAY[random() - 0.5, random() - 0.5, random() - 0.5, random() - 0.5]::real[])
             FROM memory.nodes;
             {index};
             ANALYZE memory.embeddings"
        ))
        .await
        .unwrap();
    client
}

/// The nearest of a user by comparing with every one.
async fn compared(client: &Client, user_id: &str, limit: i64) -> Vec<Uuid> {
    let all = "SELECT node_id FROM (SELECT node_id, embedding <=> $2::real[]::vector AS distance FROM memory.embeddings
            JOIN memory.nodes USING (user_id, node_id) WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now() OFFSET 0) AS e
        ORDER BY distance, node_id LIMIT $3";
    client.query(all, &[&user_id, &QUESTION.as_slice(), &limit]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// What the function finds, whether it asked the index, and that its settings are gone.
async fn found(client: &Client, user_id: &str, limit: i32) -> (Vec<Uuid>, bool) {
    client.batch_execute("BEGIN").await.unwrap();
    // Counted since statistics were last sent, which is no end of a transaction.
    let scans = "SELECT pg_stat_get_xact_numscans('memory.embeddings_nearest_idx'::regclass), current_setting('enable_sort'),
        current_setting('hnsw.iterative_scan'), current_setting('hnsw.ef_search')";
    let before = client.query_one(scans, &[]).await.unwrap();
    let rows = client.query("SELECT node_id FROM memory.nearest_nodes($1, $2, $3)", &[&user_id, &QUESTION.as_slice(), &limit]).await;
    let after = client.query_one(scans, &[]).await.unwrap();
    assert_eq!([1, 2, 3].map(|column| after.get::<_, String>(column)), ["on", "off", "40"]);
    client.batch_execute("COMMIT").await.unwrap();
    (rows.unwrap().iter().map(|row| row.get(0)).collect(), after.get::<_, i64>(0) > before.get::<_, i64>(0))
}

#[tokio::test]
async fn the_index_serves_those_who_have_many() {
    let Some(database) = enabled("the_index_serves_those_who_have_many").await else { return };
    let client = many(&database).await;
    for limit in [1, 10, 100, 1_000] {
        let (by_index, asked) = found(&client, "alice", limit).await;
        let exact = compared(&client, "alice", limit.into()).await;
        let hits = by_index.iter().filter(|id| exact.contains(id)).count();
        assert!(asked && by_index.len() == exact.len() && hits * 10 >= exact.len() * 9, "{hits} of {limit}");

        let (row_by_row, asked) = found(&client, "bob", limit).await;
        assert!(!asked);
        assert_eq!(row_by_row, compared(&client, "bob", limit.into()).await);
    }
    let nodes = database.user("alice").nearest(QUESTION).limit(1_000).await.unwrap();
    assert!(nodes.len() == 1_000 && nodes.is_sorted_by(|one, two| one.similarity >= two.similarity));
    assert!(nodes.iter().all(|found| found.node.content["n"].as_i64() <= Some(MANY)), "all are hers");
}

/// The index gives up before it has found what lies far apart; the rest is compared.
#[tokio::test]
async fn what_the_index_gives_up_is_found_all_the_same() {
    let Some(database) = enabled("what_the_index_gives_up_is_found_all_the_same").await else { return };
    let client = many(&database).await;
    let expire =
        "UPDATE memory.nodes SET expires_at = now() - interval '1 hour' WHERE user_id = 'alice' AND (content ->> 'n')::integer % 5000 <> 0";
    client.batch_execute(expire).await.unwrap();
    let exact = compared(&client, "alice", 4).await;
    assert_eq!(exact.len(), 4);
    for limit in [4, 10] {
        assert_eq!(found(&client, "alice", limit).await, (exact.clone(), true));
    }
}
