//! A database of the Python system becomes one of ours, or stays what it is.

mod refusals;

use std::process::Command;

use pgmemory::{Adoption, ContextType, ErrorKind, Graph, NewNode, NewRelationship, Node, Outcome, RelationshipType, UserMemory};
use proptest::{
    collection,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{properties, support::Database};

const SCHEMA: &str = include_str!("adopt/python_schema.sql");
const DATA: &str = include_str!("adopt/python_data.sql");

/// A database of the Python system with its data, and a connection to it.
pub(crate) async fn python() -> (Database, Client) {
    python_with(DATA).await
}

async fn python_with(data: &str) -> (Database, Client) {
    let database = Database::empty().await;
    let client = database.client().await;
    client.batch_execute(&format!("{SCHEMA}{data}")).await.unwrap();
    (database, client)
}

fn node_id(number: u32) -> Uuid {
    format!("00000000-0000-4000-8000-{number:012}").parse().unwrap()
}

fn relationship_id(number: u32) -> Uuid {
    format!("00000000-0000-4000-9000-{number:012}").parse().unwrap()
}

/// What a dump of the schema would show: columns, indexes, constraints, triggers, functions.
async fn shape(client: &Client) -> Vec<String> {
    let mut lines = Vec::new();
    for catalog in [
        "SELECT concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
         FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum JOIN pg_class c ON c.oid = attrelid
         WHERE relnamespace = to_regnamespace('memory') ORDER BY 1",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'memory' ORDER BY 1",
        "SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = to_regnamespace('memory') ORDER BY 1",
        "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
         WHERE relnamespace = to_regnamespace('memory') AND NOT tgisinternal ORDER BY 1",
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = to_regnamespace('memory') ORDER BY 1",
        "SELECT definition FROM pg_matviews WHERE schemaname = 'memory'",
    ] {
        lines.extend(client.query(catalog, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)));
    }
    assert!(lines.len() > 50, "the catalog was read");
    lines
}

/// The same with all rows.
async fn everything(client: &Client) -> Vec<String> {
    let mut lines = shape(client).await;
    for table in ["nodes", "relationships", "user_metadata", "user_stats"] {
        let rows = client.query(&format!("SELECT t::text FROM memory.{table} t ORDER BY 1"), &[]).await.unwrap();
        assert!(!rows.is_empty(), "{table}");
        lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
    }
    lines
}

/// What does not depend on when it was stored.
pub(crate) async fn comparable(user: &UserMemory) -> (Vec<Value>, Vec<Value>) {
    let Graph { mut nodes, mut relationships, .. } = user.load().await.unwrap();
    nodes.sort_by_key(|node| node.node_id);
    relationships.sort_by_key(|relationship| (relationship.from_node_id, relationship.to_node_id, relationship.relationship_type.as_str()));
    let timeless = |mut node: Node| {
        let merged = node.updated_at.take().is_some();
        let last_updated = node.content.as_object_mut().unwrap().remove("last_updated");
        assert_eq!(last_updated.is_some(), node.entity_id.is_some());
        json!([node, merged])
    };
    let without_id = |relationship| {
        let mut fields = json!(relationship);
        fields.as_object_mut().unwrap().remove("id");
        fields
    };
    (nodes.into_iter().map(timeless).collect(), relationships.into_iter().map(without_id).collect())
}

/// Alice's rows as somebody would store them who knows what they mean, the oldest first.
fn alices_nodes() -> Vec<NewNode> {
    let acme = NewNode::new(
        ContextType::DomainEntity,
        json!({"entity_id": "001", "entity_system": "salesforce", "entity_type": "Account", "entity_name": "Acme Corp",
            "entity_data": {"industry": "Technology"}, "update_count": 2}),
    );
    let acme = stored(acme, 1, "2024-01-01", "2024-02-01", 7).summary("The account of Acme").relevance(0.5).tags(["customer"]);
    let ticket = |data: Value| NewNode::entity("unknown", "T-1").data(data);
    let created = ticket(json!({"state": {"name": "new", "by": "bob"}, "deep": {"a": {"b": {"c": [1, {"d": 2}]}}}}))
        .entity_type("Ticket")
        .name("Checkout outage")
        .context_type(ContextType::ToolOutput);
    let created = stored(created, 11, "2024-01-02", "2024-01-05", 3).summary("Ticket, created").relevance(0.2).tags(["new"]);
    let opened = ticket(json!({"state": {"name": "open", "since": 1}, "tags": ["a", "b"]})).entity_type("Ticket");
    let opened = stored(opened, 12, "2024-01-03", "2024-01-03", 2).summary("Ticket, opened").relevance(0.9).tags(["urgent", "new"]);
    let mut closed = ticket(json!({"state": {"name": "closed"}, "deep": {"a": {"b": {"e": 5}}}})).context_type(ContextType::SearchResult);
    closed.content["seen"] = json!(true);
    let closed = stored(closed, 13, "2024-01-04", "2024-01-04", 1).tags(["done"]);
    let issue = stored(NewNode::entity("jira", "T-1"), 14, "2024-01-04", "2024-01-04", 1).relevance(0.5);
    let row = NewNode::entity("db", "42").data(json!({"n": 1})).entity_type("Row");
    let row = stored(row, 21, "2024-02-01", "2024-02-01", 0).summary("only columns").relevance(1.0);
    let record = NewNode::entity("db", "42").name("4711").entity_type("Record");
    let record = stored(record, 22, "2024-02-02", "2024-02-02", 1).summary("only content").tags(["a", "b"]);
    let fact = NewNode::new(ContextType::ConversationFact, json!({"text": "Acme renews in March"}));
    let fact = stored(fact, 31, "2024-03-01", "2024-03-01", 1).summary("Acme renews").relevance(0.5).tags(["a", "b", "c", "d"]);
    let rows = stored(NewNode::new(ContextType::ToolOutput, json!({"rows": 3})), 32, "2024-03-02", "2024-03-02", 1).relevance(0.0);
    vec![
        acme.metadata(json!({"source": "crm"})),
        created.metadata(json!({"by": {"y": 2}})),
        opened.metadata(json!({"by": {"x": 1}})),
        closed,
        issue,
        row,
        record.metadata(json!({"k": 1})),
        fact,
        rows.metadata(json!({"entity_system": "salesforce"})),
    ]
}

fn stored(mut node: NewNode, number: u32, created: &str, accessed: &str, access_count: i32) -> NewNode {
    node.node_id = Some(node_id(number));
    node.created_at = Some(format!("{created}T00:00:00Z").parse().unwrap());
    node.last_accessed = Some(format!("{accessed}T00:00:00Z").parse().unwrap());
    node.access_count = Some(access_count);
    node
}

#[tokio::test]
async fn adopting_is_storing_one_by_one() {
    let (adopted, _) = python().await;
    adopted.memory.adopt().await.unwrap();

    let expected = Database::new().await;
    let alice = expected.user("alice");
    for node in alices_nodes() {
        alice.store(&node).await.unwrap();
    }
    let created_at = |text: &str| format!("2024-01-0{text}T00:00:00Z").parse().unwrap();
    let (acme, ticket) = (node_id(1), node_id(11));
    for (link, day) in [
        (NewRelationship::new(ticket, RelationshipType::RelatesTo, acme).strength(0.1).metadata(json!({"by": {"oldest": true}})), "4"),
        (NewRelationship::new(ticket, RelationshipType::RelatesTo, acme).strength(0.9).metadata(json!({"by": {"newest": true}})), "5"),
        (NewRelationship::new(ticket, RelationshipType::LedTo, acme), "5"),
        (NewRelationship::new(ticket, RelationshipType::Produces, ticket), "5"),
    ] {
        alice.relate(&link.created_at(created_at(day))).await.unwrap();
    }
    assert_eq!(comparable(&adopted.user("alice")).await, comparable(&alice).await);
}

/// Whatever the duplicates hold: those of an entity without a system, which the Python system does not prevent.
#[tokio::test]
async fn duplicates_merge_as_stores_do() {
    let (adopted, client) = python_with("").await;
    let expected = Database::new().await;
    let mut inputs = TestRunner::deterministic();
    let strategy = collection::vec(properties::entity(), 1..7);
    for user in (0..40).map(|number| format!("user {number}")) {
        let mut nodes = strategy.new_tree(&mut inputs).unwrap().current();
        for node in &mut nodes {
            node.node_id = Some(Uuid::now_v7());
            node.created_at = Some(node.created_at.unwrap_or_else(|| "2024-01-01T00:00:00Z".parse().unwrap()));
            node.last_accessed = node.created_at;
            node.access_count = Some(1);
            node.content.as_object_mut().unwrap().remove("entity_system");
            let (entity_id, tags) = (node.content["entity_id"].as_str(), &node.tags);
            client
                .execute(
                    "INSERT INTO memory.nodes (node_id, user_id, context_type, content, summary, created_at, last_accessed, base_relevance, tags, metadata, entity_id)
                     VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
                    &[
                        &node.node_id, &user, &node.context_type.as_str(), &node.content, &node.summary, &node.created_at,
                        &node.base_relevance, &tags, &node.metadata, &entity_id,
                    ],
                )
                .await
                .unwrap();
            node.content["entity_system"] = json!("unknown");
        }
        nodes.sort_by_key(|node| (node.created_at, node.node_id));
        for node in &nodes {
            expected.user(&user).store(node).await.unwrap();
        }
    }
    let adoption = adopted.memory.adopt().await.unwrap();
    assert!(adoption.nodes_merged > 20 && adoption.entities_without_system == adoption.nodes_read, "{adoption:?}");
    for user in (0..40).map(|number| format!("user {number}")) {
        assert_eq!(comparable(&adopted.user(&user)).await, comparable(&expected.user(&user)).await, "{user}");
    }
}

#[tokio::test]
async fn what_was_done_is_reported() {
    let (database, _) = python().await;
    let Adoption { merged, dropped, corrected, repairs, .. } = {
        let adoption = database.memory.adopt().await.unwrap();
        let Adoption { users, nodes_read, nodes_kept, nodes_merged, entities_without_system, .. } = adoption;
        assert_eq!((users, nodes_read, nodes_kept, nodes_merged, entities_without_system), (3, 11, 8, 3, 4));
        let Adoption { relationships_read, relationships_kept, relationships_merged, relationships_dropped, .. } = adoption;
        assert_eq!((relationships_read, relationships_kept, relationships_merged, relationships_dropped), (7, 4, 1, 2));
        assert_eq!((adoption.counters_corrected, adoption.dry_run), (3, false));
        adoption
    };
    let merged: Vec<_> = merged.iter().map(|entity| (&*entity.user_id, &*entity.entity_system, entity.node_id, entity.nodes)).collect();
    assert_eq!(merged, [("alice", "unknown", node_id(11), 3), ("alice", "db", node_id(21), 2)]);
    let dropped: Vec<_> = dropped.iter().map(|link| (&*link.user_id, link.id, &*link.reason)).collect();
    let reason = "a node at one end is another user's";
    assert_eq!(dropped, [("alice", relationship_id(5), reason), ("bob", relationship_id(6), reason)]);
    let corrected: Vec<_> = corrected
        .iter()
        .map(|user| (&*user.user_id, user.nodes_before, user.nodes, user.relationships_before, user.relationships))
        .collect();
    assert_eq!(corrected, [("alice", 99, 6, 0, 3), ("bob", 0, 2, 0, 1), ("carol", 12, 0, 0, 0)]);

    let rows_of = |relation: &str, beginning: &str| -> Vec<Option<Uuid>> {
        let found: Vec<_> = repairs.iter().filter(|repair| repair.relation == relation && repair.repair.starts_with(beginning)).collect();
        assert_eq!(found.len(), 1, "{beginning}: {repairs:#?}");
        assert_eq!(found[0].rows, found[0].first.len() as u64);
        found[0].first.iter().map(|row| row.id).collect()
    };
    for (beginning, numbers) in [
        ("content: was encoded twice", &[31][..]),
        ("metadata: was encoded twice", &[22]),
        ("metadata: was null", &[13]),
        ("entity_id or entity_system: was empty", &[13, 32]),
        ("entity_id or entity_system: taken", &[22]),
        ("entity_system: was absent", &[11, 12, 13, 41]),
        ("entity_system: there is no entity_id", &[32]),
        ("content: entity_id or entity_system written", &[21, 22]),
        ("content: entity_type written", &[11, 21]),
        ("entity_type: the content's", &[22]),
        ("entity_type or entity_name: was a number", &[22]),
        ("entity_data: was null", &[22]),
        ("update_count:", &[12]),
        ("access_count:", &[21]),
        ("base_relevance:", &[21, 22, 32]),
        ("tags:", &[21, 22, 31]),
    ] {
        assert_eq!(rows_of("nodes", beginning), numbers.iter().map(|&number| Some(node_id(number))).collect::<Vec<_>>(), "{beginning}");
    }
    assert_eq!(rows_of("relationships", "strength:"), [Some(relationship_id(3)), Some(relationship_id(4))]);
    assert_eq!(rows_of("relationships", "metadata: was null"), [Some(relationship_id(3))]);
    assert_eq!(rows_of("user_metadata", "metadata: was null"), [None]);
    assert_eq!(repairs.len(), 19, "each kind was looked at");
}

#[tokio::test]
async fn a_dry_run_reports_the_same_and_changes_nothing() {
    let (database, client) = python().await;
    let before = everything(&client).await;
    let dry = database.memory.adopt().dry_run(true).await.unwrap();
    assert_eq!(everything(&client).await, before);
    let mut adoption = database.memory.adopt().await.unwrap();
    assert_ne!(everything(&client).await, before);
    adoption.dry_run = true;
    assert_eq!(dry, adoption);
}

#[tokio::test]
async fn afterwards_it_is_a_database_like_any_other() {
    let (database, client) = python().await;
    database.memory.adopt().await.unwrap();

    let other = Database::empty().await;
    other.memory.migrate().await.unwrap();
    let history = "SELECT version || ' ' || name || ' ' || checksum FROM memory.schema_history ORDER BY version";
    let (ours, theirs) = (client.query(history, &[]).await.unwrap(), other.client().await.query(history, &[]).await.unwrap());
    let texts = |rows: Vec<tokio_postgres::Row>| rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>();
    assert_eq!(texts(ours), texts(theirs));
    assert_eq!(shape(&client).await, shape(&other.client().await).await);
    assert!(database.memory.migrate().await.unwrap().is_empty());
    assert!(database.memory.health().await.unwrap().is_current());

    // It is found, and stored again it is merged.
    let alice = database.user("alice");
    let hits = alice.search("checkout outage").await.unwrap();
    assert_eq!(hits[0].node.node_id, node_id(11));
    assert_eq!(alice.search("renews march").await.unwrap()[0].node.node_id, node_id(31));
    let again = alice.store(&NewNode::entity("unknown", "T-1").data(json!({"again": true}))).await.unwrap();
    assert_eq!((again.node_id, again.outcome), (node_id(11), Outcome::Merged));
    assert_eq!(alice.get(node_id(11)).await.unwrap().unwrap().content["update_count"], 3);
}

#[tokio::test]
async fn counters_and_log_tell_what_is_there() {
    let (database, client) = python().await;
    database.memory.adopt().await.unwrap();
    let wrong = client
        .query(
            "SELECT m.user_id FROM memory.user_metadata m WHERE
                m.total_nodes <> (SELECT count(*) FROM memory.nodes n WHERE n.user_id = m.user_id)
                OR m.total_relationships <> (SELECT count(*) FROM memory.relationships r WHERE r.user_id = m.user_id)
                OR m.version <> m.total_nodes + m.total_relationships
                OR ARRAY(SELECT version FROM memory.changes c WHERE c.user_id = m.user_id ORDER BY version)
                    <> ARRAY(SELECT generate_series(1, m.version))
                OR ARRAY(SELECT coalesce(node_id, relationship_id) FROM memory.changes c WHERE c.user_id = m.user_id AND op = 'insert' ORDER BY 1)
                    <> ARRAY(SELECT node_id FROM memory.nodes n WHERE n.user_id = m.user_id
                        UNION ALL SELECT id FROM memory.relationships r WHERE r.user_id = m.user_id ORDER BY 1)",
            &[],
        )
        .await
        .unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
    let users = client
        .query(
            "SELECT concat_ws(' ', m.user_id, m.total_nodes, m.created_at AT TIME ZONE 'UTC', m.last_activity AT TIME ZONE 'UTC', m.metadata, s.total_nodes)
             FROM memory.user_metadata m JOIN memory.user_stats s USING (user_id) ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(
        users.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(),
        [
            "alice 6 2023-12-01 00:00:00 2024-03-03 00:00:00 {} 6",
            "bob 2 2024-01-02 00:00:00 2024-01-03 00:00:00 {} 2",
            "carol 0 2023-05-01 00:00:00 2023-05-02 00:00:00 {\"plan\": \"free\"} 0",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_adopts() {
    let (database, _) = python().await;
    let adopt = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_pgmemory")).args(["--database-url", &database.url, "adopt"]).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text, _) = adopt(&["--dry-run"]);
    assert_eq!(code, Some(0));
    for expected in ["dry run", "unknown/T-1", "another user's", "update_count", "carol"] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let (_, text, _) = adopt(&["--json"]);
    let adoption: Adoption = serde_json::from_str(&text).unwrap();
    assert_eq!((adoption.nodes_kept, adoption.dry_run), (8, false));
    let (code, text, error) = adopt(&[]);
    assert!(code == Some(1) && text.is_empty() && error.contains("nothing to adopt"), "{error}");
}
