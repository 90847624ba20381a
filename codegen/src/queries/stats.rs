// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Get {
    pub total_nodes: i32,
    pub total_relationships: i32,
    pub version: i64,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub last_activity: chrono::DateTime<chrono::Utc>,
}
#[derive(Debug, Clone, PartialEq)]
pub struct CountPerContextType {
    pub context_type: String,
    pub nodes: i64,
    pub entities: i64,
}
pub struct CountPerContextTypeBorrowed<'a> {
    pub context_type: &'a str,
    pub nodes: i64,
    pub entities: i64,
}
impl<'a> From<CountPerContextTypeBorrowed<'a>> for CountPerContextType {
    fn from(
        CountPerContextTypeBorrowed {
            context_type,
            nodes,
            entities,
        }: CountPerContextTypeBorrowed<'a>,
    ) -> Self {
        Self {
            context_type: context_type.into(),
            nodes,
            entities,
        }
    }
}
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct CountAll {
    pub users: i64,
    pub nodes: i64,
    pub relationships: i64,
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct GetQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<Get, tokio_postgres::Error>,
    mapper: fn(Get) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> GetQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(Get) -> R) -> GetQuery<'c, 'a, 's, C, R, N> {
        GetQuery {
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
pub struct CountPerContextTypeQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor:
        fn(&tokio_postgres::Row) -> Result<CountPerContextTypeBorrowed, tokio_postgres::Error>,
    mapper: fn(CountPerContextTypeBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CountPerContextTypeQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(CountPerContextTypeBorrowed) -> R,
    ) -> CountPerContextTypeQuery<'c, 'a, 's, C, R, N> {
        CountPerContextTypeQuery {
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
pub struct CountAllQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<CountAll, tokio_postgres::Error>,
    mapper: fn(CountAll) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CountAllQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(CountAll) -> R) -> CountAllQuery<'c, 'a, 's, C, R, N> {
        CountAllQuery {
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
pub struct GetStmt(&'static str, Option<tokio_postgres::Statement>);
/// How much a user has, by the counters that every write keeps. No row for a user without memories.
///
/// Access path: user_metadata_pkey.
/// Invariant: never another user's row.
pub fn get() -> GetStmt {
    GetStmt(
        "SELECT total_nodes, total_relationships, version, created_at, last_activity FROM memory.user_metadata WHERE user_id = $1",
        None,
    )
}
impl GetStmt {
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
    ) -> GetQuery<'c, 'a, 's, C, Get, 1> {
        GetQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<Get, tokio_postgres::Error> {
                Ok(Get {
                    total_nodes: row.try_get(0)?,
                    total_relationships: row.try_get(1)?,
                    version: row.try_get(2)?,
                    created_at: row.try_get(3)?,
                    last_activity: row.try_get(4)?,
                })
            },
            mapper: |it| Get::from(it),
        }
    }
}
pub struct CountPerContextTypeStmt(&'static str, Option<tokio_postgres::Statement>);
/// How many nodes, and how many of them entities, a user has of each context type, most first.
///
/// Access path: all of the user's entries in nodes_context_type_idx.
/// Invariant: never another user's rows.
pub fn count_per_context_type() -> CountPerContextTypeStmt {
    CountPerContextTypeStmt(
        "SELECT context_type, count(*) AS nodes, count(entity_id) AS entities FROM memory.nodes WHERE user_id = $1 GROUP BY context_type ORDER BY nodes DESC, context_type",
        None,
    )
}
impl CountPerContextTypeStmt {
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
    ) -> CountPerContextTypeQuery<'c, 'a, 's, C, CountPerContextType, 1> {
        CountPerContextTypeQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &tokio_postgres::Row,
            | -> Result<CountPerContextTypeBorrowed, tokio_postgres::Error> {
                Ok(CountPerContextTypeBorrowed {
                    context_type: row.try_get(0)?,
                    nodes: row.try_get(1)?,
                    entities: row.try_get(2)?,
                })
            },
            mapper: |it| CountPerContextType::from(it),
        }
    }
}
pub struct CountAllStmt(&'static str, Option<tokio_postgres::Statement>);
/// How many users, nodes and relationships there are: administration, across users.
///
/// Access path: all of user_metadata, one row a user.
/// Invariant: reads counters only, no memory.
pub fn count_all() -> CountAllStmt {
    CountAllStmt(
        "SELECT count(*) AS users, coalesce(sum(total_nodes), 0)::bigint AS nodes, coalesce(sum(total_relationships), 0)::bigint AS relationships FROM memory.user_metadata",
        None,
    )
}
impl CountAllStmt {
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
    ) -> CountAllQuery<'c, 'a, 's, C, CountAll, 0> {
        CountAllQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<CountAll, tokio_postgres::Error> {
                Ok(CountAll {
                    users: row.try_get(0)?,
                    nodes: row.try_get(1)?,
                    relationships: row.try_get(2)?,
                })
            },
            mapper: |it| CountAll::from(it),
        }
    }
}
