//! Texts that become something else: names of a list, cursors, searches.

use chrono::Utc;
use pgmemory::{Comparison, ContextType, Cursor, Direction, ErrorKind, NewNode, RelationshipType};
use serde_json::json;

use crate::support::Database;

#[test]
fn what_is_not_in_a_list_is_told_with_the_list() {
    let context_type = "gossip".parse::<ContextType>().unwrap_err();
    let relationship_type = "likes".parse::<RelationshipType>().unwrap_err();
    let direction = "up".parse::<Direction>().unwrap_err();
    let operator = "~".parse::<Comparison>().unwrap_err();
    for (error, field, valid) in [
        (context_type, "context_type", &["search_result", "tool_output", "conversation_fact", "temporary_state"][..]),
        (relationship_type, "relationship_type", &["led_to", "relates_to", "contradicts", "answers"]),
        (direction, "direction", &["outgoing", "incoming", "both"]),
        (operator, "operator", &["=", "<>", ">="]),
    ] {
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)));
        assert!(valid.iter().all(|valid| error.to_string().contains(valid)), "{error}");
    }
    let error = NewNode::try_from(json!({"context_type": "gossip", "content": {}})).unwrap_err();
    assert!(error.field() == Some("context_type") && error.to_string().contains("conversation_fact"), "{error}");
    assert_eq!(NewNode::try_from(json!({"context_type": "tool_output"})).unwrap_err().field(), Some("memory"));
    for text in [r#""\ud800""#, r#""\ud800\ud800""#, r#""\udc00""#, "1e400"] {
        assert!(serde_json::from_str::<NewNode>(&format!(r#"{{"context_type":"tool_output","content":{{"a":{text}}}}}"#)).is_err());
    }
}

#[tokio::test]
async fn a_forged_cursor_is_refused_or_moves_within_the_own_list() {
    for text in ["", "x", "62f1a7c9d4b400", "zzf1a7c9d4b400000195f2d0c8a47b3e9d1f2a3b4c5d6e7f", &"7".repeat(48), &"é".repeat(30), "\0"] {
        let error = text.parse::<Cursor>().unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("cursor")), "{text}");
        assert!(serde_json::from_value::<Cursor>(json!(text)).is_err());
    }
    let database = Database::new().await;
    let alice = database.user("alice");
    database.user("bob").store(&NewNode::entity("crm", "1")).await.unwrap();
    let id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let forged: Cursor = format!("{:016x}{}", Utc::now().timestamp_micros() + 1_000_000, "f".repeat(32)).parse().unwrap();
    let page = alice.list().after(forged).await.unwrap();
    assert_eq!(page.items.iter().map(|node| node.node_id).collect::<Vec<_>>(), [id]);
    assert!(alice.relationships(id).after(forged).await.unwrap().items.is_empty());
}

/// Whatever stands in a search is text: it finds what contains it, or nothing, and never everything.
#[tokio::test]
async fn a_search_takes_any_text() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let texts = ["apple", "banana", "cherry"];
    let nodes = texts.map(|text| NewNode::new(ContextType::ToolOutput, json!({"text": text})));
    alice.store_many(&nodes).await.unwrap();
    let any = [
        "",
        "   ",
        "\t\r\n",
        "\u{1}\u{7f}\u{1b}[31m",
        "%",
        "_",
        "%a%",
        "'",
        "\"",
        "\\",
        "&",
        "|",
        "!",
        ":*",
        "<->",
        "()",
        "!!x",
        "🦀",
        "שלום",
        "\u{202e}",
    ];
    for text in any {
        assert!(alice.search(text).await.unwrap().is_empty(), "{text:?}");
        assert!(alice.search(format!("{text} apple {text}")).await.unwrap().len() <= 1, "{text:?}");
    }
    for text in ["apple | !banana", "!apple", "apple <-> x", "apple:*", "'apple'", "(apple", "%apple_"] {
        let found: Vec<_> = alice.search(text).await.unwrap().into_iter().map(|hit| hit.node.content["text"].clone()).collect();
        assert!(found.contains(&json!("apple")) && !found.contains(&json!("cherry")), "{text:?}: {found:?}");
    }
    assert!(alice.search("x ".repeat(32 << 10)).await.unwrap().is_empty(), "as long as it may be");
}
