//! `PgBouncer` between the tests and the server, where the whole suite is to run through it.

use std::{
    env, fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use super::SERVER;

/// Stops the pooler and removes its folder when the pipe ends, that is with this process, however that ends.
const SUPERVISOR: &str = r#"cd "$2" && { "$1" pgbouncer.ini >log 2>&1 & read -r _; kill $!; wait; rm -r "$2"; }"#;

const WANTED: &str = "PGMEMORY_TEST_POOLER";

static POOLER: LazyLock<Option<Pooler>> = LazyLock::new(|| match env::var(WANTED).as_deref() {
    Err(_) => None,
    Ok(mode @ ("session" | "transaction")) => Some(Pooler::start(mode)),
    Ok(other) => panic!("{WANTED} is {other}: unset it, or make it session or transaction"),
});

struct Pooler {
    folder: PathBuf,
    _supervisor: Child,
}

impl Pooler {
    fn start(mode: &str) -> Self {
        let program = env::var("PGMEMORY_PGBOUNCER").unwrap_or_else(|_| "pgbouncer".into());
        // Whoever reaches its socket is the server's superuser.
        let private = fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(private).tempdir().expect("a folder").keep();
        let server = SERVER.socket_dir();
        let settings = format!(
            "[databases]
* = host={server} port=5432 user=postgres

[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
auth_type = any
pool_mode = {mode}
{prepared}
max_client_conn = 1000
default_pool_size = 100
server_round_robin = 1
ignore_startup_parameters = options, extra_float_digits
",
            server = server.display(),
            folder = folder.display(),
            // Unknown to versions before 1.21, which can pass prepared statements on for a session only.
            prepared = if mode == "transaction" { "max_prepared_statements = 200" } else { "" },
        );
        fs::write(folder.join("pgbouncer.ini"), settings).expect("settings");

        // It refuses to run as root. Whoever runs the server may enter the directory of its socket.
        let account = server.metadata().expect("the directory of the server's socket").uid();
        chown(&folder, Some(account), None).expect("the folder can be given away");
        let mut command = Command::new("sh");
        command.args(["-c", SUPERVISOR, "sh", &program]).arg(&folder).stdin(Stdio::piped()).uid(account);
        let supervisor = command.spawn().expect("sh");

        let started = Instant::now();
        while !folder.join(".s.PGSQL.6432").exists() {
            let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(10), "{program} did not start: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
        Self { folder, _supervisor: supervisor }
    }
}

pub(super) fn is_wanted() -> bool {
    env::var_os(WANTED).is_some()
}

/// The URL of a database of the server: by way of the pooler, if there is one.
pub(super) fn url(database: &str) -> String {
    match &*POOLER {
        Some(pooler) => format!("postgresql://postgres@/{database}?host={}&port=6432", pooler.folder.display()),
        None => SERVER.url(database),
    }
}
