//! What a search costs: `make bench-search COMMITS=DIR LARGE=100000`.
//!
//! `USERS`, a thousand, of 900 nodes and one with `LARGE`, all of generated text whose words are as unevenly common as
//! those of a language; queries of 1 to 8 such words. `DIR/memories.jsonl.gz`, an import file of one large memory,
//! shows how many of the exactly best twenty are found although few nodes are ranked. Last, what a store costs with what
//! searches need, and without.

#[path = "results/mod.rs"]
mod results;

use std::{
    collections::{BTreeMap, HashMap},
    env,
    error::Error,
    fmt::Write as _,
    fs::File,
    io::{BufReader, Cursor},
    path::Path,
    time::Instant,
};

use flate2::bufread::GzDecoder;
use pgmemory::{Config, ContextType, Memory, NewNode, UserMemory, Weights};
use pgmemory_embedded::{Server, Settings};
use serde_json::{Value, json};
use tokio_postgres::NoTls;
use uuid::Uuid;

const SMALL_NODES: u64 = 900;
/// One of so many small users is there at the first measurement, before the others come.
const FIRST: u64 = 10;
const QUERIES: usize = 200;
const VOCABULARY: f64 = 30_000.0;
const WORDS_PER_NODE: usize = 24;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The specified system's search, for comparison.
const SPECIFIED: &str = "SELECT * FROM memory.nodes WHERE user_id = $1 AND (summary ILIKE $2 OR content::text ILIKE $2)
    ORDER BY CASE WHEN summary ILIKE $2 THEN 0 ELSE 1 END, created_at DESC LIMIT 20";

/// Words by Zipf's law: the n-th is n times rarer than the first.
fn word(random: &mut fastrand::Rng) -> String {
    let mut rank = (random.f64() * VOCABULARY.ln()).exp();
    let mut word = String::from("z");
    while rank >= 1.0 {
        let digit = rank % 100.0;
        let (consonant, vowel) = ((digit / 5.0).floor(), digit % 5.0);
        word.push(pick("bcdfghjklmnpqrstvwxz", consonant));
        word.push(pick("aeiou", vowel));
        rank = (rank / 100.0).floor();
    }
    word + "k"
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn pick(letters: &str, place: f64) -> char {
    char::from(letters.as_bytes()[place as usize])
}

fn words(random: &mut fastrand::Rng, count: usize) -> String {
    (0..count).map(|_| word(random)).collect::<Vec<_>>().join(" ")
}

/// A user's import file: nodes in a chain.
fn memories(user: &str, nodes: u64, random: &mut fastrand::Rng) -> String {
    let mut lines = String::new();
    let id = |number: u64| Uuid::from_u64_pair(number, number);
    for number in 1..=nodes {
        let text = words(random, WORDS_PER_NODE);
        let node =
            json!({"kind": "node", "user_id": user, "node_id": id(number), "context_type": "conversation_fact", "content": {"text": text}});
        let _ = writeln!(lines, "{node}");
        if number > 1 {
            let (from, to) = (json!({"node_id": id(number - 1)}), json!({"node_id": id(number)}));
            let relationship = json!({"kind": "relationship", "user_id": user, "from": from, "to": to, "relationship_type": "led_to"});
            let _ = writeln!(lines, "{relationship}");
        }
    }
    lines
}

async fn import(memory: &Memory, users: impl Iterator<Item = (String, u64)>, random: &mut fastrand::Rng) -> Outcome {
    for (user, nodes) in users {
        memory.import(Cursor::new(memories(&user, nodes, random))).await?;
    }
    Ok(())
}

fn small(users: std::ops::Range<u64>) -> impl Iterator<Item = (String, u64)> {
    users.map(|number| (format!("user-{number}"), SMALL_NODES))
}

/// Counts words, cleans up, and has the server write what it holds, so that nothing runs beside the measurement.
async fn settle(memory: &Memory, client: &tokio_postgres::Client) -> Outcome {
    memory.sweep().await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    client.batch_execute("CHECKPOINT").await?;
    Ok(())
}

/// The median and the 95th percentile of milliseconds.
#[derive(Clone, Copy)]
struct Times {
    median: f64,
    p95: f64,
}

impl Times {
    fn of(mut milliseconds: Vec<f64>) -> Self {
        milliseconds.sort_by(f64::total_cmp);
        let at = |share: usize| milliseconds[(milliseconds.len() * share / 100).min(milliseconds.len() - 1)];
        Self { median: at(50), p95: at(95) }
    }
}

#[derive(Clone, Copy)]
enum Operation {
    Search,
    Recall,
    Specified,
}

/// Runs the same queries, each once to warm up and once for the clock.
async fn measure(memory: &Memory, client: &tokio_postgres::Client, users: &[String], operation: Operation) -> Outcome<Times> {
    let mut random = fastrand::Rng::with_seed(7);
    let specified = client.prepare(SPECIFIED).await?;
    let count = if matches!(operation, Operation::Specified) { QUERIES / 8 } else { QUERIES };
    let mut times = Vec::new();
    for number in 0..count {
        let user = &users[random.usize(0..users.len())];
        let query = words(&mut random, 1 + number % 8);
        let user_memory = memory.user(user)?;
        for is_measured in [false, true] {
            let start = Instant::now();
            match operation {
                Operation::Search => drop(user_memory.search(&query).limit(20).await?),
                Operation::Recall => drop(user_memory.recall(&query).limit(20).await?),
                Operation::Specified => drop(client.query(&specified, &[user, &format!("%{query}%")]).await?),
            }
            if is_measured {
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    Ok(Times::of(times))
}

/// The share of the exactly best twenty that a search finds; what scores as much as the twentieth is as good.
async fn overlap(user: &UserMemory, queries: &[String]) -> Outcome<f64> {
    let mut exactly = Weights::search();
    exactly.candidates = 1_000_000;
    let (mut shares, mut count) = (0.0, 0.0);
    for query in queries {
        let best = user.search(query).weights(exactly).limit(1_000).await?;
        let found = user.search(query).limit(20).await?;
        let Some(last) = best.get(best.len().min(20).wrapping_sub(1)).map(|hit| hit.score) else { continue };
        let scores: HashMap<Uuid, f64> = best.iter().map(|hit| (hit.node.node_id, hit.score)).collect();
        let good = found.iter().filter(|hit| scores.get(&hit.node.node_id).is_some_and(|score| *score >= last - 1e-9)).count();
        #[expect(clippy::cast_precision_loss, reason = "at most 20")]
        let share = good as f64 / best.len().min(20) as f64;
        shares += share;
        count += 1.0;
    }
    Ok(shares / count)
}

/// Words of the memory's own summaries, 1 to 8 of one.
async fn own_queries(user: &UserMemory) -> Outcome<Vec<String>> {
    let mut random = fastrand::Rng::with_seed(3);
    let mut queries = Vec::new();
    let mut cursor = None;
    while queries.len() < QUERIES {
        let list = user.list().limit(1_000);
        let page = if let Some(cursor) = cursor { list.after(cursor).await? } else { list.await? };
        for node in random.choose_multiple(page.items.iter(), 10) {
            let summary = node.summary().into_owned();
            let words: Vec<&str> = summary.split_whitespace().filter(|word| word.chars().all(char::is_alphanumeric)).collect();
            if !words.is_empty() {
                queries.push(words[..words.len().min(1 + queries.len() % 8)].join(" "));
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(queries)
}

fn argument(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[tokio::main]
async fn main() -> Outcome {
    let large: u64 = argument("LARGE").map_or(Ok(100_000), |text| text.parse())?;
    let users: u64 = argument("USERS").map_or(Ok(1_000), |text| text.parse())?;
    let first = (users / FIRST).max(1);
    let data = tempfile::tempdir()?;
    let settings = Settings::fast(data.path().join("data")).option("shared_buffers", "2GB").option("max_wal_size", "8GB");
    let server = tokio::task::spawn_blocking(move || Server::start(&settings)).await??;
    let memory = Memory::connect(Config::from_url(&server.url("postgres"))?).await?;
    memory.migrate().await?;
    let (client, connection) = tokio_postgres::connect(&server.url("postgres"), NoTls).await?;
    tokio::spawn(connection);

    let mut random = fastrand::Rng::with_seed(1);
    let mut report = BTreeMap::new();
    import(&memory, small(0..first), &mut random).await?;
    settle(&memory, &client).await?;
    let small_users: Vec<String> = small(0..first).map(|(user, _)| user).collect();
    compare(&memory, &client, &format!("900 of {} nodes", first * SMALL_NODES), &small_users, &mut report).await?;

    let others = small(first..users).chain([("large".to_owned(), large)]);
    import(&memory, others, &mut random).await?;
    settle(&memory, &client).await?;
    let total = users * SMALL_NODES + large;
    compare(&memory, &client, &format!("900 of {total} nodes"), &small_users, &mut report).await?;
    compare(&memory, &client, &format!("{large} of {total} nodes"), &["large".to_owned()], &mut report).await?;

    if let Some(folder) = argument("COMMITS") {
        let file = BufReader::new(File::open(Path::new(&folder).join("memories.jsonl.gz"))?);
        memory.import(BufReader::new(GzDecoder::new(file))).await?;
        settle(&memory, &client).await?;
        let users = memory.user_distribution(1_000).await?;
        let owner = users.iter().map(|user| &user.user_id).find(|user| !user.starts_with("user-") && *user != "large");
        let user = memory.user(owner.ok_or("the file names no user")?)?;
        let queries = own_queries(&user).await?;
        for (name, is_recall) in [("search", false), ("recall", true)] {
            let mut times = Vec::new();
            for query in &queries {
                for is_measured in [false, true] {
                    let start = Instant::now();
                    if is_recall {
                        drop(user.recall(query).limit(20).await?);
                    } else {
                        drop(user.search(query).limit(20).await?);
                    }
                    if is_measured {
                        times.push(start.elapsed().as_secs_f64() * 1e3);
                    }
                }
            }
            print(&mut report, "real text", name, Times::of(times));
        }
        let overlap = overlap(&user, &queries).await?;
        println!("{:<28} overlap with the exact top 20: {:.1} %", "real text", 100.0 * overlap);
        report.insert("overlap".to_owned(), json!(overlap));
    }
    client.batch_execute("CREATE DATABASE with_search").await?;
    client.batch_execute("CREATE DATABASE without_search").await?;
    store_cost(&server.url("with_search"), &server.url("without_search"), &mut report).await?;
    results::write("search.json", &serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

/// How much longer it takes to store nodes that can be searched than nodes that cannot, one by one and in batches.
async fn store_cost(with: &str, without: &str, report: &mut BTreeMap<String, Value>) -> Outcome {
    const ROUNDS: usize = 21;
    let mut memories = Vec::new();
    for url in [with, without] {
        let memory = Memory::connect(Config::from_url(url)?).await?;
        memory.migrate().await?;
        memories.push(memory.user("alice")?);
    }
    let (client, connection) = tokio_postgres::connect(without, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("DROP INDEX memory.nodes_label_idx; ALTER TABLE memory.nodes DROP COLUMN search CASCADE").await?;

    let mut random = fastrand::Rng::with_seed(5);
    let mut node = || NewNode::new(ContextType::ConversationFact, json!({"text": words(&mut random, WORDS_PER_NODE)}));
    for (name, count, at_once) in [("store", 200, 1), ("store_many of 500", 2, 500)] {
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let mut times = Vec::new();
            let batches: Vec<Vec<NewNode>> = (0..count).map(|_| (0..at_once).map(|_| node()).collect()).collect();
            for memory in &memories {
                let start = Instant::now();
                for batch in &batches {
                    memory.store_many(batch).await?;
                }
                times.push(start.elapsed().as_secs_f64());
            }
            ratios.push(times[0] / times[1]);
        }
        ratios.sort_by(f64::total_cmp);
        println!("{name:<28} {:.2} times what it costs without search columns and indexes", ratios[ROUNDS / 2]);
        report.insert(format!("{name}, ratio"), json!(ratios[ROUNDS / 2]));
    }
    Ok(())
}

async fn compare(
    memory: &Memory,
    client: &tokio_postgres::Client,
    name: &str,
    users: &[String],
    report: &mut BTreeMap<String, Value>,
) -> Outcome {
    for (operation_name, operation) in
        [("search", Operation::Search), ("recall", Operation::Recall), ("specified search", Operation::Specified)]
    {
        let times = measure(memory, client, users, operation).await?;
        print(report, name, operation_name, times);
    }
    Ok(())
}

fn print(report: &mut BTreeMap<String, Value>, name: &str, operation: &str, times: Times) {
    println!("{name:<28} {operation:<18} median {:>7.1} ms   p95 {:>7.1} ms", times.median, times.p95);
    report.insert(format!("{name}, {operation}"), json!({"median_ms": times.median, "p95_ms": times.p95}));
}
