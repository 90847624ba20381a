//! An embedding is that of a text.

use super::*;

const HERE: [f32; 4] = [1.0, 0.0, 0.0, 0.0];

#[tokio::test]
async fn an_embedding_goes_when_the_text_changes_and_not_before() {
    let Some(database) = enabled("an_embedding_goes_when_the_text_changes_and_not_before").await else { return };
    let alice = database.user("alice");
    let acme = NewNode::entity("crm", "1").name("Acme").summary("A shop").tags(["customer"]).data(json!({"city": "Bonn"}));
    let id = alice.store(&acme).await.unwrap().node_id;
    let is_embedded = || async { !find(&alice, HERE).await.is_empty() };

    alice.embed(&[(id, HERE.to_vec())]).await.unwrap();
    alice.store(&acme).await.unwrap();
    alice.store(&acme.clone().relevance(0.9).metadata(json!({"source": "crm"}))).await.unwrap();
    alice.touch(&[id]).await.unwrap();
    alice.update(id).relevance(0.1).metadata(json!({})).summary("A shop").await.unwrap();
    assert!(is_embedded().await, "its text is what it was");
    assert!(alice.unembedded().await.unwrap().is_empty());

    for changed in [
        acme.clone().data(json!({"city": "Ulm"})),
        acme.clone().tags(["big"]),
        acme.clone().summary("Two shops"),
        acme.clone().name("Acme Corp"),
        acme.clone().entity_type("Account"),
    ] {
        alice.embed(&[(id, HERE.to_vec())]).await.unwrap();
        alice.store(&changed).await.unwrap();
        assert!(!is_embedded().await, "{changed:?}");
        assert_eq!(alice.unembedded().await.unwrap(), [id]);
    }
    alice.embed(&[(id, HERE.to_vec())]).await.unwrap();
    alice.update(id).tags(["small"]).await.unwrap();
    assert!(!is_embedded().await);
    // Whoever writes, by whatever way.
    alice.embed(&[(id, HERE.to_vec())]).await.unwrap();
    database.client().await.batch_execute("UPDATE memory.nodes SET summary = 'by hand'").await.unwrap();
    assert!(!is_embedded().await);
}

#[tokio::test]
async fn an_embedding_is_replaced_and_the_last_one_counts() {
    let Some(database) = enabled("an_embedding_is_replaced_and_the_last_one_counts").await else { return };
    let alice = database.user("alice");
    let id = store(&alice, &["one"]).await[0];
    alice.embed(&[(id, vec![0.0, 1.0, 0.0, 0.0])]).await.unwrap();
    alice.embed(&[(id, vec![0.0, 0.0, 1.0, 0.0]), (id, HERE.to_vec())]).await.unwrap();
    assert_eq!(find(&alice, HERE).await, [(id, 1.0)]);
}

#[tokio::test]
async fn a_caller_keeps_up_page_by_page() {
    let Some(database) = enabled("a_caller_keeps_up_page_by_page").await else { return };
    let alice = database.user("alice");
    let texts: Vec<String> = (0..25).map(|n| n.to_string()).collect();
    let mut ids = store(&alice, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    alice.store(&fact("gone").expires_at(Utc::now() - TimeDelta::hours(1))).await.unwrap();
    let mut embedded = Vec::new();
    loop {
        let next = alice.unembedded().limit(10).await.unwrap();
        let coverage = alice.embedding_coverage().await.unwrap();
        assert_eq!((coverage.nodes, usize::try_from(coverage.embedded).unwrap()), (25, embedded.len()));
        if next.is_empty() {
            break;
        }
        alice.embed(&next.iter().map(|id| (*id, HERE.to_vec())).collect::<Vec<_>>()).await.unwrap();
        embedded.extend(next);
    }
    ids.sort_unstable();
    assert_eq!(embedded, ids);
}

/// What joins a transaction of the caller is undone with it.
#[tokio::test]
async fn a_transaction_of_the_caller_decides() {
    let Some(database) = enabled("a_transaction_of_the_caller_decides").await else { return };
    let alice = database.user("alice");
    let client = database.client().await;
    for (end, found) in [("ROLLBACK", 0), ("COMMIT", 1)] {
        client.batch_execute("BEGIN").await.unwrap();
        let within = alice.within(&client);
        let id = within.store(&fact("one")).await.unwrap().node_id;
        assert_eq!(within.embed(&[(id, HERE.to_vec())]).await.unwrap(), 1);
        client.batch_execute(end).await.unwrap();
        assert_eq!(find(&alice, HERE).await.len(), found);
    }
}
