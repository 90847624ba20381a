//! The checker finds nothing in the queries, and something in each that is broken.

use super::{ACROSS_USERS, check, is_across_users, problems, user_id};
use crate::contract::{COMPILED, Query};

#[test]
fn every_statement_stays_with_its_user() {
    assert_eq!(check(&COMPILED), []);
    let is_idle = |name: &str| {
        let query = COMPILED.queries.iter().find(|query| query.full_name() == name);
        query.is_none_or(|query| problems(&query.sql, user_id(query)).is_empty())
    };
    let idle: Vec<_> = ACROSS_USERS.iter().filter(|(name, _)| is_idle(name)).collect();
    assert!(idle.is_empty(), "exceptions that are none: {idle:?}");
}

/// The text with each place of one kind changed in turn.
fn mutations(query: &Query, from: &str, to: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mutate = |(start, _): (usize, &str)| {
        // With the name before it.
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let begin = query.sql[..start].rfind(|before: char| !is_name(before)).map_or(0, |space| space + 1);
        let table = &query.sql[begin..start];
        let (before, after) = (&query.sql[..begin], &query.sql[start + from.len()..]);
        to(table).into_iter().map(|instead| format!("{before}{instead}{after}")).collect::<Vec<_>>()
    };
    query.sql.match_indices(from).flat_map(mutate).collect()
}

/// Each condition on the user in turn: left out, made optional, turned round or put on another parameter.
#[test]
fn a_condition_that_is_forgotten_is_noticed() {
    let mut broken = 0;
    for query in COMPILED.queries.iter().filter(|query| !is_across_users(query)) {
        let Some(number) = user_id(query) else { continue };
        let condition = format!("user_id = ${number} ");
        let conditions = mutations(query, &condition, |table| {
            vec![
                "true ".to_owned(),
                format!("({table}{condition} OR true) "),
                format!("NOT {table}{condition} "),
                format!("{table}user_id = $99 "),
                format!("{table}user_id = {table}user_id "),
            ]
        });
        let conflicts = mutations(query, "ON CONFLICT (user_id, ", |_| vec!["ON CONFLICT (".to_owned()]);
        for sql in conditions.iter().chain(&conflicts) {
            assert!(!problems(sql, Some(number)).is_empty(), "{} passes as {sql}", query.full_name());
            broken += 1;
        }
    }
    assert!(broken > 250, "{broken}");
}

#[test]
fn whatever_reaches_other_users_is_noticed() {
    for sql in [
        "SELECT FROM memory.nodes",
        "SELECT FROM memory.nodes WHERE node_id = $1",
        "SELECT FROM memory.nodes WHERE user_id = $1 OR summary IS NULL",
        "SELECT FROM memory.nodes AS n WHERE EXISTS (SELECT FROM memory.changes WHERE user_id = $1)",
        "SELECT FROM memory.nodes AS n JOIN memory.changes AS c ON c.user_id = $1",
        "SELECT FROM memory.nodes AS n LEFT JOIN memory.changes AS c ON n.user_id = $1 AND c.user_id = $1",
        "SELECT FROM memory.nodes AS n, memory.changes AS c WHERE user_id = $1",
        "SELECT node_id FROM memory.nodes WHERE user_id = $1 UNION SELECT node_id FROM memory.nodes",
        "WITH RECURSIVE walk AS (SELECT to_node_id FROM memory.relationships WHERE user_id = $1
            UNION SELECT r.to_node_id FROM walk JOIN memory.relationships AS r ON r.from_node_id = walk.to_node_id) TABLE walk",
        "INSERT INTO memory.nodes (user_id, content) VALUES ($1, '{}'), ($2, '{}')",
        "INSERT INTO memory.nodes (content, user_id) VALUES ($1, $3)",
        "INSERT INTO memory.nodes (user_id, content) SELECT owner, '{}' FROM unnest($1::text[]) AS owner",
        "INSERT INTO memory.user_metadata (user_id) VALUES ($1) ON CONFLICT (version) DO NOTHING",
        "INSERT INTO memory.nodes (content) VALUES ('{}')",
        "UPDATE memory.nodes SET summary = $1",
        "UPDATE memory.nodes SET user_id = $2 WHERE user_id = $1",
        "DELETE FROM memory.nodes USING memory.changes AS c WHERE c.user_id = $1",
        "MERGE INTO memory.nodes AS n USING memory.changes AS c ON n.user_id = $1 AND c.user_id = $1 WHEN MATCHED THEN DELETE",
    ] {
        assert!(!problems(sql, Some(1)).is_empty(), "{sql}");
    }
}
