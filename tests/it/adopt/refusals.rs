//! Whatever stands in the way of an adoption, the database stays what it is.

use super::*;

/// Each row for a reason of its own; the rest of the data are as they should be.
#[tokio::test]
async fn rows_that_cannot_be_held_are_listed_and_nothing_is_changed() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let long = "x".repeat(513);
    let node = |number: u32, columns: &str, values: &str| {
        format!(
            "INSERT INTO memory.nodes (node_id, user_id, context_type, {columns}) VALUES ('{}', 'dave', 'tool_output', {values});",
            node_id(number)
        )
    };
    let rows = [
        node(101, "content", "'[1]'"),
        node(102, "content", "'\"{no object\"'"),
        node(103, "content, entity_id, entity_system", "'{\"entity_id\": \"2\"}', '1', 'crm'"),
        node(104, "content, entity_id, entity_system", &format!("'{{}}', '{long}', 'crm'")),
        node(105, "content, tags", &format!("'{{}}', ARRAY['{long}']")),
        node(106, "content", &format!("'{{\"deep\": {deep}}}'")),
        node(107, "content", "'{\"large\": 1e400}'"),
        node(108, "content, created_at", "'{}', '-infinity'"),
        node(109, "content, summary", "'{}', repeat('x', 65537)"),
        node(110, "content, entity_id", "'{\"entity_name\": [1]}', '1'"),
        node(111, "content, entity_id", "'{\"entity_data\": [1]}', '1'"),
        node(112, "content, entity_system, metadata", "'{}', 'crm', '{\"entity_system\": \"jira\"}'"),
        node(113, "content", "jsonb_build_object('text', repeat('x', 1048576))"),
        node(114, "content, access_count", "'{}', -1"),
        node(115, "content, metadata", "'{}', '[1]'"),
        // Two that fit, and do not as one.
        node(116, "content, entity_id, created_at", "jsonb_build_object('a', repeat('x', 700000)), 'big', '2024-01-01'"),
        node(117, "content, entity_id, created_at", "jsonb_build_object('b', repeat('x', 700000)), 'big', '2024-01-02'"),
    ];
    let others = [
        format!(
            "INSERT INTO memory.relationships (id, user_id, from_node_id, to_node_id, relationship_type, created_at) VALUES ('{}', 'alice', '{}', '{}', 'led_to', 'infinity');",
            relationship_id(201),
            node_id(1),
            node_id(11)
        ),
        "INSERT INTO memory.user_metadata (user_id, last_activity) VALUES ('erin', 'infinity');".to_owned(),
        "INSERT INTO memory.user_metadata (user_id) VALUES ('');".to_owned(),
    ];
    let (database, client) =
        python_with(&format!("{DATA}{}{}REFRESH MATERIALIZED VIEW memory.user_stats", rows.concat(), others.concat())).await;
    let before = everything(&client).await;
    for dry_run in [true, false] {
        let error = database.memory.adopt().dry_run(dry_run).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        let text = error.to_string();
        assert!(text.starts_with("19 rows cannot be held"), "{text}");
        for number in (101..=116).map(node_id).chain([relationship_id(201)]) {
            assert!(text.contains(&number.to_string()), "{number} is not in {text}");
        }
        assert!(text.contains("of \"erin\"") && text.contains("of \"\"") && !text.contains(&node_id(117).to_string()), "{text}");
    }
    assert_eq!(everything(&client).await, before);
}

#[tokio::test]
async fn what_else_stands_there_is_not_lost() {
    let (database, client) = python().await;
    for (make, named, undo) in [
        ("CREATE VIEW public.recent AS SELECT node_id FROM memory.nodes", "view recent", "DROP VIEW public.recent"),
        ("CREATE TABLE public.notes (node_id uuid REFERENCES memory.nodes)", "notes_node_id_fkey", "DROP TABLE public.notes"),
        (
            "ALTER TABLE memory.nodes ADD COLUMN embedding real[]",
            "nodes.embedding is unknown",
            "ALTER TABLE memory.nodes DROP COLUMN embedding",
        ),
        (
            "ALTER TABLE memory.relationships RENAME strength TO weight",
            "relationships.strength is missing",
            "ALTER TABLE memory.relationships RENAME weight TO strength",
        ),
        (
            "ALTER TABLE memory.nodes ALTER access_count TYPE bigint",
            "nodes.access_count is bigint",
            "ALTER TABLE memory.nodes ALTER access_count TYPE integer",
        ),
        ("CREATE TABLE memory.changes (mine int)", "relation \"changes\" already exists", "DROP TABLE memory.changes"),
    ] {
        client.batch_execute(make).await.unwrap();
        let before = everything(&client).await;
        let error = database.memory.adopt().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Schema && error.to_string().contains(named), "{error}");
        assert!(error.to_string().contains("nothing was changed"), "{error}");
        assert_eq!(everything(&client).await, before);
        client.batch_execute(undo).await.unwrap();
    }
    client.batch_execute("CREATE TABLE memory.notes (mine int); INSERT INTO memory.notes VALUES (1)").await.unwrap();
    database.memory.adopt().await.unwrap();
    assert_eq!(client.query_one("SELECT mine FROM memory.notes", &[]).await.unwrap().get::<_, i32>(0), 1);
}

#[tokio::test]
async fn a_failure_in_the_middle_changes_nothing() {
    let (database, client) = python().await;
    let before = everything(&client).await;
    // After everything was written, and at whatever point a caller gives up.
    client
        .batch_execute(
            "CREATE FUNCTION public.fail() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE EVENT TRIGGER fail ON ddl_command_start WHEN TAG IN ('REFRESH MATERIALIZED VIEW') EXECUTE FUNCTION public.fail()",
        )
        .await
        .unwrap();
    assert!(database.memory.adopt().await.unwrap_err().to_string().contains("no"));
    for milliseconds in [1, 5, 20, 60, 120] {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(milliseconds), database.memory.adopt()).await;
    }
    assert_eq!(everything(&client).await, before);
    client.batch_execute("DROP EVENT TRIGGER fail").await.unwrap();
    // The server may not have noticed yet that the last one was given up.
    while let Err(error) = database.memory.adopt().await {
        assert!(error.is_retryable(), "{error}");
    }
}

/// What is written while the tables are read would be lost: writers wait, and then find that the tables are others.
#[tokio::test]
async fn who_still_writes_is_waited_for() {
    let (database, mut client) = python().await;
    let transaction = client.transaction().await.unwrap();
    // As deep as can be.
    let insert = format!(
        "INSERT INTO memory.nodes (user_id, context_type, content) VALUES ('late', 'tool_output', '{{\"deep\": {}1{}}}')",
        "[".repeat(98),
        "]".repeat(98)
    );
    transaction.batch_execute(&insert).await.unwrap();
    let adoption = tokio::spawn({
        let memory = database.memory.clone();
        async move { memory.adopt().await }
    });
    let watcher = database.client().await;
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while watcher.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(!adoption.is_finished(), "it did not wait");
    }
    transaction.commit().await.unwrap();
    assert_eq!(adoption.await.unwrap().unwrap().users, 4);
    assert_eq!(database.user("late").load().await.unwrap().nodes.len(), 1);
}

#[tokio::test]
async fn there_may_be_nothing_to_adopt() {
    let (database, _) = python().await;
    let refusal = database.memory.migrate().await.unwrap_err();
    assert!(refusal.to_string().contains("pgmemory adopt"), "{refusal}");
    database.memory.adopt().await.unwrap();
    for database in [database, Database::new().await, Database::empty().await] {
        let error = database.memory.adopt().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Schema && error.to_string().starts_with("there is nothing to adopt"), "{error}");
    }
    let foreign = Database::empty().await;
    foreign.client().await.batch_execute("CREATE SCHEMA memory; CREATE TABLE memory.nodes (mine int)").await.unwrap();
    let error = foreign.memory.adopt().await.unwrap_err();
    assert!(error.to_string().contains("nodes.mine is unknown") && error.to_string().contains("nodes.content is missing"), "{error}");
}
