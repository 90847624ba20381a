// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug, Clone, PartialEq)]
pub struct LiftLimits {
    pub timeout: String,
    pub row_security: String,
}
pub struct LiftLimitsBorrowed<'a> {
    pub timeout: &'a str,
    pub row_security: &'a str,
}
impl<'a> From<LiftLimitsBorrowed<'a>> for LiftLimits {
    fn from(
        LiftLimitsBorrowed {
            timeout,
            row_security,
        }: LiftLimitsBorrowed<'a>,
    ) -> Self {
        Self {
            timeout: timeout.into(),
            row_security: row_security.into(),
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
pub struct LiftLimitsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<LiftLimitsBorrowed, tokio_postgres::Error>,
    mapper: fn(LiftLimitsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> LiftLimitsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(LiftLimitsBorrowed) -> R,
    ) -> LiftLimitsQuery<'c, 'a, 's, C, R, N> {
        LiftLimitsQuery {
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
/// Keeps migrations and other adoptions of this database out until the transaction ends, as `migrations::try_lock`
/// does for a connection; false while there is one.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn try_lock() -> TryLockStmt {
    TryLockStmt(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('pgmemory migrations', 0)) AS locked",
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
pub struct ListDifferencesStmt(&'static str, Option<tokio_postgres::Statement>);
/// In what the tables in the database are not those of the Python system: columns that are missing, of
/// another type, or unknown, which would be lost.
///
/// Access path: the catalog.
/// Invariant: reads no memory.
pub fn list_differences() -> ListDifferencesStmt {
    ListDifferencesStmt(
        "SELECT coalesce(expected.relation, found.relation) || '.' || coalesce(expected.name, found.name) || CASE WHEN found.name IS NULL THEN ' is missing' WHEN expected.name IS NULL THEN ' is unknown' ELSE ' is ' || found.type || ', not ' || expected.type END AS difference FROM ( VALUES ('nodes', 'node_id', 'uuid'), ('nodes', 'user_id', 'text'), ('nodes', 'content', 'jsonb'), ('nodes', 'context_type', 'text'), ('nodes', 'summary', 'text'), ('nodes', 'created_at', 'timestamp with time zone'), ('nodes', 'last_accessed', 'timestamp with time zone'), ('nodes', 'access_count', 'integer'), ('nodes', 'base_relevance', 'real'), ('nodes', 'tags', 'text[]'), ('nodes', 'metadata', 'jsonb'), ('nodes', 'entity_id', 'text'), ('nodes', 'entity_type', 'text'), ('nodes', 'entity_system', 'text'), ('relationships', 'id', 'uuid'), ('relationships', 'user_id', 'text'), ('relationships', 'from_node_id', 'uuid'), ('relationships', 'to_node_id', 'uuid'), ('relationships', 'relationship_type', 'text'), ('relationships', 'strength', 'real'), ('relationships', 'created_at', 'timestamp with time zone'), ('relationships', 'metadata', 'jsonb'), ('user_metadata', 'user_id', 'text'), ('user_metadata', 'created_at', 'timestamp with time zone'), ('user_metadata', 'last_activity', 'timestamp with time zone'), ('user_metadata', 'total_nodes', 'integer'), ('user_metadata', 'total_relationships', 'integer'), ('user_metadata', 'metadata', 'jsonb') ) AS expected (relation, name, type) FULL JOIN ( SELECT c.relname::text AS relation, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid WHERE c.relnamespace = to_regnamespace('memory') AND c.relname IN ('nodes', 'relationships', 'user_metadata') AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped ) AS found ON found.relation = expected.relation AND found.name = expected.name WHERE found.type IS DISTINCT FROM expected.type ORDER BY difference",
        None,
    )
}
impl ListDifferencesStmt {
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
pub struct LockTablesStmt(&'static str, Option<tokio_postgres::Statement>);
/// Keeps everybody out of the old tables until the transaction ends: what is written to them while they are
/// read would be lost.
///
/// Access path: none.
/// Invariant: reads no memory.
pub fn lock_tables() -> LockTablesStmt {
    LockTablesStmt(
        "LOCK TABLE memory.nodes, memory.relationships, memory.user_metadata IN ACCESS EXCLUSIVE MODE",
        None,
    )
}
impl LockTablesStmt {
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
pub struct LiftLimitsStmt(&'static str, Option<tokio_postgres::Statement>);
/// Lets the statements of this transaction take as long as they need, and makes a policy that hides rows of the
/// old tables an error.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn lift_limits() -> LiftLimitsStmt {
    LiftLimitsStmt(
        "SELECT set_config('statement_timeout', '0', true) AS timeout, set_config('row_security', 'off', true) AS row_security",
        None,
    )
}
impl LiftLimitsStmt {
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
    ) -> LiftLimitsQuery<'c, 'a, 's, C, LiftLimits, 0> {
        LiftLimitsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<LiftLimitsBorrowed, tokio_postgres::Error> {
                    Ok(LiftLimitsBorrowed {
                        timeout: row.try_get(0)?,
                        row_security: row.try_get(1)?,
                    })
                },
            mapper: |it| LiftLimits::from(it),
        }
    }
}
