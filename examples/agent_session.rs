//! An agent that goes on working while PostgreSQL is away, and what is there afterwards.
//!
//! `cargo run --example agent_session --features session` on a private server that it stops and starts.

use std::{error::Error, path::Path, time::Duration};

use pgmemory::{Config, ContextType, Durability, Memory, NewNode, NewRelationship, RelationshipType, Session};
use pgmemory_embedded::{Server, Settings};
use serde_json::json;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const TURNS: u32 = 12;
/// PostgreSQL is away from the first of these turns to the last.
const OUTAGE: std::ops::RangeInclusive<u32> = 4..=8;
/// As long as a model takes to answer, or nearly.
const THINKING: Duration = Duration::from_millis(300);
const HOUR: Duration = Duration::from_hours(1);

async fn start(folder: &Path) -> Outcome<Server> {
    let settings = Settings::durable(folder.join("server"));
    Ok(tokio::task::spawn_blocking(move || Server::start(&settings)).await??)
}

/// One turn: the agent looks up what it knows, notes what a tool said, and remembers what is to last.
async fn turn(session: &Session, number: u32) -> Outcome<Durability> {
    let known = session.search("ticket acme").limit(3).await?;
    let said = NewNode::new(ContextType::ToolOutput, json!({"tool": "tickets", "turn": number, "known": known.len()}));
    session.note(&said, HOUR).await?;

    let account = NewNode::entity("crm", "acme").name("Acme Corp").data(json!({"turns": {number.to_string(): "seen"}}));
    let account = session.remember(&account).await?;
    let ticket = NewNode::entity("tickets", number.to_string()).name(format!("Ticket {number}")).summary("Acme asks about its renewal");
    let ticket = session.remember(&ticket).await?;
    let related = session.relate(&NewRelationship::new(ticket.id, RelationshipType::BelongsTo, account.id)).await?;
    Ok(related.durability)
}

#[tokio::main]
async fn main() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut server = Some(start(folder.path()).await?);
    let url = server.as_ref().expect("it runs").url("postgres");
    let memory = Memory::connect(Config::from_url(&url)?.pool_min_size(1)).await?;
    memory.migrate().await?;

    let session = memory.session("alice", "support").file(folder.path().join("alice.sqlite")).await?;
    for number in 1..=TURNS {
        if number == *OUTAGE.start() {
            println!("PostgreSQL stops");
            let stopped = server.take();
            tokio::task::spawn_blocking(move || drop(stopped)).await?;
        }
        tokio::time::sleep(THINKING).await;
        let durability = turn(&session, number).await?;
        println!("turn {number}: {durability}, {} entries wait", session.status().await?.journaled);
        if number == *OUTAGE.end() {
            server = Some(start(folder.path()).await?);
            println!("PostgreSQL is back");
        }
    }
    let left = session.flush(Duration::from_secs(30)).await?;

    // What PostgreSQL itself says.
    let alice = memory.user("alice")?;
    let account = alice.get_entity("crm", "acme").await?.ok_or("the account is missing")?;
    let tickets = alice.relationships(account.node_id).await?.items.len();
    let turns = account.content["entity_data"]["turns"].as_object().map_or(0, serde_json::Map::len);
    println!("{left} entries wait, {turns} of {TURNS} turns and {tickets} of {TURNS} tickets are in PostgreSQL");
    println!("the account was stored {} times", account.content["update_count"].as_u64().unwrap_or_default() + 1);
    session.close(Duration::ZERO).await?;
    memory.close().await;
    Ok(())
}
