//! Whether the catalog has what the migrations made.

use std::collections::BTreeMap;

use codegen::queries::verify;
use deadpool_postgres::Client;

use super::{Affected, Finding, Severity};
use crate::{
    Error,
    contract::{Contract, Query},
};

/// What a database may have otherwise: `reindex --configuration` replaces the one, `semantic enable` the others.
const REPLACED: [&str; 6] = [
    "function text_search_configuration()",
    "function semantic_model()",
    "function embed_nodes(for_user text, node_ids uuid[], embeddings real[])",
    "function nearest_nodes(for_user text, query_embedding real[], most integer)",
    "function unembedded_nodes(for_user text, most bigint)",
    "function embedding_coverage(for_user text)",
];

/// Compares what is there with what the migrations of this contract made.
pub(super) async fn check(client: &Client, contract: &Contract) -> Result<Vec<Finding>, Error> {
    let mut live: BTreeMap<String, String> = verify::list_objects()
        .bind(client)
        .all()
        .await?
        .into_iter()
        .map(|object| (format!("{} {}", object.kind, object.name), object.definition))
        .collect();
    let mut findings = Vec::new();
    for expected in &contract.objects {
        let object = format!("{} {}", expected.kind, expected.name);
        let found = live.remove(&object);
        if found.as_deref() == Some(expected.definition.as_str()) || (found.is_some() && REPLACED.contains(&object.as_str())) {
            continue;
        }
        let mut finding = Finding::error(
            object,
            expected.definition.clone(),
            found.clone().unwrap_or_else(|| "nothing".to_owned()),
            remedy(&expected.kind, &expected.name, &expected.definition, found.as_deref()),
        );
        finding.queries = affected(contract, &expected.kind, &expected.name);
        findings.push(finding);
    }
    findings.extend(live.into_iter().map(|(object, found)| additional(object, found)));
    let outdated = verify::list_outdated_extensions().bind(client).all().await?;
    findings.extend(outdated.into_iter().map(|extension| {
        let [expected, found] = [extension.available, extension.installed].map(|version| format!("version {version}"));
        let remedy = format!("ALTER EXTENSION {} UPDATE", extension.name);
        note(format!("version of {}", extension.name), expected, found, remedy)
    }));
    let settings = verify::list_other_settings().bind(client).all().await?;
    findings.extend(settings.into_iter().map(|setting| {
        let object = format!("setting {} of this connection", setting.name);
        note(object, setting.expected, setting.found, setting.remedy)
    }));
    Ok(findings)
}

fn note(object: String, expected: String, found: String, remedy: String) -> Finding {
    Finding { severity: Severity::Note, ..Finding::error(object, expected, found, remedy) }
}

/// What the migrations did not make. It does no harm, unless it shows somebody more.
fn additional(object: String, found: String) -> Finding {
    let part = object.split_once(' ').and_then(|(kind, name)| Some((kind, name.split_once('.')?)));
    let remedy = match part {
        Some(("policy", (table, policy))) => Some(format!("DROP POLICY {policy} ON memory.{table}")),
        Some(("grant", (table, role))) => Some(format!("REVOKE {found} ON memory.{table} FROM {role}")),
        _ => None,
    };
    Finding {
        severity: if remedy.is_some() { Severity::Error } else { Severity::Note },
        object,
        expected: "nothing".to_owned(),
        found,
        remedy: remedy.unwrap_or_else(|| "nothing needs to be done".to_owned()),
        queries: Vec::new(),
    }
}

fn remedy(kind: &str, name: &str, expected: &str, found: Option<&str>) -> String {
    let (table, part) = name.split_once('.').unwrap_or((name, name));
    let has = |text: &str, word: &str| text.split(' ').any(|part| part == word);
    match (kind, found) {
        ("index", Some(found)) if has(found, "INVALID") => format!("REINDEX INDEX CONCURRENTLY memory.{name}"),
        ("trigger", Some(found)) if has(found, "DISABLED") => format!("ALTER TABLE memory.{table} ENABLE TRIGGER {part}"),
        ("constraint", Some(found)) if found.ends_with("NOT VALID") => format!("ALTER TABLE memory.{table} VALIDATE CONSTRAINT {part}"),
        ("column", Some(found)) if has(expected, "NOT") && !has(found, "NOT") => {
            format!("ALTER TABLE memory.{table} ALTER COLUMN {part} SET NOT NULL")
        }
        ("column", Some(_)) => format!("make memory.{name} what it was: {expected}"),
        ("table", Some(found)) if has(expected, "SECURITY") && !has(found, "SECURITY") => {
            format!("ALTER TABLE memory.{name} ENABLE ROW LEVEL SECURITY")
        }
        ("policy", _) => format!("SELECT memory.protect_rows('memory.{table}')"),
        ("grant", None) => format!("GRANT {expected} ON memory.{table} TO {part}"),
        ("grant", Some(found)) => {
            format!("REVOKE {found} ON memory.{table} FROM {part}; GRANT {expected} ON memory.{table} TO {part}")
        }
        ("extension", None) => format!("CREATE EXTENSION {name} WITH SCHEMA public"),
        (_, None) => format!("make the {kind} again, as the files of schema/ do; after an older version, `pgmemory migrate`"),
        (_, Some(_)) => format!("make the {kind} what it was, as the files of schema/ have it"),
    }
}

/// The queries whose text mentions it, or the table that it belongs to.
fn affected(contract: &Contract, kind: &str, name: &str) -> Vec<Affected> {
    let (table, part) = name.split_once('.').unwrap_or((name, name));
    let of_table = format!("memory.{table}");
    let function = format!("memory.{}", name.split('(').next().unwrap_or(name));
    let mention = |query: &Query| match kind {
        "column" => Affected::mentioning(query, &of_table).and_then(|_| Affected::mentioning(query, part)),
        "index" => query.sql.contains(part).then(|| Affected::at(query, 0)),
        "function" => Affected::mentioning(query, &function),
        "extension" => None,
        "constraint" | "trigger" => {
            let writes = query.privileges.iter().any(|(known, privilege)| known == table && privilege != "SELECT");
            Affected::mentioning(query, &of_table).filter(|_| writes)
        }
        _ => Affected::mentioning(query, &of_table),
    };
    contract.queries.iter().filter_map(mention).collect()
}
