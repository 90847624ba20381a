//! `pgmemory explain`: how the server runs the queries.

mod render;

use clap::Args;
use pgmemory::{Explanation, Memory, PlanCheck, PlanMode, SlowStatement};
use serde::Serialize;

use crate::{
    Database, Outcome, Output,
    monitoring::NO_STATISTICS,
    output::{count, table},
};

/// How many of the slowest queries are explained.
const SLOWEST: usize = 5;

/// Show how the server runs a query of this program, beside its source: with parameters taken from a user's rows, in a
/// transaction that is rolled back. Without a query, list them
#[derive(Args)]
#[command(
    after_help = "Example: pgmemory explain nodes::get\nExample: pgmemory explain --check\nExample: pgmemory explain --slow\nExample: pgmemory explain"
)]
pub(crate) struct Explain {
    /// The query, for example search::rank
    query: Option<String>,
    /// Whose rows give the parameters; else those of the user with the most nodes
    #[arg(short, long, value_name = "USER", env = "PGMEMORY_USER")]
    user: Option<String>,
    /// Planned for these parameters, and not once for any, as this program has its queries planned
    #[arg(long)]
    custom: bool,
    /// Hold the query, or every query of a user, to the path and the numbers of rows that its comment promises, planned
    /// for these parameters and for any
    #[arg(long, conflicts_with_all = ["custom", "slow"])]
    check: bool,
    /// Explain the queries that took the most time, as pg_stat_statements has it
    #[arg(long, conflicts_with = "query")]
    slow: bool,
}

/// A query that took much time, and how the server runs it, if it is one of this program's.
#[derive(Serialize)]
struct Slow {
    statement: SlowStatement,
    explanation: Option<Explanation>,
}

/// A query and where it stands.
#[derive(Serialize)]
struct Listed {
    query: String,
    place: String,
}

impl Explain {
    pub(crate) async fn run(self, database: &Database, output: Output) -> Outcome {
        if self.check {
            return self.check(&database.memory().await?, output).await;
        }
        if self.slow {
            return self.slow(&database.memory().await?, output).await;
        }
        let Some(query) = &self.query else {
            let queries: Vec<Listed> = Memory::queries().map(|(query, place)| Listed { query, place }).collect();
            let rows = |queries: &Vec<Listed>| {
                table(&["query", "place"], queries.iter().map(|listed| vec![listed.query.clone(), listed.place.clone()]))
            };
            return Ok(output.show(&queries, rows)?);
        };
        let explanation = self.explain(&database.memory().await?, query).await?;
        Ok(output.show(&explanation, render::explanation)?)
    }

    async fn explain(&self, memory: &Memory, query: &str) -> Result<Explanation, pgmemory::Error> {
        let mode = if self.custom { PlanMode::Custom } else { PlanMode::Generic };
        let explain = memory.explain(query).mode(mode);
        match &self.user {
            Some(user) => explain.user(user).await,
            None => explain.await,
        }
    }

    async fn check(&self, memory: &Memory, output: Output) -> Outcome {
        let mut check = memory.check_plans();
        if let Some(query) = &self.query {
            check = check.query(query);
        }
        if let Some(user) = &self.user {
            check = check.user(user);
        }
        let check = check.await?;
        output.show(&check, |PlanCheck { plans, judged, broken, .. }| {
            let broken: String = broken.iter().map(|explanation| render::explanation(explanation) + "\n").collect();
            format!("{broken}{plans} plans looked at, {judged} of them of tables large enough to matter")
        })?;
        match check.broken.len() {
            0 => Ok(()),
            1 => Err("one plan is not as promised".into()),
            broken => Err(format!("{broken} plans are not as promised").into()),
        }
    }

    async fn slow(&self, memory: &Memory, output: Output) -> Outcome {
        let mut slowest = Vec::new();
        for statement in memory.slow_statements(SLOWEST).await? {
            // What has no plan is shown with its numbers alone.
            let explanation = match &statement.name {
                Some(name) => self.explain(memory, name).await.ok(),
                None => None,
            };
            slowest.push(Slow { statement, explanation });
        }
        let one = |Slow { statement, explanation }: &Slow| {
            let name = statement.name.as_ref().unwrap_or(&statement.query);
            let place = statement.place.as_deref().unwrap_or("not a query of this program");
            let calls = count(statement.calls, "call");
            let times = format!("{:.1} ms in {calls}, {:.2} ms each", statement.total_milliseconds, statement.mean_milliseconds);
            let plan = explanation.as_ref().map(render::explanation).unwrap_or_default();
            format!("{times}: {name} ({place})\n\n{plan}\n")
        };
        Ok(output
            .show(&slowest, |slowest| if slowest.is_empty() { NO_STATISTICS.to_owned() } else { slowest.iter().map(one).collect() })?)
    }
}
