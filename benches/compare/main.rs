//! This crate beside its peers and the server's own limit: `make bench-compare`. All take turns on one server, several rounds;
//! `ROUNDS`, `SECONDS` a figure and `LARGE` nodes of the largest user may be set. With two result files as arguments it tells what has
//! moved between them: `make bench-diff`; with `soak`, how much memory the process needs over time: `make bench-soak`; with `growth`, what
//! the same calls take in a large database: `make bench-growth`.

mod costs;
mod data;
mod growth;
mod ours;
mod peers;
mod pgbench;
mod report;
#[path = "../results/mod.rs"]
mod results;
mod soak;

use std::{
    env,
    error::Error,
    ffi::OsStr,
    path::Path,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use pgmemory::{Coalescing, Memory, UserMemory};
use pgmemory_embedded::{Server, Settings};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use data::Item;
use ours::{Stores, filled, mixed, pair, rate, times};
use peers::Peer;
use pgbench::Script;
use report::{CEILING, Report, SPECIFIED};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const OURS: &str = "pgmemory";
const EACH: &str = "pgmemory, each call by itself";
const LANGGRAPH: &str = "langgraph";
const AGNO: &str = "agno";
const PEERS: [&str; 3] = [SPECIFIED, LANGGRAPH, AGNO];
const POOL_SIZE: usize = 20;
/// How many calls are timed, one after the other.
const SAMPLES: usize = 200;
/// How many statements the coalescing writers have under way.
const WRITERS: usize = 2;
/// So many different entities that none comes again within a run.
const ENDLESS: u64 = 1_000_000_000_000;

fn setting<T: FromStr<Err: Error + 'static>>(name: &str, default: T) -> Outcome<T> {
    Ok(env::var(name).ok().map_or(Ok(default), |value| value.parse())?)
}

async fn start(folder: &Path) -> Outcome<Server> {
    let settings = Settings::durable(folder.join("data"))
        .option("shared_buffers", "1GB")
        .option("max_wal_size", "4GB")
        .option("max_connections", "200");
    Ok(tokio::task::spawn_blocking(move || Server::start(&settings)).await??)
}

fn start_peers(python: &OsStr, server: &Server, items: &[Item], large: usize) -> Outcome<Vec<Peer>> {
    let start = |system: &&str| Peer::start(python, system, &server.url(system));
    let mut peers: Vec<Peer> = PEERS.iter().map(start).collect::<Outcome<_>>()?;
    let nodes: Vec<Value> = items.iter().map(Item::json).collect();
    for peer in &mut peers {
        peer.ask(&json!({"workload": "items", "nodes": nodes}))?;
        peer.ask(&json!({"workload": "fill", "user": "filled", "size": 1_000}))?;
    }
    // Only the first searches and loads in the workloads of large users.
    for (user, size) in [("filled20", 20_000), ("filled100", large)] {
        peers[0].ask(&json!({"workload": "fill", "user": user, "size": size}))?;
    }
    Ok(peers)
}

async fn client(server: &Server, database: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(&server.url(database), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The ids that `fill` gave a user's nodes.
async fn node_ids(server: &Server, user: &str, count: i32) -> Outcome<Vec<Uuid>> {
    let ids = "SELECT md5($1::text || n)::uuid FROM generate_series(0, $2 - 1) AS n";
    let rows = client(server, "postgres").await?.query(ids, &[&user, &count]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

struct Bench {
    /// None where there is no Python for them, else in the order of `PEERS`. They end before the server does.
    peers: Vec<Peer>,
    server: Server,
    folder: tempfile::TempDir,
    memory: Memory,
    each: Memory,
    items: Arc<Vec<Item>>,
    ids: Arc<Vec<Uuid>>,
    report: Report,
    time: Duration,
    large: usize,
    is_durable: bool,
    /// Of the figures so far, so that each writes entities of its own.
    count: usize,
}

impl Bench {
    async fn open() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let server = start(folder.path()).await?;
        let setup = client(&server, "postgres").await?;
        for database in [&[OURS], &PEERS[..]].concat() {
            setup.batch_execute(&format!("CREATE DATABASE {database}")).await?;
        }
        let items = Arc::new(Item::all());
        let large: usize = setting("LARGE", 100_000)?;
        ours::filled_with(&server, OURS, &items, &[data::sizes(large)]).await?.close().await;
        let memory = ours::connect(&server.url(OURS), Coalescing::Users).await?;
        let each = ours::connect(&server.url(OURS), Coalescing::Off).await?;
        let ids = Arc::new(node_ids(&server, "filled", 1_000).await?);
        let peers = match env::var_os("PYTHON") {
            Some(python) => start_peers(&python, &server, &items, large)?,
            None => Vec::new(),
        };
        Ok(Self {
            peers,
            server,
            folder,
            memory,
            each,
            items,
            ids,
            report: Report::default(),
            time: Duration::from_secs_f64(setting("SECONDS", 1.0)?),
            large,
            is_durable: true,
            count: 0,
        })
    }

    /// Whether a commit waits for the disk; all who are connected from then on.
    async fn set_durable(&mut self, is_durable: bool) -> Outcome {
        let setup = client(&self.server, "postgres").await?;
        let value = if is_durable { "on" } else { "off" };
        setup.batch_execute(&format!("ALTER SYSTEM SET synchronous_commit = {value}")).await?;
        setup.batch_execute("SELECT pg_reload_conf()").await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.is_durable = is_durable;
        Ok(())
    }

    fn add(&mut self, system: &'static str, workload: &str, callers: usize, per_s: f64) {
        eprintln!("{system}: {workload}, {callers} callers: {per_s:.0}/s");
        self.report.rate(system, workload, callers, self.is_durable, per_s);
    }

    /// What a peer answers; null without peers.
    fn ask(&mut self, system: &str, question: &Value) -> Outcome<Value> {
        let peer = self.peers.iter_mut().zip(PEERS).find(|(_, name)| *name == system);
        peer.map_or(Ok(Value::Null), |(peer, _)| peer.ask(question))
    }

    fn ask_rate(&mut self, system: &'static str, workload: &str, callers: usize, mut question: Value) -> Outcome<Value> {
        question["callers"] = json!(callers);
        question["seconds"] = json!(self.time.as_secs_f64());
        let answer = self.ask(system, &question)?;
        if let Some(per_s) = answer["per_s"].as_f64() {
            self.add(system, workload, callers, per_s);
        }
        Ok(answer)
    }

    fn ask_times(&mut self, system: &'static str, workload: &str, question: &Value) -> Outcome {
        let answer = self.ask(system, question)?;
        if let (Some(p50), Some(p95)) = (answer["p50_ms"].as_f64(), answer["p95_ms"].as_f64()) {
            self.report.times(system, workload, p50, p95);
        }
        Ok(())
    }

    fn pgbench(&mut self, workload: &str, callers: usize, clients: usize, rows: usize, script: &Script) -> Outcome {
        let statements = script.run(&self.server, OURS, clients.min(POOL_SIZE), self.time, self.folder.path())?;
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        self.add(CEILING, workload, callers, statements * rows as f64);
        Ok(())
    }

    fn stores(&mut self, memory: &Memory, users: u64, distinct: u64) -> Stores {
        self.count += 1;
        Stores { memory: memory.clone(), items: Arc::clone(&self.items), prefix: format!("w{}x", self.count), users, distinct }
    }

    /// Stores of so many different entities for so many users, by all systems.
    async fn store(&mut self, workload: &str, callers: usize, users: u64, distinct: u64) -> Outcome {
        let systems = [(OURS, self.memory.clone()), (EACH, self.each.clone())];
        let mut rates = [0.0; 2];
        // By turns, since the first of two has it easier, or harder.
        for system in [0, 1, 1, 0] {
            let own = self.stores(&systems[system].1, users, distinct);
            self.introduce(&own.prefix, users).await?;
            // They are merged into what is there.
            let there = if distinct < ENDLESS { distinct } else { 0 };
            futures::future::try_join_all((0..there).map(|number| own.clone().store(number))).await?;
            let stores = own.clone();
            let (per_s, calls) = rate(callers, self.time / 2, move |number| stores.clone().store(number)).await?;
            rates[system] += per_s / 2.0;
            let kept = self.kept(&own.prefix).await?;
            if kept != i64::try_from(calls + there)? {
                return Err(format!("{} stores were answered and {kept} are there", calls + there).into());
            }
        }
        for ((system, _), per_s) in systems.into_iter().zip(rates) {
            self.add(system, workload, callers, per_s);
        }

        let users_count = usize::try_from(users)?;
        let script = |rows: usize, count: usize| Script::Store { rows, users: users_count, distinct, prefix: format!("p{count}x") };
        // A batch holds half of the callers; of the contended entities each once.
        let rows = (callers / WRITERS).clamp(1, usize::try_from(distinct)?);
        self.count += 1;
        let (batch, single) = (script(rows, self.count), script(1, self.count));
        self.introduce(&format!("p{}x", self.count), users).await?;
        if distinct < ENDLESS {
            // What it merges into.
            batch.run(&self.server, OURS, WRITERS, self.time, self.folder.path())?;
        }
        // Two that meet at a user leave each other's rows out, so those that were written are counted.
        let prefix = format!("p{}x", self.count);
        let (before, start) = (self.kept(&prefix).await?, Instant::now());
        batch.run(&self.server, OURS, WRITERS.min(callers), self.time, self.folder.path())?;
        let time = start.elapsed();
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        self.add(CEILING, workload, callers, (self.kept(&prefix).await? - before) as f64 / time.as_secs_f64());
        let statements = single.run(&self.server, OURS, callers.min(POOL_SIZE), self.time, self.folder.path())?;
        self.add("pgbench, each by itself", workload, callers, statements);

        for system in PEERS {
            self.count += 1;
            let question = json!({
                "workload": "store", "user": format!("w{}x", self.count), "prefix": "E", "users": users, "distinct": distinct.min(1 << 52)
            });
            let mut before = 0;
            if distinct < ENDLESS {
                let mut first = question.clone();
                (first["callers"], first["seconds"]) = (json!(1), json!(self.time.as_secs_f64() / 2.0));
                before = self.ask(system, &first)?["calls"].as_i64().unwrap_or_default();
            }
            let answer = self.ask_rate(system, workload, callers, question)?;
            if let (1, ..100, Some(calls)) = (users, distinct, answer["calls"].as_i64()) {
                let kept = before + calls - answer["errors"].as_i64().unwrap_or_default();
                let lost = self.ask(system, &json!({"workload": "lost", "user": format!("w{}x0", self.count), "stored": kept}))?;
                println!("{system}, {workload}, {callers} callers: {kept} stored, {} errors, {} lost", answer["errors"], lost["lost"]);
            }
        }
        Ok(())
    }

    /// Makes users known: a batch of several leaves new ones out, who write by themselves.
    async fn introduce(&self, prefix: &str, users: u64) -> Outcome {
        let known = format!("INSERT INTO memory.user_metadata (user_id) SELECT '{prefix}' || n FROM generate_series(0, {users} - 1) AS n");
        Ok(client(&self.server, OURS).await?.batch_execute(&known).await?)
    }

    /// How many stores are in what was merged, of entities with a prefix.
    async fn kept(&self, prefix: &str) -> Outcome<i64> {
        let count =
            "SELECT count(*) + coalesce(sum((content ->> 'update_count')::bigint), 0)::bigint FROM memory.nodes WHERE user_id LIKE $1";
        Ok(client(&self.server, OURS).await?.query_one(count, &[&format!("{prefix}%")]).await?.get(0))
    }

    async fn own_rate<F>(&mut self, workload: &str, callers: usize, call: impl Fn(u64) -> F + Clone + Send + 'static) -> Outcome
    where
        F: Future<Output = Result<(), pgmemory::Error>> + Send,
    {
        let (per_s, _) = rate(callers, self.time, call).await?;
        self.add(OURS, workload, callers, per_s);
        Ok(())
    }

    async fn rates(&mut self, callers: usize) -> Outcome {
        self.store("store new, 50 users", callers, 50, ENDLESS).await?;
        self.store("store new, one user", callers, 1, ENDLESS).await?;
        self.store("store merging, 50 users", callers, 50, 500).await?;
        self.store("store merging, 10 entities", callers, 1, 10).await?;

        let user = self.memory.user("filled")?;
        let ids = Arc::clone(&self.ids);
        let (get, get_ids) = (user.clone(), Arc::clone(&ids));
        let call = move |number| {
            let (user, node_id) = (get.clone(), filled(&get_ids, number));
            async move { user.get(node_id).await.map(drop) }
        };
        self.own_rate("get", callers, call).await?;
        self.pgbench("get", callers, callers, 1, &Script::Get)?;
        let entity = user.clone();
        let call = move |number: u64| {
            let user = entity.clone();
            async move { user.get_entity("crm", &format!("F{}", number * 7_919 % 1_000)).await.map(drop) }
        };
        self.own_rate("get_entity", callers, call).await?;
        self.pgbench("get_entity", callers, callers, 1, &Script::GetEntity)?;
        let (at, at_ids) = (user.clone(), Arc::clone(&ids));
        let call = move |number| {
            let (user, node_id) = (at.clone(), filled(&at_ids, number));
            async move { user.relationships(node_id).await.map(drop) }
        };
        self.own_rate("relationships", callers, call).await?;
        self.pgbench("relationships", callers, callers, 1, &Script::Relationships)?;
        // Not the user of the recalls: what is written so often is full of dead rows for a while.
        let (relates, relate_ids) = (self.memory.user("filled10")?, Arc::new(node_ids(&self.server, "filled10", 10_000).await?));
        let call = move |number| {
            let (user, pair) = (relates.clone(), pair(&relate_ids, number));
            async move { user.relate(&pair).await.map(drop) }
        };
        self.own_rate("relate", callers, call).await?;
        let stores = self.stores(&self.memory.clone(), 50, ENDLESS);
        let call = move |number| mixed(user.clone(), stores.clone(), Arc::clone(&ids), number);
        self.own_rate("mixed: 70 % recall, 20 % store, 10 % relate", callers, call).await?;

        for workload in ["get", "get_entity", "relate"] {
            self.ask_rate(SPECIFIED, workload, callers, json!({"workload": workload, "user": "filled", "size": 1_000}))?;
        }
        for system in [LANGGRAPH, AGNO] {
            self.ask_rate(system, "get_entity", callers, json!({"workload": "get_entity", "user": "filled", "size": 1_000}))?;
        }
        Ok(())
    }

    async fn batches(&mut self) -> Outcome {
        let stores = self.stores(&self.memory.clone(), 1, ENDLESS);
        let per_s = stores.store_many(self.time).await?;
        self.add(OURS, "store_many of 500, rows", 1, per_s);
        self.count += 1;
        let script = Script::Store { rows: 500, users: 1, distinct: ENDLESS, prefix: format!("p{}x", self.count) };
        self.pgbench("store_many of 500, rows", 1, 1, 500, &script)?;
        let user = self.memory.user("filled")?;
        let related: Vec<_> = (0..500).map(|number| pair(&self.ids, number)).collect();
        let (p50, p95) = times(10, async |_| user.relate_many(&related).await.map(drop)).await?;
        self.report.times(OURS, "relate_many of 500", p50, p95);
        let (export, import) = ours::files(&self.memory, "filled20").await?;
        self.add(OURS, "export, lines", 1, export);
        self.add(OURS, "import, lines", 1, import);
        Ok(())
    }

    async fn own_times(&mut self, workload: &str, count: usize, call: impl AsyncFn(usize) -> Result<(), pgmemory::Error>) -> Outcome {
        let (p50, p95) = times(count, call).await?;
        self.report.times(OURS, workload, p50, p95);
        Ok(())
    }

    async fn latencies(&mut self) -> Outcome {
        let mut random = fastrand::Rng::with_seed(11);
        let texts: Vec<String> = (0..30).map(|_| data::words(&mut random, 1)).collect();
        let questions: Vec<String> = (0..30).map(|_| data::words(&mut random, 3)).collect();
        for (name, size) in [("filled", 1_000), ("filled20", 20_000), ("filled100", self.large)] {
            let user: UserMemory = self.memory.user(name)?;
            self.own_times(&format!("search, one word, {size} nodes"), SAMPLES, async |number| {
                user.search(texts[number % texts.len()].as_str()).limit(50).await.map(drop)
            })
            .await?;
            self.own_times(&format!("search, three words, {size} nodes"), SAMPLES, async |number| {
                user.search(questions[number % questions.len()].as_str()).await.map(drop)
            })
            .await?;
            self.own_times(&format!("recall, three words, {size} nodes"), SAMPLES, async |number| {
                user.recall(questions[number % questions.len()].as_str()).await.map(drop)
            })
            .await?;
            let workload = format!("search, one word, {size} nodes");
            self.ask_times(SPECIFIED, &workload, &json!({"workload": "search", "user": name, "texts": texts}))?;
            if name == "filled" {
                self.ask_times(AGNO, &workload, &json!({"workload": "search", "user": name, "texts": texts}))?;
            }
        }
        let (small, hub) = (self.memory.user("filled")?, self.memory.user("hubs")?);
        let ids = node_ids(&self.server, "hubs", 1_000).await?;
        let start = |number: usize| ids[number % ids.len()];
        self.own_times("load, 1,000 nodes", SAMPLES, async |_| small.load().await.map(drop)).await?;
        self.ask_times(SPECIFIED, "load, 1,000 nodes", &json!({"workload": "load", "user": "filled", "count": 8}))?;
        let ten = self.memory.user("filled10")?;
        self.own_times("load, 10,000 nodes", 20, async |_| ten.load().await.map(drop)).await?;
        self.own_times("neighbors to depth 2, 50 edges at each node", SAMPLES, async |number| {
            hub.neighbors(start(number * 17)).depth(2).limit(100).await.map(drop)
        })
        .await?;
        self.own_times("path, 4 steps", SAMPLES, async |number| hub.path(start(number), start(number + 90)).await.map(drop)).await?;
        self.own_times("list, first page of 50", SAMPLES, async |_| ten.list().await.map(drop)).await?;
        let mut deep = ten.list().limit(1_000).await?;
        for _ in 0..7 {
            let next = deep.next.take().ok_or("a page follows")?;
            deep = ten.list().limit(1_000).after(next).await?;
        }
        let deep = deep.next.ok_or("a page follows")?;
        self.own_times("list, page of 50 after 8,000", SAMPLES, async |_| ten.list().after(deep).await.map(drop)).await
    }
}

/// On one thread, as pgbench.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Outcome {
    let files: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [before, after] = &files[..] {
        let (before, after) = (report::read(Path::new(before))?, report::read(Path::new(after))?);
        let machine = report::machine(&before, &after);
        println!("the machine, by pgbench: {machine:.2} × as fast, which is taken off");
        let moved = report::moved(&before, &after, machine);
        for (figure, better) in &moved {
            println!("{better:.2} × {figure}");
        }
        println!("{} figures moved beyond their noise", moved.len());
        return if moved.iter().any(|(_, better)| *better < 1.0) { Err("some are worse".into()) } else { Ok(()) };
    }
    match files.first().map(String::as_str) {
        Some("soak") => return soak::run().await,
        Some("growth") => return growth::run().await,
        Some(other) => return Err(format!("there is no {other} to measure").into()),
        None => {}
    }
    let mut bench = Bench::open().await?;
    let rounds = setting("ROUNDS", 2)?;
    for round in 0..rounds {
        println!("round {} of {rounds}", round + 1);
        for callers in [1, 20, 100] {
            bench.rates(callers).await?;
        }
        bench.batches().await?;
        bench.latencies().await?;
        bench.costs().await?;
        bench.set_durable(false).await?;
        bench.store("store new, 50 users", 20, 50, ENDLESS).await?;
        bench.store("store merging, 50 users", 20, 50, 500).await?;
        bench.set_durable(true).await?;
    }
    let figures = bench.report.figures();
    println!("\n{}", report::table(&figures));
    let file = results::write("compare.json", &serde_json::to_string_pretty(&figures)?)?;
    let plot = results::write("compare.svg", &report::plot(&figures))?;
    println!("written: {}, {}", file.display(), plot.display());
    Ok(())
}
