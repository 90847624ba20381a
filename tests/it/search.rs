use pgmemory::{ContextType, NewNode, UserMemory};
use serde_json::json;

use crate::support::{Database, Layout};

async fn find(user: &UserMemory, query: &str) -> Vec<String> {
    user.search(query).await.unwrap().into_iter().map(|hit| hit.node.summary().into_owned()).collect()
}

async fn alice(database: &Database) -> UserMemory {
    let alice = database.user("alice");
    let fact = |text: &str| NewNode::new(ContextType::ConversationFact, json!({"text": text}));
    alice
        .store_many(&[
            NewNode::entity("salesforce", "001234").name("Acme Corp").summary("Acme renews in March").tags(["gold tier"]),
            NewNode::entity("servicenow", "INC0012345").name("Checkout outage").data(json!({"cause": "exhausted connections"})),
            NewNode::entity("jira", "PROJ-123").name("Retry the payment gateway").data(json!({"assignee": "Caroline Okafor"})),
            NewNode::entity("crm", "9").name("Caroline Okafor"),
            fact("100% of the under_scored names"),
            fact("Quotes ' and \" and \\ and | & ! ( ) : * <->"),
        ])
        .await
        .unwrap();
    alice
}

#[tokio::test]
async fn any_word_finds_and_more_words_rank_higher() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    assert_eq!(find(&alice, "what renewed in the march of time?").await, ["Acme renews in March"]);
    assert_eq!(find(&alice, "gold").await, ["Acme renews in March"]);
    let hits = find(&alice, "Caroline's payment gateway").await;
    assert_eq!(hits[0], "Retry the payment gateway");
    assert!(hits.contains(&"Caroline Okafor".to_owned()));
}

#[tokio::test]
async fn ids_and_misspelt_names_are_found() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    assert_eq!(find(&alice, "001234").await[0], "Acme renews in March");
    assert_eq!(find(&alice, "inc0012345").await[0], "Checkout outage");
    assert_eq!(find(&alice, "PROJ-123").await[0], "Retry the payment gateway");
    assert_eq!(find(&alice, "Carolnie").await[0], "Caroline Okafor");
    assert_eq!(find(&alice, "chekout outgae").await[0], "Checkout outage");
}

#[tokio::test]
async fn operators_and_wildcards_are_plain_text() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    for query in ["", " ", "%", "_", "'", "\"", "\\", "|", "&", "!", "(", "a:*", "<->", "'; DROP TABLE memory.nodes; --", "the of and"] {
        let hits = find(&alice, query).await;
        assert!(hits.len() <= 1, "{query} found {hits:?}");
    }
    assert!(find(&alice, "%").await.is_empty());
    assert!(find(&alice, "_").await.is_empty());
    assert_eq!(alice.search("a\0b").await.unwrap_err().field(), Some("query"));
}

/// The query becomes lexemes once, whichever plan is used.
#[tokio::test]
async fn the_query_is_not_parsed_for_every_row() {
    // A partition's index has another name.
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    client
        .batch_execute(
            "INSERT INTO memory.nodes (user_id, context_type, content)
             SELECT 'user' || n % 10, 'tool_output', jsonb_build_object('text', 'common word ' || n) FROM generate_series(1, 20000) n;
             SET plan_cache_mode = force_generic_plan",
        )
        .await
        .unwrap();
    // Also moves the GIN indexes' pending entries to where they belong, as autovacuum does.
    client.batch_execute("VACUUM ANALYZE memory.nodes").await.unwrap();
    let source = include_str!("../../codegen/src/queries/search.rs");
    let statement = source.split('"').find(|text| text.starts_with("WITH threshold")).unwrap();
    client.batch_execute(&format!("PREPARE search (text, text, text[], bigint) AS {statement}")).await.unwrap();
    let plan = client.query("EXPLAIN EXECUTE search('common 7', 'user1', NULL, 10)", &[]).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    let condition = plan.iter().find(|line| line.contains("search @@")).unwrap();
    assert!(plan.iter().any(|line| line.contains("nodes_search_idx")), "{plan:#?}");
    assert!(condition.contains("Cond: ") && !condition.contains("any_word"), "{plan:#?}");
}

#[tokio::test]
async fn the_filter_narrows_and_the_limit_holds() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    let facts = alice.search("names okafor").context_type(ContextType::ConversationFact).await.unwrap();
    assert_eq!(facts.len(), 1);
    assert!(facts.iter().all(|hit| hit.node.context_type == ContextType::ConversationFact));
    assert_eq!(alice.search("okafor").limit(1).await.unwrap().len(), 1);
}
