//! A process of its own that remembers, to be killed: this test program once more, told by a variable to do only that.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, setrlimit};
use pgmemory::{Config, Durability, Memory, NewNode, Session};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

use super::{LONG, USER};

const JOB_SETTING: &str = "PGMEMORY_TEST_WRITER";
/// The signal that a file has become too large.
const SIGXFSZ: i32 = 25;
/// What a line begins with that is not the test program's own.
const MARK: &str = "> ";

/// What a process has to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) file: PathBuf,
    pub(super) url: String,
    /// The system of the entities that it writes.
    pub(super) system: String,
    pub(super) entities: u64,
    /// What its writes are called by, before a number. Each puts its name among the data of an entity.
    pub(super) name: String,
    pub(super) writes: u64,
    /// By how many callers at once.
    pub(super) callers: u64,
    pub(super) seed: u64,
    /// How large its files may become, in bytes.
    pub(super) disk: Option<u64>,
}

/// What a process says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Said {
    /// A write that returned.
    Remembered { name: String, entity: u64, durability: Durability },
    /// A write that failed.
    Refused { name: String, reason: String },
    /// The session could not be opened.
    NotOpened { reason: String },
    /// All is written, and the session is closed.
    Done { left: usize },
}

/// The process; killed when it is dropped.
pub(super) struct Writer {
    child: Child,
    said: Arc<Mutex<Vec<Said>>>,
    listener: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(job: &Job) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "session::writer::does_its_job", "--nocapture"])
            .env(JOB_SETTING, serde_json::to_string(job).unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let heard = Arc::clone(&said);
        let listener = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(text) = line.strip_prefix(MARK) {
                    // Of a process that is killed, the last line may be half of one.
                    heard.lock().unwrap_or_else(PoisonError::into_inner).extend(serde_json::from_str::<Said>(text));
                }
            }
        });
        Self { child, said, listener: Some(listener) }
    }

    /// What it has said so far.
    pub(super) fn said(&self) -> MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it has said so much, or has ended.
    pub(super) async fn has_said(&mut self, lines: usize) {
        let deadline = Instant::now() + LONG;
        while self.said().len() < lines && self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "a writer says nothing after {} lines", self.said().len());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until it has ended; all that it said.
    pub(super) async fn ended(mut self, patience: Duration) -> Vec<Said> {
        let deadline = Instant::now() + patience;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "a writer goes on after {} lines", self.said().len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.killed()
    }

    /// Kills it as nothing else does, unless it has ended; all that it said.
    pub(super) fn killed(mut self) -> Vec<Said> {
        self.kill();
        std::mem::take(&mut self.said())
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        self.child.wait().unwrap();
        if let Some(listener) = self.listener.take() {
            listener.join().unwrap();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Does nothing unless it is a process of [`Writer`].
#[tokio::test(flavor = "multi_thread")]
async fn does_its_job() {
    let Ok(job) = env::var(JOB_SETTING) else { return };
    let job: Job = serde_json::from_str(&job).unwrap();
    // The test program has begun a line.
    println!();
    if let Some(bytes) = job.disk {
        // The write fails instead of ending the process.
        let _caught = signal(SignalKind::from_raw(SIGXFSZ)).unwrap();
        setrlimit(Resource::RLIMIT_FSIZE, bytes, bytes).unwrap();
    }
    let memory = Memory::connect_lazy(Config::from_url(&job.url).unwrap().pool_min_size(1)).unwrap();
    let session = match memory.session(USER, &job.name).file(&job.file).await {
        Ok(session) => session,
        Err(error) => return say(&Said::NotOpened { reason: format!("{error:?}") }),
    };
    let mut callers = JoinSet::new();
    for caller in 0..job.callers {
        callers.spawn(write(session.clone(), job.clone(), caller));
    }
    callers.join_all().await;
    let left = session.close(LONG).await.unwrap();
    say(&Said::Done { left });
}

async fn write(session: Session, job: Job, caller: u64) {
    let mut random = fastrand::Rng::with_seed(job.seed + caller);
    for number in (caller..job.writes).step_by(usize::try_from(job.callers).unwrap()) {
        let (name, entity) = (format!("{}-{number}", job.name), random.u64(..job.entities));
        let data = Map::from_iter([(name.clone(), json!(true)), ("last".to_owned(), json!(name))]);
        let result = session.remember(&NewNode::entity(&job.system, entity.to_string()).data(data.into())).await;
        say(&match result {
            Ok(remembered) => Said::Remembered { name, entity, durability: remembered.durability },
            Err(error) => Said::Refused { name, reason: format!("{error:?}") },
        });
    }
}

/// In one piece, and at once.
fn say(said: &Said) {
    let line = format!("{MARK}{}\n", serde_json::to_string(said).unwrap());
    io::stdout().lock().write_all(line.as_bytes()).unwrap();
}
