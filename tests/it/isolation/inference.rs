//! What can be told from how the server answers: the same of a user who has memories as of one who has none, except what
//! docs/SECURITY.md says that PostgreSQL does not hide.

use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    logins::{Login, Shell},
    sql::VICTIM,
};
use crate::support::{Database, Layout};

/// Nobody's name, as long as the victim's.
const NOBODY: &str = "saxophone";

/// Asked of {user} and {node}, each answers alike.
const ALIKE: [&str; 27] = [
    "SELECT count(*) FROM memory.nodes WHERE user_id = '{user}'",
    "SELECT FROM memory.nodes WHERE node_id = '{node}'",
    "SELECT FROM memory.user_metadata WHERE user_id = '{user}'",
    "INSERT INTO memory.nodes (user_id, node_id, content, context_type) VALUES ('{user}', '{node}', '{}', 'tool_output')",
    "INSERT INTO memory.nodes (user_id, node_id, content, context_type) VALUES ('{user}', '{node}', '{}', 'tool_output') ON CONFLICT DO NOTHING",
    "INSERT INTO memory.nodes (user_id, node_id, content, context_type) VALUES ('mallory', '{node}', '{}', 'tool_output') RETURNING node_id",
    "INSERT INTO memory.nodes (user_id, content, context_type, entity_system, entity_id)
        VALUES ('{user}', '{\"entity_system\": \"crm\", \"entity_id\": \"1\"}', 'tool_output', 'crm', '1')",
    "INSERT INTO memory.user_metadata (user_id) VALUES ('{user}')",
    "INSERT INTO memory.user_metadata AS m (user_id) VALUES ('{user}') ON CONFLICT (user_id) DO UPDATE SET version = m.version",
    "INSERT INTO memory.changes (user_id, version, op, node_id) VALUES ('{user}', 1, 'insert', '{node}')",
    "INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type) VALUES ('mallory', '{node}', '{node}', 'led_to')",
    "INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type) VALUES ('{user}', '{node}', '{node}', 'led_to')",
    "UPDATE memory.nodes SET summary = 'mine' WHERE user_id = '{user}' AND node_id = '{node}'",
    "UPDATE memory.nodes SET user_id = '{user}' WHERE user_id = 'mallory'",
    "DELETE FROM memory.nodes WHERE node_id = '{node}'",
    "SELECT version FROM memory.user_metadata WHERE user_id = '{user}' FOR UPDATE NOWAIT",
    "SELECT memory.record_changes('{user}', 'insert', ARRAY['{node}']::uuid[], NULL)",
    "SELECT tablename, attname FROM pg_stats WHERE schemaname IN ('memory', 'partitions') AND most_common_vals::text LIKE '%{user}%'",
    "SELECT tablename, attname FROM pg_stats WHERE schemaname IN ('memory', 'partitions') AND histogram_bounds::text LIKE '%{user}%'",
    "SELECT tablename, attname FROM pg_stats WHERE schemaname IN ('memory', 'partitions') AND most_common_elems::text LIKE '%{user}%'",
    "SELECT statistics_name FROM pg_stats_ext WHERE most_common_vals::text LIKE '%{user}%'",
    "SELECT statistics_name FROM pg_stats_ext_exprs WHERE most_common_vals::text LIKE '%{user}%'",
    "SELECT query FROM pg_stat_activity WHERE query LIKE '%{user}%' AND pid <> pg_backend_pid()",
    "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT FROM memory.user_metadata WHERE user_id = '{user}'",
    "EXPLAIN SELECT FROM memory.nodes WHERE node_id = '{node}'",
    "EXPLAIN SELECT FROM memory.lexemes WHERE lexeme = 'word of {user}'",
    "EXPLAIN SELECT FROM memory.nodes
        WHERE entity_id IS NOT NULL AND (coalesce(entity_name, '') || ' ' || entity_id) = 'name of {user} id of {user}'",
];

/// How many rows the planner expects, where it would know by samples of what memories say.
const ESTIMATES: [&str; 8] = [
    "EXPLAIN SELECT FROM memory.nodes WHERE summary = 'of {user}'",
    "EXPLAIN SELECT FROM memory.nodes WHERE summary < 'of {user}2'",
    "EXPLAIN SELECT FROM memory.nodes WHERE entity_name = 'name of {user}'",
    "EXPLAIN SELECT FROM memory.nodes WHERE entity_id = 'id of {user}'",
    "EXPLAIN SELECT FROM memory.nodes WHERE tags @> ARRAY['tag of {user}']",
    "EXPLAIN SELECT FROM memory.nodes WHERE search @@ '''{stem}'''",
    "EXPLAIN SELECT FROM memory.nodes WHERE memory.user_lexemes(user_id, search) @@ '''{mark}acm'''",
    "EXPLAIN SELECT FROM memory.lexemes WHERE lexeme < 'word of {user}2'",
];

/// What PostgreSQL tells to whoever may EXPLAIN.
const KNOWN: [&str; 3] = [
    "EXPLAIN SELECT FROM memory.nodes WHERE user_id = '{user}'",
    "EXPLAIN SELECT FROM memory.relationships WHERE user_id = '{user}'",
    "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT FROM memory.nodes WHERE user_id = ANY('{{user},x}')",
];

/// Many rows of the victim's, some of mallory's, and samples of all.
async fn fill(client: &Client) {
    let fill = format!(
        "INSERT INTO memory.nodes (user_id, node_id, content, context_type, summary, tags)
        SELECT u, md5(u || n)::uuid, jsonb_build_object('text', u || ' acme'), 'tool_output', 'of ' || u, ARRAY['tag of ' || u]
        FROM unnest('{{{VICTIM},mallory}}'::text[]) AS u CROSS JOIN generate_series(1, CASE u WHEN 'mallory' THEN 50 ELSE 3000 END) AS n;
        INSERT INTO memory.nodes (user_id, content, context_type, entity_system, entity_id)
        SELECT '{VICTIM}', jsonb_build_object('entity_system', n::text, 'entity_id', 'id of {VICTIM}', 'entity_name', 'name of {VICTIM}'),
            'domain_entity', n::text, 'id of {VICTIM}' FROM generate_series(1, 1000) AS n;
        INSERT INTO memory.relationships (user_id, from_node_id, to_node_id, relationship_type)
        SELECT user_id, node_id, node_id, 'led_to' FROM memory.nodes;
        INSERT INTO memory.lexemes
        SELECT '{VICTIM}' || n, 'word of {VICTIM}', 10, '{{0,0,0,0}}' FROM generate_series(1, 1000) AS n;
        INSERT INTO memory.lexemes SELECT 'mallory', 'word ' || n, 10, '{{0,0,0,0}}' FROM generate_series(1, 1000) AS n;
        CREATE STATISTICS memory.users_summaries (mcv) ON user_id, summary FROM memory.nodes;
        CREATE STATISTICS memory.users_texts (mcv) ON (user_id || summary), context_type FROM memory.nodes;
        ANALYZE memory.nodes, memory.relationships, memory.user_metadata, memory.changes, memory.lexemes"
    );
    client.batch_execute(&fill).await.unwrap();
}

/// What the server says of a user with a node, and of another without, the names made alike.
async fn answers(shell: &Shell, question: &str, node: Uuid) -> [String; 2] {
    let mut answers = [String::new(), String::new()];
    for (answer, (user, node)) in answers.iter_mut().zip([(VICTIM, node), (NOBODY, Uuid::from_u128(7))]) {
        let mark = shell.says(&format!("SELECT memory.user_mark('{user}')")).await;
        let (mark, _) = mark.split_once('\n').unwrap();
        let names = [
            ("{user}", "USER", user),
            ("{stem}", "STEM", user.trim_end_matches('e')),
            ("{node}", "NODE", &node.to_string()),
            ("{mark}", "MARK", mark),
        ];
        let asked = names.iter().fold(format!("BEGIN; {question}"), |text, (place, _, name)| text.replace(place, name));
        *answer = names.iter().fold(shell.says(&asked).await, |text, (_, place, name)| text.replace(name, place));
    }
    answers
}

#[tokio::test]
async fn the_server_answers_as_of_nobody() {
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    fill(&client).await;
    let node: Uuid = client.query_one("SELECT node_id FROM memory.nodes WHERE user_id = $1 LIMIT 1", &[&VICTIM]).await.unwrap().get(0);
    // Whoever sees all rows sees some there: the question is right.
    let views = ALIKE.iter().filter(|question| question.contains("FROM pg_stats"));
    let mut rows = 0;
    for view in views {
        rows += client.query(&view.replace("{user}", VICTIM), &[]).await.unwrap().len();
    }
    assert!(rows > 3, "{rows}");

    for (name, role) in [("inferring_tenant", "pgmemory_tenant"), ("inferring_writer", "pgmemory_tenant_writer")] {
        let login = Login::of_user(&database, name, role, "mallory").await;
        let shell = login.shell().await;
        for question in ALIKE.iter().chain(&ESTIMATES) {
            let [of_victim, of_nobody] = answers(&shell, question, node).await;
            assert_eq!(of_victim, of_nobody, "{question}");
        }
        for question in KNOWN {
            let [of_victim, of_nobody] = answers(&shell, question, node).await;
            assert_ne!(of_victim, of_nobody, "docs/SECURITY.md says that this tells: {question}");
        }
        drop(shell);
        login.remove().await;
    }
}

/// So it is the missing samples that keep the estimates silent.
#[tokio::test]
async fn estimates_would_tell_what_memories_say() {
    let database = Database::with_layout(Layout::Plain).await;
    let client = database.client().await;
    let sampled = "ALTER TABLE memory.nodes ALTER summary SET STATISTICS 100, ALTER entity_name SET STATISTICS 100,
            ALTER entity_id SET STATISTICS 100, ALTER tags SET STATISTICS 100, ALTER search SET STATISTICS 100;
        ALTER TABLE memory.lexemes ALTER lexeme SET STATISTICS 100;
        ALTER INDEX memory.nodes_search_idx ALTER COLUMN 2 SET STATISTICS 100;
        ALTER INDEX memory.nodes_label_idx ALTER COLUMN 2 SET STATISTICS 100";
    client.batch_execute(sampled).await.unwrap();
    fill(&client).await;
    let login = Login::of_user(&database, "estimating_tenant", "pgmemory_tenant", "mallory").await;
    let shell = login.shell().await;
    for question in ESTIMATES {
        let [of_victim, of_nobody] = answers(&shell, question, Uuid::nil()).await;
        assert_ne!(of_victim, of_nobody, "{question}");
    }

    // As after an upgrade: the migration ends the sampling, and the book removes what was sampled.
    client.batch_execute(&sampled.replace("STATISTICS 100", "STATISTICS 0")).await.unwrap();
    let (_, rest) = include_str!("../../../docs/SECURITY.md").split_once("```sql samples\n").unwrap();
    client.batch_execute(rest.split_once("```").unwrap().0).await.unwrap();
    for question in ESTIMATES {
        let [of_victim, of_nobody] = answers(&shell, question, Uuid::nil()).await;
        assert_eq!(of_victim, of_nobody, "{question}");
    }
    drop(shell);
    login.remove().await;
}

/// Whoever adds a column for what memories say decides whether it is sampled.
#[tokio::test]
async fn what_is_sampled_is_no_content() {
    let sampled = [
        "nodes.access_count",
        "nodes.base_relevance",
        "nodes.context_type",
        "nodes.created_at",
        "nodes.entity_system",
        "nodes.entity_type",
        "nodes.expires_at",
        "nodes.last_accessed",
        "nodes.node_id",
        "nodes.updated_at",
        "nodes.user_id",
        "relationships.created_at",
        "relationships.from_node_id",
        "relationships.id",
        "relationships.relationship_type",
        "relationships.strength",
        "relationships.to_node_id",
        "relationships.user_id",
    ];
    let database = Database::new().await;
    let columns = "SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
        WHERE relnamespace = 'memory'::regnamespace AND relname IN ('nodes', 'relationships') AND attnum > 0 AND attstattarget IS DISTINCT FROM 0
        ORDER BY 1";
    let columns = database.client().await.query(columns, &[]).await.unwrap();
    let columns: Vec<String> = columns.iter().map(|row| row.get(0)).collect();
    assert_eq!(columns, sampled);
    let expressions = "SELECT c.relname::text FROM pg_class c JOIN pg_index ON indexrelid = c.oid JOIN pg_attribute a ON attrelid = c.oid
        WHERE relname ~ '^nodes_(.*_)?(search|label|user_lexemes|expr|coalesce).*idx' AND indexprs IS NOT NULL AND attnum = 2 AND attstattarget <> 0";
    let expressions = database.client().await.query(expressions, &[]).await.unwrap();
    assert!(expressions.is_empty(), "{expressions:?}");
}
