//! Every query takes the path that its comment promises, also where the server plans it once for all parameters.

use std::collections::BTreeSet;

use codegen::contract::{QUERIES, Query};
use serde_json::Value;
use tokio_postgres::Client;

use crate::support::{Database, Layout};

/// Tables that grow: nothing but operators' work may read all of one.
const GROWING: [&str; 5] = ["nodes", "relationships", "changes", "lexemes", "user_metadata"];

/// What foreign keys do, which no plan shows.
const BY_FOREIGN_KEYS: [(&str, &str); 3] = [
    ("nodes::delete_many", "relationships_ends_key"),
    ("nodes::delete_many", "relationships_to_idx"),
    ("relationships::upsert_many", "nodes_pkey"),
];

/// Modules of operators' work over all users, of the catalog, and of an option whose tables are not there.
const OTHERS: [&str; 7] = ["adopt", "maintenance", "migrations", "monitoring", "reindex", "semantic", "verify"];

const EMPTY: Query = Query { module: "", name: "", line: 1, sql: "", parameters: &[], columns: &[], privileges: &[] };

/// Users with 1,000 nodes each, half of them entities, among 100,000; some related to thirty hubs.
async fn fill(client: &Client) {
    client
        .batch_execute(
            "INSERT INTO memory.nodes (user_id, node_id, context_type, content, tags, entity_system, entity_id)
             SELECT 'user' || n % 100, md5('node' || n)::uuid, 'tool_output',
                 jsonb_build_object('text', 'common word' || n % 50) || CASE WHEN entity THEN jsonb_build_object('entity_system', 's', 'entity_id', n::text) ELSE '{}' END,
                 ARRAY['t' || n % 9], CASE WHEN entity THEN 's' END, CASE WHEN entity THEN n::text END
             FROM generate_series(0, 99999) AS n CROSS JOIN LATERAL (SELECT n / 100 % 2 = 0) AS kind (entity);
             INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type)
             SELECT 'user' || n % 100, md5('node' || n)::uuid, md5('node' || n % 100 + hub * 100)::uuid, 'led_to'
             FROM generate_series(0, 9999) AS n CROSS JOIN generate_series(0, 29) AS hub
             WHERE n % 100 < 20;
             INSERT INTO memory.user_metadata (user_id) SELECT 'idle' || n FROM generate_series(1, 20000) AS n;
             INSERT INTO memory.lexemes (user_id, lexeme, nodes, strong_nodes)
             SELECT 'user' || n % 100, 'word' || n, 10, '{0,0,0,0}' FROM generate_series(1, 50000) AS n",
        )
        .await
        .unwrap();
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
}

/// The indexes and the scanned tables of a plan for any parameters.
async fn paths(client: &Client, query: &Query) -> (BTreeSet<String>, BTreeSet<String>) {
    let types = if query.parameters.is_empty() { String::new() } else { format!("({})", query.parameters.join(", ")) };
    let nulls = if query.parameters.is_empty() { String::new() } else { format!("({})", vec!["NULL"; query.parameters.len()].join(", ")) };
    client.batch_execute(&format!("PREPARE contract {types} AS {}", query.sql)).await.unwrap();
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE contract {nulls}");
    let plan: Value = client.query_one(&explain, &[]).await.unwrap().get(0);
    client.batch_execute("DEALLOCATE contract").await.unwrap();
    let (mut indexes, mut scanned) = (BTreeSet::new(), BTreeSet::new());
    collect(&plan, &mut indexes, &mut scanned);
    (indexes, scanned)
}

fn collect(plan: &Value, indexes: &mut BTreeSet<String>, scanned: &mut BTreeSet<String>) {
    match plan {
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, indexes, scanned)),
        Value::Object(fields) => {
            let arbiters = fields.get("Conflict Arbiter Indexes").and_then(Value::as_array).into_iter().flatten();
            indexes.extend(fields.get("Index Name").into_iter().chain(arbiters).filter_map(Value::as_str).map(str::to_owned));
            if fields.get("Node Type").is_some_and(|kind| kind == "Seq Scan") {
                scanned.extend(fields["Relation Name"].as_str().map(str::to_owned));
            }
            fields.values().for_each(|part| collect(part, indexes, scanned));
        }
        _ => {}
    }
}

/// What stands between `Access path:` and the next line of that kind.
fn path_of(query: &Query) -> String {
    let comment: String = query.sql.lines().map_while(|line| line.strip_prefix("---")).collect();
    let (_, path) = comment.split_once("Access path:").unwrap();
    path.split_once("Invariant:").unwrap().0.to_owned()
}

/// The indexes that it names.
fn promised(path: &str) -> BTreeSet<String> {
    let words = path.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| ["_idx", "_pkey", "_key"].iter().any(|end| word.ends_with(end))).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_query_takes_the_path_that_it_promises() {
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    fill(&client).await;
    client.batch_execute("SET plan_cache_mode = force_generic_plan; SET jit = off").await.unwrap();
    let without_index = Query { sql: "SELECT FROM memory.nodes WHERE summary = $1", parameters: &["text"], ..EMPTY };
    assert_eq!(paths(&client, &without_index).await, (BTreeSet::new(), ["nodes".to_owned()].into()), "such a thing is seen");

    let (mut broken, mut checked) = (Vec::new(), 0);
    // REFRESH and the like have no plan.
    let has_plan = |query: &&Query| !query.columns.is_empty() || !query.parameters.is_empty();
    for query in QUERIES.iter().filter(has_plan).filter(|query| !OTHERS.contains(&query.module)) {
        let path = path_of(query);
        let promised = promised(&path);
        let (indexes, scanned) = paths(&client, query).await;
        let name = format!("{}::{}", query.module, query.name);
        let seen = |index: &&String| !BY_FOREIGN_KEYS.contains(&(name.as_str(), index.as_str()));
        let unused: Vec<_> = promised.difference(&indexes).filter(seen).collect();
        // Of alternatives one will do.
        let is_alternative = path.contains(" or ") && !promised.is_disjoint(&indexes);
        if !unused.is_empty() && !is_alternative {
            broken.push(format!("{name} promises {unused:?}, which it does not use; it uses {indexes:?}"));
        }
        let unsaid = scanned.iter().filter(|table| GROWING.contains(&table.as_str()) && !path.contains(&format!("all of {table}")));
        broken.extend(unsaid.map(|table| format!("{name} reads all of {table}, which it does not say")));
        checked += 1;
    }
    assert!(checked > 25, "{checked}");
    assert!(broken.is_empty(), "{broken:#?}");
}
