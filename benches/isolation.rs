//! What the second wall costs: `cargo bench --bench isolation`. The same calls, taking turns, by the owner, whom no policy
//! binds, by the service's role, whose policy lets everything pass, and isolated.

use std::{env, error::Error, time::Instant};

use pgmemory::{Config, Memory, NewNode, UserMemory};
use pgmemory_embedded::{Server, Settings};
use tokio_postgres::NoTls;
use uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const CALLS: usize = 300;

/// 100 users of 900 nodes, and one of 100,000, whose words are as unevenly common as those of a language.
const FILL: &str = "INSERT INTO memory.nodes (user_id, context_type, content)
    SELECT CASE WHEN n > 90000 THEN 'large' ELSE 'user-' || n % 100 END, 'conversation_fact', jsonb_build_object('text', (
        SELECT string_agg('zw' || floor(exp(random() * ln(30000))), ' ') FROM generate_series(1, 24) WHERE n > 0
    ))
    FROM generate_series($FIRST, $LAST) AS n";

async fn connect(url: &str) -> Outcome<Memory> {
    Ok(Memory::connect(Config::from_url(url)?.pool_size(1)).await?)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// One or two words, the common ones more often.
fn query(random: &mut fastrand::Rng) -> String {
    let word = |random: &mut fastrand::Rng| format!("zw{:.0}", (random.f64() * 30_000_f64.ln()).exp().floor());
    format!("{} {}", word(random), word(random))
}

#[derive(Clone, Copy)]
enum Call {
    Get,
    Store,
    Search,
}

async fn make(call: Call, user: &UserMemory, ids: &[Uuid], random: &mut fastrand::Rng) -> Outcome<f64> {
    let (id, query) = (ids[random.usize(0..ids.len())], query(random));
    let node = NewNode::entity("bench", Uuid::now_v7().to_string()).name(&query);
    let start = Instant::now();
    match call {
        Call::Get => drop(user.get(id).await?),
        Call::Store => drop(user.store(&node).await?),
        Call::Search => drop(user.search(query).limit(20).await?),
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let folder = tempfile::tempdir()?;
    let settings = Settings::durable(folder.path().join("data")).option("shared_buffers", "1GB");
    let server = tokio::task::spawn_blocking(move || Server::start(&settings)).await??;
    let url = server.url("postgres");
    let owner = connect(&url).await?;
    owner.migrate().await?;
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("CREATE ROLE agent LOGIN IN ROLE pgmemory_app").await?;
    // All of both, or 900 nodes of each.
    let is_tiny = env::var_os("TINY").is_some();
    let (first, last, calls) = if is_tiny { (89_101, 90_900, 20) } else { (1, 190_000, CALLS) };
    let fill = FILL.replace("$FIRST", &first.to_string()).replace("$LAST", &last.to_string());
    client.batch_execute(&fill).await?;
    owner.sweep().await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    client.batch_execute("CHECKPOINT").await?;
    let agent_url = url.replacen("postgres@", "agent@", 1);
    let (plain, isolated) = (connect(&agent_url).await?, connect(&agent_url).await?);

    println!("| memory | operation | owner | service | isolated |\n|---|---|---|---|---|");
    for (user_id, nodes) in [("user-7", 900), ("large", 100_000)] {
        let scopes = [owner.user(user_id)?, plain.user(user_id)?, isolated.user(user_id)?.isolated()];
        let ids: Vec<Uuid> = scopes[0].list().limit(500).await?.items.iter().map(|node| node.node_id).collect();
        for (name, call) in [("get", Call::Get), ("store", Call::Store), ("search", Call::Search)] {
            let mut times: [Vec<f64>; 3] = Default::default();
            let mut random = fastrand::Rng::with_seed(7);
            for number in 0..calls {
                let seed = random.u64(..);
                for turn in 0..scopes.len() {
                    let place = (number + turn) % scopes.len();
                    let time = make(call, &scopes[place], &ids, &mut fastrand::Rng::with_seed(seed)).await?;
                    // The first calls of a connection prepare and plan.
                    if number >= calls / 10 {
                        times[place].push(time);
                    }
                }
            }
            let [owner, service, isolated] = times.map(median);
            println!("| {nodes} nodes | {name} | {owner:.2} ms | {service:.2} ms | {isolated:.2} ms |");
        }
    }
    // One connection that is used both ways plans its statements anew whenever the role is another.
    let (both, mut times) = (plain.user("user-7")?, Vec::new());
    for number in 0..calls {
        let mut random = fastrand::Rng::with_seed(number as u64);
        make(Call::Get, &both.isolated(), &[Uuid::nil()], &mut random).await?;
        times.push(make(Call::Get, &both, &[Uuid::nil()], &mut random).await?);
    }
    println!("| 900 nodes | get after an isolated one, on its connection | | {:.2} ms | |", median(times));
    Ok(())
}
