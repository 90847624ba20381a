//! Whether a statement could reach another user's rows: wherever a table of users' rows is named, in subqueries, common
//! table expressions and both arms of a recursion, the rows must be those of its parameter `user_id`.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{Affected, Finding};
use crate::contract::{Contract, Query};

/// The tables and views whose rows belong to users.
const TABLES: [&str; 8] = ["nodes", "relationships", "user_metadata", "changes", "lexemes", "journals", "user_stats", "tenant_logins"];

/// What is for several users, operators' work on `Memory` and what is written for several callers, and why each may be.
const ACROSS_USERS: [(&str, &str); 13] = [
    ("coalesced::relate", "writes each row for the user beside it"),
    ("coalesced::store", "writes each row for the user beside it"),
    ("maintenance::list_uncounted", "finds the users whose words want counting"),
    ("maintenance::sweep_changes", "deletes what is old, whose ever it is"),
    ("maintenance::sweep_journals", "forgets how far old journals came, whose ever they are"),
    ("maintenance::sweep_nodes", "deletes what has expired, whose ever it is"),
    ("monitoring::find_faults", "checks the rules that hold for all rows"),
    ("reindex::derive_many", "derives the search column of whoever is free"),
    ("reindex::list_outdated", "counts what wants deriving"),
    ("reindex::sample", "looks at random nodes"),
    ("stats::count_all", "sums the counters up"),
    ("stats::list_recent", "tells who was active"),
    ("stats::list_users", "tells who has how much"),
];

/// Numbers of the parser: which joins keep a row of the right side, or of both, only where the condition holds.
const JOIN_INNER: i64 = 1;
const JOIN_LEFT: i64 = 2;
const AND_EXPR: i64 = 1;

/// Finds what is not bound to the parameter with this number.
struct Checker {
    user_id: Option<usize>,
    problems: Vec<String>,
}

/// A table of users' rows where a statement reads or changes it, by the name that it has there.
#[derive(Clone)]
struct Reference {
    table: String,
    name: String,
    /// Conditions that all rows of it fulfil beside the WHERE: those of its joins.
    conditions: Vec<Value>,
}

pub(super) fn check(contract: &Contract) -> Vec<Finding> {
    let found = |query: &Query| {
        let problems = problems(&query.sql, user_id(query));
        let mut finding = Finding::error(
            format!("scope of {}", query.full_name()),
            "rows of its user alone".to_owned(),
            problems.join("; "),
            "bind every table of users' rows to the parameter user_id",
        );
        finding.queries.push(Affected::at(query, 0));
        (!problems.is_empty()).then_some(finding)
    };
    contract.queries.iter().filter(|query| !is_across_users(query)).filter_map(found).collect()
}

fn is_across_users(query: &Query) -> bool {
    ACROSS_USERS.iter().any(|(name, _)| *name == query.full_name())
}

/// The number of the parameter that says whose rows they are.
fn user_id(query: &Query) -> Option<usize> {
    query.parameters.iter().position(|(name, _)| name == "user_id").map(|place| place + 1)
}

fn problems(sql: &str, user_id: Option<usize>) -> Vec<String> {
    let tree = pg_query::parse(sql, pg_query::ParserOptions::default()).map_err(|error| error.to_string());
    let tree = match tree.and_then(|parsed| serde_json::to_value(&parsed.protobuf).map_err(|error| error.to_string())) {
        Ok(tree) => tree,
        Err(error) => return vec![error],
    };
    let mut checker = Checker { user_id, problems: Vec::new() };
    checker.walk(&tree);
    checker.problems
}

impl Checker {
    fn walk(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.walk(value)),
            Value::Object(entries) => {
                for (key, value) in entries {
                    match key.as_str() {
                        "SelectStmt" | "larg" | "rarg" if value.is_object() => self.check_rows(value, "from_clause"),
                        "UpdateStmt" => self.check_rows(value, "from_clause"),
                        "DeleteStmt" => self.check_rows(value, "using_clause"),
                        "InsertStmt" => self.check_insert(value),
                        "MergeStmt" => self.problems.push("MERGE does not run on Citus".to_owned()),
                        _ => {}
                    }
                    self.walk(value);
                }
            }
            _ => {}
        }
    }

    /// The rows that a statement reads and changes.
    fn check_rows(&mut self, statement: &Value, from: &str) {
        let mut references = Vec::new();
        collect(&statement[from], &[], &mut references);
        references.extend(reference(&statement["relation"], &[]));
        let is_alone = references.len() == 1;
        for Reference { table, name, mut conditions } in references {
            conjuncts(&statement["where_clause"], &mut conditions);
            if !conditions.iter().any(|condition| self.binds(condition, &name, is_alone)) {
                self.problems.push(format!("{table} is not bound to the user"));
            }
        }
        for target in statement["target_list"].as_array().into_iter().flatten() {
            if statement["relation"].is_object() && target["node"]["ResTarget"]["name"] == "user_id" {
                self.problems.push("a user_id is changed".to_owned());
            }
        }
    }

    /// The rows that a statement makes: theirs is the user of the parameter, and so is whom they may conflict with.
    fn check_insert(&mut self, statement: &Value) {
        let Some(Reference { table, .. }) = reference(&statement["relation"], &[]) else { return };
        let names = |list: &Value, kind: &str| -> Vec<Value> {
            list.as_array().into_iter().flatten().map(|item| item["node"][kind]["name"].clone()).collect()
        };
        let Some(place) = names(&statement["cols"], "ResTarget").iter().position(|name| name == "user_id") else {
            self.problems.push(format!("{table} is written without a user_id"));
            return;
        };
        let select = &statement["select_stmt"]["node"]["SelectStmt"];
        let rows = select["values_lists"].as_array().filter(|rows| !rows.is_empty());
        let written: Vec<&Value> = match rows {
            Some(rows) => rows.iter().map(|row| &row["node"]["List"]["items"][place]).collect(),
            None => vec![&select["target_list"][place]["node"]["ResTarget"]["val"]],
        };
        if !written.into_iter().all(|value| self.is_parameter(value)) {
            self.problems.push(format!("{table} is written for another user"));
        }
        let conflict = &statement["on_conflict_clause"];
        if conflict.is_object() && !names(&conflict["infer"]["index_elems"], "IndexElem").iter().any(|name| name == "user_id") {
            self.problems.push(format!("a conflict in {table} may be another user's"));
        }
    }

    /// Is it `name.user_id = $n`?
    fn binds(&self, condition: &Value, name: &str, is_alone: bool) -> bool {
        let expression = &condition["node"]["AExpr"];
        let is_equality =
            expression["name"][0]["node"]["String"]["sval"] == "=" && expression["name"].as_array().is_some_and(|name| name.len() == 1);
        let is_column = |value: &Value| {
            let fields: Vec<_> = value["node"]["ColumnRef"]["fields"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|field| &field["node"]["String"]["sval"])
                .collect();
            match fields[..] {
                [column] => is_alone && column == "user_id",
                [table, column] => table == name && column == "user_id",
                _ => false,
            }
        };
        let (left, right) = (&expression["lexpr"], &expression["rexpr"]);
        is_equality && (is_column(left) && self.is_parameter(right) || is_column(right) && self.is_parameter(left))
    }

    fn is_parameter(&self, value: &Value) -> bool {
        let value = &value["node"];
        let parameter = if value["TypeCast"].is_object() { &value["TypeCast"]["arg"]["node"] } else { value };
        self.user_id.is_some() && parameter["ParamRef"]["number"].as_u64() == self.user_id.map(|number| number as u64)
    }
}

/// The tables of users' rows in a FROM, each with the conditions of its joins.
fn collect(from: &Value, conditions: &[Value], references: &mut Vec<Reference>) {
    for item in from.as_array().into_iter().flatten() {
        collect_item(item, conditions, references);
    }
}

fn collect_item(item: &Value, conditions: &[Value], references: &mut Vec<Reference>) {
    let item = &item["node"];
    let join = &item["JoinExpr"];
    if join.is_object() {
        let mut inner = conditions.to_vec();
        conjuncts(&join["quals"], &mut inner);
        let kind = join["jointype"].as_i64();
        collect_item(&join["larg"], if kind == Some(JOIN_INNER) { &inner } else { conditions }, references);
        collect_item(&join["rarg"], if matches!(kind, Some(JOIN_INNER | JOIN_LEFT)) { &inner } else { conditions }, references);
    }
    references.extend(reference(&item["RangeVar"], conditions));
}

fn reference(range: &Value, conditions: &[Value]) -> Option<Reference> {
    let table = range["relname"].as_str()?;
    let is_ours = range["schemaname"] == "memory" && TABLES.contains(&table);
    let name = range["alias"]["aliasname"].as_str().unwrap_or(table);
    is_ours.then(|| Reference { table: table.to_owned(), name: name.to_owned(), conditions: conditions.to_vec() })
}

/// The conditions that must all hold.
fn conjuncts(condition: &Value, conditions: &mut Vec<Value>) {
    let and = &condition["node"]["BoolExpr"];
    if and["boolop"].as_i64() == Some(AND_EXPR) {
        and["args"].as_array().into_iter().flatten().for_each(|argument| conjuncts(argument, conditions));
    } else if !condition.is_null() {
        conditions.push(condition.clone());
    }
}
