//! What the process holds while many callers write, search and relate for a long time: `make bench-soak`.

use std::{fs, sync::Arc, time::Duration};

use pgmemory::Coalescing;

use crate::{
    Outcome, client,
    data::{self, Item},
    ours::{self, Stores, mixed, rate},
    pgbench::ITEMS,
    setting, start,
};

const CALLERS: usize = 100;
/// Between two looks at the memory.
const INTERVAL: Duration = Duration::from_secs(15);

/// MiB that the process holds, of pages in memory.
fn resident() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the system tells no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1_024)
}

pub(crate) async fn run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let server = start(folder.path()).await?;
    let memory = ours::connect(&server.url("postgres"), Coalescing::Users).await?;
    memory.migrate().await?;
    let items = Arc::new(Item::all());
    let setup = client(&server, "postgres").await?;
    setup.batch_execute(ITEMS).await?;
    Item::copy(&items, &setup).await?;
    setup.batch_execute(&data::fill(&data::sizes(1_000))).await?;
    setup.batch_execute("VACUUM ANALYZE").await?;
    let ids = setup.query("SELECT md5('filled' || n)::uuid FROM generate_series(0, 999) AS n", &[]).await?;
    let ids = Arc::new(ids.iter().map(|row| row.get(0)).collect());
    let user = memory.user("filled")?;
    let stores = Stores { memory, items, prefix: "soak".to_owned(), users: 50, distinct: 20_000 };
    let seconds: u64 = setting("SECONDS", 600)?;
    for time in (0..seconds).step_by(usize::try_from(INTERVAL.as_secs())?) {
        let (user, stores, ids) = (user.clone(), stores.clone(), Arc::clone(&ids));
        let call = move |number| mixed(user.clone(), stores.clone(), Arc::clone(&ids), number + time * 1_000);
        let (per_s, _) = rate(CALLERS, INTERVAL.min(Duration::from_secs(seconds - time)), call).await?;
        println!("{time:>4} s: {per_s:.0} calls a second, {} MiB", resident()?);
    }
    Ok(())
}
