use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use postgres::error::SqlState;
use postgres::{Config, NoTls};

use crate::binaries::{self, Binaries};
use crate::home::{Home, Log, Record, percent_encoded, percent_encoded_path};
use crate::settings::{Kind, Settings};
use crate::users::{self, Membership};
use crate::{Error, PAUSE};

const SUPERVISOR: &str = include_str!("supervise.sh");
const INITDB_FAILED: &str = "pgmemory: initdb failed";

/// How long a server may look dead or stuck before it is helped on its way.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the last user waits for the server's end.
const FAREWELL: Duration = Duration::from_secs(10);

/// A handle on a running server. When the last handle of all processes is dropped, the server stops.
#[derive(Debug)]
pub struct Server {
    home: Home,
    kind: Kind,
    record: Record,
    /// `None` only while being dropped.
    membership: Option<Membership>,
}

impl Server {
    /// Starts the server of a directory, or attaches to it if it runs already.
    ///
    /// Blocks until the server answers queries; in asynchronous code call it in `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn start(settings: &Settings) -> Result<Self, Error> {
        let start = Attempt { settings, deadline: Instant::now() + settings.timeout };
        let mut stuck_since = None;
        loop {
            match start.round(&mut stuck_since) {
                Ok(Some(server)) => return Ok(server),
                Ok(None) => {}
                Err(error) if error.is_not_found() && settings.kind == Kind::Fast && !start.is_late() => {}
                Err(error) => return Err(error),
            }
            thread::sleep(PAUSE);
        }
    }

    /// A URL of one of its databases (`postgres` exists always), for the superuser `postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let socket_dir = percent_encoded_path(self.socket_dir());
        format!("postgresql://postgres@/{}?host={socket_dir}&port=5432", percent_encoded(database.as_bytes()))
    }

    /// The directory of its Unix socket, which only the server's account and root can enter.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.record.socket_dir
    }

    /// The directory that holds everything of this server: the cluster, its log, the socket.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.home.path
    }

    /// The directory of the binaries that it runs, which may hold `psql` too.
    #[must_use]
    pub fn bin_dir(&self) -> &Path {
        &self.record.bin_dir
    }

    /// The process id of its postmaster.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.record.postgres
    }
}

/// The last user waits (some seconds at most) until the server has stopped, so that whatever comes next finds
/// everything quiet.
impl Drop for Server {
    fn drop(&mut self) {
        let Some(membership) = self.membership.take() else {
            return;
        };
        if users::leave(&self.home, membership) {
            await_end(&self.home, self.kind, Some(self.pid()));
        }
    }
}

/// Waits until the server without users has ended, or has got users again, or another one runs.
fn await_end(home: &Home, kind: Kind, postgres: Option<u32>) {
    let began = Instant::now();
    let mut looked = began;
    while !home.is_quiet() {
        let is_another = |record: Record| postgres.is_some_and(|pid| pid != record.postgres);
        if began.elapsed() > FAREWELL || home.record().is_some_and(is_another) {
            return;
        }
        // Somebody may have come before the supervisor could see that nobody was there.
        if looked.elapsed() > Duration::from_millis(200) {
            if users::exist(home) {
                return;
            }
            looked = Instant::now();
        }
        thread::sleep(PAUSE);
    }
    if kind == Kind::Fast {
        let _ = fs::remove_dir(&home.path); // the supervisor may not have been allowed to
    }
}

/// One call of [`Server::start`].
struct Attempt<'a> {
    settings: &'a Settings,
    deadline: Instant,
}

impl Attempt<'_> {
    /// Attaches, or starts; `None` means that things are in motion and want another look.
    fn round(&self, stuck_since: &mut Option<Instant>) -> Result<Option<Server>, Error> {
        let home = Home::prepare(&self.settings.data_dir)?;
        self.refuse_other_kind(&home)?;
        if let Some(membership) = users::join(&home, self.deadline)? {
            *stuck_since = None;
            return self.ready(&home, membership);
        }
        if let Some(lock) = home.try_lock()? {
            return self.launch(&home, lock).map(Some);
        }
        if self.is_late() {
            return Err(self.timeout(&home));
        }
        // Nobody reads but something lives: a server on its way out, or one whose supervisor was killed.
        if stuck_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
            *stuck_since = None;
            if let Some(record) = home.record() {
                signal(&home, "kill -s INT \"$1\"", &record);
            }
        }
        Ok(None)
    }

    fn launch(&self, home: &Home, lock: fs::File) -> Result<Server, Error> {
        let kind = self.settings.kind;
        let binaries = self.binaries(&home.cluster(kind))?;
        let log = home.log()?;
        let (reader, membership) = users::open(home)?;

        let mut command = home.account.command("sh");
        command.args(["-c", SUPERVISOR, "sh", kind.name()]);
        command.arg(&binaries.dir).arg(kind.cluster()).arg(home.socket_dir().unwrap_or_default());
        for (name, value) in self.server_options() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command
            .env_clear()
            .envs(["LD_LIBRARY_PATH", "TZ"].iter().filter_map(|name| Some((name, env::var_os(name)?))))
            .env("PATH", env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()))
            .stdin(reader)
            .stdout(lock)
            .stderr(log.file.try_clone().map_err(Error::io("share", &home.file("server.log")))?)
            .process_group(0); // Ctrl-C in a terminal is for the caller
        home.run(&mut command)?;
        drop(command); // and with it our copies of what the supervisor holds now

        let joined = users::join(home, self.deadline)?;
        drop(membership);
        let server = match joined {
            Some(joined) => self.ready(home, joined)?,
            None if self.is_late() => return Err(self.timeout(home)),
            None => None,
        };
        server.ok_or_else(|| {
            await_end(home, kind, None);
            failure(home, log)
        })
    }

    /// The server once it answers; `None` if it has died.
    fn ready(&self, home: &Home, membership: Membership) -> Result<Option<Server>, Error> {
        let mut silent_since = Instant::now();
        while users::is_served(home) {
            if let Some(record) = home.record() {
                if record.kind != self.settings.kind.name() {
                    return Err(self.other_kind(home));
                }
                if answers(&record.socket_dir) {
                    let (home, kind) = (home.clone(), self.settings.kind);
                    return Ok(Some(Server { home, kind, record, membership: Some(membership) }));
                }
                // Its supervisor may have been killed, and after that postgres too.
                if silent_since.elapsed() > PATIENCE {
                    silent_since = Instant::now();
                    signal(home, "kill -s 0 \"$1\" || kill -s KILL \"$2\"", &record);
                }
            }
            if self.is_late() {
                return Err(self.timeout(home));
            }
            thread::sleep(PAUSE);
        }
        Ok(None)
    }

    fn binaries(&self, cluster: &Path) -> Result<Binaries, Error> {
        let version_file = cluster.join("PG_VERSION");
        let data_version: Option<u32> = fs::read_to_string(&version_file)
            .ok()
            .filter(|_| self.settings.kind == Kind::Durable)
            .and_then(|text| text.trim().parse().ok());
        let binaries = match &self.settings.bin_dir {
            Some(dir) => binaries::named(dir)?,
            None => binaries::find(data_version)?,
        };
        match data_version {
            Some(data_version) if data_version != binaries.version => Err(Error::OtherVersion {
                data_dir: cluster.to_path_buf(),
                data_version,
                bin_dir: binaries.dir,
                binary_version: binaries.version,
            }),
            _ => Ok(binaries),
        }
    }

    /// Later ones win.
    fn server_options(&self) -> impl Iterator<Item = (&str, &str)> {
        let chosen = self.settings.options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fixed = [
            ("listen_addresses", ""),
            ("port", "5432"),
            ("unix_socket_permissions", "0700"),
            ("logging_collector", "off"), // it would take the lock out of the server's hands
        ];
        self.settings.kind.options().iter().copied().chain(chosen).chain(fixed)
    }

    fn refuse_other_kind(&self, home: &Home) -> Result<(), Error> {
        if home.cluster(self.settings.kind.other()).exists() { Err(self.other_kind(home)) } else { Ok(()) }
    }

    fn other_kind(&self, home: &Home) -> Error {
        let wanted = self.settings.kind;
        Error::OtherKind { path: home.path.clone(), found: wanted.other().name(), wanted: wanted.name() }
    }

    fn is_late(&self) -> bool {
        Instant::now() > self.deadline
    }

    fn timeout(&self, home: &Home) -> Error {
        Error::Timeout { data_dir: home.path.clone(), waited: self.settings.timeout, log: home.log_tail() }
    }
}

fn failure(home: &Home, log: Log) -> Error {
    let (data_dir, log) = (home.path.clone(), log.tail());
    if log.contains(INITDB_FAILED) { Error::Initdb { data_dir, log } } else { Error::DidNotStart { data_dir, log } }
}

/// Runs a `kill` for the processes of a record as the server's account: root must not believe a file that it does
/// not own.
fn signal(home: &Home, script: &str, record: &Record) {
    let _ = home
        .account
        .command("sh")
        .args(["-c", script, "sh", &record.postgres.to_string(), &record.reader.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Does the server answer a query? In a thread of its own, since a stopped server would keep us waiting, and since
/// the client must not run in a thread of an asynchronous runtime.
fn answers(socket_dir: &Path) -> bool {
    let mut config = Config::new();
    config.host_path(socket_dir).user("postgres").dbname("postgres").application_name("pgmemory");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let answer = config.connect(NoTls).and_then(|mut client| client.simple_query("SELECT 1"));
        // A server that refuses for such a reason is up.
        let up = [SqlState::TOO_MANY_CONNECTIONS, SqlState::INVALID_CATALOG_NAME];
        let _ = sender.send(answer.map_or_else(|error| error.code().is_some_and(|code| up.contains(code)), |_| true));
    });
    receiver.recv_timeout(Duration::from_secs(5)).unwrap_or(false)
}
