//! Proving that this program's queries fit a live database: `queries/verify.sql`.

mod catalog;
mod privileges;
#[cfg(feature = "scope")]
mod scope;
mod statements;

use codegen::queries::migrations;
use serde::Serialize;

use crate::{
    Error, Memory,
    contract::{COMPILED, Contract, Query},
    migrations::newest_version,
};

impl Memory {
    /// Proves that this program's queries fit the database: the server parses each and gives the types that the program
    /// was compiled for, the role may do what each needs, and tables, columns, constraints, indexes, triggers, policies,
    /// grants, functions and extensions are those that the migrations made. It reads the catalog alone, changes nothing,
    /// and runs none of the queries, so it is safe wherever the program runs.
    ///
    /// With the feature `scope` it also proves over the parse tree of each query that it cannot reach another user's rows.
    ///
    /// # Errors
    ///
    /// As every call to the database: see [`ErrorKind`](crate::ErrorKind). What does not fit is no error but a
    /// [`Finding`].
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// for finding in memory.verify().await?.findings {
    ///     println!("{}: expected {}, found {}; {}", finding.object, finding.expected, finding.found, finding.remedy);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn verify(&self) -> Result<Verification, Error> {
        let expected = newest_version();
        let ask = |client| async move {
            let has_history = migrations::get_state().bind(&client).one().await?.has_history;
            if has_history { Ok(Some(migrations::get_version().bind(&client).one().await?)) } else { Ok(None) }
        };
        let mut findings = Vec::new();
        let found = self.connections.read(ask).await?;
        if found != Some(expected) {
            let remedy = if found > Some(expected) { "use the program of that version" } else { "run `pgmemory migrate`" };
            let version = found.map_or_else(|| "none".to_owned(), |version| format!("version {version}"));
            findings.push(Finding::error("the schema memory", format!("version {expected}"), version, remedy));
        }
        if found.is_none() {
            return Ok(Verification { queries: 0, scopes: 0, objects: 0, findings });
        }
        findings.extend(self.connections.read(|client| async move { catalog::check(&client, &COMPILED).await }).await?);
        let mut verification = self.verify_queries(&COMPILED).await?;
        verification.objects = COMPILED.objects.len();
        verification.findings.append(&mut findings);
        verification.findings.sort_by_key(|finding| finding.severity);
        Ok(verification)
    }

    /// Proves that the queries of another version of this program fit the database, as [`verify`](Self::verify) does for
    /// its own: whether a program that is not replaced yet goes on when the database is migrated, and a new one works
    /// before that. `contract` is the text of its file `codegen/contract.json`. The catalog is not compared.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when this is not such a text; otherwise as
    /// [`verify`](Self::verify).
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), Box<dyn std::error::Error>> {
    /// let older = std::fs::read_to_string("../pgmemory-0.1/codegen/contract.json")?;
    /// assert_eq!(memory.verify_version(&older).await?.findings, []);
    /// # Ok(())
    /// # }
    /// ```
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn verify_version(&self, contract: &str) -> Result<Verification, Error> {
        self.verify_queries(&Contract::read(contract)?).await
    }

    async fn verify_queries(&self, contract: &Contract) -> Result<Verification, Error> {
        let check = |client| async move {
            let mut findings = statements::check(&client, contract).await?;
            findings.extend(privileges::check(&client, contract).await?);
            Ok(findings)
        };
        let mut findings = self.connections.read(check).await?;
        #[cfg(feature = "scope")]
        findings.extend(scope::check(contract));
        findings.sort_by_key(|finding| finding.severity);
        let queries = contract.queries.len();
        let scopes = if cfg!(feature = "scope") { queries } else { 0 };
        Ok(Verification { queries, scopes, objects: 0, findings })
    }
}

/// Whether a database is the one that this program was compiled for. Made by [`Memory::verify`] and [`Memory::verify_version`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// How many queries were parsed.
    pub queries: usize,
    /// Of how many it was proven that they stay with their user; 0 where the program is compiled without the feature
    /// `scope`.
    pub scopes: usize,
    /// With how many tables, columns, indexes and the like the catalog was compared.
    pub objects: usize,
    /// What does not fit, errors first.
    pub findings: Vec<Finding>,
}

/// Something in the database that is not as this program needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, for example `column nodes.summary`.
    pub object: String,
    /// What the program was compiled for.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What would mend it.
    pub remedy: String,
    /// Which queries it concerns, and where.
    pub queries: Vec<Affected>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// A query fails, is slow, or does not keep what it promises.
    Error,
    /// All that a user's memory needs works.
    Note,
}

/// A query that a finding concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Affected {
    /// The query, for example `nodes::get`.
    pub query: String,
    /// Its file in the sources of the program.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl Finding {
    fn error(object: impl Into<String>, expected: String, found: String, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Error, object: object.into(), expected, found, remedy: remedy.into(), queries: Vec::new() }
    }
}

impl Affected {
    /// Where the text of a query has this character, the first being 0.
    fn at(query: &Query, character: usize) -> Self {
        let before: String = query.sql.chars().take(character).collect();
        Self {
            query: query.full_name(),
            file: query.file(),
            line: query.line + before.matches('\n').count(),
            column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
        }
    }

    /// Where its text mentions a word for the first time.
    fn mentioning(query: &Query, word: &str) -> Option<Self> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let whole = |place: &usize| {
            let (before, after) = (&query.sql[..*place], &query.sql[place + word.len()..]);
            !before.ends_with(is_part) && !after.starts_with(is_part)
        };
        let code = query.sql.rfind("\n---").map_or(0, |comment| comment + 4);
        let place = query.sql.match_indices(word).map(|(place, _)| place).filter(|place| *place >= code).find(whole)?;
        Some(Self::at(query, query.sql[..place].chars().count()))
    }
}
