// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct ListParams<T1: crate::StringSql> {
    pub user_id: T1,
    pub since: i64,
    pub limit: i64,
}
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    pub last_version: i64,
    pub version: Option<i64>,
    pub op: Option<String>,
    pub node_id: Option<uuid::Uuid>,
    pub relationship_id: Option<uuid::Uuid>,
    pub changed_at: Option<chrono::DateTime<chrono::Utc>>,
}
pub struct ListBorrowed<'a> {
    pub last_version: i64,
    pub version: Option<i64>,
    pub op: Option<&'a str>,
    pub node_id: Option<uuid::Uuid>,
    pub relationship_id: Option<uuid::Uuid>,
    pub changed_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ListBorrowed<'a>> for List {
    fn from(
        ListBorrowed {
            last_version,
            version,
            op,
            node_id,
            relationship_id,
            changed_at,
        }: ListBorrowed<'a>,
    ) -> Self {
        Self {
            last_version,
            version,
            op: op.map(|v| v.into()),
            node_id,
            relationship_id,
            changed_at,
        }
    }
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct ListQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ListBorrowed, tokio_postgres::Error>,
    mapper: fn(ListBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(ListBorrowed) -> R) -> ListQuery<'c, 'a, 's, C, R, N> {
        ListQuery {
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
pub struct ListStmt(&'static str, Option<tokio_postgres::Statement>);
/// A user's changes after a version, oldest first, at most :limit, each beside the version of the last; where there are none,
/// that alone. No row for a user without memories.
///
/// Access path: user_metadata_pkey; changes_pkey.
/// Bounds: reads :limit + 1, sorts :limit.
/// Invariant: never another user's rows; versions follow one another without gaps, but for what was swept.
pub fn list() -> ListStmt {
    ListStmt(
        "SELECT m.version AS last_version, c.version, c.op, c.node_id, c.relationship_id, c.changed_at FROM memory.user_metadata AS m LEFT JOIN LATERAL ( SELECT version, op, node_id, relationship_id, changed_at FROM memory.changes WHERE user_id = $1 AND version > $2 ORDER BY version LIMIT $3 ) AS c ON true WHERE m.user_id = $1 ORDER BY c.version",
        None,
    )
}
impl ListStmt {
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
        since: &'a i64,
        limit: &'a i64,
    ) -> ListQuery<'c, 'a, 's, C, List, 3> {
        ListQuery {
            client,
            params: [user_id, since, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<ListBorrowed, tokio_postgres::Error> {
                Ok(ListBorrowed {
                    last_version: row.try_get(0)?,
                    version: row.try_get(1)?,
                    op: row.try_get(2)?,
                    node_id: row.try_get(3)?,
                    relationship_id: row.try_get(4)?,
                    changed_at: row.try_get(5)?,
                })
            },
            mapper: |it| List::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<'c, 'a, 's, ListParams<T1>, ListQuery<'c, 'a, 's, C, List, 3>, C>
    for ListStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListParams<T1>,
    ) -> ListQuery<'c, 'a, 's, C, List, 3> {
        self.bind(client, &params.user_id, &params.since, &params.limit)
    }
}
