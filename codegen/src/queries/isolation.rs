// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug, Clone, PartialEq)]
pub struct Enter {
    pub role: String,
    pub user_id: String,
}
pub struct EnterBorrowed<'a> {
    pub role: &'a str,
    pub user_id: &'a str,
}
impl<'a> From<EnterBorrowed<'a>> for Enter {
    fn from(EnterBorrowed { role, user_id }: EnterBorrowed<'a>) -> Self {
        Self {
            role: role.into(),
            user_id: user_id.into(),
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct GetRole {
    pub name: String,
    pub is_superuser: bool,
    pub bypasses: bool,
    pub owns_tables: bool,
}
pub struct GetRoleBorrowed<'a> {
    pub name: &'a str,
    pub is_superuser: bool,
    pub bypasses: bool,
    pub owns_tables: bool,
}
impl<'a> From<GetRoleBorrowed<'a>> for GetRole {
    fn from(
        GetRoleBorrowed {
            name,
            is_superuser,
            bypasses,
            owns_tables,
        }: GetRoleBorrowed<'a>,
    ) -> Self {
        Self {
            name: name.into(),
            is_superuser,
            bypasses,
            owns_tables,
        }
    }
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct StringQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<&str, tokio_postgres::Error>,
    mapper: fn(&str) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> StringQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(&str) -> R) -> StringQuery<'c, 'a, 's, C, R, N> {
        StringQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row =
            crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row =
            crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c,
        tokio_postgres::Error,
    > {
        let stream = crate::client::async_::raw(
            self.client,
            self.query,
            crate::slice_iter(&self.params),
            self.cached,
        )
        .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
pub struct EnterQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<EnterBorrowed, tokio_postgres::Error>,
    mapper: fn(EnterBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> EnterQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(EnterBorrowed) -> R) -> EnterQuery<'c, 'a, 's, C, R, N> {
        EnterQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row =
            crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row =
            crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c,
        tokio_postgres::Error,
    > {
        let stream = crate::client::async_::raw(
            self.client,
            self.query,
            crate::slice_iter(&self.params),
            self.cached,
        )
        .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
pub struct GetRoleQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<GetRoleBorrowed, tokio_postgres::Error>,
    mapper: fn(GetRoleBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> GetRoleQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(GetRoleBorrowed) -> R) -> GetRoleQuery<'c, 'a, 's, C, R, N> {
        GetRoleQuery {
            client: self.client,
            params: self.params,
            query: self.query,
            cached: self.cached,
            extractor: self.extractor,
            mapper,
        }
    }
    pub async fn one(self) -> Result<T, tokio_postgres::Error> {
        let row =
            crate::client::async_::one(self.client, self.query, &self.params, self.cached).await?;
        Ok((self.mapper)((self.extractor)(&row)?))
    }
    pub async fn all(self) -> Result<Vec<T>, tokio_postgres::Error> {
        self.iter().await?.try_collect().await
    }
    pub async fn opt(self) -> Result<Option<T>, tokio_postgres::Error> {
        let opt_row =
            crate::client::async_::opt(self.client, self.query, &self.params, self.cached).await?;
        Ok(opt_row
            .map(|row| {
                let extracted = (self.extractor)(&row)?;
                Ok((self.mapper)(extracted))
            })
            .transpose()?)
    }
    pub async fn iter(
        self,
    ) -> Result<
        impl futures::Stream<Item = Result<T, tokio_postgres::Error>> + 'c,
        tokio_postgres::Error,
    > {
        let stream = crate::client::async_::raw(
            self.client,
            self.query,
            crate::slice_iter(&self.params),
            self.cached,
        )
        .await?;
        let mapped = stream
            .map(move |res| {
                res.and_then(|row| {
                    let extracted = (self.extractor)(&row)?;
                    Ok((self.mapper)(extracted))
                })
            })
            .into_stream();
        Ok(mapped)
    }
}
pub struct BeginStmt(&'static str, Option<tokio_postgres::Statement>);
/// Begins a transaction that may write.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn begin() -> BeginStmt {
    BeginStmt("BEGIN", None)
}
impl BeginStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub async fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[]).await
    }
}
pub struct BeginReadingStmt(&'static str, Option<tokio_postgres::Statement>);
/// Begins a transaction that may not write.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn begin_reading() -> BeginReadingStmt {
    BeginReadingStmt("BEGIN READ ONLY", None)
}
impl BeginReadingStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub async fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[]).await
    }
}
pub struct BeginSnapshotStmt(&'static str, Option<tokio_postgres::Statement>);
/// The same, whose statements all see what was there at one moment.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn begin_snapshot() -> BeginSnapshotStmt {
    BeginSnapshotStmt("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", None)
}
impl BeginSnapshotStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub async fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[]).await
    }
}
pub struct PlanForParametersStmt(&'static str, Option<tokio_postgres::Statement>);
/// Has the rest of the transaction plan each statement for its parameters, and not once for any: how to read all that a user has
/// depends on whether that is little of a table or most of it.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn plan_for_parameters() -> PlanForParametersStmt {
    PlanForParametersStmt(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', true) AS mode",
        None,
    )
}
impl PlanForParametersStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> StringQuery<'c, 'a, 's, C, String, 0> {
        StringQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
pub struct EnterStmt(&'static str, Option<tokio_postgres::Statement>);
/// Makes the rest of the transaction that of one user: the role whose policies show that user's rows alone, and whose
/// they are. Both end with the transaction, however it ends.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn enter() -> EnterStmt {
    EnterStmt(
        "SELECT set_config('role', 'pgmemory_tenant_writer', true) AS role, set_config('pgmemory.user_id', $1, true) AS user_id",
        None,
    )
}
impl EnterStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
    ) -> EnterQuery<'c, 'a, 's, C, Enter, 1> {
        EnterQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<EnterBorrowed, tokio_postgres::Error> {
                Ok(EnterBorrowed {
                    role: row.try_get(0)?,
                    user_id: row.try_get(1)?,
                })
            },
            mapper: |it| Enter::from(it),
        }
    }
}
pub struct CommitStmt(&'static str, Option<tokio_postgres::Statement>);
/// Ends a transaction and keeps what it wrote.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn commit() -> CommitStmt {
    CommitStmt("COMMIT", None)
}
impl CommitStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub async fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[]).await
    }
}
pub struct RollbackStmt(&'static str, Option<tokio_postgres::Statement>);
/// Ends a transaction, and keeps nothing of it.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn rollback() -> RollbackStmt {
    RollbackStmt("ROLLBACK", None)
}
impl RollbackStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub async fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[]).await
    }
}
pub struct GetRoleStmt(&'static str, Option<tokio_postgres::Statement>);
/// Whether row-level security binds the present role at all, and if not, why.
///
/// Access path: the catalog.
/// Invariant: reads no memory.
pub fn get_role() -> GetRoleStmt {
    GetRoleStmt(
        "SELECT current_user::text AS name, r.rolsuper AS is_superuser, r.rolbypassrls AS bypasses, coalesce(( SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace WHERE s.nspname = 'memory' AND c.relname = 'nodes' ), false) AS owns_tables FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user",
        None,
    )
}
impl GetRoleStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient>(
        &'s self,
        client: &'c C,
    ) -> GetRoleQuery<'c, 'a, 's, C, GetRole, 0> {
        GetRoleQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<GetRoleBorrowed, tokio_postgres::Error> {
                    Ok(GetRoleBorrowed {
                        name: row.try_get(0)?,
                        is_superuser: row.try_get(1)?,
                        bypasses: row.try_get(2)?,
                        owns_tables: row.try_get(3)?,
                    })
                },
            mapper: |it| GetRole::from(it),
        }
    }
}
