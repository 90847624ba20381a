//! Any text may be searched, and a filter never widens.

use super::{CONTEXT_TYPES, for_any_after, time};
use crate::support::Database;
use pgmemory::{Filter, Hit, NewNode, Node};
use proptest::collection;
use proptest::option;
use proptest::prelude::*;
use proptest::sample;
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

/// Text that means something to a query language, a pattern or a screen.
fn query() -> impl Strategy<Value = String> {
    let fragment = sample::select(vec![
        "acme",
        "acne",
        "renewal",
        "Zürich",
        "&",
        "|",
        "!",
        "<->",
        "(",
        ")",
        ":*",
        "acme:A",
        "'",
        "''",
        "\"",
        "\\",
        "\\'",
        "%",
        "_",
        "*",
        "--",
        ";",
        "NULL",
        "$1",
        "😀",
        "שלום",
        "مرحبا",
        "\u{202e}",
        "\u{200d}",
        "a-b-c",
        "x@y.zz",
        "http://a.b/c?d",
        "</b>",
        "-1.5e9",
    ]);
    prop_oneof![
        4 => collection::vec(fragment.clone(), 0..30).prop_map(|words| words.join(" ")),
        2 => collection::vec(fragment, 0..30).prop_map(|words| words.concat()),
        3 => "[^\\x00]{0,100}",
        1 => (1..=10_000_usize).prop_map(|count| (0..count).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ")),
    ]
}

/// The same for two users: every word of the queries, in every context type.
async fn store_something_to_find(database: &Database) -> HashSet<Uuid> {
    let mut alices = HashSet::new();
    for user_id in ["alice", "bob"] {
        let user = database.user(user_id);
        for (context_type, number) in CONTEXT_TYPES.iter().zip(0..) {
            let text = json!({"text": format!("acme renewal w{number} NULL 😀 שלום"), "number": number});
            let batch = [
                NewNode::new(*context_type, text).summary("Acme's 100% renewal_date in Zürich").tags(["a", "b"]),
                NewNode::entity("crm", number.to_string())
                    .name("Acme \\ Corp")
                    .entity_type("Account")
                    .tags(["a"])
                    .context_type(*context_type),
            ];
            let stored = user.store_many(&batch).await.unwrap();
            if user_id == "alice" {
                alices.extend(stored.iter().map(|stored| stored.node_id));
            }
        }
    }
    alices
}

#[test]
fn a_search_takes_any_text_and_stays_with_its_user() {
    let filter = sample::subsequence(CONTEXT_TYPES.to_vec(), 1..4);
    for_any_after(128, &(query(), filter), &store_something_to_find, &async |database, alices, (query, context_types)| {
        let alice = database.user("alice");
        let all = alice.search(&query).limit(1_000).await.unwrap();
        let ids: HashSet<Uuid> = all.iter().map(|hit| hit.node.node_id).collect();
        assert_eq!(ids.len(), all.len(), "each once");
        assert!(ids.is_subset(alices), "no other user's");

        let filter = context_types.iter().fold(Filter::new(), |filter, context_type| filter.context_type(*context_type));
        let filtered = alice.search(&query).filter(filter.clone()).limit(1_000).await.unwrap();
        let filtered: HashSet<Uuid> = filtered.into_iter().map(|hit| hit.node.node_id).collect();
        let fits = |node: &Node| context_types.contains(&node.context_type);
        assert_eq!(filtered, all.iter().filter(|hit| fits(&hit.node)).map(|hit| hit.node.node_id).collect());

        let recalled = alice.recall(&query).filter(filter).limit(1_000).await.unwrap().hits;
        assert!(recalled.iter().all(|hit| fits(&hit.node) && alices.contains(&hit.node.node_id)));
        let parts = |hit: &Hit| {
            hit.parts.lexical + hit.parts.fuzzy + hit.parts.graph + hit.parts.semantic + hit.parts.recency + hit.parts.relevance
        };
        assert!(recalled.iter().all(|hit| (hit.score - parts(hit)).abs() < 1e-9 && hit.parts.graph >= 0.0));
    });
}

#[test]
fn a_list_filter_keeps_exactly_what_fits() {
    let filters = (
        sample::subsequence(CONTEXT_TYPES.to_vec(), 0..3),
        collection::vec(sample::select(vec!["a", "b", "c", ""]), 0..3),
        option::of(sample::select(vec!["Account", "Ticket", ""])),
        option::of(time()),
    );
    for_any_after(64, &filters, &store_something_to_find, &async |database, alices, (context_types, tags, entity_type, since)| {
        let alice = database.user("alice");
        let mut expected = alice.list().limit(1_000).await.unwrap().items;
        assert_eq!(&expected.iter().map(|node| node.node_id).collect::<HashSet<_>>(), alices);
        expected.retain(|node| {
            (context_types.is_empty() || context_types.contains(&node.context_type))
                && tags.iter().all(|tag| node.tags.iter().any(|known| known == tag))
                && entity_type.is_none_or(|entity_type| node.entity_type.as_deref() == Some(entity_type))
                && since.is_none_or(|since| node.created_at >= since)
        });

        let mut list = alice.list().limit(1_000);
        list = context_types.iter().fold(list, |list, context_type| list.context_type(*context_type));
        list = tags.iter().fold(list, |list, tag| list.tag(*tag));
        list = if let Some(entity_type) = entity_type { list.entity_type(entity_type) } else { list };
        list = if let Some(since) = since { list.since(since) } else { list };
        assert_eq!(list.await.unwrap().items, expected);
    });
}
