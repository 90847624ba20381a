//! The commands that work on a user's memory.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_from_store_to_delete() {
    let database = Database::new().await;
    let entity = |id: &str, name: &str| json!({"context_type": "domain_entity", "content": {"entity_system": "crm", "entity_id": id, "entity_name": name}});
    let both = json!([entity("1", "Acme Corp"), entity("2", "Globex")]).to_string();
    let stored = json_of(&on(&database, &["--json", "store", "--user", "alice", &both]));
    assert_eq!(stored[0]["outcome"], "inserted");
    let id = stored[1]["node_id"].as_str().unwrap();

    assert!(done(&on(&database, &["get", "-u", "alice", "crm/1"])).contains("Acme Corp"));
    assert_eq!(json_of(&on(&database, &["--json", "get", "-u", "alice", id]))["entity_name"], "Globex");
    assert!(done(&on(&database, &["search", "-u", "alice", "acme"])).contains("crm/1"));
    let related =
        json_of(&on(&database, &["relate", "--json", "-u", "alice", "crm/1", "crm/2", "--type", "depends_on", "--strength", "0.5"]));
    assert_eq!(related["outcome"], "inserted");
    assert!(done(&on(&database, &["relationships", "-u", "alice", "crm/2"])).contains("depends_on"));
    assert!(done(&on(&database, &["neighbors", "-u", "alice", "crm/1"])).contains("crm/2"));
    assert_eq!(json_of(&on(&database, &["path", "--json", "-u", "alice", "crm/2", "crm/1"])).as_array().unwrap().len(), 2);
    assert_eq!(done(&on(&database, &["path", "-u", "alice", "crm/2", "crm/1", "--direction", "outgoing"])), "");
    let page = json_of(&on(&database, &["list", "--json", "-u", "alice", "--limit", "1"]));
    let next = page["next"].as_str().unwrap();
    let rest = json_of(&on(&database, &["list", "--json", "-u", "alice", "--limit", "1", "--after", next]));
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    assert!(done(&on(&database, &["stats", "-u", "alice"])).starts_with("2 nodes, 1 relationship, version 3"));
    assert_eq!(json_of(&on(&database, &["stats", "--json"])), json!({"users": 1, "nodes": 2, "relationships": 1}));
    done(&on(&database, &["delete", "-u", "alice", "crm/1"]));
    assert_eq!(json_of(&on(&database, &["stats", "--json"]))["relationships"], 0);
}
