mod recall;

use chrono::{TimeDelta, Utc};
use pgmemory::{Comparison, CompletionKind, ContextType, Filter, Hit, NewNode, UserMemory, Weights};
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

#[tokio::test]
async fn quotes_and_hyphens_mean_something() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    let both = ["Retry the payment gateway", "the gateway of a payment"];
    alice.store(&NewNode::new(ContextType::ToolOutput, json!({"text": both[1]}))).await.unwrap();
    assert_eq!(find(&alice, "payment gateway").await.len(), 2);
    assert_eq!(find(&alice, "\"payment gateway\"").await, [both[0]]);
    assert_eq!(find(&alice, "gateway -retry").await, [both[1]]);
    assert_eq!(find(&alice, "gateway -\"payment gateway\"").await, [both[1]]);
    assert!(find(&alice, "-gateway").await.is_empty(), "what must not be there finds nothing");
    assert_eq!(find(&alice, "gateway - retry").await.len(), 2, "a dash");
    assert_eq!(find(&alice, "\"payment gateway").await.len(), 2, "a single quote is plain text");
    assert_eq!(find(&alice, "\"the\" gateway -the").await.len(), 2, "stop words demand nothing");
}

#[tokio::test]
async fn beginnings_and_parts_of_words_are_found() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    for (query, expected) in [
        ("gatew", "Retry the payment gateway"),
        ("INC00123", "Checkout outage"),
        ("PROJ", "Retry the payment gateway"),
        ("PROJ-12", "Retry the payment gateway"),
        ("onnection", "Checkout outage"),
        ("paymnet", "Retry the payment gateway"),
    ] {
        let hits = find(&alice, query).await;
        assert_eq!(hits.first().map(String::as_str), Some(expected), "{query}: {hits:?}");
    }
}

/// The rarer a word, the more it counts; and where it stands.
#[tokio::test]
async fn telling_words_and_places_rank_higher() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let text = |text: &str| NewNode::new(ContextType::ConversationFact, json!({"text": text}));
    let mut batch: Vec<_> = (0..30).map(|number| text(&format!("deploy number {number}"))).collect();
    batch.extend([text("zeppelin"), text("deploy deploy deploy")]);
    alice.store_many(&batch).await.unwrap();
    assert_eq!(find(&alice, "deploy zeppelin").await[0], "zeppelin");
    let mut weights = Weights::search();
    weights.feedback = 0.0;
    let hits = alice.search("deploy").weights(weights).await.unwrap();
    assert_eq!(hits[0].node.summary(), "deploy deploy deploy");

    let bob = database.user("bob");
    let in_name = NewNode::entity("crm", "1").name("Harbour");
    let in_summary = text("x").summary("harbour");
    bob.store_many(&[text("harbour"), text("x").tags(["harbour"]), in_summary, in_name]).await.unwrap();
    let scores: Vec<f64> = bob.search("harbour").weights(weights).await.unwrap().iter().map(|hit| hit.parts.lexical).collect();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]) && (scores[0] - 1.0).abs() < 1e-3, "{scores:?}");
}

#[tokio::test]
async fn a_score_is_the_sum_of_its_parts_and_snippets_show_the_words() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    let sum =
        |hit: &Hit| hit.parts.lexical + hit.parts.fuzzy + hit.parts.graph + hit.parts.semantic + hit.parts.recency + hit.parts.relevance;
    for query in ["payment gateway Carolnie", "chekout", "INC0012345"] {
        let hits = alice.search(query).snippets().await.unwrap();
        assert!(!hits.is_empty() && hits.iter().all(|hit| (hit.score - sum(hit)).abs() < 1e-9 && hit.parts.graph == 0.0));
    }
    let hits = alice.search("payments").snippets().await.unwrap();
    assert!(hits[0].snippet.as_deref().unwrap().contains("**payment** gateway"), "{:?}", hits[0].snippet);
    assert_eq!(alice.search("payments").await.unwrap()[0].snippet, None);
}

#[tokio::test]
async fn every_filter_narrows_and_the_limit_holds() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    let rich =
        NewNode::entity("salesforce", "2").name("Rich Corp").entity_type("Account").data(json!({"revenue": 10})).tags(["gold", "eu"]);
    let poor = NewNode::entity("crm", "3").name("Poor Corp").entity_type("Lead").data(json!({"revenue": 9})).tags(["gold"]);
    alice.store_many(&[rich, poor.created_at(Utc::now() - TimeDelta::days(30))]).await.unwrap();
    let names = async |filter: Filter| {
        let mut names: Vec<_> =
            alice.search("corp").filter(filter).await.unwrap().into_iter().filter_map(|hit| hit.node.entity_name).collect();
        names.sort();
        names
    };
    let filter = Filter::new;
    assert_eq!(names(filter()).await, ["Acme Corp", "Poor Corp", "Rich Corp"]);
    assert_eq!(names(filter().tag("gold")).await, ["Poor Corp", "Rich Corp"]);
    assert_eq!(names(filter().tag("gold").tag("eu")).await, ["Rich Corp"]);
    assert_eq!(names(filter().any_tag("eu").any_tag("gold tier")).await, ["Acme Corp", "Rich Corp"]);
    assert_eq!(names(filter().entity_type("Lead")).await, ["Poor Corp"]);
    assert_eq!(names(filter().entity_system("salesforce")).await, ["Acme Corp", "Rich Corp"]);
    assert_eq!(names(filter().since(Utc::now() - TimeDelta::days(1))).await, ["Acme Corp", "Rich Corp"]);
    assert_eq!(names(filter().before(Utc::now() - TimeDelta::days(1))).await, ["Poor Corp"]);
    assert_eq!(names(filter().containing(json!({"entity_data": {"revenue": 9}}))).await, ["Poor Corp"]);
    assert_eq!(names(filter().compare(["entity_data", "revenue"], Comparison::Greater, 9)).await, ["Rich Corp"]);
    assert!(names(filter().context_type(ContextType::ToolOutput)).await.is_empty());
    // What is found by likeness, or near what was found, passes the filter, too.
    assert!(
        alice
            .search("Rcih Crop")
            .filter(filter().entity_type("Lead"))
            .await
            .unwrap()
            .iter()
            .all(|hit| hit.node.entity_type.as_deref() == Some("Lead"))
    );
    assert_eq!(alice.search("corp").limit(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_says_the_same_is_similar() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let text = |text: &str| NewNode::new(ContextType::ToolOutput, json!({"text": text}));
    let batch =
        ["checkout failed: connections exhausted", "connections exhausted at checkout again", "the cat sleeps", "a dog barks"].map(text);
    let stored = alice.store_many(&batch).await.unwrap();
    let similar = alice.similar(stored[0].node_id).await.unwrap();
    assert_eq!(similar.iter().map(|hit| hit.node.node_id).collect::<Vec<_>>(), [stored[1].node_id]);
    assert!(alice.similar(uuid::Uuid::nil()).await.unwrap().is_empty());
    assert!(database.user("bob").similar(stored[0].node_id).await.unwrap().is_empty(), "another user's node");
}

#[tokio::test]
async fn names_and_tags_are_completed() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    alice.store(&NewNode::entity("crm", "10").name("Acme Labs").tags(["gold tier", "100%"])).await.unwrap();
    let complete = async |prefix: &str| {
        let completions = alice.complete(prefix, 10).await.unwrap();
        completions.into_iter().map(|completion| (completion.value, completion.kind, completion.nodes)).collect::<Vec<_>>()
    };
    let entity = |value: &str| (value.to_owned(), CompletionKind::Entity, 1);
    assert_eq!(complete("acm").await, [entity("Acme Corp"), entity("Acme Labs")]);
    assert_eq!(complete("Acme L").await, [entity("Acme Labs")]);
    assert_eq!(complete("gol").await, [("gold tier".to_owned(), CompletionKind::Tag, 2)]);
    for prefix in ["", "%", "_", "'", "corp"] {
        assert!(complete(prefix).await.is_empty(), "{prefix}");
    }
    assert!(database.user("bob").complete("acm", 10).await.unwrap().is_empty());
}

/// Neither the nodes nor the words of others change a score.
#[tokio::test]
async fn a_score_does_not_depend_on_others() {
    let database = Database::new().await;
    let alice = alice(&database).await;
    let before = alice.search("payment gateway caroline").await.unwrap();
    let bob = database.user("bob");
    let noise: Vec<_> = (0..600).map(|_| NewNode::new(ContextType::ToolOutput, json!({"text": "payment gateway caroline"}))).collect();
    bob.store_many(&noise).await.unwrap();
    assert_eq!(database.memory.sweep().await.unwrap().counted_users, 1, "only Bob has many nodes");
    assert_eq!(alice.search("payment gateway caroline").await.unwrap(), before);
}

/// With more nodes than are ranked, those with the most telling words are, once the words are counted.
#[tokio::test]
async fn of_a_large_memory_the_best_are_ranked() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let text = |text: String| NewNode::new(ContextType::ToolOutput, json!({"text": text}));
    let mut batch: Vec<_> = (0..3_000).map(|number| text(format!("common word of {}", number % 7))).collect();
    batch.insert(1_500, text("common zebra".to_owned()));
    batch.insert(2_500, text("common word zebra".to_owned()));
    batch.insert(2_600, text("as common as common can be".to_owned()).summary("What is common"));
    alice.store_many(&batch).await.unwrap();
    assert_eq!(find(&alice, "common").await.len(), 50, "before the words are counted");
    assert_eq!(find(&alice, "zebra").await.len(), 2);
    assert_eq!(database.memory.sweep().await.unwrap().counted_users, 1);
    assert_eq!(database.memory.sweep().await.unwrap().counted_users, 0, "once");
    let hits = find(&alice, "common word zebra").await;
    assert_eq!(hits[..2], ["common word zebra", "common zebra"]);
    assert_eq!(find(&alice, "common").await.len(), 50);
    let mut weights = Weights::search();
    weights.feedback = 0.0;
    let hits = alice.search("common").weights(weights).await.unwrap();
    assert_eq!(hits[0].node.summary(), "What is common", "who says it most is not crowded out");
}

/// Where every set of words is said by more nodes than are ranked, some of them are.
#[tokio::test]
async fn what_all_nodes_say_is_found() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let words = "alpha beta gamma delta epsilon zeta";
    let batch: Vec<_> = (0..3_000).map(|_| NewNode::new(ContextType::ToolOutput, json!({"text": words}))).collect();
    alice.store_many(&batch).await.unwrap();
    assert_eq!(database.memory.sweep().await.unwrap().counted_users, 1);
    for count in 1..=6 {
        let query = words.split(' ').take(count).collect::<Vec<_>>().join(" ");
        assert_eq!(find(&alice, &query).await.len(), 50, "{query}");
        let mut weights = Weights::search();
        weights.candidates = 1;
        assert!(!alice.search(&query).weights(weights).await.unwrap().is_empty(), "{query}, of one candidate");
    }
}

/// Whatever else a text holds: each of its words finds it, but for stop words.
#[tokio::test]
async fn every_word_of_a_text_finds_it() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let noise: Vec<_> = (0..700).map(|number| NewNode::new(ContextType::ToolOutput, json!({"text": format!("noise {number}")}))).collect();
    alice.store_many(&noise).await.unwrap();
    let text =
        "PostgreSQL で検索する Zürich's naïve user@example.com https://example.com/a/b?c=1 v1.2.3 -17 PROJ-123 x_y 東京都 ภาษาไทย שלום";
    let node_id = alice.store(&NewNode::new(ContextType::ConversationFact, json!({"text": text}))).await.unwrap().node_id;
    for counted in [false, true] {
        for word in text.split_whitespace().chain(["検索", "検", "京都", "ภาษา", "example.com"]) {
            // A hyphen would exclude it, but not in quotes.
            let hits = alice.search(format!("\"{word}\"")).await.unwrap();
            assert!(hits.iter().any(|hit| hit.node.node_id == node_id), "{word}, counted: {counted}");
        }
        database.memory.sweep().await.unwrap();
    }
}

/// A number of the server's statistics, which come some time after what they count.
async fn settled(client: &tokio_postgres::Client, query: &str) -> f64 {
    let mut last = f64::NAN;
    loop {
        let now: f64 = client.query_one(query, &[]).await.unwrap().get(0);
        if now.to_bits() == last.to_bits() {
            return now;
        }
        last = now;
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    }
}

/// The index that was made for it, whichever plan is used, of a small user and a large one.
#[tokio::test]
async fn candidates_come_from_the_users_own_index() {
    // A partition's index has another name.
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    client
        .batch_execute(
            "INSERT INTO memory.nodes (user_id, context_type, content)
             SELECT CASE WHEN n <= 1000 THEN 'small' ELSE 'large' END, 'tool_output',
                 jsonb_build_object('text', 'common word' || n % 50 || ' rare' || n % 1000)
             FROM generate_series(1, 101000) n",
        )
        .await
        .unwrap();
    client.batch_execute("VACUUM ANALYZE memory.nodes").await.unwrap();
    // On connections that end, so that what it reads is counted before the searches.
    pgmemory::Memory::connect(pgmemory::Config::from_url(&database.direct_url()).unwrap()).await.unwrap().sweep().await.unwrap();
    for user in ["small", "large"] {
        for mode in ["force_custom_plan", "force_generic_plan"] {
            let url = format!("{}&options=-c%20plan_cache_mode={mode}", database.direct_url());
            let memory = pgmemory::Memory::connect(pgmemory::Config::from_url(&url).unwrap().pool_size(1)).await.unwrap();
            let read =
                "SELECT coalesce(sum(idx_tup_read), 0)::double precision FROM pg_stat_user_indexes WHERE indexrelname = 'nodes_search_idx'";
            let before = settled(&client, read).await;
            let scans = "SELECT seq_scan::double precision FROM pg_stat_user_tables WHERE relname = 'nodes'";
            let scanned = settled(&client, scans).await;
            let hits = memory.user(user).unwrap().search("common word7 rare7").limit(20).await.unwrap();
            assert_eq!(hits.len(), 20);
            drop(memory);
            let read = settled(&client, read).await - before;
            assert!((1.0..=2_100.0).contains(&read), "{user}, {mode}: {read} entries of the index");
            assert!(settled(&client, scans).await - scanned < 0.5, "a sequential scan: {user}, {mode}");
        }
    }
}
