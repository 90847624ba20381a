//! This crate's part.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use pgmemory::{Coalescing, Config, Memory, NewNode, NewRelationship, RelationshipType, UserMemory};
use pgmemory_embedded::Server;
use uuid::Uuid;

use crate::{
    Outcome, client,
    data::{self, Item},
    pgbench::ITEMS,
    report::median,
};

/// How many nodes a `store_many` has.
const BATCH: usize = 500;

pub(crate) async fn connect(url: &str, coalescing: Coalescing) -> Outcome<Memory> {
    // A hundred callers of recalls after many writes may wait for long.
    let config = Config::from_url(url)?.pool_size(20).wait_timeout(Duration::from_mins(2)).coalescing(coalescing);
    Ok(Memory::connect(config).await?)
}

/// A database with the texts of the items and with users of such sizes, whose words are counted, as they are in operation.
pub(crate) async fn filled_with(server: &Server, database: &str, items: &[Item], sizes: &[String]) -> Outcome<Memory> {
    let memory = connect(&server.url(database), Coalescing::Users).await?;
    memory.migrate().await?;
    let setup = client(server, database).await?;
    setup.batch_execute(ITEMS).await?;
    Item::copy(items, &setup).await?;
    for sizes in sizes {
        setup.batch_execute(&data::fill(sizes)).await?;
    }
    setup.batch_execute("VACUUM ANALYZE").await?;
    memory.sweep().await?;
    Ok(memory)
}

/// How many calls a second so many callers make within a time, each on a task of its own.
pub(crate) async fn rate<F>(callers: usize, time: Duration, call: impl Fn(u64) -> F + Clone + Send + 'static) -> Outcome<(f64, u64)>
where
    F: Future<Output = Result<(), pgmemory::Error>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let callers = (0..callers).map(|_| {
        let (next, call) = (Arc::clone(&next), call.clone());
        tokio::spawn(async move {
            while start.elapsed() < time {
                call(next.fetch_add(1, Ordering::Relaxed)).await?;
            }
            Ok::<_, pgmemory::Error>(())
        })
    });
    for result in try_join_all(callers).await? {
        result?;
    }
    let calls = next.load(Ordering::Relaxed);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    Ok((calls as f64 / start.elapsed().as_secs_f64(), calls))
}

/// Median and 95th percentile of what so many calls take one after the other, in milliseconds.
pub(crate) async fn times(count: usize, call: impl AsyncFn(usize) -> Result<(), pgmemory::Error>) -> Outcome<(f64, f64)> {
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        let start = Instant::now();
        call(number).await?;
        times.push(start.elapsed());
    }
    Ok(middle_and_high(times))
}

/// Median and 95th percentile, in milliseconds.
pub(crate) fn middle_and_high(times: Vec<Duration>) -> (f64, f64) {
    let mut times: Vec<f64> = times.into_iter().map(|time| time.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    (median(&times), times[times.len() * 95 / 100])
}

/// The store of entities that `prefix` tells from those of other runs.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) memory: Memory,
    pub(crate) items: Arc<Vec<Item>>,
    pub(crate) prefix: String,
    pub(crate) users: u64,
    pub(crate) distinct: u64,
}

impl Stores {
    pub(crate) async fn store(self, number: u64) -> Result<(), pgmemory::Error> {
        let number = number % self.distinct;
        let user = self.memory.user(&format!("{}{}", self.prefix, number % self.users))?;
        user.store(&self.node(number)).await.map(drop)
    }

    pub(crate) fn node(&self, number: u64) -> NewNode {
        let item = usize::try_from(number).unwrap_or_default() % self.items.len();
        self.items[item].node(format!("{}{number}", self.prefix))
    }

    /// Rows a second of `store_many`, by one caller.
    pub(crate) async fn store_many(&self, time: Duration) -> Outcome<f64> {
        let user = self.memory.user(&self.prefix)?;
        let (start, mut rows) = (Instant::now(), 0);
        while start.elapsed() < time {
            let batch: Vec<NewNode> = (rows..).take(BATCH).map(|number| self.node(number)).collect();
            user.store_many(&batch).await?;
            rows += batch.len() as u64;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        Ok(rows as f64 / start.elapsed().as_secs_f64())
    }
}

/// One of the nodes that `fill` made.
pub(crate) fn filled(ids: &[Uuid], number: u64) -> Uuid {
    ids[usize::try_from(number * 7_919).unwrap_or_default() % ids.len()]
}

pub(crate) fn pair(ids: &[Uuid], number: u64) -> NewRelationship {
    NewRelationship::new(filled(ids, number), RelationshipType::RelatesTo, filled(ids, number * 13 + 1)).strength(0.5)
}

/// What an agent does: seven recalls, two stores and a relationship of ten calls.
pub(crate) async fn mixed(user: UserMemory, stores: Stores, ids: Arc<Vec<Uuid>>, number: u64) -> Result<(), pgmemory::Error> {
    match number % 10 {
        0..7 => {
            user.recall(stores.items[usize::try_from(number).unwrap_or_default() % stores.items.len()].summary.as_str()).await.map(drop)
        }
        7..9 => stores.store(number).await,
        _ => user.relate(&pair(&ids, number)).await.map(drop),
    }
}

/// Lines a second of an export of everything to memory, and of an import of that under other names.
pub(crate) async fn files(memory: &Memory, user: &str) -> Outcome<(f64, f64)> {
    let mut lines = Vec::new();
    let start = Instant::now();
    memory.user(user)?.export(&mut lines).await?;
    let lines = String::from_utf8(lines)?;
    let count = lines.lines().count();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = |start: Instant| count as f64 / start.elapsed().as_secs_f64();
    let export = rate(start);
    let renamed = lines.replace(&format!("\"user_id\":\"{user}\""), &format!("\"user_id\":\"{}\"", Uuid::now_v7()));
    let start = Instant::now();
    memory.import(std::io::Cursor::new(renamed)).await?;
    Ok((export, rate(start)))
}
