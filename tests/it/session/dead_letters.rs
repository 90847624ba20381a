//! What PostgreSQL refuses for good holds up nothing, and is kept.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use pgmemory::{Config, ErrorKind, Memory, NewNode, NewRelationship, RelationshipType, Session};
use serde_json::json;

use super::{LONG, USER, fact, proxied, proxy::Line};
use crate::support::Database;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_holds_up_nothing() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let gone = alice.store(&fact("Globex was bought")).await.unwrap().node_id;
    let large = |field: &str| NewNode::entity("crm", "large").data(json!({field: "x".repeat(600 << 10)}));
    let (proxy, url) = proxied(&database).await;
    let session = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap().session(USER, "t").in_memory().await.unwrap();
    let first = session.remember(&large("a")).await.unwrap();
    session.wait_durable(&first, LONG).await.unwrap();
    proxy.set(Line::Cut);
    let taken = alice.store(&fact("the id is taken")).await.unwrap().node_id;
    alice.delete(gone).await.unwrap();
    let refused = [
        session.remember(&fact("an id of another").node_id(taken)).await.unwrap(),
        session.relate(&NewRelationship::new(first.id, RelationshipType::LedTo, gone)).await.unwrap(),
        session.remember(&large("b")).await.unwrap(),
    ];
    let mut good = Vec::new();
    for number in 0..5 {
        good.push(session.remember(&NewNode::entity("crm", number.to_string()).name("Acme")).await.unwrap());
    }
    proxy.set(Line::Passes);
    for good in &good {
        session.wait_durable(good, LONG).await.unwrap();
    }
    for refused in &refused {
        assert_eq!(session.wait_durable(refused, LONG).await.unwrap_err().kind(), ErrorKind::Conflict);
    }
    assert_eq!(session.flush(LONG).await.unwrap(), 0);
    assert_eq!(alice.stats().await.unwrap().total_nodes, 7);
    let letters = session.dead_letters().await.unwrap();
    let reasons: Vec<_> = letters.iter().map(|letter| letter.reason.as_str()).collect();
    assert!(reasons[0].contains("another row has this id") && reasons[1].contains("not there"), "{reasons:?}");
    assert!(reasons[2].contains("content"), "{reasons:?}");
    assert_eq!(reasons.len(), 3);
    // The session has what PostgreSQL has.
    assert_eq!(session.get(taken).await.unwrap(), alice.get(taken).await.unwrap());
    assert_eq!(session.get(first.id).await.unwrap(), alice.get(first.id).await.unwrap());
    assert!(session.get(gone).await.unwrap().is_none());

    // The id is free now; the other end is still not there; the last one is not wanted any more.
    alice.delete(taken).await.unwrap();
    wait_for(&session, async |session| session.get(taken).await.unwrap().is_none()).await;
    let numbers: Vec<i64> = letters.iter().map(|letter| letter.number).collect();
    session.retry_dead_letter(numbers[0]).await.unwrap();
    session.retry_dead_letter(numbers[1]).await.unwrap();
    session.drop_dead_letter(numbers[2]).await.unwrap();
    assert_eq!(session.drop_dead_letter(numbers[2]).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(session.flush(LONG).await.unwrap(), 0);
    assert_eq!(alice.get(taken).await.unwrap().unwrap().content, json!({"text": "an id of another"}));
    let letters = session.dead_letters().await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_ne!(letters[0].number, numbers[1]);
}

/// A rule that somebody added to the schema refuses for good, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_the_database_holds_up_nothing() {
    let database = Database::new().await;
    let client = database.client().await;
    let rule = "CREATE FUNCTION no_secrets() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.content ->> 'text' LIKE '%password%' THEN RAISE EXCEPTION 'passwords do not belong here'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER no_secrets BEFORE INSERT ON memory.nodes FOR EACH ROW EXECUTE FUNCTION no_secrets()";
    client.batch_execute(rule).await.unwrap();
    let secret = fact("the password is swordfish");
    let error = database.user(USER).store(&secret).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let session = database.memory.session(USER, "t").in_memory().promptness(Duration::ZERO).await.unwrap();
    let facts: Vec<_> = (0..20).map(|number| fact(&format!("fact {number}"))).collect();
    session.remember_many(&[&facts[..10], &[secret], &facts[10..]].concat()).await.unwrap();
    assert_eq!(session.flush(LONG).await.unwrap(), 0);
    assert_eq!(database.user(USER).stats().await.unwrap().total_nodes, 20);
    let letters = session.dead_letters().await.unwrap();
    assert!(letters.len() == 1 && letters[0].reason.contains("passwords do not belong here"), "{letters:?}");
}

/// How far a journal came is forgotten when nothing of it arrived for as long as somebody says, and not before.
#[tokio::test(flavor = "multi_thread")]
async fn old_journals_are_swept() {
    let database = Database::new().await;
    let client = database.client().await;
    for text in ["two years ago", "a year ago"] {
        let session = database.memory.session(USER, "t").in_memory().await.unwrap();
        session.remember(&fact(text)).await.unwrap();
        session.close(LONG).await.unwrap();
        client.batch_execute("UPDATE memory.journals SET advanced_at = advanced_at - interval '365 days'").await.unwrap();
    }
    let sweep = |days| database.memory.sweep().journals_before(Utc::now() - TimeDelta::days(days));
    assert_eq!(database.memory.sweep().await.unwrap().journals, 0, "only when told to");
    assert_eq!(sweep(366).await.unwrap().journals, 1);
    assert_eq!(sweep(366).await.unwrap().journals, 0);
    assert_eq!(sweep(364).await.unwrap().journals, 1);
    assert_eq!(database.user(USER).stats().await.unwrap().total_nodes, 2);
}

/// The file shows what PostgreSQL has, even where that was away when it had just refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_write_is_not_shown_after_an_outage() {
    let database = Database::new().await;
    let alice = database.user(USER);
    let (proxy, url) = proxied(&database).await;
    let memory = Memory::connect_lazy(Config::from_url(&url).unwrap()).unwrap();
    let session = memory.session(USER, "t").in_memory().await.unwrap();
    for round in 0..10_u64 {
        proxy.set(Line::Cut);
        let taken = alice.store(&fact("the id is taken")).await.unwrap().node_id;
        session.remember(&fact("an id of another").node_id(taken)).await.unwrap();
        proxy.set(Line::Passes);
        tokio::time::sleep(Duration::from_millis(round * 7)).await;
        proxy.set(Line::Cut);
        proxy.set(Line::Passes);
        assert_eq!(session.flush(LONG).await.unwrap(), 0);
        wait_for(&session, async |session| session.get(taken).await.unwrap() == alice.get(taken).await.unwrap()).await;
    }
    assert_eq!(session.dead_letters().await.unwrap().len(), 10);
}

async fn wait_for(session: &Session, condition: impl AsyncFn(&Session) -> bool) {
    let waits = async {
        while !condition(session).await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(LONG, waits).await.expect("it comes true");
}
