//! Every operation of the store in a few lines, for tests of where it runs rather than of what it does.

use std::io::Cursor;

use pgmemory::{Memory, NewNode, NewRelationship, Outcome, RelationshipType, UserMemory};
use serde_json::json;
use tokio_postgres::Client;

use crate::properties::log::assert_books_are_true;

/// All operations for each of some users who are new; the client looks at the tables themselves.
pub(crate) async fn every_operation(memory: &Memory, client: &Client, user_ids: &[&str]) {
    let before = memory.totals().await.unwrap();
    for user_id in user_ids {
        let user = memory.user(user_id).unwrap();
        reads_and_writes(&user).await;
        transactions(&user, client).await;
        files(memory, &user).await;
        assert_books_are_true(client, user_id).await;
    }
    let (after, count) = (memory.totals().await.unwrap(), i64::try_from(user_ids.len()).unwrap());
    assert_eq!(after.nodes - before.nodes, 3 * count);
    assert_eq!(after.relationships - before.relationships, count);
    client.batch_execute("REFRESH MATERIALIZED VIEW CONCURRENTLY memory.user_stats").await.unwrap();
    let row = "SELECT sum(total_nodes)::bigint, sum(total_relationships)::bigint FROM memory.user_stats";
    let row = client.query_one(row, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (after.nodes, after.relationships));
}

/// What a user does alone; leaves three nodes and a relationship.
pub(crate) async fn reads_and_writes(user: &UserMemory) {
    let acme = NewNode::entity("crm", "1").name("Acme Corp").data(json!({"industry": "Technology"})).tags(["customer"]);
    let stored = user.store_many(&[acme.clone(), NewNode::entity("crm", "2").name("Globex"), acme]).await.unwrap();
    assert_eq!(stored.iter().map(|one| one.outcome).collect::<Vec<_>>(), [Outcome::Inserted, Outcome::Inserted, Outcome::Merged]);
    let (acme, globex) = (stored[0].node_id, stored[1].node_id);
    user.store(&NewNode::entity("crm", "1").data(json!({"revenue": 5})).tags(["big"])).await.unwrap();
    let merged = user.get_entity("crm", "1").await.unwrap().unwrap();
    assert_eq!(merged.content["entity_data"], json!({"industry": "Technology", "revenue": 5}));
    assert_eq!((merged.node_id, merged.tags), (acme, vec!["customer".to_owned(), "big".to_owned()]));

    let outage = user.store(&NewNode::entity("itsm", "7").name("Checkout outage")).await.unwrap().node_id;
    let relationship = NewRelationship::new(outage, RelationshipType::RelatesTo, acme).strength(0.5);
    let related = user.relate_many(&[relationship.clone(), NewRelationship::new(acme, RelationshipType::LedTo, globex)]).await.unwrap();
    assert_eq!(user.relate(&relationship.strength(0.8)).await.unwrap().id, related[0].id);
    assert_eq!(user.relationships(acme).await.unwrap().items.len(), 2);
    assert_eq!(user.neighbors(outage).depth(2).await.unwrap().len(), 2);
    assert_eq!(user.path(outage, globex).await.unwrap().len(), 3);
    assert_eq!(user.unrelate(acme, None, globex).await.unwrap(), 1);

    assert_eq!(user.search("acme technology").await.unwrap()[0].node.node_id, acme);
    assert_eq!(user.search("globxe").await.unwrap()[0].node.node_id, globex, "a typing error");
    assert_eq!(user.touch(&[acme, globex]).await.unwrap(), 2);
    assert!(user.update(globex).summary("A customer once").relevance(0.9).await.unwrap());
    let globex = user.get(globex).await.unwrap().unwrap();
    assert_eq!((globex.access_count, globex.base_relevance), (1, Some(0.9)));

    let first = user.list().limit(2).await.unwrap();
    let second = user.list().limit(2).after(first.next.unwrap()).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next), (2, 1, None));
    assert_eq!(user.list().tag("big").await.unwrap().items.len(), 1);
    assert_eq!(user.get_many(&[acme, outage]).await.unwrap().len(), 2);
    let stats = user.stats().await.unwrap();
    assert_eq!((stats.total_nodes, stats.total_relationships), (3, 1));
}

async fn transactions(user: &UserMemory, client: &Client) {
    client.batch_execute("BEGIN").await.unwrap();
    let node_id = user.within(client).store(&NewNode::entity("crm", "3")).await.unwrap().node_id;
    client.batch_execute("COMMIT").await.unwrap();
    let crm = user.get_entity("crm", "1").await.unwrap().unwrap().node_id;
    user.relate(&NewRelationship::new(node_id, RelationshipType::DependsOn, crm)).await.unwrap();
    assert!(user.delete(node_id).await.unwrap(), "and with it the relationship");
    assert!(!user.delete(node_id).await.unwrap());
}

/// What was exported is there when it is imported.
pub(crate) async fn files(memory: &Memory, user: &UserMemory) {
    let mut file = Vec::new();
    let exported = user.export(&mut file).await.unwrap();
    assert_eq!((exported.nodes, exported.relationships), (3, 1));
    let before = user.load().await.unwrap();
    let imported = memory.import(Cursor::new(file)).await.unwrap();
    assert_eq!((imported.nodes_inserted, imported.relationships_inserted, imported.rejected), (0, 0, 0));
    let after = user.load().await.unwrap();
    assert_eq!((after.nodes.len(), after.relationships.len()), (before.nodes.len(), before.relationships.len()));
}
