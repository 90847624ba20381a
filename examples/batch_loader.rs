//! Loads many entities and relationships in batches, and reports the rate.
//!
//! `DATABASE_URL=postgresql://… cargo run --release --example batch_loader 100000`

use std::time::Instant;

use pgmemory::{Config, Memory, NewNode, NewRelationship, RelationshipType, UserMemory};
use serde_json::json;

/// Large enough that round trips do not count, small enough that other writers of the user wait little.
const BATCH: usize = 1_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(10_000), |count| count.parse())?;
    let memory = Memory::connect(Config::from_env()?).await?;
    memory.migrate().await?;
    let user = memory.user("loader")?;

    let start = Instant::now();
    let (mut nodes, mut relationships) = (0, 0);
    for first in (0..count).step_by(BATCH) {
        let written = load(&user, first..count.min(first + BATCH)).await?;
        nodes += written.0;
        relationships += written.1;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{nodes} nodes, {relationships} relationships");
    println!("{:.0} rows a second", f64::from(nodes + relationships) / seconds);
    Ok(())
}

/// Stores accounts, each related to the first of its batch. Run again, it merges into what is there.
async fn load(user: &UserMemory, numbers: std::ops::Range<usize>) -> Result<(u32, u32), pgmemory::Error> {
    let accounts: Vec<NewNode> = numbers
        .map(|number| {
            NewNode::entity("crm", number.to_string())
                .entity_type("Account")
                .name(format!("Account {number}"))
                .data(json!({"revenue": number * 1_000}))
                .tags(["loaded"])
        })
        .collect();
    let stored = user.store_many(&accounts).await?;
    let Some((parent, subsidiaries)) = stored.split_first() else { return Ok((0, 0)) };
    let links: Vec<NewRelationship> = subsidiaries
        .iter()
        .map(|subsidiary| NewRelationship::new(subsidiary.node_id, RelationshipType::BelongsTo, parent.node_id))
        .collect();
    let related = user.relate_many(&links).await?;
    Ok((u32::try_from(stored.len()).expect("a batch"), u32::try_from(related.len()).expect("a batch")))
}
