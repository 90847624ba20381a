//! Whether the server takes each query, and gives what the program was compiled for.

use deadpool_postgres::Client;
use futures::future::join_all;
use tokio_postgres::{Statement, error::ErrorPosition, types::Type};

use super::{Affected, Finding};
use crate::{
    Error,
    contract::{Contract, Query},
};

/// Parses every query without running it. All go to the server at once, each a statement of its own.
pub(super) async fn check(client: &Client, contract: &Contract) -> Result<Vec<Finding>, Error> {
    let prepared = join_all(contract.queries.iter().map(|query| client.prepare(&query.sql))).await;
    let mut findings = Vec::new();
    for (query, prepared) in contract.queries.iter().zip(prepared) {
        match prepared {
            Ok(statement) => findings.extend(compare(query, &statement)),
            Err(error) => findings.push(refused(query, error)?),
        }
    }
    Ok(findings)
}

/// What the server says of a query that it does not take; that it says nothing is no finding.
fn refused(query: &Query, error: tokio_postgres::Error) -> Result<Finding, Error> {
    let Some(refusal) = error.as_db_error().filter(|refusal| refusal.code().code().starts_with("42")) else {
        return Err(error.into());
    };
    let place = match refusal.position() {
        Some(ErrorPosition::Original(position)) => *position as usize - 1,
        _ => 0,
    };
    let affected = Affected::at(query, place);
    let hint = refusal.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let mut finding = Finding::error(
        format!("query {}", affected.query),
        "a query that the server takes".to_owned(),
        format!("{}{hint}", refusal.message()),
        "bring the database to the schema that the query was written for",
    );
    finding.queries.push(affected);
    Ok(finding)
}

/// A finding for the parameters if their types are others, and one for the columns.
fn compare(query: &Query, statement: &Statement) -> Vec<Finding> {
    let parameters = numbered(query.parameters.iter().map(|(_, type_)| type_.clone()));
    let columns = query.columns.iter().map(|(name, type_)| format!("{name} {type_}")).collect();
    let found_parameters = numbered(statement.params().iter().map(name));
    let found_columns = statement.columns().iter().map(|column| format!("{} {}", column.name(), name(column.type_()))).collect();
    let sides = [("parameters", parameters, found_parameters), ("columns", columns, found_columns)];
    sides.into_iter().filter_map(|(what, expected, found)| difference(query, what, &expected, &found)).collect()
}

fn difference(query: &Query, what: &str, expected: &Vec<String>, found: &Vec<String>) -> Option<Finding> {
    let mut finding = Finding::error(
        format!("{what} of {}", query.full_name()),
        only_in(expected, found),
        only_in(found, expected),
        "change the type back, or compile the program against this schema",
    );
    finding.queries.push(Affected::at(query, 0));
    (expected != found).then_some(finding)
}

/// What only these have; all of them, where the others differ in their order alone.
fn only_in(these: &[String], others: &[String]) -> String {
    let only: Vec<&str> = these.iter().filter(|this| !others.contains(this)).map(String::as_str).collect();
    if only.is_empty() { these.join(", ") } else { only.join(", ") }
}

fn numbered(types: impl Iterator<Item = String>) -> Vec<String> {
    types.zip(1..).map(|(type_, number)| format!("${number} {type_}")).collect()
}

fn name(type_: &Type) -> String {
    format!("{}.{}", type_.schema(), type_.name())
}
