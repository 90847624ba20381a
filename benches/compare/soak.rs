//! What the process holds while many callers write, search and relate for a long time: `make bench-soak`.

use std::{fs, sync::Arc, time::Duration};

use crate::{
    Outcome,
    data::{self, Item},
    node_ids,
    ours::{self, Stores, mixed, rate},
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
    let items = Arc::new(Item::all());
    let memory = ours::filled_with(&server, "postgres", &items, &[data::sizes(1_000)]).await?;
    let ids = Arc::new(node_ids(&server, "filled", 1_000).await?);
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
