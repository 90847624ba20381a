//! `pgmemory verify`, and the forms in which CI services want its findings.

use std::{
    fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use pgmemory::{Finding, Severity, Verification};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    Database, Outcome, Output,
    output::{fields, printable},
};

/// Prove that this program's queries fit the database, without running any: the server takes each, the role may run
/// it, and tables, columns, indexes, constraints, triggers and functions are those that the migrations made
#[derive(Args)]
#[command(after_help = "Example: pgmemory verify")]
pub(crate) struct Verify {
    /// The form of the findings; --json stands for json
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The folder queries/ of another version, built: would its queries work on this database? For a deployment in which
    /// both versions run
    #[arg(long, value_name = "DIR")]
    queries: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One document, as docs/COMMANDS.md has it
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a workflow, on the lines of the .sql files
    Github,
}

impl Verify {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        let memory = database.memory().await?;
        let verification = match &self.queries {
            None => memory.verify().await?,
            Some(folder) => in_folder(memory.verify_version(&contract_of(folder)?).await?, folder),
        };
        match self.format {
            Format::Text => output.show(&verification, text)?,
            Format::Json => Output { json: true }.show(&verification, text)?,
            Format::Sarif => Output { json: true }.show(&sarif(&verification), Value::to_string)?,
            Format::Github => verification.findings.iter().try_for_each(|finding| write!(stdout(), "{}", annotations(finding)))?,
        }
        let errors = verification.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        match errors {
            0 => Ok(()),
            1 => Err("the database does not fit this program in one place".into()),
            errors => Err(format!("the database does not fit this program in {errors} places").into()),
        }
    }
}

/// What the build wrote of the queries in a folder.
fn contract_of(folder: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let file = folder.join("../codegen/contract.json");
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let contract = read(&file).map_err(|error| format!("{error}; --queries takes the folder queries/ of a checkout"))?;
    let fingerprint = read(&folder.join("../codegen/fingerprint"))?;
    let is_queries = |line: &&str| line.contains("  queries/");
    for (hash, name) in fingerprint.lines().filter(is_queries).filter_map(|line| line.split_once("  queries/")) {
        // As the build hashes it, whatever the line ends of the checkout.
        let digest = Sha256::digest(read(&folder.join(name))?.replace('\r', ""));
        let digest: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if digest.concat() != hash {
            return Err(format!("{} was edited since it was compiled; run `cargo build` there", folder.join(name).display()).into());
        }
    }
    Ok(contract)
}

/// With the names of the files as they are from here.
fn in_folder(mut verification: Verification, folder: &Path) -> Verification {
    for place in verification.findings.iter_mut().flat_map(|finding| &mut finding.queries) {
        if let Some(name) = place.file.strip_prefix("queries/") {
            place.file = folder.join(name).display().to_string();
        }
    }
    verification
}

fn text(verification: &Verification) -> String {
    let one = |finding: &Finding| {
        let queries: Vec<String> = finding
            .queries
            .iter()
            .map(|affected| format!("{} ({}:{}:{})", affected.query, affected.file, affected.line, affected.column))
            .collect();
        let mut rows = vec![
            (level(finding), finding.object.clone()),
            ("expected", finding.expected.clone()),
            ("found", finding.found.clone()),
            ("remedy", finding.remedy.clone()),
        ];
        rows.extend((!queries.is_empty()).then(|| ("queries", queries.join("\n"))));
        fields(rows) + "\n"
    };
    let findings: String = verification.findings.iter().map(one).collect();
    let scopes = if verification.scopes > 0 { ", none reaches another user's rows" } else { "" };
    let objects =
        if verification.objects > 0 { format!("; {} objects of the schema compared", verification.objects) } else { String::new() };
    format!("{findings}{} queries parsed{scopes}{objects}", verification.queries)
}

fn level(finding: &Finding) -> &'static str {
    if finding.severity == Severity::Error { "error" } else { "note" }
}

fn message(finding: &Finding) -> String {
    format!("{}: expected {}, found {}; {}", finding.object, finding.expected, finding.found, finding.remedy)
}

/// One for each place, as a workflow of GitHub reads them.
fn annotations(finding: &Finding) -> String {
    let kind = if finding.severity == Severity::Error { "error" } else { "notice" };
    // A percent sign begins an escape there.
    let message = printable(&message(finding)).replace('%', "%25");
    if finding.queries.is_empty() {
        return format!("::{kind} title=pgmemory verify::{message}\n");
    }
    let one = |place: &pgmemory::Affected| {
        format!("::{kind} file={},line={},col={},title=pgmemory verify::{message}\n", place.file, place.line, place.column)
    };
    finding.queries.iter().map(one).collect()
}

fn sarif(verification: &Verification) -> Value {
    let result = |finding: &Finding| {
        let locations: Vec<Value> = finding
            .queries
            .iter()
            .map(|place| {
                let region = json!({"startLine": place.line, "startColumn": place.column});
                json!({"physicalLocation": {"artifactLocation": {"uri": place.file}, "region": region}})
            })
            .collect();
        let rule = finding.object.split(' ').next().unwrap_or_default();
        json!({"ruleId": rule, "level": level(finding), "message": {"text": message(finding)}, "locations": locations})
    };
    let driver = json!({"name": "pgmemory", "version": env!("CARGO_PKG_VERSION"), "informationUri": env!("CARGO_PKG_REPOSITORY")});
    let results: Vec<Value> = verification.findings.iter().map(result).collect();
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    })
}
