//! What cannot be enabled, embedded or asked.

use pgmemory::{Error, ErrorKind};

use super::*;

#[tokio::test]
async fn while_it_is_not_enabled_it_says_how_to_enable_it() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let id = store(&alice, &["one"]).await[0];
    assert_eq!(database.memory.semantic_model().await.unwrap(), None);
    let line = format!(r#"{{"user_id":"alice","node_id":"{id}","embedding":[1]}}"#);
    for error in [
        alice.embed(&[(id, vec![1.0])]).await.unwrap_err(),
        alice.nearest([1.0]).await.unwrap_err(),
        alice.unembedded().await.unwrap_err(),
        alice.embedding_coverage().await.unwrap_err(),
        database.memory.embedding_coverage().await.unwrap_err(),
        database.memory.import_embeddings(std::io::Cursor::new(line)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotEnabled);
        assert!(error.to_string().contains("run `pgmemory semantic enable`") && !error.is_retryable(), "{error}");
    }
    database.memory.disable_semantic().await.expect("there is nothing to disable");
}

#[tokio::test]
async fn a_server_without_pgvector_is_told_what_to_install() {
    let database = Database::new().await;
    let client = database.client().await;
    if is_available(&client).await {
        return;
    }
    let error = database.memory.enable_semantic("toy", 4).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotEnabled);
    let version: String = client.query_one("SELECT current_setting('server_version_num')", &[]).await.unwrap().get(0);
    let package = format!("postgresql-{}-pgvector", version.parse::<u32>().unwrap() / 10_000);
    assert!(error.to_string().contains(&package), "{error}");
    assert_eq!(database.memory.semantic_model().await.unwrap(), None);
    every_operation(&database.memory, &client, &["alice"]).await;
}

#[tokio::test]
async fn a_pgvector_that_is_too_old_or_elsewhere_is_refused() {
    let Some(database) = enabled("a_pgvector_that_is_too_old_or_elsewhere_is_refused").await else { return };
    let client = database.client().await;
    database.memory.disable_semantic().await.unwrap();
    let refused = async |advice| {
        let error = database.memory.enable_semantic("toy", 4).await.unwrap_err();
        assert!(error.kind() == ErrorKind::NotEnabled && error.to_string().contains(advice), "{error}");
    };
    for old in ["0.6.2", "0.5", "0.6.0-beta"] {
        client.execute("UPDATE pg_extension SET extversion = $1 WHERE extname = 'vector'", &[&old]).await.unwrap();
        refused("ALTER EXTENSION vector UPDATE").await;
    }
    client.batch_execute("UPDATE pg_extension SET extversion = '0.10.1' WHERE extname = 'vector'").await.unwrap();
    client.batch_execute("CREATE SCHEMA extensions; ALTER EXTENSION vector SET SCHEMA extensions").await.unwrap();
    refused("ALTER EXTENSION vector SET SCHEMA public").await;
    client.batch_execute("ALTER EXTENSION vector SET SCHEMA public").await.unwrap();
    database.memory.enable_semantic("toy", 4).await.unwrap();
}

#[tokio::test]
async fn a_database_has_one_model() {
    let Some(database) = enabled("a_database_has_one_model").await else { return };
    let memory = &database.memory;
    let alice = database.user("alice");
    let id = store(&alice, &["one"]).await[0];
    alice.embed(&[(id, vec![1.0, 0.0, 0.0, 0.0])]).await.unwrap();

    memory.enable_semantic("toy", 4).await.expect("it is enabled already");
    let model = memory.semantic_model().await.unwrap().unwrap();
    assert_eq!((model.model.as_str(), model.dimension), ("toy", 4));
    for (model, dimension) in [("toy", 5), ("other", 4)] {
        let error = memory.enable_semantic(model, dimension).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.to_string().contains("embeddings of toy, 4 numbers each"), "{error}");
    }
    assert_eq!(find(&alice, [1.0, 0.0, 0.0, 0.0]).await.len(), 1);

    memory.disable_semantic().await.unwrap();
    assert_eq!(alice.nearest([1.0]).await.unwrap_err().kind(), ErrorKind::NotEnabled);
    let odd = "o'model $$ \\ %s";
    memory.enable_semantic(odd, 3).await.unwrap();
    assert_eq!(memory.semantic_model().await.unwrap().unwrap().model, odd);
    alice.embed(&[(id, vec![1.0, 0.0, 0.0])]).await.unwrap();
    assert_eq!(alice.nearest([1.0, 0.0, 0.0]).await.unwrap().len(), 1);
}

/// Disabling leaves what a database has that never had it, and by hand the script runs again.
#[tokio::test]
async fn it_goes_without_a_trace_and_the_script_runs_twice() {
    let Some(database) = enabled("it_goes_without_a_trace_and_the_script_runs_twice").await else { return };
    let shape = "SELECT string_agg(pg_get_functiondef(p.oid) || coalesce(obj_description(p.oid, 'pg_proc'), 'UNCOMMENTED'), '' ORDER BY p.oid::regprocedure::text)
            FROM pg_proc p WHERE pronamespace = 'memory'::regnamespace
        UNION ALL SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'memory'::regnamespace
        UNION ALL SELECT string_agg(tgname, ' ' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal";
    let shape_of = async |database: &Database| {
        let rows = database.client().await.query(shape, &[]).await.unwrap();
        rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>()
    };
    let with = shape_of(&database).await;
    assert!(!with[0].contains("UNCOMMENTED"), "every function is commented");
    let script = include_str!("../../../schema/semantic/enable.sql");
    let again = format!("BEGIN; SET LOCAL pgmemory.model = 'toy'; SET LOCAL pgmemory.dimension = 4; {script} COMMIT");
    database.client().await.batch_execute(&again).await.unwrap();
    assert_eq!(shape_of(&database).await, with);
    database.memory.disable_semantic().await.unwrap();
    assert_eq!(shape_of(&database).await, shape_of(&Database::new().await).await);
}

#[tokio::test]
async fn two_who_enable_it_at_once_both_find_it_enabled() {
    let Some(database) = enabled("two_who_enable_it_at_once_both_find_it_enabled").await else { return };
    database.memory.disable_semantic().await.unwrap();
    let enable = || database.memory.enable_semantic("toy", 4);
    let (one, two) = tokio::join!(enable(), enable());
    one.and(two).unwrap();
}

#[tokio::test]
async fn a_bad_embedding_is_refused_and_none_of_its_batch_kept() {
    let Some(database) = enabled("a_bad_embedding_is_refused_and_none_of_its_batch_kept").await else { return };
    let (alice, bob) = (database.user("alice"), database.user("bob"));
    let ids = store(&alice, &["one", "two"]).await;
    let foreign = store(&bob, &["three"]).await[0];
    let expired = alice.store(&fact("gone").expires_at(Utc::now() - TimeDelta::hours(1))).await.unwrap().node_id;
    let good = vec![1.0, 0.0, 0.0, 0.0];
    let refused = async |kind, told: &str, result: Result<usize, Error>| {
        let error = result.unwrap_err();
        assert!(error.kind() == kind && error.to_string().contains(told), "{error:?}");
        assert!(find(&alice, [1.0, 0.0, 0.0, 0.0]).await.is_empty());
        error
    };
    for bad in [vec![1.0; 3], vec![1.0; 5]] {
        let told = format!("has {} numbers", bad.len());
        let error = refused(ErrorKind::InvalidInput, &told, alice.embed(&[(ids[0], bad.clone())]).await).await;
        assert_eq!(error.field(), Some("embedding"));
        refused(ErrorKind::InvalidInput, &told, alice.embed(&[(ids[0], bad.clone()), (ids[1], bad.clone())]).await).await;
        let error = alice.nearest(bad).await.unwrap_err();
        assert!(error.field() == Some("embedding") && error.to_string().contains("an embedding of toy has 4"), "{error}");
    }
    // Together they are as long as two good ones.
    let uneven = alice.embed(&[(ids[0], vec![1.0; 3]), (ids[1], vec![1.0; 5])]).await;
    refused(ErrorKind::InvalidInput, "item 1: embedding: has 5 numbers", uneven).await;
    for missing in [foreign, expired, Uuid::nil()] {
        let result = alice.embed(&[(ids[0], good.clone()), (missing, good.clone())]).await;
        refused(ErrorKind::NotFound, &format!("node_id: the user has no node {missing}"), result).await;
    }
    // Those who call the function themselves, too.
    let client = database.client().await;
    for bad in ["{0,0,0,0}", "{NaN,0,0,0}", "{Infinity,0,0,0}", "{NULL,0,0,0}", "{1}", "{}"] {
        let query = format!("SELECT memory.nearest_nodes('alice', '{bad}', 1)");
        client.batch_execute(&query).await.unwrap_err();
        let insert = format!("SELECT memory.embed_nodes('alice', ARRAY['{}'::uuid], '{bad}')", ids[0]);
        client.batch_execute(&insert).await.unwrap_err();
    }
    assert_eq!(alice.embedding_coverage().await.unwrap().embedded, 0);
    assert_eq!(alice.embed(&[]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_ranking_needs_a_good_embedding_and_the_option() {
    let database = crate::support::Database::new().await;
    let alice = database.user("alice");
    alice.store(&super::fact("x")).await.unwrap();
    let error = alice.search("x").embedding([f32::NAN]).await.unwrap_err();
    assert_eq!(error.field(), Some("embedding"), "{error}");
    let error = alice.recall("x").embedding([1.0, 0.0]).await.unwrap_err();
    assert_eq!(error.kind(), pgmemory::ErrorKind::NotEnabled, "{error}");
}
