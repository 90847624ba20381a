//! Whether the `?` of a query file agree with the catalog. cornucopia takes the author's word: a NULL in a
//! column without one is an error when it comes.

use std::collections::{BTreeMap, BTreeSet};

use pg_query::{
    NodeEnum, NodeRef,
    protobuf::{JoinType, Node},
};
use tokio_postgres::Client;

use super::{NONE, Tree};
use crate::support::Database;

/// What the database knows of an output column.
struct Column {
    name: String,
    /// None where it cannot know.
    nullable: Option<bool>,
}

/// A column straight from a table is nullable if the catalog says so, or if an outer join can leave out its
/// row. The catalog does not know about expressions, views, and the columns of a UNION: there the author's
/// word stands.
async fn output_columns(client: &Client, sql: &str) -> Vec<Column> {
    const ORIGIN: &str = "SELECT relname, attnotnull FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attrelid = $1 AND attnum = $2 AND relkind IN ('r', 'p')";
    let optional = optional_tables(sql);
    let mut columns = Vec::new();
    for column in client.prepare(sql).await.expect(sql).columns() {
        let origin = client.query_opt(ORIGIN, &[&column.table_oid(), &column.column_id()]).await.expect("the catalog");
        let nullable = origin.map(|origin| {
            let may_be_left_out = optional.contains(origin.get::<_, &str>("relname")) || optional.contains(ANY_TABLE);
            !origin.get::<_, bool>("attnotnull") || may_be_left_out
        });
        columns.push(Column { name: column.name().to_owned(), nullable });
    }
    columns
}

const ANY_TABLE: &str = "*";

/// The tables on the side of an outer join that may have no row. An unqualified name is that of a CTE, behind
/// which may stand any table.
fn optional_tables(sql: &str) -> BTreeSet<String> {
    let parsed = pg_query::parse(sql, 0).expect(sql).protobuf;
    let tables = |side: Option<&Node>| {
        let nodes = side.and_then(|side| side.node.as_ref()).map(NodeEnum::nodes).unwrap_or_default();
        let table = |node| match node {
            NodeRef::RangeVar(table) if table.schemaname.is_empty() => Some(ANY_TABLE.to_owned()),
            NodeRef::RangeVar(table) => Some(table.relname.clone()),
            _ => None,
        };
        nodes.into_iter().filter_map(|(node, ..)| table(node)).collect::<Vec<_>>()
    };
    let joins = parsed.nodes().into_iter().filter_map(|(node, ..)| if let NodeRef::JoinExpr(join) = node { Some(join) } else { None });
    joins
        .flat_map(|join| {
            let (left, right) = (tables(join.larg.as_deref()), tables(join.rarg.as_deref()));
            match join.jointype() {
                JoinType::JoinLeft => right,
                JoinType::JoinRight => left,
                JoinType::JoinFull => [left, right].concat(),
                _ => Vec::new(),
            }
        })
        .collect()
}

type Catalog = BTreeMap<String, Vec<Column>>;

async fn read_catalog(client: &Client, tree: &Tree) -> Catalog {
    let mut catalog = Catalog::new();
    for (name, sql) in tree.statements() {
        catalog.insert(name, output_columns(client, &sql).await);
    }
    catalog
}

fn wrong_nullability(tree: &Tree, catalog: &Catalog) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, query) in tree.queries() {
        for column in &catalog[&name] {
            match (column.nullable, query.nullable.contains(&column.name)) {
                (Some(true), false) => problems.push(format!("{name}: {} lacks a ?", column.name)),
                (Some(false), true) => problems.push(format!("{name}: {} needs no ?", column.name)),
                _ => {}
            }
        }
    }
    problems
}

#[tokio::test]
async fn nullability_agrees_with_the_catalog() {
    let (tree, database) = (Tree::checkout(), Database::new().await);
    let catalog = read_catalog(&database.client().await, &tree).await;
    assert!(catalog["nodes::get"].iter().all(|column| column.nullable.is_some()), "these are columns of a table");
    assert_eq!(wrong_nullability(&tree, &catalog), NONE);

    let forgotten = tree.broken("queries/nodes.sql", "--: Node (summary?, ", "--: Node (");
    assert!(wrong_nullability(&forgotten, &catalog).contains(&"nodes::get: summary lacks a ?".to_owned()));
    let forgotten = tree.broken("queries/nodes.sql", ": (entity_id?, ", ": (entity_id, ");
    assert_eq!(wrong_nullability(&forgotten, &catalog), ["nodes::upsert_many: entity_id lacks a ?"]);
    let superfluous = tree.broken("queries/stats.sql", "--! get\n", "--! get : (version?)\n");
    assert_eq!(wrong_nullability(&superfluous, &catalog), ["stats::get: version needs no ?"]);
}

#[tokio::test]
async fn nullability_is_known_of_tables_only() {
    let database = Database::new().await;
    let client = database.client().await;
    for (sql, expected) in [
        ("SELECT node_id FROM memory.nodes", Some(false)),
        ("SELECT summary FROM memory.nodes", Some(true)),
        ("WITH found AS (SELECT node_id FROM memory.nodes) SELECT node_id FROM found", Some(false)),
        ("SELECT n.node_id FROM memory.user_metadata AS u LEFT JOIN memory.nodes AS n USING (user_id)", Some(true)),
        ("SELECT u.user_id FROM memory.user_metadata AS u LEFT JOIN memory.nodes AS n USING (user_id)", Some(false)),
        ("SELECT u.version FROM memory.user_metadata AS u RIGHT JOIN memory.nodes AS n USING (user_id)", Some(true)),
        ("SELECT u.version FROM memory.user_metadata AS u FULL JOIN memory.nodes AS n USING (user_id)", Some(true)),
        (
            "WITH found AS (SELECT * FROM memory.nodes)
            SELECT found.node_id FROM memory.user_metadata AS u LEFT JOIN found USING (user_id)",
            Some(true),
        ),
        ("SELECT coalesce(summary, '') FROM memory.nodes", None),
        ("SELECT user_id FROM memory.user_stats", None),
        ("SELECT node_id FROM memory.nodes UNION ALL SELECT node_id FROM memory.nodes", None),
    ] {
        assert_eq!(output_columns(&client, sql).await[0].nullable, expected, "{sql}");
    }
}
