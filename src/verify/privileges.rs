//! Whether the role may run what the server parses for it: PREPARE does not ask.

use std::collections::{BTreeMap, HashSet};

use codegen::queries::verify;
use deadpool_postgres::Client;

use super::{Affected, Finding, Severity};
use crate::{Error, contract::Contract};

/// Modules of operators' work, which a role that serves users need not be able to do.
const OPERATORS: [&str; 5] = ["adopt", "maintenance", "migrations", "monitoring", "reindex"];

pub(super) async fn check(client: &Client, contract: &Contract) -> Result<Vec<Finding>, Error> {
    let mut needed: BTreeMap<(&str, &str), Vec<Affected>> = BTreeMap::new();
    let mut users: HashSet<(&str, &str)> = HashSet::new();
    for query in &contract.queries {
        for (table, privilege) in &query.privileges {
            let place = Affected::mentioning(query, &format!("memory.{table}")).unwrap_or_else(|| Affected::at(query, 0));
            needed.entry((table, privilege)).or_default().push(place);
            if !OPERATORS.contains(&query.module.as_str()) {
                users.insert((table, privilege));
            }
        }
    }
    let (tables, privileges): (Vec<&str>, Vec<&str>) = needed.keys().copied().unzip();
    let missing = verify::list_missing_privileges().bind(client, &tables, &privileges).all().await?;
    let missing: HashSet<(String, String)> = missing.into_iter().map(|missing| (missing.table_name, missing.privilege)).collect();
    let is_missing = |table: &str, privilege: &str| missing.contains(&(table.to_owned(), privilege.to_owned()));
    let findings = needed.into_iter().filter(|((table, privilege), _)| is_missing(table, privilege)).map(|(needed, queries)| {
        let (table, privilege) = needed;
        let is_users = users.contains(&needed);
        Finding {
            severity: if is_users { Severity::Error } else { Severity::Note },
            object: format!("privilege {privilege} on {table}"),
            expected: "granted".to_owned(),
            found: if is_users { "not granted" } else { "not granted, which only operators' work needs" }.to_owned(),
            remedy: format!("GRANT {privilege} ON memory.{table} to the role of this connection"),
            queries,
        }
    });
    Ok(findings.collect())
}
