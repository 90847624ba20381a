// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct RecordParams<T1: crate::StringSql, T2: crate::StringSql, T3: crate::StringSql> {
    pub version: i32,
    pub name: T1,
    pub applied_on: T2,
    pub checksum: T3,
}
#[derive(Debug, Clone, PartialEq)]
pub struct GetState {
    pub server_version: i32,
    pub has_schema: bool,
    pub has_history: bool,
    pub some_table: Option<String>,
}
pub struct GetStateBorrowed<'a> {
    pub server_version: i32,
    pub has_schema: bool,
    pub has_history: bool,
    pub some_table: Option<&'a str>,
}
impl<'a> From<GetStateBorrowed<'a>> for GetState {
    fn from(
        GetStateBorrowed {
            server_version,
            has_schema,
            has_history,
            some_table,
        }: GetStateBorrowed<'a>,
    ) -> Self {
        Self {
            server_version,
            has_schema,
            has_history,
            some_table: some_table.map(|v| v.into()),
        }
    }
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct BoolQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<bool, tokio_postgres::Error>,
    mapper: fn(bool) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> BoolQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(bool) -> R) -> BoolQuery<'c, 'a, 's, C, R, N> {
        BoolQuery {
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
pub struct GetStateQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<GetStateBorrowed, tokio_postgres::Error>,
    mapper: fn(GetStateBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> GetStateQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(GetStateBorrowed) -> R) -> GetStateQuery<'c, 'a, 's, C, R, N> {
        GetStateQuery {
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
pub struct I32Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<i32, tokio_postgres::Error>,
    mapper: fn(i32) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> I32Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(i32) -> R) -> I32Query<'c, 'a, 's, C, R, N> {
        I32Query {
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
pub struct TryLockStmt(&'static str, Option<tokio_postgres::Statement>);
/// Keeps other instances from migrating this database until the end of the connection; false while one of
/// them does. A statement that waited for the lock would hold a snapshot, and CREATE INDEX CONCURRENTLY of the
/// one that has it waits for the end of all older snapshots.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn try_lock() -> TryLockStmt {
    TryLockStmt(
        "SELECT pg_try_advisory_lock(hashtextextended('pgmemory migrations', 0)) AS locked",
        None,
    )
}
impl TryLockStmt {
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
    ) -> BoolQuery<'c, 'a, 's, C, bool, 0> {
        BoolQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct LiftTimeoutStmt(&'static str, Option<tokio_postgres::Statement>);
/// Lets the statements of this connection take as long as they need: building an index.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn lift_timeout() -> LiftTimeoutStmt {
    LiftTimeoutStmt(
        "SELECT set_config('statement_timeout', '0', false) AS timeout",
        None,
    )
}
impl LiftTimeoutStmt {
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
pub struct DropUnfinishedStmt(&'static str, Option<tokio_postgres::Statement>);
/// What has to be run before a migration that builds indexes concurrently is begun again: for each index that
/// an interrupted build left invalid, and that the text of the migration names, the statement that drops it.
///
/// Access path: the catalog.
/// Invariant: reads no memory.
pub fn drop_unfinished() -> DropUnfinishedStmt {
    DropUnfinishedStmt(
        "SELECT format('DROP INDEX CONCURRENTLY memory.%I', unfinished.relname) AS statement FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS unfinished ON unfinished.oid = i.indexrelid WHERE NOT i.indisvalid AND unfinished.relnamespace = to_regnamespace('memory') AND strpos($1::text, format(' %I ON ', unfinished.relname)) > 0",
        None,
    )
}
impl DropUnfinishedStmt {
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
        migration: &'a T1,
    ) -> StringQuery<'c, 'a, 's, C, String, 1> {
        StringQuery {
            client,
            params: [migration],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
pub struct CreateSchemaStmt(&'static str, Option<tokio_postgres::Statement>);
/// Makes the home of the history, which the migration library writes before the first migration.
///
/// Access path: none.
/// Invariant: changes nothing where the schema exists.
pub fn create_schema() -> CreateSchemaStmt {
    CreateSchemaStmt("CREATE SCHEMA IF NOT EXISTS memory", None)
}
impl CreateSchemaStmt {
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
pub struct GetStateStmt(&'static str, Option<tokio_postgres::Statement>);
/// What is there before a migration: a history of ours, or tables of somebody else under our names.
///
/// Access path: the catalog.
/// Invariant: reads no memory.
pub fn get_state() -> GetStateStmt {
    GetStateStmt(
        "SELECT current_setting('server_version_num')::integer AS server_version, to_regnamespace('memory') IS NOT NULL AS has_schema, to_regclass('memory.schema_history') IS NOT NULL AS has_history, ( SELECT min(relname) FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace('memory') AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relname <> 'schema_history' )::text AS some_table",
        None,
    )
}
impl GetStateStmt {
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
    ) -> GetStateQuery<'c, 'a, 's, C, GetState, 0> {
        GetStateQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<GetStateBorrowed, tokio_postgres::Error> {
                    Ok(GetStateBorrowed {
                        server_version: row.try_get(0)?,
                        has_schema: row.try_get(1)?,
                        has_history: row.try_get(2)?,
                        some_table: row.try_get(3)?,
                    })
                },
            mapper: |it| GetState::from(it),
        }
    }
}
pub struct GetVersionStmt(&'static str, Option<tokio_postgres::Statement>);
/// The number of the newest migration that was applied; 0 where there is none.
///
/// Access path: all of schema_history, one row a migration.
/// Invariant: reads no memory.
pub fn get_version() -> GetVersionStmt {
    GetVersionStmt(
        "SELECT coalesce(max(version), 0) AS version FROM memory.schema_history",
        None,
    )
}
impl GetVersionStmt {
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
    ) -> I32Query<'c, 'a, 's, C, i32, 0> {
        I32Query {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct RecordStmt(&'static str, Option<tokio_postgres::Statement>);
/// Records a migration that was applied within a transaction of ours, as the migration library does.
///
/// Access path: schema_history, one row.
/// Invariant: writes no memory.
pub fn record() -> RecordStmt {
    RecordStmt(
        "INSERT INTO memory.schema_history (version, name, applied_on, checksum) VALUES ($1, $2, $3, $4) RETURNING version",
        None,
    )
}
impl RecordStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::StringSql,
        T2: crate::StringSql,
        T3: crate::StringSql,
    >(
        &'s self,
        client: &'c C,
        version: &'a i32,
        name: &'a T1,
        applied_on: &'a T2,
        checksum: &'a T3,
    ) -> I32Query<'c, 'a, 's, C, i32, 4> {
        I32Query {
            client,
            params: [version, name, applied_on, checksum],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql, T3: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        RecordParams<T1, T2, T3>,
        I32Query<'c, 'a, 's, C, i32, 4>,
        C,
    > for RecordStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RecordParams<T1, T2, T3>,
    ) -> I32Query<'c, 'a, 's, C, i32, 4> {
        self.bind(
            client,
            &params.version,
            &params.name,
            &params.applied_on,
            &params.checksum,
        )
    }
}
