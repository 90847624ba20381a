//! Rounds of misfortune: after each, what was remembered is in PostgreSQL exactly once.

use std::{env, fs, path::Path, time::Duration};

use pgmemory::{Config, Memory};

use super::{
    USER,
    books::{Books, assert_equal},
    proxy::Line,
    server::OwnServer,
    writer::{Job, Said, Writer},
};

/// How many rounds there are, if not few.
const ROUNDS_SETTING: &str = "PGMEMORY_SOAK_ROUNDS";
/// What the program of misfortunes follows from.
const SEED_SETTING: &str = "PGMEMORY_SOAK_SEED";

const FEW_ROUNDS: u64 = 10;
const ENTITIES: u64 = 10;
/// Entities of this many rounds are the same.
const ROUNDS_A_SYSTEM: u64 = 4;

#[derive(Clone, Copy, Debug)]
enum Misfortune {
    /// Nothing but the end of the writer.
    Killed,
    ServerKilled,
    Line(Line),
    DiskFull,
}

const MISFORTUNES: [Misfortune; 6] = [
    Misfortune::Killed,
    Misfortune::ServerKilled,
    Misfortune::Line(Line::Cut),
    Misfortune::Line(Line::Stalled),
    Misfortune::Line(Line::Mute),
    Misfortune::DiskFull,
];

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number, not {value}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_is_done_twice() {
    let rounds = setting(ROUNDS_SETTING);
    let seed = setting(SEED_SETTING).unwrap_or_else(|| if rounds.is_some() { fastrand::u64(..1 << 32) } else { 1 });
    let rounds = rounds.unwrap_or(FEW_ROUNDS);
    println!("{rounds} rounds: {SEED_SETTING}={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut server = OwnServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alice.sqlite");
    let mut program: Vec<Misfortune> = Vec::new();
    let mut books = Books::default();
    let mut writes = 0;
    for round in 0..rounds {
        if round.is_multiple_of(ROUNDS_A_SYSTEM) {
            books = Books::default();
        }
        if program.is_empty() {
            program = MISFORTUNES.to_vec();
            random.shuffle(&mut program);
        }
        let misfortune = program.pop().unwrap();
        let job = Job {
            file: file.clone(),
            url: server.url(),
            system: format!("crm-{}", round / ROUNDS_A_SYSTEM),
            entities: ENTITIES,
            name: format!("w{round}"),
            writes: random.u64(50..400),
            callers: random.u64(1..6),
            seed: random.u64(..1 << 32),
            disk: matches!(misfortune, Misfortune::DiskFull).then(|| largest(folder.path()) + random.u64(..200_000)),
        };
        let said = suffer(&mut server, misfortune, &job, &mut random).await;
        let before = books.writes;
        books.add(&said);
        println!("round {round}: {misfortune:?}, {} writes returned of {} by {}", books.writes - before, job.writes, job.callers);
        writes += books.writes - before;

        server.recover().await;
        let past = server.memory().await.user(USER).unwrap();
        books.durable_is_there(&past, &job.system).await;
        let memory = Memory::connect_lazy(Config::from_url(&job.url).unwrap()).unwrap();
        let session = memory.session(USER, "recovery").file(&file).await.unwrap();
        assert_equal(&session, &past, &job.system, ENTITIES).await;
        books.all_is_there(&past, &job.system).await;
        assert_eq!(session.close(Duration::ZERO).await.unwrap(), 0);
    }
    println!("{writes} writes");
}

/// Lets a process write, and something happen to it; all that the process said.
async fn suffer(server: &mut OwnServer, misfortune: Misfortune, job: &Job, random: &mut fastrand::Rng) -> Vec<Said> {
    let mut writer = Writer::start(job);
    writer.has_said(random.usize(1..20)).await;
    match misfortune {
        Misfortune::Killed | Misfortune::DiskFull => {}
        Misfortune::ServerKilled => server.kill(),
        Misfortune::Line(line) => server.proxy.set(line),
    }
    if random.bool() {
        pause(random).await;
        // What was held back is passed on, or lost.
        if random.bool() {
            server.proxy.set(Line::Cut);
        }
        server.recover().await;
    }
    pause(random).await;
    writer.killed()
}

async fn pause(random: &mut fastrand::Rng) {
    tokio::time::sleep(Duration::from_millis(random.u64(..400))).await;
}

/// The size of the largest file in a folder.
fn largest(folder: &Path) -> u64 {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).max().unwrap_or(0)
}
