//! The same calls of users with 1,000 nodes each in a small and in a large database, in turns: `make bench-growth`. `NODES` of the
//! large one and `ROUNDS` may be set; the small one has a twentieth of the nodes.

use std::{collections::BTreeMap, time::Instant};

use pgmemory::{Error, Memory};
use pgmemory_embedded::Server;
use uuid::Uuid;

use crate::{
    Outcome, client,
    data::{self, Item},
    ours::{self, middle_and_high},
    report::median,
    setting, start,
};

const NODES_OF_A_USER: usize = 1_000;
const GROWTH: usize = 20;
/// So many users are called for in both databases.
const USERS: usize = 20;
const CALLS: usize = 100;
const OPERATIONS: [&str; 8] = ["store", "get", "get_entity", "relationships", "neighbors to depth 2", "search", "recall", "load"];

/// What one call is about.
struct Subject {
    user: String,
    entity_id: String,
    node_id: Uuid,
}

struct Database {
    memory: Memory,
    subjects: Vec<Subject>,
}

impl Database {
    async fn fill(server: &Server, name: &str, items: &[Item], users: usize) -> Outcome<Self> {
        client(server, "postgres").await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        let hundreds = (0..users).step_by(100).map(|first| {
            let last = (first + 100).min(users) - 1;
            format!("(SELECT 'u' || n, {NODES_OF_A_USER}, 2 FROM generate_series({first}, {last}) AS n)")
        });
        let start = Instant::now();
        let memory = ours::filled_with(server, name, items, &hundreds.collect::<Vec<_>>()).await?;
        eprintln!("{name}: {users} users, filled in {:.0} s", start.elapsed().as_secs_f64());

        let mut subjects = Vec::new();
        for call in 0..CALLS {
            // Those that are called for stand apart from each other.
            let user = format!("u{}", (call % USERS) * users / USERS);
            let entity_id = format!("F{}", call * 37 % NODES_OF_A_USER);
            let node = memory.user(&user)?.get_entity("crm", &entity_id).await?.ok_or("a node that was filled in")?;
            subjects.push(Subject { user, entity_id, node_id: node.node_id });
        }
        Ok(Self { memory, subjects })
    }

    async fn call(&self, operation: &str, item: &Item, words: &str, call: usize) -> Result<(), Error> {
        let Subject { user, entity_id, node_id } = &self.subjects[call];
        let user = self.memory.user(user)?;
        match operation {
            "store" => user.store(&item.node(Uuid::now_v7().to_string())).await.map(drop),
            "get" => user.get(*node_id).await.map(drop),
            "get_entity" => user.get_entity("crm", entity_id).await.map(drop),
            "relationships" => user.relationships(*node_id).await.map(drop),
            "neighbors to depth 2" => user.neighbors(*node_id).depth(2).limit(100).await.map(drop),
            "search" => user.search(words).await.map(drop),
            "recall" => user.recall(words).await.map(drop),
            _ => user.load().await.map(drop),
        }
    }
}

pub(crate) async fn run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let items = Item::all();
    let nodes: usize = setting("NODES", 2_000_000)?;
    let users = [nodes / GROWTH, nodes].map(|nodes| nodes.div_ceil(NODES_OF_A_USER));
    let small = Database::fill(&server, "small", &items, users[0]).await?;
    let large = Database::fill(&server, "large", &items, users[1]).await?;
    let mut random = fastrand::Rng::with_seed(11);
    let questions: Vec<String> = (0..CALLS).map(|_| data::words(&mut random, 3)).collect();

    let mut figures: BTreeMap<&str, Vec<[(f64, f64); 2]>> = BTreeMap::new();
    for _ in 0..setting("ROUNDS", 5)? {
        for operation in OPERATIONS {
            let mut round = [const { Vec::new() }; 2];
            // In turns, since calls as short as a get depend on where the machine runs the server's processes.
            for call in 0..CALLS {
                for (times, database) in round.iter_mut().zip([&small, &large]) {
                    let start = Instant::now();
                    database.call(operation, &items[call], &questions[call], call).await?;
                    times.push(start.elapsed());
                }
            }
            figures.entry(operation).or_default().push(round.map(middle_and_high));
        }
    }
    println!(
        "| a user of {NODES_OF_A_USER} nodes | of {} nodes | of {nodes} | growth of the median | of the p95 |\n|---|---|---|---|---|",
        nodes / GROWTH
    );
    for (operation, rounds) in figures {
        let middle = |time: fn(&[(f64, f64); 2]) -> f64| median(&rounds.iter().map(time).collect::<Vec<_>>());
        let small = (middle(|round| round[0].0), middle(|round| round[0].1));
        let large = (middle(|round| round[1].0), middle(|round| round[1].1));
        println!(
            "| {operation} | {:.2} / {:.2} ms | {:.2} / {:.2} ms | {:.2} | {:.2} |",
            small.0,
            small.1,
            large.0,
            large.1,
            large.0 / small.0,
            large.1 / small.1
        );
    }
    Ok(())
}
