//! Two processes with a file each, as on two machines, and one user.

use std::{env, time::Duration};

use pgmemory::{Config, Memory};

use super::{
    LONG, USER,
    books::{Books, assert_equal, writes_of},
    proxied,
    proxy::Line,
    writer::{Job, Said, Writer},
};
use crate::support::Database;

/// How many updates there are, of both together, if not few.
const UPDATES_SETTING: &str = "PGMEMORY_SOAK_UPDATES";
const FEW_UPDATES: u64 = 500;
const ENTITIES: u64 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn two_files_and_postgresql_end_equal() {
    let updates = env::var(UPDATES_SETTING).map_or(FEW_UPDATES, |updates| updates.parse().unwrap());
    let database = Database::new().await;
    let alice = database.user(USER);
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    let (mut proxies, mut jobs, mut writers) = (Vec::new(), Vec::new(), Vec::new());
    for name in ["one", "two"] {
        let (proxy, url) = proxied(&database).await;
        let job = Job {
            file: folder.path().join(name),
            url,
            system: "crm".to_owned(),
            entities: ENTITIES,
            name: name.to_owned(),
            writes: updates / 2,
            callers: 3,
            seed: random.u64(..1 << 32),
            disk: None,
        };
        // Both begin alone, so that they make the same entities under different ids.
        proxy.set(Line::Cut);
        writers.push(Writer::start(&job));
        proxies.push(proxy);
        jobs.push(job);
    }
    for writer in &mut writers {
        writer.has_said(20).await;
    }
    while writers.iter().any(|writer| !writer.said().iter().any(|said| matches!(said, Said::Done { .. }))) {
        let proxy = &proxies[random.usize(..2)];
        proxy.set([Line::Passes, Line::Passes, Line::Cut, Line::Mute][random.usize(..4)]);
        tokio::time::sleep(Duration::from_millis(random.u64(..200))).await;
        if writers.iter().all(|writer| writer.said().len() as u64 >= updates / 2) {
            for proxy in &proxies {
                proxy.set(Line::Passes);
            }
        }
    }
    let mut books = Books::default();
    for writer in writers {
        books.add(&writer.ended(LONG).await);
    }
    assert_eq!(books.writes as u64, updates);
    books.all_is_there(&alice, "crm").await;
    let mut there = 0;
    for entity in 0..ENTITIES {
        there += alice.get_entity("crm", &entity.to_string()).await.unwrap().as_ref().map_or(0, |node| writes_of(node).len());
    }
    assert_eq!(there as u64, updates);
    for job in &jobs {
        let memory = Memory::connect_lazy(Config::from_url(&job.url).unwrap()).unwrap();
        let session = memory.session(USER, &job.name).file(&job.file).await.unwrap();
        assert_equal(&session, &alice, "crm", ENTITIES).await;
        assert_eq!(session.close(LONG).await.unwrap(), 0);
    }
}
