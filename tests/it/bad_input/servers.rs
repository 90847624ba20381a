//! Servers that cannot do what is asked of them.

use std::{
    fmt::Debug,
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::PathBuf,
    process::Command,
    time::Duration,
};

use chrono::Utc;
use pgmemory::{Config, ContextType, Error, ErrorKind, Memory, NewNode, NewRelationship, Period, RelationshipType, UserMemory};
use serde_json::json;
use uuid::Uuid;

use crate::{
    expiry::faults,
    support::{Database, Layout},
};

async fn connect(url: &str) -> Memory {
    Memory::connect(Config::from_url(url).unwrap().pool_min_size(1)).await.unwrap()
}

fn is_denied<T: Debug>(result: Result<T, Error>, reason: &str) {
    let error = result.unwrap_err();
    assert!(error.kind() == ErrorKind::Denied && error.to_string().contains(reason), "{error}");
    assert!(!error.is_retryable());
}

/// What changes something is denied for this reason.
async fn every_write_is_denied(memory: &Memory, alice: &UserMemory, id: Uuid, reason: &str) {
    let again = NewNode::entity("crm", "1");
    let link = NewRelationship::new(id, RelationshipType::Answers, id);
    is_denied(alice.store(&again).await, reason);
    is_denied(alice.store_many(&[again.clone(), again.clone()]).await, reason);
    is_denied(alice.relate(&link).await, reason);
    is_denied(alice.unrelate(id, None, id).await, reason);
    is_denied(alice.touch(&[id]).await, reason);
    is_denied(alice.update(id).summary("x").await, reason);
    is_denied(alice.delete(id).await, reason);
    is_denied(alice.cleanup(Utc::now()).context_type(ContextType::DomainEntity).await, reason);
    is_denied(memory.sweep().await, reason);
    is_denied(memory.delete_user("alice").await, reason);
    is_denied(memory.refresh_stats().await, reason);
    let file = r#"{"kind":"node","user_id":"alice","context_type":"tool_output","content":{}}"#;
    is_denied(memory.import(file.as_bytes()).await, reason);
}

#[tokio::test]
async fn a_read_only_server_reads_and_says_where_to_write() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let id = alice.store(&NewNode::entity("crm", "1").name("Acme")).await.unwrap().node_id;
    alice.relate(&NewRelationship::new(id, RelationshipType::RelatesTo, id)).await.unwrap();
    let before = alice.load().await.unwrap();
    let memory = connect(&format!("{}&options=-c%20default_transaction_read_only%3Don", database.direct_url())).await;
    let reader = memory.user("alice").unwrap();
    every_write_is_denied(&memory, &reader, id, "connect to the primary").await;

    assert_eq!(reader.load().await.unwrap(), before);
    assert_eq!(reader.search("acme").await.unwrap().len(), 1);
    assert_eq!(reader.search("acmee").await.unwrap().len(), 1, "a typing error");
    assert!(reader.get(id).await.unwrap().is_some() && reader.get_entity("crm", "1").await.unwrap().is_some());
    assert_eq!(reader.get_many(&[id]).await.unwrap().len(), 1);
    assert_eq!(reader.list().await.unwrap().items.len(), 1);
    assert_eq!(reader.relationships(id).await.unwrap().items.len(), 1);
    assert_eq!(reader.relationships_among(&[id], 1).await.unwrap().len(), 1);
    assert_eq!(reader.path(id, id).await.unwrap().len(), 1);
    assert!(reader.neighbors(id).await.unwrap().is_empty());
    assert_eq!(reader.export(std::io::sink()).await.unwrap().nodes, 1);
    assert_eq!(reader.stats().await.unwrap().total_nodes, 1);
    assert_eq!(reader.context_breakdown().await.unwrap().len(), 1);
    assert_eq!(reader.activity(Period::Day).await.unwrap().len(), 1);
    assert_eq!(memory.totals().await.unwrap().nodes, 1);
    assert_eq!(memory.user_distribution(10).await.unwrap().len(), 1);
    assert_eq!(memory.recent_activity(before.nodes[0].created_at, 10).await.unwrap().len(), 1);
    assert!(memory.health().await.unwrap().is_current());
    assert!(!memory.table_sizes().await.unwrap().is_empty() && !memory.index_sizes().await.unwrap().is_empty());
    assert!(!memory.connections().await.unwrap().is_empty() && memory.slow_statements(1).await.unwrap().is_empty());
    assert_eq!(faults(&memory).await, 0);
}

#[tokio::test]
async fn a_missing_privilege_is_named() {
    let database = Database::new().await;
    let client = database.client().await;
    let id = database.user("alice").store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    let role = format!("stranger_{}", std::process::id());
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN")).await.unwrap();
    let memory = connect(&database.direct_url().replacen("postgres@", &format!("{role}@"), 1)).await;
    let alice = memory.user("alice").unwrap();
    is_denied(alice.get(id).await, "schema memory");
    client.batch_execute(&format!("GRANT USAGE ON SCHEMA memory TO {role}")).await.unwrap();
    is_denied(alice.get(id).await, "table nodes");
    is_denied(alice.search("x").await, "table nodes");
    is_denied(alice.load().await, "table ");
    client.batch_execute(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA memory TO {role}")).await.unwrap();
    assert!(alice.get(id).await.unwrap().is_none(), "no policy shows it a row");
    client.batch_execute(&format!("GRANT pgmemory_readonly TO {role}")).await.unwrap();
    // Which policies bind a role is part of a plan, and connections keep theirs.
    drop((alice, memory));
    let memory = connect(&database.direct_url().replacen("postgres@", &format!("{role}@"), 1)).await;
    let alice = memory.user("alice").unwrap();
    assert!(alice.get(id).await.unwrap().is_some());
    is_denied(alice.delete(id).await, "permission denied for table ");
    is_denied(alice.store(&NewNode::entity("crm", "1")).await, "permission denied for table ");
    is_denied(memory.refresh_stats().await, "user_stats");
    drop((alice, memory));
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
    assert_eq!(database.user("alice").stats().await.unwrap().version, 1);
}

#[tokio::test]
async fn what_takes_too_long_names_the_timeout_and_stores_nothing() {
    let database = Database::new().await;
    let config = Config::from_url(&database.direct_url()).unwrap().pool_min_size(1).command_timeout(Duration::from_millis(300));
    let alice = Memory::connect(config).await.unwrap().user("alice").unwrap();
    let client = database.client().await;
    client.batch_execute("BEGIN; LOCK TABLE memory.nodes IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let errors = [
        alice.store(&NewNode::entity("crm", "1")).await.unwrap_err(),
        alice.list().await.unwrap_err(),
        alice.search("x").await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.kind() == ErrorKind::TimedOut && error.to_string().contains("POSTGRES_COMMAND_TIMEOUT"), "{error}");
    }
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(alice.stats().await.unwrap().version, 0);
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
}

/// The server's own version is asked for by a name that another function may have, too.
#[tokio::test]
async fn a_server_that_is_too_old_is_told() {
    let database = Database::empty().await;
    let (name, client) = (database.direct_url(), database.client().await);
    let (_, name) = name.split_once("@/").unwrap();
    let (name, _) = name.split_once('?').unwrap();
    client
        .batch_execute(&format!(
            "CREATE SCHEMA old; CREATE FUNCTION old.current_setting(name text) RETURNS text LANGUAGE sql AS 'SELECT ''130022''';
             ALTER DATABASE {name} SET search_path = old, pg_catalog, public"
        ))
        .await
        .unwrap();
    let memory = connect(&database.direct_url()).await;
    let error = memory.migrate().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Schema && error.to_string().contains("14 or newer is needed, this is 13"), "{error}");
    let created = client.query_one("SELECT to_regnamespace('memory') IS NULL", &[]).await.unwrap();
    assert!(created.get::<_, bool>(0), "nothing was made");
}

/// A newer program may have added what this one does not know; what it knows is still there.
#[tokio::test]
async fn a_newer_schema_is_told_and_can_be_used() {
    let database = Database::new().await;
    let newer = "INSERT INTO memory.schema_history VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')";
    database.client().await.batch_execute(newer).await.unwrap();
    assert_eq!(database.memory.migrate().await.unwrap_err().kind(), ErrorKind::Schema);
    let health = database.memory.health().await.unwrap();
    assert!(health.schema_version == 999 && !health.is_current());
    let alice = database.user("alice");
    let id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    assert!(alice.get(id).await.unwrap().is_some());
}

/// A file system of a few megabytes.
struct Disk(PathBuf);

impl Disk {
    /// `None` where this user may not mount.
    fn mount(owner: (u32, u32)) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("pgmemory-disk-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let disk = Self(folder);
        if !disk.run(&["-t", "tmpfs", "-o", "size=4m", "tmpfs"]) {
            return None;
        }
        chown(&disk.0, Some(owner.0), Some(owner.1)).unwrap();
        Some(disk)
    }

    fn grow(&self) {
        assert!(self.run(&["-o", "remount,size=64m"]));
    }

    fn run(&self, arguments: &[&str]) -> bool {
        Command::new("mount").args(arguments).arg(&self.0).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_forgotten_when_there_is_room() {
    // Partitions would have to be moved one by one.
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    let folder: String = client.query_one("SHOW data_directory", &[]).await.unwrap().get(0);
    let folder = fs::metadata(folder).unwrap();
    let Some(disk) = Disk::mount((folder.uid(), folder.gid())) else {
        eprintln!("NOT RUN: the test of a full disk mounts a small one, which this user may not");
        return;
    };
    client.batch_execute(&format!("CREATE TABLESPACE small LOCATION '{}'", disk.0.display())).await.unwrap();
    client.batch_execute("ALTER TABLE memory.nodes SET TABLESPACE small").await.unwrap();

    let alice = database.user("alice");
    // Text that compression makes little of.
    let large = |n: usize| {
        let text: String = (0..8_000).map(|_| Uuid::new_v4().simple().to_string()).collect();
        NewNode::entity("crm", n.to_string()).data(json!({"text": text}))
    };
    let mut stored = 0;
    let error = loop {
        match alice.store_many(&[NewNode::entity("crm", format!("small {stored}")), large(stored)]).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "4 MiB hold 100 times 256 KiB");
    };
    assert!(error.kind() == ErrorKind::Unavailable && error.is_retryable(), "{error}");
    assert!(error.to_string().contains("No space left on device"), "{error}");
    let stats = alice.stats().await.unwrap();
    assert!(stored > 0 && usize::try_from(stats.total_nodes).unwrap() == 2 * stored, "whole batches only");
    assert_eq!(alice.list().limit(1_000).await.unwrap().items.len(), 2 * stored);
    assert_eq!(faults(&database.memory).await, 0);

    disk.grow();
    alice.store(&large(stored)).await.unwrap();
    assert_eq!(faults(&database.memory).await, 0);
    drop((alice, client, database));
    Database::empty().await.client().await.batch_execute("DROP TABLESPACE small").await.unwrap();
}
