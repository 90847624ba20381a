//! What text becomes for search: words, and pairs of characters where words have no spaces between them.

use std::collections::BTreeSet;

use pgmemory::{ContextType, NewNode, UserMemory};
use serde_json::json;
use tokio_postgres::Client;

use crate::support::Database;

async fn lexemes(client: &Client, function: &str, text: &str) -> Vec<String> {
    let statement = format!("SELECT tsvector_to_array({function})");
    client.query_one(&statement, &[&text]).await.unwrap().get(0)
}

async fn of_node(client: &Client, text: &str) -> Vec<String> {
    lexemes(client, "memory.search_vector(jsonb_build_object('text', $1::text), NULL, '{}')", text).await
}

async fn of_query(client: &Client, text: &str) -> Vec<String> {
    lexemes(client, "memory.query_vector($1)", text).await
}

async fn find(user: &UserMemory, query: &str) -> Vec<String> {
    user.search(query).await.unwrap().into_iter().map(|hit| hit.node.content["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn what_has_no_spaces_becomes_pairs() {
    let database = Database::new().await;
    let client = database.client().await;
    for (text, query, node) in [
        ("running shoes", &["run", "shoe"][..], &["run", "shoe"][..]),
        ("PostgreSQL で検索", &["postgresql", "で検", "検索"], &["postgresql", "で検", "検索", "索"]),
        ("PostgreSQLで検索3", &["3", "postgresql", "で検", "検索"], &["3", "postgresql", "で検", "検索", "索"]),
        ("猫", &["猫"], &["猫"]),
        ("猫 犬", &["犬", "猫"], &["犬", "猫"]),
        ("東京東京", &["京東", "東京"], &["京", "京東", "東京"]),
        ("サーバー", &["サー", "バー", "ーバ"], &["サー", "バー", "ー", "ーバ"]),
        ("안녕 세상", &["세상", "안녕"], &["녕", "상", "세상", "안녕"]),
        ("ไทย", &["ทย", "ไท"], &["ทย", "ย", "ไท"]),
        ("𠮷野家", &["野家", "𠮷野"], &["家", "野家", "𠮷野"]),
    ] {
        assert_eq!(of_query(&client, text).await, query, "{text}");
        assert_eq!(of_node(&client, text).await, node, "{text}");
    }
    assert_eq!(of_query(&client, "東京。大阪・京都").await.iter().filter(|lexeme| lexeme.chars().count() == 2).count(), 3);
    let weighted = "SELECT memory.search_vector('{\"entity_name\": \"東京\", \"鍵\": \"値\", \"n\": 5}', '大阪', '{京都}')::text";
    let weighted: String = client.query_one(weighted, &[]).await.unwrap().get(0);
    for lexeme in ["'東京':1A", "'大阪':3B", "'京都':5C", "'値':9", "'5':7"] {
        assert!(weighted.split(' ').any(|found| found == lexeme), "{lexeme}: {weighted}");
    }
    assert!(!weighted.contains('鍵'), "keys are not searched: {weighted}");
}

/// A long text and one with such characters become words by another way than most.
#[tokio::test]
async fn words_are_the_same_either_way() {
    let database = Database::new().await;
    let client = database.client().await;
    database.memory.import(include_str!("../../examples/demo.jsonl").as_bytes()).await.unwrap();
    let row = client
        .query_one(
            "SELECT count(*), count(*) FILTER (WHERE strip(search) <> strip(memory.bounded_search_vector(content, summary, tags)))
             FROM memory.nodes",
            &[],
        )
        .await
        .unwrap();
    assert!(row.get::<_, i64>(0) > 50);
    assert_eq!(row.get::<_, i64>(1), 0);
}

#[tokio::test]
async fn parts_of_a_run_find_it() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let fact = |text: &str| NewNode::new(ContextType::ConversationFact, json!({"text": text}));
    let texts = ["PostgreSQL で検索する", "私の猫", "東京に行きます", "한국어를 공부합니다", "ฉันรักประเทศไทย", "𠮷野家で食べる", "plain"];
    alice.store_many(&texts.map(fact)).await.unwrap();
    for (query, place) in [
        ("検索", 0),
        ("postgresql", 0),
        ("猫", 1),
        ("私", 1),
        ("東京", 2),
        ("한국어", 3),
        ("공부", 3),
        ("ประเทศ", 4),
        ("𠮷野", 5),
        ("plain", 6),
    ] {
        assert_eq!(find(&alice, query).await.first().map(String::as_str), Some(texts[place]), "{query}");
    }
    for absent in ["犬", "大阪", "索検"] {
        assert!(find(&alice, absent).await.is_empty(), "{absent}");
    }
}

#[tokio::test]
async fn any_script_can_be_stored_and_searched_for() {
    let database = Database::new().await;
    let (alice, client) = (database.user("alice"), database.client().await);
    for text in [
        "👩‍👩‍👧 family 🇯🇵",
        "مرحبا بالعالم",
        "שלום עולם",
        "\u{202e}right to left\u{202c} 東京",
        "e\u{301}\u{301}\u{301} が か\u{3099}",
        "\u{10ffff}\u{e000}\u{ffff}",
        "'検' \\索\\ :* & | ! <-> 東'京",
        "\u{3000}\u{3001}。「」",
        "ﾊﾝｶｸ ｶﾅ ＦＵＬＬ",
    ] {
        let node = NewNode::entity("crm", text).name(text).summary(text).tags([text]).data(json!({"text": text, text: text}));
        let id = alice.store(&node).await.unwrap().node_id;
        let hits = alice.search(text).await.unwrap();
        assert!(hits.iter().any(|hit| hit.node.node_id == id) || of_query(&client, text).await.is_empty(), "{text}");
    }
}

/// Of distinct characters, in pairs that never repeat: as many lexemes as can be.
#[tokio::test]
async fn no_text_is_too_long_for_the_search_column() {
    let database = Database::new().await;
    let (alice, client) = (database.user("alice"), database.client().await);
    // Any two of 701 characters, a prime, each pair once: round by round with another step between neighbours.
    let pairs = |first: u32, count: usize| -> String {
        let walk = (1..701).flat_map(|step| (0..701).map(move |n| n * step % 701));
        walk.take(count).map(|n| char::from_u32(first + n).unwrap()).collect()
    };
    let han = pairs(0x4e00, 100 << 10);
    assert_eq!(han.len(), 300 << 10);
    let rare = pairs(0x20000, 200 << 10);
    let words: String = (0..80_000_u32).map(|n| char::from_u32(0x1f300 + n % 1000).unwrap().to_string() + &n.to_string() + " ").collect();
    let hyphens = |n: u32| format!("{:x}-{:x} ", 0xa000 + n * 2, 0xb001 + n * 2).replace(|c: char| c.is_ascii_digit(), "z");
    let hyphens: String = (0..80_000).map(hyphens).collect();
    let numbers: Vec<u32> = (0..130_000).collect();
    for (content, least) in
        [(json!(han), 60_000), (json!(rare), 60_000), (json!(words), 10_000), (json!(hyphens), 1_000), (json!(numbers), 30_000)]
    {
        // Beside it everything else that is indexed, as long as it may be.
        let node = NewNode::new(ContextType::ToolOutput, json!({"text": content, "entity_name": pairs(0x21000, 9_000)}));
        let node = node.summary(pairs(0x22000, 16_384)).tags((0..1_000).map(|n| pairs(0x23000 + n, 100)));
        let id = alice.store(&node).await.unwrap().node_id;
        let size = "SELECT length(search), search::text ~ '[\\U00020000-\\U0002FFFF]' FROM memory.nodes WHERE node_id = $1";
        let size = client.query_one(size, &[&id]).await.unwrap();
        assert!(size.get::<_, i32>(0) > least && size.get::<_, bool>(1), "{size:?}");
        let alone = NewNode::new(ContextType::ToolOutput, json!({"text": content}));
        alice.store(&alone).await.unwrap();
    }
    assert!(!alice.search(pairs(0x4e00, 20_000)).await.unwrap().is_empty(), "a search as long as may be");
}

/// The more often and the more prominently a word stands, the higher its level; the index has an entry for each.
#[tokio::test]
async fn what_is_said_strongly_has_a_level() {
    let database = Database::new().await;
    let client = database.client().await;
    let vector = "memory.search_vector($1::text::jsonb, $2, '{}')";
    for (name, summary, text, expected) in [
        ("", "", "acme", 0),
        ("", "acme", "", 0),
        ("", "", "acme acme acme acme", 0),
        ("", "acme", "acme", 1),
        ("", "acme", "acme acme", 2),
        ("acme", "", "", 2),
        ("", "acme", "acme acme acme", 3),
        ("acme", "acme", "acme", 4),
        ("acme acme", "acme acme", "acme acme", 4),
    ] {
        let content = json!({"entity_name": name, "text": text}).to_string();
        let level = format!("SELECT level FROM memory.lexeme_levels({vector}) WHERE lexeme = 'acm'");
        let level: i32 = client.query_one(&level, &[&content, &summary]).await.unwrap().get(0);
        assert_eq!(level, expected, "{name:?}, {summary:?}, {text:?}");
        let entries = format!("SELECT tsvector_to_array(memory.user_lexemes('alice', {vector}))");
        let entries: Vec<String> = client.query_one(&entries, &[&content, &summary]).await.unwrap().get(0);
        // The mark of alice.
        let marked = (1..=expected).map(|level| format!("6384e2b2{level}/acm"));
        let all: BTreeSet<String> = marked.chain(["6384e2b2/acm".to_owned()]).collect();
        assert_eq!(entries.into_iter().collect::<std::collections::BTreeSet<_>>(), all);
    }
}

#[tokio::test]
async fn each_level_that_a_lexeme_reaches_is_marked() {
    let database = Database::new().await;
    let client = database.client().await;
    // Names, summaries, tags and texts that say the same words not at all, once, and again and again.
    let wrong = r"
        SELECT count(*), count(*) FILTER (WHERE array_to_tsvector(expected) IS DISTINCT FROM memory.user_lexemes('alice', search))
        FROM generate_series(0, 2039) AS n
        CROSS JOIN LATERAL memory.search_vector(
            jsonb_build_object('entity_name', repeat('acme ', n % 4), 'text', repeat('acme ', n % 17) || repeat('globex ', n % 2) || 'it''s, \ one'),
            repeat('globex ', n % 3),
            array_fill('acme tag'::text, ARRAY[n % 5])
        ) AS search
        CROSS JOIN LATERAL (
            SELECT array_agg(mark || '/' || said.lexeme) AS expected
            FROM memory.lexeme_levels(search) AS said
            CROSS JOIN LATERAL generate_series(0, said.level) AS reached
            CROSS JOIN LATERAL (SELECT left(md5('alice'), 8) || coalesce(nullif(reached, 0)::text, '') AS mark) AS higher
        ) AS every";
    let row = client.query_one(wrong, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), (2_040_i64, 0_i64));
}
