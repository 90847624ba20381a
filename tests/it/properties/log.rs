//! Counters and the log of changes tell what the tables hold.

use super::{RELATIONSHIP_TYPES, any_node, for_any_after, fresh_user, merge::store_one_by_one};
use crate::support::Database;
use pgmemory::Error;
use pgmemory::ErrorKind;
use pgmemory::NewNode;
use pgmemory::NewRelationship;
use pgmemory::Outcome;
use pgmemory::RelationshipType;
use pgmemory::UserMemory;
use proptest::collection;
use proptest::prelude::*;
use proptest::sample;
use std::collections::HashSet;
use tokio_postgres::Client;
use uuid::Uuid;

/// The counters of a user equal the tables, and the log, without gaps, tells how they came to be.
pub(crate) async fn assert_books_are_true(client: &Client, user_id: &str) {
    let ids = async |statement: &str| -> HashSet<Uuid> {
        client.query(statement, &[&user_id]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let nodes = ids("SELECT node_id FROM memory.nodes WHERE user_id = $1").await;
    let relationships = ids("SELECT id FROM memory.relationships WHERE user_id = $1").await;
    let log = client
        .query("SELECT version, op, node_id, relationship_id FROM memory.changes WHERE user_id = $1 ORDER BY version", &[&user_id])
        .await
        .unwrap();

    let counters = counters(client, user_id).await;
    assert_eq!(counters, (nodes.len(), relationships.len(), log.len()), "counted nodes, relationships and changes of {user_id}");

    let mut replayed: [HashSet<Uuid>; 2] = Default::default();
    for (row, expected_version) in log.iter().zip(1_i64..) {
        assert_eq!(row.get::<_, i64>("version"), expected_version, "no gap in the log of {user_id}");
        let (kind, id) = match (row.get("node_id"), row.get("relationship_id")) {
            (Some(id), None) => (0, id),
            (None, Some(id)) => (1, id),
            both => panic!("a change of one thing: {both:?}"),
        };
        assert!(
            match row.get("op") {
                "insert" => replayed[kind].insert(id),
                "update" => replayed[kind].contains(&id),
                "delete" => replayed[kind].remove(&id),
                op => panic!("an operation: {op}"),
            },
            "change {expected_version} of {user_id} fits those before it"
        );
    }
    assert_eq!(replayed, [nodes, relationships], "the log of {user_id} leads to what is there");
}

/// How many nodes, relationships and changes a user has by the user's row.
async fn counters(client: &Client, user_id: &str) -> (usize, usize, usize) {
    let statement = "SELECT total_nodes, total_relationships, version FROM memory.user_metadata WHERE user_id = $1";
    client.query_opt(statement, &[&user_id]).await.unwrap().map_or((0, 0, 0), |row| {
        let count = |column| usize::try_from(row.get::<_, i32>(column)).expect("a count");
        (count(0), count(1), usize::try_from(row.get::<_, i64>(2)).expect("a version"))
    })
}

/// Nodes are named by their place among all that were ever stored.
#[derive(Clone, Debug)]
enum Operation {
    Store(Box<NewNode>),
    StoreMany(Vec<NewNode>),
    Relate(Vec<(sample::Index, RelationshipType, sample::Index, f32)>),
    Delete(sample::Index),
}

fn operation() -> impl Strategy<Value = Operation> {
    let pair = (any::<sample::Index>(), sample::select(&RELATIONSHIP_TYPES[..]), any::<sample::Index>(), 0.0..=1.0_f32);
    prop_oneof![
        2 => any_node().prop_map(|node| Operation::Store(Box::new(node))),
        2 => collection::vec(any_node(), 0..6).prop_map(Operation::StoreMany),
        4 => collection::vec(pair, 1..8).prop_map(Operation::Relate),
        2 => any::<sample::Index>().prop_map(Operation::Delete),
    ]
}

/// Says how many nodes were stored again.
async fn perform(user: &UserMemory, known: &mut Vec<Uuid>, operation: Operation) -> Result<usize, Error> {
    let mut stored = Vec::new();
    match operation {
        Operation::Store(node) => stored.push(user.store(&node).await?),
        Operation::StoreMany(batch) => stored = user.store_many(&batch).await?,
        Operation::Relate(_) | Operation::Delete(_) if known.is_empty() => {}
        Operation::Relate(pairs) => {
            let pairs: Vec<NewRelationship> = pairs
                .into_iter()
                .map(|(from, kind, to, strength)| NewRelationship::new(*from.get(known), kind, *to.get(known)).strength(strength))
                .collect();
            if let [pair] = pairs.as_slice() {
                user.relate(pair).await?;
            } else {
                user.relate_many(&pairs).await?;
            }
        }
        Operation::Delete(place) => {
            let node_id = *place.get(known);
            assert!(user.delete(node_id).await?);
            known.retain(|known| *known != node_id);
        }
    }
    known.extend(stored.iter().map(|stored| stored.node_id));
    Ok(stored.iter().filter(|stored| stored.outcome == Outcome::Merged).count())
}

#[test]
fn counters_and_log_follow_every_write() {
    let prepare = async |database: &Database| {
        let bystander = database.user("bystander");
        let known: Vec<Uuid> = store_one_by_one(&bystander, &[NewNode::entity("s", "1"), NewNode::entity("s", "2")])
            .await
            .unwrap()
            .iter()
            .map(|stored| stored.node_id)
            .collect();
        bystander.relate(&NewRelationship::new(known[0], RelationshipType::LedTo, known[1])).await.unwrap();
        database.client().await
    };
    for_any_after(96, &collection::vec(operation(), 1..14), &prepare, &async |database, client, operations| {
        let alice = fresh_user(database);
        let (mut known, mut merges) = (Vec::new(), 0);
        for operation in operations {
            match perform(&alice, &mut known, operation).await {
                Ok(count) => merges += count,
                // A wanted id may be taken; nothing else may go wrong.
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}"),
            }
        }
        let updates = "SELECT count(*) FROM memory.changes WHERE user_id = $1 AND op = 'update' AND node_id IS NOT NULL";
        let updates: i64 = client.query_one(updates, &[&alice.user_id()]).await.unwrap().get(0);
        assert_eq!(usize::try_from(updates).unwrap(), merges, "each merge is in the log");
        assert_books_are_true(client, alice.user_id()).await;
        assert_books_are_true(client, "bystander").await;
        assert_eq!(counters(client, "bystander").await, (2, 1, 3));
    });
}
