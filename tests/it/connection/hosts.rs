//! Several hosts.

use std::time::Duration;

use pgmemory::{Config, ErrorKind, Memory, NewNode};
use pgmemory_embedded::{Server, Settings};

use super::{impatient, port_of, proxied, proxy::Proxy};
use crate::support::Database;

#[tokio::test]
async fn hosts_that_are_dead_or_hang_are_passed_over() {
    let database = Database::new().await;
    let (_proxy, url) = proxied(&database).await;
    let hanging = port_of(None).await;
    let several = url.replacen('@', &format!("@127.0.0.1:1,127.0.0.1:{hanging},"), 1);
    let memory = Memory::connect(impatient(&several).pool_min_size(1)).await.unwrap();
    memory.user("alice").unwrap().store(&NewNode::entity("crm", "1")).await.unwrap();

    let none = format!("postgresql://u@127.0.0.1:1,127.0.0.1:{hanging}/x");
    let error = Memory::connect(impatient(&none)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains(&format!("127.0.0.1:1 or 127.0.0.1:{hanging}")), "{error}");
}

#[tokio::test]
async fn connections_spread_over_the_hosts() {
    let database = Database::new().await;
    let (one, url) = proxied(&database).await;
    let (two, _) = proxied(&database).await;
    let both = url.replacen('@', &format!("@127.0.0.1:{},", two.port), 1);
    let in_order = Memory::connect(Config::from_url(&both).unwrap().pool_min_size(8)).await.unwrap();
    assert_eq!((one.opened(), two.opened()), (0, 8));
    drop(in_order);
    let _random = Memory::connect(Config::from_url(&format!("{both}?load_balance_hosts=random")).unwrap().pool_min_size(20)).await.unwrap();
    assert!(one.opened() > 0 && two.opened() > 8, "{} and {}", one.opened(), two.opened());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_no_writes_is_told_from_one_that_does() {
    let database = Database::new().await;
    let (primary, url) = proxied(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::fast(folder.path().join("data")).option("default_transaction_read_only", "on");
    let server = tokio::task::spawn_blocking(move || Server::start(&settings).unwrap()).await.unwrap();
    let standby = Proxy::start(server.socket_dir().join(".s.PGSQL.5432")).await;

    // The standby has no such database: only the target tells it apart before that.
    let postgres =
        |attributes: &str| format!("postgresql://postgres@127.0.0.1:{}/postgres?target_session_attrs={attributes}", standby.port);
    let both = url.replacen('@', &format!("@127.0.0.1:{},", standby.port), 1).replace(&url[url.rfind('/').unwrap()..], "/postgres");
    let memory = Memory::connect(Config::from_url(&format!("{both}?target_session_attrs=read-write")).unwrap()).await.unwrap();
    assert_eq!(memory.health().await.unwrap().schema_version, 0);
    assert!(primary.opened() >= 2 && standby.opened() >= 2, "the standby was asked first");

    let error = Memory::connect(Config::from_url(&postgres("read-write")).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("target_session_attrs=read-write"), "{error}");

    let reader = Memory::connect(Config::from_url(&postgres("read-only")).unwrap()).await.unwrap();
    reader.health().await.unwrap();
    let error = reader.migrate().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("read-only"), "{error}");
    drop((memory, reader));
}

/// The primary becomes a standby under an open pool: the next call goes to where the primary is now.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_moves_to_the_new_primary() {
    let database = Database::new().await;
    let (_proxy, url) = proxied(&database).await;
    let config =
        Config::from_url(&format!("{url}?target_session_attrs=read-write")).unwrap().pool_size(3).wait_timeout(Duration::from_secs(5));
    let alice = Memory::connect(config).await.unwrap().user("alice").unwrap();
    let client = database.client().await;
    let name: String = client.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    client
        .batch_execute(&format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = on;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgmemory'"
        ))
        .await
        .unwrap();
    let error = loop {
        match alice.store(&NewNode::entity("crm", "1")).await {
            Err(error) if error.to_string().contains("target_session_attrs") => break error,
            Err(error) => assert!(error.is_retryable(), "{error}"),
            Ok(_) => panic!("a store on a server that accepts no writes"),
        }
    };
    assert!(error.is_retryable());
    client.batch_execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = off")).await.unwrap();
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
}
