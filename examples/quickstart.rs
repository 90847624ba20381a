//! Stores an entity in two parts, relates it, and finds it again.
//!
//! `DATABASE_URL=postgresql://… cargo run --example quickstart`

use pgmemory::{Config, Memory, NewNode, NewRelationship, RelationshipType};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), pgmemory::Error> {
    let memory = Memory::connect(Config::from_env()?).await?;
    memory.migrate().await?;
    let alice = memory.user("alice")?;

    let account = NewNode::entity("salesforce", "001234").entity_type("Account").name("Acme Corp");
    let from_sales = alice.store(&account.clone().data(json!({"industry": "Technology"}))).await?;
    let from_billing = alice.store(&account.data(json!({"revenue": 1_000_000}))).await?;
    println!("{}, then {}", from_sales.outcome, from_billing.outcome);

    let outage = NewNode::entity("servicenow", "INC0012345").name("Checkout outage").summary("Checkout was down for 40 minutes");
    let outage = alice.store(&outage).await?;
    alice.relate(&NewRelationship::new(outage.node_id, RelationshipType::RelatesTo, from_sales.node_id).strength(0.8)).await?;

    for hit in alice.search("what was down at checkout?").limit(3).await? {
        println!("{:.2} {}", hit.score, hit.node.summary());
    }
    for relationship in alice.relationships(from_sales.node_id).await?.items {
        println!("{} {} {}", relationship.from_node_id, relationship.relationship_type, relationship.to_node_id);
    }
    Ok(())
}
