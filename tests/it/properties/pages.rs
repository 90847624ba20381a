//! Walking a list page by page meets each item once.

use super::{RELATIONSHIP_TYPES, for_any, fresh_user};
use chrono::DateTime;
use chrono::Utc;
use pgmemory::ContextType;
use pgmemory::Cursor;
use pgmemory::NewNode;
use pgmemory::NewRelationship;
use proptest::collection;
use proptest::prelude::*;
use proptest::sample;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Times that often meet, before 1970 too.
fn meeting_time() -> impl Strategy<Value = DateTime<Utc>> {
    sample::select(vec![-62_135_596_800_000_000, -1_000_001, -1, 0, 1, 253_402_300_799_999_999])
        .prop_map(|micros| DateTime::from_timestamp_micros(micros).expect("a time"))
}

fn limits() -> impl Strategy<Value = Vec<usize>> {
    collection::vec(prop_oneof![4 => 1..8_usize, 1 => Just(1_000)], 1..5)
}

/// A cursor as it comes back from a client.
fn through_text(cursor: Cursor) -> Cursor {
    cursor.to_string().parse().expect("a cursor is readable")
}

#[test]
fn pages_of_nodes_hold_each_once_newest_first() {
    for_any(64, &(collection::vec(meeting_time(), 0..25), limits()), &async |database, (times, limits)| {
        let alice = fresh_user(database);
        let nodes: Vec<NewNode> = times.iter().map(|time| NewNode::new(ContextType::ToolOutput, json!({})).created_at(*time)).collect();
        let stored = alice.store_many(&nodes).await.unwrap();
        let mut expected: Vec<_> = times.iter().zip(&stored).map(|(time, stored)| (*time, stored.node_id)).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));

        let mut visited = Vec::new();
        let mut place = None;
        for limit in limits.iter().cycle() {
            let list = alice.list().limit(*limit);
            let page = if let Some(place) = place { list.after(place).await.unwrap() } else { list.await.unwrap() };
            assert!(page.items.len() <= *limit);
            visited.extend(page.items.iter().map(|node| (node.created_at, node.node_id)));
            assert!(visited.len() <= expected.len(), "no item twice");
            place = page.next.map(through_text);
            if place.is_none() {
                break;
            }
        }
        assert_eq!(visited, expected);
    });
}

#[test]
fn pages_of_relationships_hold_each_once_newest_first() {
    let pair = (0..4_usize, sample::select(&RELATIONSHIP_TYPES[..]), any::<bool>(), meeting_time());
    for_any(64, &(collection::vec(pair, 0..25), limits()), &async |database, (pairs, limits)| {
        let alice = fresh_user(database);
        let batch = vec![NewNode::new(ContextType::ToolOutput, json!({})); 4];
        let nodes: Vec<Uuid> = alice.store_many(&batch).await.unwrap().iter().map(|stored| stored.node_id).collect();
        let hub = nodes[0];
        let relationships: Vec<NewRelationship> = pairs
            .iter()
            .map(|(other, kind, outgoing, time)| {
                let (from, to) = if *outgoing { (hub, nodes[*other]) } else { (nodes[*other], hub) };
                NewRelationship::new(from, *kind, to).created_at(*time)
            })
            .collect();
        let related = alice.relate_many(&relationships).await.unwrap();
        // Related again, a pair keeps its id and the earliest time.
        let mut earliest: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
        for (related, (.., time)) in related.iter().zip(&pairs) {
            earliest.entry(related.id).and_modify(|known| *known = (*time).min(*known)).or_insert(*time);
        }
        let mut expected: Vec<_> = earliest.into_iter().map(|(id, time)| (time, id)).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));

        let mut visited = Vec::new();
        let mut place = None;
        for limit in limits.iter().cycle() {
            let list = alice.relationships(hub).limit(*limit);
            let page = if let Some(place) = place { list.after(place).await.unwrap() } else { list.await.unwrap() };
            assert!(page.items.len() <= *limit);
            visited.extend(page.items.iter().map(|relationship| (relationship.created_at, relationship.id)));
            assert!(visited.len() <= expected.len(), "no item twice");
            place = page.next.map(through_text);
            if place.is_none() {
                break;
            }
        }
        assert_eq!(visited, expected);
    });
}
