//! What must be true of every table, index and constraint, those of later migrations included.

use crate::support::{Database, Layout};

/// Rows of one text column; a query over the catalog that finds nothing would prove nothing.
async fn names(database: &Database, query: &str) -> Vec<String> {
    database.client().await.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn every_table_and_column_is_commented() {
    let database = Database::new().await;
    let relations = "FROM pg_class c WHERE relnamespace = 'memory'::regnamespace AND relkind IN ('r', 'p', 'm')";
    assert!(names(&database, &format!("SELECT relname::text {relations}")).await.len() >= 6);
    let bare = names(&database, &format!("SELECT relname::text {relations} AND obj_description(c.oid, 'pg_class') IS NULL")).await;
    assert!(bare.is_empty(), "tables without COMMENT ON: {bare:?}");

    let columns = "FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
        WHERE relnamespace = 'memory'::regnamespace AND relkind IN ('r', 'p', 'm') AND attnum > 0 AND NOT attisdropped";
    assert!(names(&database, &format!("SELECT attname::text {columns}")).await.len() >= 40);
    let bare = names(&database, &format!("SELECT relname || '.' || attname {columns} AND col_description(c.oid, attnum) IS NULL")).await;
    assert!(bare.is_empty(), "columns without COMMENT ON: {bare:?}");

    let functions = "FROM pg_proc WHERE pronamespace = 'memory'::regnamespace";
    assert!(names(&database, &format!("SELECT proname::text {functions}")).await.len() >= 7);
    let bare = names(&database, &format!("SELECT proname::text {functions} AND obj_description(oid, 'pg_proc') IS NULL")).await;
    assert!(bare.is_empty(), "functions without COMMENT ON: {bare:?}");
}

/// What sweeps the rows of all users alike, and what finds the user of a login.
const ACROSS_USERS: [&str; 3] = ["changes_changed_at_idx", "nodes_expires_idx", "tenant_logins_pkey"];

/// What a user's rows are found, kept unique and linked by begins with the user.
#[tokio::test]
async fn every_index_and_key_of_a_users_table_begins_with_the_user() {
    let database = Database::new().await;
    let indexes = "FROM pg_index i JOIN pg_class t ON t.oid = indrelid JOIN pg_class x ON x.oid = indexrelid
        WHERE t.relnamespace = 'memory'::regnamespace AND t.relname <> 'schema_history'";
    assert!(names(&database, &format!("SELECT x.relname::text {indexes}")).await.len() >= 12);
    let others = names(
        &database,
        &format!("SELECT x.relname::text {indexes} AND (SELECT attname FROM pg_attribute WHERE attrelid = t.oid AND attnum = indkey[0]) IS DISTINCT FROM 'user_id' ORDER BY 1"),
    )
    .await;
    assert_eq!(others, ACROSS_USERS, "indexes that do not begin with user_id");

    let keys = "FROM pg_constraint WHERE connamespace = 'memory'::regnamespace AND contype = 'f' AND conparentid = 0";
    assert_eq!(names(&database, &format!("SELECT conname::text {keys}")).await.len(), 2);
    let others = names(
        &database,
        &format!("SELECT conname::text {keys} AND (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) <> 'user_id'"),
    )
    .await;
    assert!(others.is_empty(), "foreign keys that do not begin with user_id: {others:?}");
}

/// Whoever adds a table of users' rows and forgets row-level security would open it to tenants, or close it to the service.
#[tokio::test]
async fn every_table_of_users_rows_is_protected() {
    let database = Database::new().await;
    let tables = "FROM pg_class c WHERE relnamespace = 'memory'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'tenant_logins'
        AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'user_id')";
    assert!(names(&database, &format!("SELECT relname::text {tables}")).await.len() >= 5);
    let policies = "SELECT string_agg(right(polname, -length(relname) - 1), ' ' ORDER BY polname) FROM pg_policy WHERE polrelid = c.oid";
    let bare = format!("SELECT relname::text {tables} AND NOT (relrowsecurity AND ({policies}) = 'admin app readonly tenant')");
    let bare = names(&database, &bare).await;
    assert!(bare.is_empty(), "tables without row-level security or a policy: {bare:?}");
}

/// Two indexes that begin with the same columns, or twice the same: one is only a cost.
#[tokio::test]
async fn no_index_repeats_another() {
    let database = Database::new().await;
    let doubled = names(
        &database,
        "SELECT a.indexrelid::regclass || ' = ' || b.indexrelid::regclass
         FROM pg_index a JOIN pg_index b ON a.indrelid = b.indrelid AND a.indexrelid < b.indexrelid
            AND a.indkey::text = b.indkey::text AND a.indclass = b.indclass
            AND a.indexprs::text IS NOT DISTINCT FROM b.indexprs::text
         JOIN pg_class t ON t.oid = a.indrelid AND t.relnamespace = 'memory'::regnamespace",
    )
    .await;
    assert!(doubled.is_empty(), "{doubled:?}");
}

/// The types of the program and the CHECKs of the tables name the same values.
#[tokio::test]
async fn the_checks_and_the_types_agree() {
    use strum::VariantNames;

    let database = Database::new().await;
    for (constraint, variants) in
        [("nodes_context_type_check", pgmemory::ContextType::VARIANTS), ("relationships_type_check", pgmemory::RelationshipType::VARIANTS)]
    {
        let query = format!("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{constraint}'");
        let definition = names(&database, &query).await.remove(0);
        let mut allowed: Vec<&str> = definition.split('\'').skip(1).step_by(2).collect();
        let mut variants = variants.to_vec();
        allowed.sort_unstable();
        variants.sort_unstable();
        assert_eq!(allowed, variants);
    }
}

/// The index for misspelt names serves the expression that the query searches by.
#[tokio::test]
async fn the_label_index_is_used() {
    // A partition's index has another name.
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    client
        .batch_execute(
            "INSERT INTO memory.nodes (user_id, context_type, entity_id, entity_system, content)
             SELECT 'user' || n % 10, 'tool_output', n::text, 'crm', jsonb_build_object('entity_name', 'name ' || n, 'entity_id', n::text, 'entity_system', 'crm') FROM generate_series(1, 20000) n;
             ANALYZE memory.nodes",
        )
        .await
        .unwrap();
    let plan = names(
        &database,
        "EXPLAIN SELECT node_id FROM memory.nodes WHERE user_id = 'user1'
            AND entity_id IS NOT NULL AND (coalesce(entity_name, '') || ' ' || entity_id) OPERATOR(public.%>) 'naem 777'",
    )
    .await;
    assert!(plan.iter().any(|line| line.contains("nodes_label_idx")), "{plan:#?}");
}

/// A first small statement leaves plans for empty tables behind; a large one of the same session must not
/// compare each of its rows with each.
#[tokio::test]
async fn a_large_merge_after_a_small_one_finishes() {
    let database = Database::new().await;
    let alice = database.user("alice");
    let batch: Vec<_> = (0..20_000).map(|n| pgmemory::NewNode::entity("crm", n.to_string())).collect();
    let mut client = database.client().await;
    let transaction = client.transaction().await.unwrap();
    let within = alice.within(&transaction);
    within.store_many(&batch[..1]).await.unwrap();
    within.store_many(&batch).await.unwrap();
    within.store_many(&batch).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(alice.stats().await.unwrap().version, 40_001);
}

#[tokio::test]
async fn truncate_is_refused() {
    let database = Database::new().await;
    let client = database.client().await;
    for table in ["nodes", "relationships"] {
        client.batch_execute(&format!("TRUNCATE memory.{table} CASCADE")).await.unwrap_err();
    }
}

/// Of every partition, which inherits none of it.
#[tokio::test]
async fn the_storage_of_nodes_is_made_for_updates_and_searches() {
    for (layout, tables) in [(Layout::Plain, 1), (Layout::Hash, 8)] {
        let database = Database::with_layout(layout).await;
        let stored = "FROM pg_index i JOIN pg_class t ON t.oid = indrelid JOIN pg_class x ON x.oid = indexrelid JOIN pg_am a ON a.oid = x.relam
            WHERE x.relkind = 'i' AND amname = 'gin' AND (t.oid = 'memory.nodes'::regclass OR t.oid IN (SELECT relid FROM pg_partition_tree('memory.nodes')))";
        assert_eq!(names(&database, &format!("SELECT x.relname::text {stored}")).await.len(), 3 * tables);
        let others = format!(
            "SELECT x.relname::text {stored}
                AND (t.reloptions IS DISTINCT FROM '{{fillfactor=80}}' OR x.reloptions IS DISTINCT FROM '{{gin_pending_list_limit=256}}')"
        );
        assert!(names(&database, &others).await.is_empty());
    }
}
