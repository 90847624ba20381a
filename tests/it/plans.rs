//! Every query takes the path that its comment promises, for a small user among many, a large one, and one with a hub.

use std::{fs, path::Path};

use pgmemory::{ContextType, ErrorKind, Explanation, Memory, NewNode, NewRelationship, PlanMode, RelationshipType};
use serde_json::json;

use crate::support::{Database, Layout};

/// Modules whose queries serve users.
const USERS: [&str; 5] = ["changes::", "nodes::", "relationships::", "search::rank", "stats::"];

/// Users with 1,000 nodes each, half of them entities, among 100,000; some related to thirty hubs.
const SMALL: &str = "INSERT INTO memory.nodes (user_id, node_id, context_type, content, tags, entity_system, entity_id)
     SELECT 'user' || n % 100, md5('node' || n)::uuid, 'tool_output',
         jsonb_build_object('text', 'common word' || n % 50) || CASE WHEN entity THEN jsonb_build_object('entity_system', 's', 'entity_id', n::text) ELSE '{}' END,
         ARRAY['t' || n % 9], CASE WHEN entity THEN 's' END, CASE WHEN entity THEN n::text END
     FROM generate_series(0, 99999) AS n CROSS JOIN LATERAL (SELECT n / 100 % 2 = 0) AS kind (entity);
     INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type)
     SELECT 'user' || n % 100, md5('node' || n)::uuid, md5('node' || n % 100 + hub * 100)::uuid, 'led_to'
     FROM generate_series(0, 9999) AS n CROSS JOIN generate_series(0, 29) AS hub
     WHERE n % 100 < 20;
     INSERT INTO memory.user_metadata (user_id) SELECT 'idle' || n FROM generate_series(1, 20000) AS n";

/// A user with 100,000 nodes, each related to the next.
const LARGE: &str = "INSERT INTO memory.nodes (user_id, node_id, context_type, content, entity_system, entity_id)
     SELECT 'large', md5('large' || n)::uuid, 'tool_output',
         jsonb_build_object('text', 'common word' || n % 5000, 'entity_system', 's', 'entity_id', n::text), 's', n::text
     FROM generate_series(1, 100000) AS n;
     INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type)
     SELECT 'large', md5('large' || n)::uuid, md5('large' || n + 1)::uuid, 'led_to' FROM generate_series(1, 99999) AS n";

/// A user one of whose nodes has 25,000 relationships.
const HUB: &str = "INSERT INTO memory.nodes (user_id, node_id, context_type, content, entity_system, entity_id)
     SELECT 'hub', md5('hub' || n)::uuid, 'domain_entity',
         jsonb_build_object('text', 'common word' || n % 500, 'entity_system', 's', 'entity_id', n::text), 's', n::text
     FROM generate_series(0, 25000) AS n;
     INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type)
     SELECT 'hub', md5('hub' || n)::uuid, md5('hub0')::uuid, 'belongs_to' FROM generate_series(1, 25000) AS n";

/// What is not as promised, with promise, difference and plan.
fn describe(broken: &[Explanation]) -> String {
    let one = |broken: &Explanation| {
        let Explanation { query, mode, differences, access_path, bounds, plan, .. } = broken;
        format!("{query} planned as {mode:?} {}\npromised {access_path}; {bounds:?}\n{plan:#}\n", differences.join("; "))
    };
    broken.iter().map(one).collect()
}

#[tokio::test]
async fn every_query_takes_the_path_that_it_promises() {
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    for shape in [SMALL, LARGE, HUB] {
        client.batch_execute(shape).await.unwrap();
    }
    database.memory.sweep().await.unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
    for user in ["user7", "large", "hub"] {
        let check = database.memory.check_plans().user(user).await.unwrap();
        assert!(check.judged > 50, "{}", check.judged);
        assert!(check.broken.is_empty(), "of {user}: {}", describe(&check.broken));
    }

    // Whatever a promise is about is noticed when it is gone.
    let breaks = [
        ("DROP INDEX memory.nodes_created_idx", "nodes::list", "promises nodes_created_idx, uses"),
        ("ALTER TABLE memory.nodes DROP CONSTRAINT nodes_entity_key CASCADE", "nodes::get_by_entity", "reads"),
        ("DROP INDEX memory.relationships_to_idx", "relationships::list", "promises relationships_to_idx, uses"),
        ("ALTER TABLE memory.relationships DROP CONSTRAINT relationships_ends_key", "relationships::delete", "sorts"),
        (
            "ALTER TABLE memory.user_metadata DROP CONSTRAINT user_metadata_pkey CASCADE",
            "stats::get",
            "reads all of user_metadata, which it does not say",
        ),
    ];
    for (statement, query, difference) in breaks {
        client.batch_execute(statement).await.unwrap();
        let broken = database.memory.check_plans().query(query).user("hub").await.unwrap().broken;
        assert_eq!(broken.iter().map(|broken| broken.mode).collect::<Vec<_>>(), [PlanMode::Custom, PlanMode::Generic], "{statement}");
        assert!(broken.iter().all(|broken| broken.differences.iter().any(|found| found.contains(difference))), "{}", describe(&broken));
    }
}

#[tokio::test]
async fn a_query_is_explained_and_leaves_nothing_behind() {
    let database = Database::new().await;
    let alice = database.user("alice");
    assert_eq!(database.memory.explain("nodes::get").await.unwrap_err().kind(), ErrorKind::NotFound, "nobody has memories yet");
    let nodes = alice
        .store_many(&[NewNode::entity("crm", "1").name("Acme"), NewNode::new(ContextType::ToolOutput, json!({"text": "found"}))])
        .await
        .unwrap();
    alice.relate(&NewRelationship::new(nodes[0].node_id, RelationshipType::LedTo, nodes[1].node_id)).await.unwrap();
    let before = alice.load().await.unwrap();

    let mut explained = 0;
    for (name, _) in Memory::queries().filter(|(name, _)| USERS.iter().any(|module| name.starts_with(module))) {
        for mode in [PlanMode::Custom, PlanMode::Generic] {
            match database.memory.explain(&name).mode(mode).await {
                Ok(explanation) => {
                    assert!(explanation.bounds.is_some(), "{name} promises nothing");
                    assert_eq!((explanation.query.as_str(), explanation.mode), (name.as_str(), mode));
                    assert!(explanation.parameters.iter().all(|parameter| explanation.source.contains(&format!(":{}", parameter.name))));
                    assert!(!explanation.is_judged && explanation.differences.is_empty(), "{name}: of small tables it does not matter");
                    explained += 1;
                }
                Err(error) => assert!(error.field() == Some("query") && name.starts_with("stats::refresh"), "{name}: {error}"),
            }
        }
    }
    assert!(explained >= 50, "{explained}");
    assert_eq!(alice.load().await.unwrap(), before);
    assert_eq!(database.memory.explain("nodes::gone").await.unwrap_err().field(), Some("query"));
}

/// The source is what stands in the file, and the parameters are the user's.
#[tokio::test]
async fn an_explanation_tells_where_the_query_stands() {
    let database = Database::new().await;
    for user_id in ["alice", "bob"] {
        database.user(user_id).store(&NewNode::entity("crm", user_id)).await.unwrap();
    }
    let explanation = database.memory.explain("nodes::get_by_entity").user("bob").await.unwrap();
    let file = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&explanation.file)).unwrap();
    let lines: Vec<&str> = file.lines().skip(explanation.line - 1).take(explanation.source.trim_end().lines().count()).collect();
    assert_eq!(lines.join("\n"), explanation.source.trim_end());
    assert!(lines.iter().any(|line| line.contains("entity_id = :entity_id")));
    let values: Vec<_> = explanation.parameters.iter().map(|parameter| parameter.value.as_deref()).collect();
    assert_eq!(values, [Some("bob"), Some("crm"), Some("bob")]);
    assert!(explanation.plan["Execution Time"].is_f64() && explanation.plan["Plan"]["Shared Hit Blocks"].is_u64());
}
