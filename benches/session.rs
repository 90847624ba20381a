//! What a session costs, and what it promises while PostgreSQL is away: `make bench-session`. The outage lasts `OUTAGE` seconds, 60
//! unless set, and each file is opened `OPENINGS` times, 21.

use std::{
    env,
    error::Error,
    path::Path,
    str::FromStr,
    time::{Duration, Instant},
};

use futures::future::join_all;
use pgmemory::{Config, ContextType, Durability, Memory, NewNode, Session};
use pgmemory_embedded::{Server, Settings};
use serde_json::json;
use tokio_postgres::{Client, NoTls};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const CALLS: usize = 1_000;
const CALLERS: usize = 20;
/// How many calls all callers make in a second of the outage.
const RATE: usize = 1_000;
const LONG: Duration = Duration::from_mins(10);

/// Two users, of 1,000 and 10,000 nodes, each related to the next, with words as unevenly common as those of a language.
const FILL: &str = "
    INSERT INTO memory.nodes (user_id, node_id, context_type, content)
    SELECT 'of ' || size, md5(size || '/' || n)::uuid, 'conversation_fact', jsonb_build_object('number', n, 'text', (
        SELECT string_agg('zw' || floor(exp(random() * ln(30000))), ' ') FROM generate_series(1, 24) WHERE n > 0
    ))
    FROM unnest('{1000,10000}'::integer[]) AS size CROSS JOIN generate_series(1, size) AS n;
    INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type)
    SELECT 'of ' || size, md5(size || '/' || n)::uuid, md5(size || '/' || n % size + 1)::uuid, 'led_to'
    FROM unnest('{1000,10000}'::integer[]) AS size CROSS JOIN generate_series(1, size) AS n";

fn setting<T: FromStr<Err: Error + 'static>>(name: &str, default: T) -> Outcome<T> {
    Ok(env::var(name).ok().map_or(Ok(default), |value| value.parse())?)
}

fn percentile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the list")]
    times[((times.len() as f64 * share) as usize).min(times.len() - 1)]
}

/// Median, 95th percentile and maximum, in milliseconds.
fn row(what: &str, times: &mut [f64]) {
    let (median, p95, max) = (percentile(times, 0.5), percentile(times, 0.95), percentile(times, 1.0));
    println!("| {what} | {median:.2} ms | {p95:.2} ms | {max:.2} ms |");
}

async fn timed<T>(call: impl Future<Output = Result<T, pgmemory::Error>>) -> Outcome<(f64, T)> {
    let start = Instant::now();
    let value = call.await?;
    Ok((start.elapsed().as_secs_f64() * 1e3, value))
}

/// One to three words, the common ones more often.
fn query(random: &mut fastrand::Rng) -> String {
    let word = |random: &mut fastrand::Rng| format!("zw{:.0}", (random.f64() * 30_000_f64.ln()).exp().floor());
    (0..random.usize(1..=3)).map(|_| word(random)).collect::<Vec<_>>().join(" ")
}

fn fact(random: &mut fastrand::Rng) -> NewNode {
    let words: Vec<String> = (0..5).map(|_| query(random)).collect();
    NewNode::new(ContextType::ConversationFact, json!({"text": words.join(" ")}))
}

async fn open(memory: &Memory, user_id: &str, file: &Path) -> Result<Session, pgmemory::Error> {
    memory.session(user_id, "bench").file(file).await
}

async fn openings(memory: &Memory, folder: &Path, count: usize) -> Outcome {
    for nodes in [1_000, 10_000] {
        let (mut first, mut again, mut once_more) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..count {
            let file = folder.join(format!("{nodes}-{number}.sqlite"));
            let (time, session) = timed(open(memory, &format!("of {nodes}"), &file)).await?;
            first.push(time);
            session.search("zw1").await?;
            session.close(LONG).await?;
            for times in [&mut again, &mut once_more] {
                let (time, session) = timed(open(memory, &format!("of {nodes}"), &file)).await?;
                times.push(time);
                assert_eq!(session.status().await?.nodes, nodes);
                session.close(LONG).await?;
            }
        }
        row(&format!("open, {nodes} nodes and relationships to load"), &mut first);
        row(&format!("open again, {nodes} nodes, just loaded and indexed"), &mut again);
        row(&format!("open once more, {nodes} nodes, nothing changed"), &mut once_more);
    }
    Ok(())
}

async fn reads(session: &Session, random: &mut fastrand::Rng) -> Outcome {
    session.search("zw1").await?;
    let (mut searches, mut gets, mut walks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..CALLS {
        let (time, hits) = timed(session.search(query(random)).limit(20).into_future()).await?;
        searches.push(time);
        if let Some(hit) = hits.first() {
            gets.push(timed(session.get(hit.node.node_id)).await?.0);
            walks.push(timed(session.neighbors(hit.node.node_id).depth(2).into_future()).await?.0);
        }
    }
    row("search, 10,000 nodes, 20 hits", &mut searches);
    row("get", &mut gets);
    row("neighbors, two steps", &mut walks);
    Ok(())
}

async fn writes(memory: &Memory, session: &Session, random: &mut fastrand::Rng) -> Outcome {
    let user = memory.user("stores")?;
    let (mut stores, mut remembers) = (Vec::new(), Vec::new());
    for number in 0..CALLS {
        stores.push(timed(user.store(&fact(random))).await?.0);
        let (time, remembered) = timed(session.remember(&fact(random))).await?;
        // Those that did not wait for PostgreSQL would flatter.
        if remembered.durability == Durability::Durable && number > CALLS / 20 {
            remembers.push(time);
        }
    }
    let batch: Vec<NewNode> = (0..CALLS).map(|_| fact(random)).collect();
    let (time, _) = timed(user.store_many(&batch)).await?;
    println!("store_many of {CALLS}: {time:.0} ms");
    println!("{} of {CALLS} remembers were durable when they returned", remembers.len());
    let ratio = percentile(&mut remembers, 0.95) / percentile(&mut stores, 0.95);
    row("store", &mut stores);
    row("remember", &mut remembers);
    println!("p95 of remember to that of store: {ratio:.2}");
    Ok(())
}

/// Callers that write, search and read, each at its pace, until the time is over. Returns how long each of these took.
async fn load(session: &Session, until: Instant) -> Outcome<[Vec<f64>; 3]> {
    let caller = |number: usize| {
        let session = session.clone();
        async move {
            let mut random = fastrand::Rng::with_seed(number as u64);
            let mut ticks = tokio::time::interval(Duration::from_secs(1) * u32::try_from(CALLERS)? / u32::try_from(RATE)?);
            let mut times: [Vec<f64>; 3] = Default::default();
            while Instant::now() < until {
                ticks.tick().await;
                let (kind, time) = match random.u8(0..10) {
                    0..5 => (0, timed(session.remember(&fact(&mut random))).await?.0),
                    5..8 => (1, timed(session.search(query(&mut random)).limit(20).into_future()).await?.0),
                    _ => (2, timed(session.get_entity("bench", "nobody")).await?.0),
                };
                times[kind].push(time);
            }
            Outcome::Ok(times)
        }
    };
    let mut all: [Vec<f64>; 3] = Default::default();
    for caller in join_all((0..CALLERS).map(caller)).await {
        for (all, times) in all.iter_mut().zip(caller?) {
            all.extend(times);
        }
    }
    Ok(all)
}

async fn client(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn start(folder: &Path) -> Outcome<Server> {
    let settings = Settings::durable(folder.join("data")).option("shared_buffers", "1GB");
    Ok(tokio::task::spawn_blocking(move || Server::start(&settings)).await??)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let url = server.url("postgres");
    let memory = Memory::connect(Config::from_url(&url)?).await?;
    memory.migrate().await?;
    client(&url).await?.batch_execute(FILL).await?;
    client(&url).await?.batch_execute("VACUUM ANALYZE").await?;
    let mut random = fastrand::Rng::with_seed(7);

    println!("| operation | median | p95 | at most |\n|---|---|---|---|");
    openings(&memory, folder.path(), setting("OPENINGS", 21)?).await?;
    let session = open(&memory, "of 10000", &folder.path().join("session.sqlite")).await?;
    reads(&session, &mut random).await?;
    writes(&memory, &session, &mut random).await?;

    let seconds = setting("OUTAGE", 60)?;
    session.flush(LONG).await?;
    tokio::task::spawn_blocking(move || drop(server)).await?;
    let mut alone = Vec::new();
    for _ in 0..CALLS {
        alone.push(timed(session.remember(&fact(&mut random))).await?.0);
    }
    row("remember without PostgreSQL", &mut alone);
    let times = load(&session, Instant::now() + Duration::from_secs(seconds)).await?;
    println!("{seconds} s without PostgreSQL, {CALLERS} callers, none of whose calls failed:");
    println!("| operation | calls | p99.9 | at most |\n|---|---|---|---|");
    for (what, mut times) in ["remember", "search", "get_entity"].into_iter().zip(times) {
        let calls = times.len();
        println!("| {what} | {calls} | {:.1} ms | {:.1} ms |", percentile(&mut times, 0.999), percentile(&mut times, 1.0));
    }
    let _server = start(folder.path()).await?;
    let begun = Instant::now();
    let backlog = session.status().await?.journaled;
    let mut left = backlog;
    while left == backlog && left > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        left = session.status().await?.journaled;
    }
    let noticed = Instant::now();
    assert_eq!(session.flush(LONG).await?, 0);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = left as f64 / noticed.elapsed().as_secs_f64();
    let seconds = begun.elapsed().as_secs_f64();
    println!("afterwards {backlog} entries drained in {seconds:.1} s, once PostgreSQL had taken the first of them {rate:.0} a second");
    session.close(LONG).await?;
    Ok(())
}
