//! `graph`.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_neighborhood_in_three_languages() {
    let database = Database::new().await;
    database.memory.import(DEMO.as_bytes()).await.unwrap();
    let graph = |arguments: &[&str]| on(&database, &[&["graph", "-u", "demo"], arguments].concat());
    let incident = "servicenow/INC0012345";

    let all = json_of(&graph(&[incident, "--format", "json"]));
    let (nodes, edges) = (all["nodes"].as_array().unwrap(), all["relationships"].as_array().unwrap());
    assert_eq!((nodes.len(), &nodes[0]["entity_id"], &all["complete"]), (10, &json!("INC0012345"), &json!(true)));
    assert!(edges.len() > 9, "those between the neighbors, too");
    let ids: Vec<&Value> = nodes.iter().map(|node| &node["node_id"]).collect();
    assert!(edges.iter().all(|edge| ids.contains(&&edge["from_node_id"]) && ids.contains(&&edge["to_node_id"])));
    assert_eq!(json_of(&graph(&[incident, "--json"])), all);

    let dot = done(&graph(&[incident]));
    assert_eq!((dot.matches(" -> ").count(), dot.matches("[label=").count()), (edges.len(), edges.len() + nodes.len()));
    assert!(ids.iter().all(|id| dot.contains(&format!("    {id} [label="))), "{dot}");
    let mermaid = done(&graph(&[incident, "--format", "mermaid"]));
    assert_eq!((mermaid.matches(" -->|").count(), mermaid.matches("[\"").count()), (edges.len(), nodes.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_is_told() {
    let database = Database::new().await;
    database.memory.import(DEMO.as_bytes()).await.unwrap();
    let graph = |arguments: &[&str]| on(&database, &[&["graph", "-u", "demo", "--format", "json"], arguments].concat());
    let near = graph(&["servicenow/INC0012345", "salesforce/001234", "--limit", "5"]);
    assert!(text(&near.stderr).contains("cut off at 5 nodes"), "{}", text(&near.stderr));
    let near = json_of(&near);
    assert_eq!((near["nodes"].as_array().unwrap().len(), &near["complete"]), (5, &json!(false)));
    let first: Vec<&Value> = near["nodes"].as_array().unwrap()[..2].iter().map(|node| &node["entity_id"]).collect();
    assert!(first.contains(&&json!("INC0012345")) && first.contains(&&json!("001234")), "what was named comes first");

    let newest = json_of(&graph(&[]));
    let listed = json_of(&on(&database, &["list", "--json", "-u", "demo", "--limit", "50"]));
    assert_eq!((&newest["nodes"], &newest["complete"]), (&listed["items"], &json!(false)));
    let whole = graph(&["--limit", "1000"]);
    assert!(whole.stderr.is_empty());
    let whole = json_of(&whole);
    let size = |key: &str| whole[key].as_array().unwrap().len();
    assert_eq!((size("nodes"), size("relationships"), &whole["complete"]), (213, 154, &json!(true)));

    let empty = on(&database, &["graph", "-u", "nobody"]);
    assert!(done(&empty).contains("digraph") && text(&empty.stderr).contains("no memories of user nobody"));
    assert_eq!(graph(&["crm/404"]).status.code(), Some(1));
    assert_eq!(graph(&["--depth", "2"]).status.code(), Some(2), "from where?");
}
