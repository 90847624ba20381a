//! A PostgreSQL that listens on a port and speaks TLS, and the certificates for it.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// Somebody who signs certificates.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM format.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority of the tests");
        let key = KeyPair::generate().unwrap();
        Self { pem: params.self_signed(&key).unwrap().pem(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.issuer).unwrap().pem(), key: key.serialize_pem() }
    }
}

/// A certificate of hosts, or of the user named first.
pub(crate) fn certificate_for(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, names[0]);
    params
}

/// Runs until it is dropped, or the process ends.
pub(crate) struct TlsServer {
    pub(crate) port: u16,
    folder: TempDir,
    shell: Child,
}

/// Who may enter by which way. The superuser has the socket, and any way.
const HBA: &str = "\
local    all  postgres                      trust
host     all  postgres        127.0.0.1/32  scram-sha-256
hostssl  all  agent           127.0.0.1/32  scram-sha-256
hostnossl all plain_agent     127.0.0.1/32  scram-sha-256
hostssl  all  certified_agent 127.0.0.1/32  cert
";

const CONFIGURATION: &str = "\
listen_addresses = '127.0.0.1'
unix_socket_directories = '.'
fsync = off
ssl = on
ssl_cert_file = '../server.crt'
ssl_key_file = '../server.key'
ssl_ca_file = '../ca.crt'
";

/// Stops the server when the other end of the standard input is closed.
const SUPERVISE: &str = r#"
"$1/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync && cat hba >data/pg_hba.conf && cat configuration >>data/postgresql.conf || exit
"$1/postgres" -D data -p "$2" </dev/null &
read -r _
kill -INT $!
wait
"#;

impl TlsServer {
    pub(crate) async fn start(identity: &Identity, clients: &Authority) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // PostgreSQL does not run as root.
        let caller = fs::metadata(folder.path()).unwrap().uid();
        let account = if caller == 0 { 65_534 } else { caller };
        let files = [
            ("server.crt", &identity.certificate),
            ("server.key", &identity.key),
            ("ca.crt", &clients.pem),
            ("hba", &HBA.to_owned()),
            ("configuration", &CONFIGURATION.to_owned()),
        ];
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(account), None).unwrap();
        }
        chown(folder.path(), Some(account), None).unwrap();

        let port = free_port();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISE, "sh"]).arg(pgmemory_embedded::find_binaries().unwrap()).arg(port.to_string());
        shell.current_dir(folder.path()).stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        if account != caller {
            shell.uid(account);
        }
        let server = Self { port, folder, shell: shell.spawn().unwrap() };
        let client = server.superuser().await;
        let roles = "CREATE ROLE agent LOGIN PASSWORD 'secret';
            CREATE ROLE plain_agent LOGIN PASSWORD 'secret';
            CREATE ROLE certified_agent LOGIN;
            ALTER ROLE postgres PASSWORD 'secret'";
        client.batch_execute(roles).await.unwrap();
        server
    }

    /// A connection over the socket, as soon as there can be one.
    pub(crate) async fn superuser(&self) -> Client {
        let url = format!("host='{}' port={} user=postgres", self.folder.path().join("data").display(), self.port);
        for _ in 0..600 {
            if let Ok((client, connection)) = tokio_postgres::connect(&url, NoTls).await {
                tokio::spawn(connection);
                return client;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no server: {}", fs::read_to_string(self.folder.path().join("log")).unwrap());
    }

    /// Of each connection of a role, whether it is encrypted.
    pub(crate) async fn encrypted(&self, role: &str) -> Vec<bool> {
        let statement = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = $1";
        self.superuser().await.query(statement, &[&role]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    pub(crate) fn url(&self, role: &str, host: &str, parameters: &str) -> String {
        format!("postgresql://{role}:secret@{host}:{}/postgres?{parameters}", self.port)
    }

    /// A file beside the server, for settings that name one.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
