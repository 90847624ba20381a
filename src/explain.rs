//! How the server runs the queries: `queries/explain.sql`.

mod parameters;
mod plan;
mod promise;

use std::future::IntoFuture;

use codegen::queries::{explain, stats};
use deadpool_postgres::Object;
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use crate::{
    Error, Memory,
    contract::{COMPILED, Query},
    error::ErrorKind,
    model::validate_user_id,
};
use parameters::Values;
use plan::{Facts, Tables};
use promise::Promise;

/// Modules of operators' work and of what only surrounds the queries: what they promise is not checked.
const UNCHECKED: [&str; 10] =
    ["adopt", "explain", "import", "isolation", "maintenance", "migrations", "monitoring", "reindex", "semantic", "verify"];

impl Memory {
    /// How the server runs one of this program's queries, for example `nodes::get`: it does, with parameters taken from the
    /// rows of a user, in a transaction that is rolled back. Await it to get it.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// let explained = memory.explain("nodes::get").user("alice").await?;
    /// println!("{} rows read by {:?}", explained.rows_read, explained.indexes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain(&self, query: impl Into<String>) -> Explain<'_> {
        Explain { memory: self, query: query.into(), user_id: None, mode: PlanMode::Generic }
    }

    /// Whether every query of a user takes the path that its comment promises, and reads and sorts no more rows than that
    /// says, planned for the parameters at hand and planned for any. Await it to get it. It runs each, the writing ones too, with
    /// parameters taken from the rows of a user, in a transaction that is rolled back; writers of that user wait meanwhile.
    ///
    /// ```no_run
    /// # async fn run(memory: pgmemory::Memory) -> Result<(), pgmemory::Error> {
    /// for broken in memory.check_plans().await?.broken {
    ///     println!("{} as {:?}: {}", broken.query, broken.mode, broken.differences.join("; "));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn check_plans(&self) -> CheckPlans<'_> {
        CheckPlans { memory: self, query: None, user_id: None }
    }

    /// The names of this program's queries, each with where it stands, as `nodes::get` and `queries/nodes.sql:184`.
    ///
    /// ```no_run
    /// # fn run() {
    /// for (name, place) in pgmemory::Memory::queries() {
    ///     println!("{name} {place}");
    /// }
    /// # }
    /// ```
    pub fn queries() -> impl Iterator<Item = (String, String)> {
        COMPILED.queries.iter().map(|query| (query.full_name(), query.place()))
    }
}

/// An explanation to come. Made by [`Memory::explain`].
#[derive(Clone, Debug)]
#[must_use = "await it to get it"]
pub struct Explain<'a> {
    memory: &'a Memory,
    query: String,
    user_id: Option<String>,
    mode: PlanMode,
}

impl Explain<'_> {
    /// Whose rows give the parameters; unless set, those of the user with the most nodes.
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// What the server is to plan for; [`PlanMode::Generic`] unless set.
    pub fn mode(mut self, mode: PlanMode) -> Self {
        self.mode = mode;
        self
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn run(self) -> Result<Explanation, Error> {
        let query = find(&self.query)?;
        let mut explained = explain_all(self.memory, &[query], &[self.mode], self.user_id).await?;
        Ok(explained.swap_remove(0))
    }
}

impl<'a> IntoFuture for Explain<'a> {
    type Output = Result<Explanation, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A check to come. Made by [`Memory::check_plans`].
#[derive(Clone, Debug)]
#[must_use = "await it to get it"]
pub struct CheckPlans<'a> {
    memory: &'a Memory,
    query: Option<String>,
    user_id: Option<String>,
}

impl CheckPlans<'_> {
    /// Checks this query alone.
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }

    /// Whose rows give the parameters; unless set, those of the user with the most nodes.
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn run(self) -> Result<PlanCheck, Error> {
        let queries: Vec<&Query> = match &self.query {
            Some(name) => vec![find(name)?],
            None => COMPILED.queries.iter().filter(|query| !UNCHECKED.contains(&query.module.as_str()) && query.has_plan()).collect(),
        };
        let explained = explain_all(self.memory, &queries, &[PlanMode::Custom, PlanMode::Generic], self.user_id).await?;
        let judged = explained.iter().filter(|explanation| explanation.is_judged).count();
        Ok(PlanCheck {
            plans: explained.len(),
            judged,
            broken: explained.into_iter().filter(|explanation| !explanation.differences.is_empty()).collect(),
        })
    }
}

impl<'a> IntoFuture for CheckPlans<'a> {
    type Output = Result<PlanCheck, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Whether queries keep what they promise. Made by [`Memory::check_plans`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanCheck {
    /// How many plans were looked at: two for each query.
    pub plans: usize,
    /// How many of them were held to their promise: those of tables with about 10,000 rows or more.
    pub judged: usize,
    /// Those that are not as promised.
    pub broken: Vec<Explanation>,
}

/// What the server plans for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlanMode {
    /// The parameters at hand, at every call: on connections whose `plan_cache_mode` is not set, for the first five calls and
    /// as long as it seems to pay.
    Custom,
    /// Any parameters, once for a connection, as it does on those of this crate.
    Generic,
}

/// How the server ran a query. Made by [`Memory::explain`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The query, for example `nodes::get`.
    pub query: String,
    /// Its file in the sources of the program.
    pub file: String,
    /// The line at which `source` begins there, from 1.
    pub line: usize,
    /// Its text, comment included.
    pub source: String,
    /// What its comment promises of the path.
    pub access_path: String,
    /// How many rows it promises to read and sort at most, with what that is for these parameters.
    pub bounds: Option<String>,
    /// What the server planned for.
    pub mode: PlanMode,
    /// What the query ran with.
    pub parameters: Vec<Parameter>,
    /// The indexes that the plan uses, those of partitions under the name of the whole.
    pub indexes: Vec<String>,
    /// How many rows of the store's tables were read, those included that were thrown away.
    pub rows_read: u64,
    /// How many rows were sorted.
    pub rows_sorted: u64,
    /// Whether the plan is held to the promise: it reads or writes a table with about 10,000 rows or more. Of smaller ones it does
    /// not matter how they are read.
    pub is_judged: bool,
    /// In what the plan is not as promised.
    pub differences: Vec<String>,
    /// What the server says: an element of the result of `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`.
    pub plan: Value,
}

/// A parameter of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name, without the colon.
    pub name: String,
    /// Its value as the server writes it.
    pub value: Option<String>,
}

fn find(name: &str) -> Result<&'static Query, Error> {
    let query = COMPILED.queries.iter().find(|query| query.full_name() == name);
    let query = query.ok_or_else(|| Error::invalid("query", format!("there is no {name}")))?;
    if query.has_plan() { Ok(query) } else { Err(Error::invalid("query", format!("{name} has no plan"))) }
}

async fn explain_all(memory: &Memory, queries: &[&Query], modes: &[PlanMode], user_id: Option<String>) -> Result<Vec<Explanation>, Error> {
    user_id.as_deref().map_or(Ok(()), validate_user_id)?;
    // Taken out of the pool: what was prepared ends with the connection.
    let client = memory.client().await?;
    let call = memory.connections.watch(&client);
    let mut client = Object::take(client);
    let explained = async {
        let user_id = match user_id {
            Some(user_id) => user_id,
            None => stats::list_users().bind(&*client, &1).opt().await?.map(|user| user.user_id).ok_or_else(no_user)?,
        };
        let tables = Tables::read(&*client).await?;
        let values = Values::sample(&*client, &user_id).await?;
        let mut explained = Vec::new();
        for query in queries {
            for mode in modes {
                explained.push(explain_one(&mut client, query, *mode, &values, &tables).await?);
            }
        }
        Ok(explained)
    };
    let explained = explained.await;
    call.answered();
    explained
}

fn no_user() -> Error {
    Error::new(ErrorKind::NotFound, "there are no memories to take parameters from")
}

async fn explain_one(
    client: &mut tokio_postgres::Client,
    query: &Query,
    mode: PlanMode,
    values: &Values,
    tables: &Tables,
) -> Result<Explanation, Error> {
    let (types, values_given) = values.of(query);
    let statements = explain::write_statements().bind(client, &types, &query.sql, &values_given).one().await?;
    let transaction = client.transaction().await?;
    let forced = match mode {
        PlanMode::Custom => "force_custom_plan",
        PlanMode::Generic => "force_generic_plan",
    };
    explain::choose_plans().bind(&transaction, &forced).one().await?;
    transaction.batch_execute(&statements.prepare).await?;
    let plan = transaction.query_one(&statements.explain, &[]).await?.get::<_, Value>(0)[0].take();
    transaction.rollback().await?;
    client.batch_execute(&statements.deallocate).await?;

    let facts = Facts::read(&plan["Plan"], tables);
    let promise = Promise::of(query);
    let bounds = promise.bounds.as_ref().map(|bounds| bounds.for_values(query, values)).transpose()?;
    let names = query.parameters.iter().map(|(name, _)| name.clone());
    Ok(Explanation {
        query: query.full_name(),
        file: query.file(),
        line: query.line,
        source: query.source(),
        differences: promise.differences(&facts, bounds, tables),
        access_path: promise.path,
        bounds: promise.bounds.zip(bounds).map(|(bounds, limits)| bounds.describe(limits)),
        mode,
        parameters: names.zip(values_given).map(|(name, value)| Parameter { name, value: value.map(str::to_owned) }).collect(),
        rows_read: facts.rows_read,
        rows_sorted: facts.rows_sorted,
        is_judged: facts.is_of_large,
        indexes: facts.indexes.into_iter().collect(),
        plan,
    })
}
