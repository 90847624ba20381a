//! An isolated scope does all that a plain one does, as a role that sees one user, and leaves nothing on a connection.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use pgmemory::{ContextType, ErrorKind, Memory, NewNode, Period, UserMemory};
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use super::logins::Login;
use crate::{
    expiry::faults,
    support::{
        Database,
        tour::{files, reads_and_writes},
    },
};

#[tokio::test]
async fn every_operation_works_isolated() {
    let database = Database::new().await;
    let login = Login::new(&database, "isolated_agent", "pgmemory_app").await;
    let memory = login.memory().await;
    let plain = memory.user("alice").unwrap();
    let alice = plain.isolated();
    assert_eq!(alice.user_id(), "alice");
    reads_and_writes(&alice).await;
    files(&memory, &alice).await;
    same_answers(&alice, &plain).await;

    let old = NewNode::new(ContextType::ToolOutput, json!({"text": "old"})).created_at(Utc::now() - TimeDelta::days(100));
    alice.store_many(&[old.clone(), old.clone(), old]).await.unwrap();
    assert_eq!(alice.cleanup(Utc::now() - TimeDelta::days(90)).dry_run(true).await.unwrap().nodes, 3);
    assert_eq!(alice.cleanup(Utc::now() - TimeDelta::days(90)).await.unwrap().nodes, 3);
    assert!(!alice.recall("acme technology").touch().await.unwrap().hits.is_empty());
    let expired = NewNode::entity("crm", "gone").expires_at(Utc::now() - TimeDelta::hours(1));
    alice.store_many(&[expired.clone(), expired]).await.unwrap();
    assert!(alice.get_entity("crm", "gone").await.unwrap().is_none());
    assert_eq!(memory.sweep().await.unwrap().nodes, 1);
    assert_eq!(faults(&database.memory).await, 0);
    drop((memory, plain, alice));
    login.remove().await;
}

/// Whatever is read isolated is what is read plainly.
async fn same_answers(alice: &UserMemory, plain: &UserMemory) {
    let node = alice.get_entity("crm", "1").await.unwrap().unwrap();
    let id = node.node_id;
    assert_eq!(plain.get(id).await.unwrap(), Some(node));
    assert_eq!(alice.get_many(&[id]).await.unwrap(), plain.get_many(&[id]).await.unwrap());
    assert_eq!(alice.list().await.unwrap().items, plain.list().await.unwrap().items);
    let ids = async |alice: &UserMemory| -> Vec<_> {
        alice.search("acme globxe").await.unwrap().into_iter().map(|hit| hit.node.node_id).collect()
    };
    assert!(ids(alice).await.len() > 1);
    assert_eq!(ids(alice).await, ids(plain).await);
    assert_eq!(alice.similar(id).await.unwrap().len(), plain.similar(id).await.unwrap().len());
    assert_eq!(alice.complete("ac", 9).await.unwrap(), plain.complete("ac", 9).await.unwrap());
    assert_eq!(alice.stats().await.unwrap(), plain.stats().await.unwrap());
    assert_eq!(alice.context_breakdown().await.unwrap(), plain.context_breakdown().await.unwrap());
    assert_eq!(alice.activity(Period::Day).await.unwrap(), plain.activity(Period::Day).await.unwrap());
    assert_eq!(alice.load().await.unwrap().nodes.len(), 3);
    assert_eq!(alice.relationships(id).await.unwrap().items, plain.relationships(id).await.unwrap().items);
    assert_eq!(alice.neighbors(id).await.unwrap(), plain.neighbors(id).await.unwrap());
}

/// What joins a transaction of the caller's would change its role.
#[tokio::test]
async fn a_transaction_of_the_caller_is_refused() {
    let database = Database::new().await;
    let (alice, client) = (database.user("alice").isolated(), database.client().await);
    let within = alice.within(&client);
    let node = NewNode::entity("crm", "1");
    let error = within.store(&node).await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("without isolated()"), "{error}");
    within.store_many(&[node]).await.unwrap_err();
    within.relate_many(&[]).await.unwrap_err();
    within.delete(uuid::Uuid::nil()).await.unwrap_err();
    within.embed(&[]).await.unwrap_err();
    assert_eq!(database.user("alice").stats().await.unwrap().version, 0);
}

/// A service that is no member is told so, and a role of its own changes nothing.
#[tokio::test]
async fn a_login_that_may_not_become_a_tenant_is_denied() {
    let database = Database::new().await;
    let login = Login::new(&database, "admin_without_tenants", "pgmemory_admin").await;
    let memory = login.memory().await;
    let alice = memory.user("alice").unwrap();
    alice.store(&NewNode::entity("crm", "1")).await.unwrap();
    let error = alice.isolated().get_entity("crm", "1").await.unwrap_err();
    assert!(error.kind() == ErrorKind::Denied && error.to_string().contains("pgmemory_tenant_writer"), "{error}");
    assert_eq!(alice.isolated().store(&NewNode::entity("crm", "2")).await.unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(alice.stats().await.unwrap().total_nodes, 1);
    drop((memory, alice));
    login.remove().await;
}

/// What a connection has beside what it began with. The pool has one, and the client is the superuser's.
async fn left_behind(memory: &Memory, client: &Client) -> Vec<String> {
    // Whoever gets the connection next is behind whatever was sent on it.
    memory.health().await.unwrap();
    let sessions = "SELECT coalesce(state, 'not begun') || coalesce(' ' || backend_xmin::text, '') FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'pgmemory' AND usename <> 'postgres'";
    let mut left = Vec::new();
    // A connection that was given up ends when the server notices.
    for _ in 0..100 {
        left =
            client.query(sessions, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)).filter(|state| state != "idle").collect();
        if left.is_empty() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    let spy = memory.user("spy").unwrap();
    // As which role the next caller's statement runs, and whose it says it is.
    spy.store(&NewNode::entity("spy", "1")).await.unwrap();
    let told = "SELECT DISTINCT who FROM public.spied";
    left.extend(client.query(told, &[]).await.unwrap().iter().map(|row| row.get::<_, String>(0)).filter(|who| who != "spying_agent|"));
    client.batch_execute("TRUNCATE public.spied").await.unwrap();
    left
}

#[tokio::test]
async fn nothing_is_left_on_a_pooled_connection() {
    let database = Database::new().await;
    let client = database.client().await;
    let spy = "CREATE TABLE public.spied (who text);
        GRANT INSERT ON public.spied TO PUBLIC;
        CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.user_id = 'spy' THEN
                INSERT INTO public.spied VALUES (current_user || '|' || coalesce(current_setting('pgmemory.user_id', true), ''));
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER spy BEFORE INSERT OR UPDATE ON memory.nodes FOR EACH ROW EXECUTE FUNCTION public.spy()";
    client.batch_execute(spy).await.unwrap();
    let login = Login::new(&database, "spying_agent", "pgmemory_app").await;
    let memory = login.memory().await;
    let alice = memory.user("alice").unwrap().isolated();

    // It would be seen.
    memory.user("spy").unwrap().isolated().store(&NewNode::entity("spy", "0")).await.unwrap();
    let seen: String = client.query_one("SELECT string_agg(who, ' ') FROM public.spied", &[]).await.unwrap().get(0);
    assert_eq!(seen, "pgmemory_tenant_writer|spy");
    client.batch_execute("TRUNCATE public.spied").await.unwrap();

    let id = alice.store(&NewNode::entity("crm", "1")).await.unwrap().node_id;
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after a write");
    alice.get(id).await.unwrap().unwrap();
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after a read");
    alice.load().await.unwrap();
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after a snapshot");
    alice.search("anything").await.unwrap();
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after a search");
    alice.store_many(&[NewNode::entity("crm", "2"), NewNode::entity("crm", "2")]).await.unwrap();
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after several statements");
    alice.store(&NewNode::entity("crm", "3").node_id(id)).await.unwrap_err();
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after an error of the server's");
    alice.activity(Period::Day).time_zone("nowhere").await.unwrap_err();
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after an error of a read");

    // Dropped in the middle: while it waits for somebody who holds the user, and after a time too short for anything.
    client.batch_execute("BEGIN; SELECT FROM memory.user_metadata WHERE user_id = 'alice' FOR NO KEY UPDATE").await.unwrap();
    assert!(timeout(Duration::from_millis(200), alice.store(&NewNode::entity("crm", "4"))).await.is_err());
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(left_behind(&memory, &client).await, [""; 0], "after a dropped write");
    for microseconds in (0..2_000).step_by(50) {
        let _ = timeout(Duration::from_micros(microseconds), alice.store_many(&[NewNode::entity("crm", "5"), NewNode::entity("crm", "5")]))
            .await;
        let _ = timeout(Duration::from_micros(microseconds), alice.load()).await;
        assert_eq!(left_behind(&memory, &client).await, [""; 0], "after {microseconds} µs");
    }
    assert!(alice.get_entity("crm", "4").await.unwrap().is_none(), "it was cancelled");
    drop((memory, alice));
    login.remove().await;
}
