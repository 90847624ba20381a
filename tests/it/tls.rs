//! Encrypted connections, against servers whose certificates are good, expired, self-signed or another host's.

pub(crate) mod server;

use std::process::Command;

use pgmemory::{Config, Error, ErrorKind, Memory};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};

use crate::support::Database;
use server::{Authority, Identity, TlsServer, certificate_for};

/// Connects and has the server answer.
async fn connect(url: &str) -> Result<Memory, Error> {
    let memory = Memory::connect(Config::from_url(url)?).await?;
    memory.health().await?;
    Ok(memory)
}

/// What the modes do with a certificate, in the order of `prefer`, `require`, `verify-ca` and `verify-full`.
async fn outcomes(server: &TlsServer, roots: &str) -> [Result<(), String>; 4] {
    let roots = server.file("roots.crt", roots);
    let mut outcomes = [const { Ok(()) }; 4];
    for (outcome, mode) in outcomes.iter_mut().zip(["prefer", "require", "verify-ca", "verify-full"]) {
        let parameters = format!("sslmode={mode}&sslrootcert={}", roots.display());
        *outcome = match connect(&server.url("agent", "localhost", &parameters)).await {
            Ok(_) => Ok(()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Configuration, "{error:?}");
                assert!(!format!("{error:?}").contains("secret"));
                Err(error.to_string())
            }
        };
    }
    outcomes
}

fn assert_refused(outcome: &Result<(), String>, reason: &str) {
    let text = outcome.as_ref().unwrap_err();
    assert!(text.contains(reason) && text.contains("sslrootcert"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_certificate_satisfies_every_mode() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = TlsServer::start(&authority.sign(&certificate_for(&["localhost", "127.0.0.1"])), &authority).await;
    assert_eq!(outcomes(&server, &authority.pem).await, [const { Ok(()) }; 4]);

    let roots = server.file("roots.crt", &authority.pem);
    let full = format!("sslmode=verify-full&sslrootcert={}", roots.display());
    connect(&server.url("agent", "127.0.0.1", &full)).await.unwrap();
    connect(&format!(
        "host=localhost hostaddr=127.0.0.1 port={} user=agent password=secret dbname=postgres sslmode=verify-full sslrootcert='{}'",
        server.port,
        roots.display()
    ))
    .await
    .unwrap();
    // The password is bound to the certificate: SCRAM-SHA-256-PLUS.
    let bound = connect(&server.url("agent", "localhost", &format!("{full}&channel_binding=require"))).await.unwrap();
    assert_eq!(server.encrypted("agent").await, [true, true]);
    drop(bound);

    // Somebody else's signature, or nobody's.
    for roots in [stranger.pem.as_str(), ""] {
        let path = server.file("other.crt", roots);
        for mode in ["require", "verify-ca", "verify-full"] {
            let error =
                connect(&server.url("agent", "localhost", &format!("sslmode={mode}&sslrootcert={}", path.display()))).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert!(error.to_string().contains("sslrootcert"), "{error}");
        }
    }
    let error = connect(&server.url("agent", "localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem")).await.unwrap_err();
    assert!(error.to_string().contains("sslrootcert: /nowhere.pem"), "{error}");
    // Without certificates to trust nothing is verified.
    connect(&server.url("agent", "localhost", "sslmode=require")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_decides_between_encrypted_and_plain() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.sign(&certificate_for(&["localhost"])), &authority).await;
    // `agent` must encrypt, `plain_agent` must not, and the superuser may.
    for (role, mode, encrypted) in [
        ("agent", "disable", None),
        ("agent", "allow", Some(true)),
        ("agent", "prefer", Some(true)),
        ("agent", "require", Some(true)),
        ("plain_agent", "disable", Some(false)),
        ("plain_agent", "allow", Some(false)),
        ("plain_agent", "prefer", Some(false)),
        ("plain_agent", "require", None),
        ("postgres", "disable", Some(false)),
        ("postgres", "allow", Some(false)),
        ("postgres", "prefer", Some(true)),
        ("postgres", "require", Some(true)),
    ] {
        let connected = connect(&server.url(role, "127.0.0.1", &format!("sslmode={mode}&application_name={mode}"))).await;
        match encrypted {
            Some(encrypted) => {
                let memory = connected.unwrap_or_else(|error| panic!("{role}, {mode}: {error}"));
                let pool: Vec<bool> = server.encrypted(role).await;
                assert!(pool.contains(&encrypted) && (role == "postgres" || !pool.contains(&!encrypted)), "{role}, {mode}: {pool:?}");
                drop(memory);
            }
            None => assert_eq!(connected.unwrap_err().kind(), ErrorKind::Configuration, "{role}, {mode}"),
        }
    }
    let wrong = server.url("agent", "127.0.0.1", "sslmode=prefer").replace(":secret@", ":wrong@");
    let error = connect(&wrong).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Configuration && error.to_string().contains("password"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    let mut params = certificate_for(&["localhost"]);
    params.not_after = date_time_ymd(2020, 1, 1);
    let server = TlsServer::start(&authority.sign(&params), &authority).await;
    let [prefer, require, verify_ca, verify_full] = outcomes(&server, &authority.pem).await;
    // `agent` may not fall back to a plain connection.
    for outcome in [&require, &verify_ca, &verify_full] {
        assert_refused(outcome, "expired");
    }
    assert!(prefer.unwrap_err().contains("no encryption"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_host_is_good_enough_for_verify_ca() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.sign(&certificate_for(&["elsewhere.example"])), &authority).await;
    let [prefer, require, verify_ca, verify_full] = outcomes(&server, &authority.pem).await;
    assert_eq!([prefer, require, verify_ca], [const { Ok(()) }; 3]);
    assert_refused(&verify_full, "elsewhere.example");
}

fn self_signed(params: &CertificateParams) -> Identity {
    let key = KeyPair::generate().unwrap();
    Identity { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

/// As a server's and, which is what OpenSSL makes, as an authority's.
#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_certificate_is_trusted_if_it_is_named() {
    let authority = Authority::new();
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut params = certificate_for(&["localhost"]);
        params.is_ca = is_ca;
        let identity = self_signed(&params);
        let server = TlsServer::start(&identity, &authority).await;
        let [prefer, require, verify_ca, verify_full] = outcomes(&server, &authority.pem).await;
        for outcome in [&require, &verify_ca, &verify_full] {
            assert_refused(outcome, "invalid peer certificate");
        }
        prefer.unwrap_err();
        assert_eq!(outcomes(&server, &identity.certificate).await, [const { Ok(()) }; 4]);
        let error = connect(&server.url(
            "agent",
            "127.0.0.1",
            &format!("sslrootcert={}&sslmode=verify-full", server.file("own.crt", &identity.certificate).display()),
        ))
        .await
        .unwrap_err();
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_certificate_expires_too() {
    let authority = Authority::new();
    let mut params = certificate_for(&["localhost"]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_after = date_time_ymd(2020, 1, 1);
    let identity = self_signed(&params);
    let server = TlsServer::start(&identity, &authority).await;
    let [_, require, verify_ca, verify_full] = outcomes(&server, &identity.certificate).await;
    for outcome in [&require, &verify_ca, &verify_full] {
        assert_refused(outcome, "expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_can_show_a_certificate() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = TlsServer::start(&authority.sign(&certificate_for(&["localhost"])), &authority).await;
    let parameters = |identity: &Identity| {
        let (certificate, key) = (server.file("client.crt", &identity.certificate), server.file("client.key", &identity.key));
        format!("sslmode=require&sslcert={}&sslkey={}", certificate.display(), key.display())
    };
    let certified = parameters(&authority.sign(&certificate_for(&["certified_agent"])));
    connect(&server.url("certified_agent", "localhost", &certified)).await.unwrap();

    let other_name = parameters(&authority.sign(&certificate_for(&["agent"])));
    let error = connect(&server.url("certified_agent", "localhost", &other_name)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    let error = connect(&server.url("certified_agent", "localhost", "sslmode=require")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    let of_a_stranger = parameters(&stranger.sign(&certificate_for(&["certified_agent"])));
    let error = connect(&server.url("certified_agent", "localhost", &of_a_stranger)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Configuration && error.to_string().contains("sslcert"), "{error:?}");

    let mut mismatched = authority.sign(&certificate_for(&["certified_agent"]));
    mismatched.key = KeyPair::generate().unwrap().serialize_pem();
    let error = connect(&server.url("certified_agent", "localhost", &parameters(&mismatched))).await.unwrap_err();
    assert!(error.to_string().contains("sslkey"), "{error}");
    mismatched.key = "-----BEGIN NOTHING-----".to_owned();
    let error = connect(&server.url("certified_agent", "localhost", &parameters(&mismatched))).await.unwrap_err();
    assert!(error.to_string().contains("sslkey") && !error.to_string().contains("BEGIN"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_trusts_the_system_and_passes_its_settings_to_psql() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.sign(&certificate_for(&["localhost"])), &authority).await;
    let roots = server.file("roots.crt", &authority.pem);
    let run = |parameters: &str, arguments: &[&str], trusted: &str| {
        let url = server.url("postgres", "localhost", parameters);
        let mut program = Command::new(env!("CARGO_BIN_EXE_pgmemory"));
        program.env("SSL_CERT_FILE", trusted).env("DATABASE_URL", url).args(arguments).output().unwrap()
    };
    let roots = roots.to_str().unwrap();
    let migrated = run("sslrootcert=system", &["migrate"], roots);
    assert!(migrated.status.success(), "{migrated:?}");
    let stranger = server.file("stranger.crt", &Authority::new().pem);
    let refused = run("sslrootcert=system", &["health"], stranger.to_str().unwrap());
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && text.contains("invalid peer certificate") && !text.contains("secret"), "{text}");

    let question = ["psql", "--", "-Atc", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"];
    let psql = run(&format!("sslmode=verify-full&sslrootcert={roots}"), &question, "");
    assert_eq!(String::from_utf8(psql.stdout).unwrap().trim(), "t", "{}", String::from_utf8_lossy(&psql.stderr));
    let psql = run("sslmode=disable", &question, "");
    assert_eq!(String::from_utf8(psql.stdout).unwrap().trim(), "f");
}

#[tokio::test]
async fn a_server_without_encryption_serves_the_modes_that_allow_it() {
    let database = Database::new().await;
    let (_proxy, url) = crate::connection::proxied(&database).await;
    for mode in ["disable", "allow", "prefer"] {
        connect(&format!("{url}?sslmode={mode}")).await.unwrap();
    }
    let error = connect(&format!("{url}?sslmode=require")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("does not support TLS, but sslmode=require"), "{error}");
}
