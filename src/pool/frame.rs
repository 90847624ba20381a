//! What an operation of a user's runs in: statements by themselves, a transaction, or one of that user's own role.

use std::sync::Arc;

use codegen::{client::GenericClient, queries::isolation};
use deadpool_postgres::Client;
use futures::{
    FutureExt,
    future::{try_join, try_join4},
};
use tokio_postgres::{
    Error as DriverError, Row, RowStream, Statement, ToStatement,
    error::SqlState,
    types::{BorrowToSql, ToSql},
};

use crate::{Error, contract::COMPILED, error::ErrorKind};

/// What an operation needs around its statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Nothing: they only read.
    Read,
    /// A transaction that sees what was there at one moment.
    Snapshot,
    /// The same, to read all that the user has: planned for that user.
    WholeSnapshot,
    /// Nothing: it is one statement, which writes.
    Write,
    /// A transaction that writes.
    WritingTransaction,
}

impl Frame {
    fn writes(self) -> bool {
        matches!(self, Self::Write | Self::WritingTransaction)
    }

    /// The query that begins its transaction.
    fn begin(self) -> &'static str {
        match self {
            Self::Read => "begin_reading",
            Self::Snapshot | Self::WholeSnapshot => "begin_snapshot",
            Self::Write | Self::WritingTransaction => "begin",
        }
    }
}

/// The connection of one operation; its clones are the same.
#[derive(Clone)]
pub(crate) struct Framed(Arc<Client>);

/// Runs an operation on a connection within its frame; for a tenant always in a transaction, as the tenant's role.
///
/// The begin is sent with the first statements, so it costs no time of its own; nor does the end of what only read.
/// Whoever drops this before it is done has to close the connection, as all operations that are dropped do.
pub(crate) async fn run<T, F>(client: Client, frame: Frame, tenant: Option<&str>, operation: impl FnOnce(Framed) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let framed = Framed(Arc::new(client));
    if tenant.is_none() && matches!(frame, Frame::Read | Frame::Write) {
        return operation(framed).await;
    }
    // In a box, since most operations are not: they need not be as large as both.
    Box::pin(run_within(framed, frame, tenant, operation)).await
}

async fn run_within<T, F>(framed: Framed, frame: Frame, tenant: Option<&str>, operation: impl FnOnce(Framed) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let transaction = Transaction::prepare(&framed, frame).await?;
    let tenant = match tenant {
        Some(user_id) => Some((isolation::enter().prepare(&framed).await?, user_id)),
        None => None,
    };
    let plan = match frame {
        Frame::WholeSnapshot => Some(isolation::plan_for_parameters().prepare(&framed).await?),
        _ => None,
    };
    let begin = async { Ok(framed.0.execute(&transaction.begin, &[]).await?) };
    let plan = async {
        if let Some(plan) = &plan {
            plan.bind(&framed).one().await?;
        }
        Ok(())
    };
    let enter = async {
        if let Some((enter, user_id)) = &tenant {
            enter.bind(&framed, user_id).one().await.map_err(without_role)?;
        }
        Ok(())
    };
    // All are prepared, so each is sent when it is asked for the first time, in this order. After one that fails the
    // server refuses the others.
    let result = try_join4(begin, plan, enter, operation(framed.clone())).await.map(|(_, (), (), value)| value);
    if frame.writes() && result.is_ok() {
        framed.0.execute(&transaction.commit, &[]).await?;
    } else {
        // Sent, and nobody waits for the answer: whoever gets the connection next does.
        let _ = framed.0.execute(&transaction.rollback, &[]).now_or_never();
    }
    result
}

/// The statements around a transaction, prepared.
struct Transaction {
    begin: Statement,
    commit: Statement,
    rollback: Statement,
}

impl Transaction {
    /// The generated functions would have the server parse them every time.
    async fn prepare(framed: &Framed, frame: Frame) -> Result<Self, Error> {
        let text = |name: &str| {
            let query = COMPILED.queries.iter().find(|query| query.module == "isolation" && query.name == name);
            query.expect("queries/isolation.sql has it").sql.as_str()
        };
        let (begin, (commit, rollback)) =
            try_join(framed.prepare(text(frame.begin())), try_join(framed.prepare(text("commit")), framed.prepare(text("rollback"))))
                .await?;
        Ok(Self { begin, commit, rollback })
    }
}

/// The roles come with a migration.
fn without_role(error: DriverError) -> Error {
    if error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) {
        return Error::new(ErrorKind::Schema, "the database is not migrated to this version, run `pgmemory migrate`").because(error);
    }
    error.into()
}

impl GenericClient for Framed {
    /// The pool's connections keep what was prepared.
    fn stmt_cache() -> bool {
        true
    }

    async fn prepare(&self, query: &str) -> Result<Statement, DriverError> {
        GenericClient::prepare(&*self.0, query).await
    }

    async fn execute<T>(&self, query: &T, params: &[&(dyn ToSql + Sync)]) -> Result<u64, DriverError>
    where
        T: ?Sized + ToStatement + Sync + Send,
    {
        GenericClient::execute(&*self.0, query, params).await
    }

    async fn query_one<T>(&self, statement: &T, params: &[&(dyn ToSql + Sync)]) -> Result<Row, DriverError>
    where
        T: ?Sized + ToStatement + Sync + Send,
    {
        GenericClient::query_one(&*self.0, statement, params).await
    }

    async fn query_opt<T>(&self, statement: &T, params: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, DriverError>
    where
        T: ?Sized + ToStatement + Sync + Send,
    {
        GenericClient::query_opt(&*self.0, statement, params).await
    }

    async fn query<T>(&self, query: &T, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DriverError>
    where
        T: ?Sized + ToStatement + Sync + Send,
    {
        GenericClient::query(&*self.0, query, params).await
    }

    async fn query_raw<T, I>(&self, statement: &T, params: I) -> Result<RowStream, DriverError>
    where
        T: ?Sized + ToStatement + Sync + Send,
        I: IntoIterator + Sync + Send,
        I::IntoIter: ExactSizeIterator,
        I::Item: BorrowToSql,
    {
        GenericClient::query_raw(&*self.0, statement, params).await
    }
}
