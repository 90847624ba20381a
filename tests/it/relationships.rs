use pgmemory::{ContextType, Direction, ErrorKind, NewNode, NewRelationship, Outcome, RelationshipType};
use serde_json::json;
use uuid::Uuid;

use crate::support::Database;

async fn nodes(user: &pgmemory::UserMemory, count: usize) -> Vec<Uuid> {
    let batch: Vec<_> = (0..count).map(|n| NewNode::new(ContextType::ConversationFact, json!({"n": n}))).collect();
    user.store_many(&batch).await.unwrap().into_iter().map(|stored| stored.node_id).collect()
}

#[tokio::test]
async fn relating_again_keeps_the_relationship() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 2).await;
    let first = NewRelationship::new(ids[0], RelationshipType::DependsOn, ids[1]).strength(0.9).metadata(json!({"a": 1}));
    let again = NewRelationship::new(ids[0], RelationshipType::DependsOn, ids[1]).strength(0.3).metadata(json!({"b": 2}));
    let related = alice.relate_many(&[first, again]).await.unwrap();
    assert_eq!(related[0].id, related[1].id);
    assert_eq!((related[0].outcome, related[1].outcome), (Outcome::Inserted, Outcome::Merged));
    let page = alice.relationships(ids[0]).await.unwrap();
    let [relationship] = page.items.as_slice() else { panic!("one relationship") };
    assert!((relationship.strength - 0.3).abs() < f32::EPSILON);
    assert_eq!(relationship.metadata, json!({"a": 1, "b": 2}));
    // Another type is another relationship.
    alice.relate(&NewRelationship::new(ids[0], RelationshipType::Answers, ids[1])).await.unwrap();
    assert_eq!(alice.stats().await.unwrap().total_relationships, 2);
}

#[tokio::test]
async fn all_types_can_be_stored() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 2).await;
    let types = ["led_to", "relates_to", "depends_on", "produces", "belongs_to", "contradicts", "refines", "answers"];
    for name in types {
        let relationship_type: RelationshipType = name.parse().unwrap();
        alice.relate(&NewRelationship::new(ids[0], relationship_type, ids[1])).await.unwrap();
    }
    assert_eq!(alice.relationships(ids[1]).await.unwrap().items.len(), types.len());
}

#[tokio::test]
async fn directions_and_types_select() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 3).await;
    alice
        .relate_many(&[
            NewRelationship::new(ids[0], RelationshipType::LedTo, ids[1]),
            NewRelationship::new(ids[2], RelationshipType::LedTo, ids[0]),
            NewRelationship::new(ids[0], RelationshipType::Refines, ids[2]),
            NewRelationship::new(ids[0], RelationshipType::RelatesTo, ids[0]),
        ])
        .await
        .unwrap();
    let count = async |direction, types: &[RelationshipType]| {
        let list = alice.relationships(ids[0]).direction(direction);
        types.iter().copied().fold(list, pgmemory::Relationships::of_type).await.unwrap().items.len()
    };
    assert_eq!(count(Direction::Outgoing, &[]).await, 3);
    assert_eq!(count(Direction::Incoming, &[]).await, 2);
    assert_eq!(count(Direction::Both, &[]).await, 4, "a loop is listed once");
    assert_eq!(count(Direction::Both, &[RelationshipType::LedTo]).await, 2);
    assert_eq!(count(Direction::Both, &[RelationshipType::LedTo, RelationshipType::Refines]).await, 3);
    assert_eq!(count(Direction::Incoming, &[RelationshipType::Refines]).await, 0);
}

#[tokio::test]
async fn a_missing_end_is_not_found() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 1).await;
    for (from, to) in [(ids[0], Uuid::now_v7()), (Uuid::now_v7(), ids[0])] {
        let error = alice.relate(&NewRelationship::new(from, RelationshipType::LedTo, to)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn strengths_are_shares() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 2).await;
    for strength in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
        let relationship = NewRelationship::new(ids[0], RelationshipType::LedTo, ids[1]).strength(strength);
        assert_eq!(alice.relate(&relationship).await.unwrap_err().field(), Some("strength"));
    }
    let relationship = NewRelationship::new(ids[0], RelationshipType::LedTo, ids[1]).metadata(json!("text"));
    assert_eq!(alice.relate(&relationship).await.unwrap_err().field(), Some("metadata"));
}

#[tokio::test]
async fn unrelating_ends_one_type_or_all() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 2).await;
    for relationship_type in [RelationshipType::LedTo, RelationshipType::Refines, RelationshipType::Answers] {
        alice.relate(&NewRelationship::new(ids[0], relationship_type, ids[1])).await.unwrap();
    }
    assert_eq!(database.user("bob").unrelate(ids[0], None, ids[1]).await.unwrap(), 0);
    assert_eq!(alice.unrelate(ids[1], None, ids[0]).await.unwrap(), 0, "the direction counts");
    assert_eq!(alice.unrelate(ids[0], Some(RelationshipType::LedTo), ids[1]).await.unwrap(), 1);
    assert_eq!(alice.unrelate(ids[0], None, ids[1]).await.unwrap(), 2);
    assert_eq!(alice.stats().await.unwrap().total_relationships, 0);
}

/// 0 → 1 → 2 → 3, 0 → 2 of another type, 4 → 0, and 5 alone.
async fn small_graph(user: &pgmemory::UserMemory) -> Vec<Uuid> {
    let ids = nodes(user, 6).await;
    let edge = |from: usize, relationship_type, to: usize| NewRelationship::new(ids[from], relationship_type, ids[to]);
    let (led_to, refines) = (RelationshipType::LedTo, RelationshipType::Refines);
    let edges = [edge(0, led_to, 1), edge(1, led_to, 2), edge(2, led_to, 3), edge(0, refines, 2), edge(4, led_to, 0)];
    user.relate_many(&edges).await.unwrap();
    ids
}

#[tokio::test]
async fn neighbors_come_nearest_first_and_once() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = small_graph(&alice).await;
    let found = async |list: pgmemory::Neighbors<'_>| -> Vec<(usize, i32)> {
        let place = |id| ids.iter().position(|known| *known == id).unwrap();
        let mut found: Vec<_> = list.await.unwrap().into_iter().map(|neighbor| (place(neighbor.node_id), neighbor.depth)).collect();
        assert!(found.is_sorted_by_key(|&(_, depth)| depth));
        found.sort_unstable();
        found
    };
    assert_eq!(found(alice.neighbors(ids[0])).await, [(1, 1), (2, 1), (4, 1)]);
    assert_eq!(found(alice.neighbors(ids[0]).direction(Direction::Outgoing)).await, [(1, 1), (2, 1)]);
    assert_eq!(found(alice.neighbors(ids[0]).direction(Direction::Incoming).depth(3)).await, [(4, 1)]);
    assert_eq!(found(alice.neighbors(ids[0]).depth(3)).await, [(1, 1), (2, 1), (3, 2), (4, 1)]);
    assert_eq!(found(alice.neighbors(ids[0]).depth(3).of_type(RelationshipType::LedTo)).await, [(1, 1), (2, 2), (3, 3), (4, 1)]);
    assert_eq!(found(alice.neighbors(ids[5]).depth(10)).await, []);
    assert_eq!(alice.neighbors(ids[0]).depth(3).limit(2).await.unwrap().len(), 2);
    assert!(database.user("bob").neighbors(ids[0]).await.unwrap().is_empty());
    for depth in [0, 11, -1] {
        assert_eq!(alice.neighbors(ids[0]).depth(depth).await.unwrap_err().field(), Some("depth"));
        assert_eq!(alice.path(ids[0], ids[1]).depth(depth).await.unwrap_err().field(), Some("depth"));
    }
}

/// A limit ends the walk early, and changes nothing of what comes before.
#[tokio::test]
async fn a_limit_leaves_the_first_neighbors() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 40).await;
    // In turns the ends of a hub, each other's neighbors, and pairs that come again at every distance.
    for n in 1..ids.len() {
        alice.relate(&NewRelationship::new(ids[0], RelationshipType::LedTo, ids[n])).await.unwrap();
        alice.relate(&NewRelationship::new(ids[n], RelationshipType::Refines, ids[n * 7 % 40])).await.unwrap();
    }
    let newest: Vec<_> = alice.neighbors(ids[0]).limit(3).await.unwrap().into_iter().map(|neighbor| neighbor.node_id).collect();
    assert_eq!(newest, [ids[39], ids[38], ids[37]]);
    for (start, depth) in [(0, 1), (1, 1), (1, 2), (1, 4), (5, 10)] {
        let all = alice.neighbors(ids[start]).depth(depth).limit(1_000).await.unwrap();
        assert!(all.is_sorted_by_key(|neighbor| neighbor.depth));
        for limit in 1..=all.len() {
            assert_eq!(alice.neighbors(ids[start]).depth(depth).limit(limit).await.unwrap(), all[..limit]);
        }
    }
}

#[tokio::test]
async fn paths_are_shortest_and_name_their_relationships() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = small_graph(&alice).await;
    let places = async |path: pgmemory::Path<'_>| -> Vec<usize> {
        let steps = path.await.unwrap();
        for pair in steps.windows(2) {
            let (from, to) = (pair[0].node_id, pair[1].node_id);
            let between = alice.relationships(from).await.unwrap().items;
            let relationship = between.iter().find(|item| Some(item.id) == pair[1].relationship_id).unwrap();
            assert!([relationship.from_node_id, relationship.to_node_id].contains(&to));
        }
        assert!(steps.first().is_none_or(|step| step.relationship_id.is_none()));
        steps.iter().map(|step| ids.iter().position(|known| *known == step.node_id).unwrap()).collect()
    };
    assert_eq!(places(alice.path(ids[0], ids[3])).await, [0, 2, 3]);
    assert_eq!(places(alice.path(ids[0], ids[3]).of_type(RelationshipType::LedTo)).await, [0, 1, 2, 3]);
    assert_eq!(places(alice.path(ids[3], ids[4])).await, [3, 2, 0, 4]);
    assert_eq!(places(alice.path(ids[3], ids[4]).direction(Direction::Outgoing)).await, [] as [usize; 0]);
    assert_eq!(places(alice.path(ids[3], ids[4]).direction(Direction::Incoming)).await, [3, 2, 0, 4]);
    assert_eq!(places(alice.path(ids[0], ids[3]).depth(1)).await, [] as [usize; 0]);
    assert_eq!(places(alice.path(ids[0], ids[5])).await, [] as [usize; 0]);
    assert_eq!(places(alice.path(ids[1], ids[1])).await, [1]);
    assert!(database.user("bob").path(ids[0], ids[1]).await.unwrap().is_empty());
}

/// Every node is related to every other: distinct places are few, paths are not.
#[tokio::test]
async fn a_clique_and_a_hub_are_walked_within_bounds() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 50).await;
    let clique: Vec<_> = ids
        .iter()
        .flat_map(|&from| {
            ids.iter().filter(move |to| from != **to).map(move |&to| NewRelationship::new(from, RelationshipType::RelatesTo, to))
        })
        .collect();
    alice.relate_many(&clique).await.unwrap();
    assert_eq!(alice.neighbors(ids[0]).depth(6).limit(100).await.unwrap().len(), 49);
    assert_eq!(alice.path(ids[0], ids[49]).depth(6).await.unwrap().len(), 2);

    let spokes = nodes(&alice, 3_000).await;
    let hub: Vec<_> = spokes.iter().map(|&spoke| NewRelationship::new(spoke, RelationshipType::BelongsTo, ids[0])).collect();
    alice.relate_many(&hub).await.unwrap();
    assert_eq!(alice.neighbors(ids[0]).depth(2).limit(1_000).await.unwrap().len(), 1_000);
    assert_eq!(alice.path(spokes[0], spokes[2_999]).await.unwrap().len(), 3);
}

#[tokio::test]
async fn those_among_some_nodes_have_both_ends_there() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let ids = nodes(&alice, 4).await;
    let pairs = [(0, 1), (1, 0), (1, 1), (1, 2), (2, 3)];
    let batch: Vec<_> = pairs.map(|(from, to)| NewRelationship::new(ids[from], RelationshipType::LedTo, ids[to])).to_vec();
    alice.relate_many(&batch).await.unwrap();
    let among = alice.relationships_among(&ids[..2], 100).await.unwrap();
    let mut found: Vec<_> = among.iter().map(|item| (item.from_node_id, item.to_node_id)).collect();
    found.sort_unstable();
    let mut expected = [(ids[0], ids[1]), (ids[1], ids[0]), (ids[1], ids[1])];
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert!(among.is_sorted_by(|a, b| (a.created_at, a.id) > (b.created_at, b.id)), "newest first");
    assert_eq!(alice.relationships_among(&ids[..2], 2).await.unwrap(), among[..2]);
    assert!(alice.relationships_among(&[], 100).await.unwrap().is_empty());
}
