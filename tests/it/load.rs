use std::collections::HashSet;

use pgmemory::{NewNode, NewRelationship, RelationshipType};

use crate::support::Database;

/// More than any page holds, and nobody else's.
#[tokio::test]
async fn everything_of_one_user_is_loaded() {
    let database = Database::new().await;
    let alice = database.user("alice");
    assert_eq!(alice.load().await.unwrap(), pgmemory::Graph::default());
    let batch: Vec<_> = (0..2_500).map(|n| NewNode::entity("crm", n.to_string()).name(format!("Customer {n}"))).collect();
    let ids: Vec<_> = alice.store_many(&batch).await.unwrap().into_iter().map(|stored| stored.node_id).collect();
    let chain: Vec<_> = ids.windows(2).map(|pair| NewRelationship::new(pair[0], RelationshipType::LedTo, pair[1])).collect();
    alice.relate_many(&chain).await.unwrap();
    database.user("bob").store(&NewNode::entity("crm", "1")).await.unwrap();

    let graph = alice.load().await.unwrap();
    let loaded: HashSet<_> = graph.nodes.iter().map(|node| node.node_id).collect();
    assert_eq!((graph.nodes.len(), graph.relationships.len()), (2_500, 2_499));
    assert_eq!(loaded, ids.iter().copied().collect());
    let node = alice.get(ids[7]).await.unwrap().unwrap();
    assert!(graph.nodes.contains(&node));
    assert_eq!(
        alice.relationships(ids[0]).await.unwrap().items[0],
        *graph.relationships.iter().find(|item| item.from_node_id == ids[0]).unwrap()
    );
}

/// While others delete and write, each load is whole: no relationship without its nodes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_is_of_one_moment() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let writer = alice.clone();
    let writing = tokio::spawn(async move {
        for round in 0..30 {
            let pair = [NewNode::entity("crm", format!("a{round}")), NewNode::entity("crm", format!("b{round}"))];
            let stored = writer.store_many(&pair).await.unwrap();
            let link = NewRelationship::new(stored[0].node_id, RelationshipType::LedTo, stored[1].node_id);
            writer.relate(&link).await.unwrap();
            if round % 2 == 0 {
                writer.delete(stored[0].node_id).await.unwrap();
            }
        }
    });
    while !writing.is_finished() {
        let graph = alice.load().await.unwrap();
        let ids: HashSet<_> = graph.nodes.iter().map(|node| node.node_id).collect();
        assert!(graph.relationships.iter().all(|item| ids.contains(&item.from_node_id) && ids.contains(&item.to_node_id)));
    }
    writing.await.unwrap();
    let graph = alice.load().await.unwrap();
    assert_eq!((graph.nodes.len(), graph.relationships.len()), (45, 15));
}
