// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct CountPerPeriodParams<T1: crate::StringSql, T2: crate::StringSql, T3: crate::StringSql> {
    pub unit: T1,
    pub time_zone: T2,
    pub user_id: T3,
    pub since: chrono::DateTime<chrono::Utc>,
    pub before: chrono::DateTime<chrono::Utc>,
}
#[derive(Clone, Copy, Debug)]
pub struct ListRecentParams {
    pub since: chrono::DateTime<chrono::Utc>,
    pub limit: i64,
}
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
#[derive(Debug, Clone, PartialEq)]
pub struct CountPerPeriod {
    pub period: chrono::DateTime<chrono::Utc>,
    pub local_time: String,
    pub context_type: String,
    pub nodes: i64,
    pub entities: i64,
}
pub struct CountPerPeriodBorrowed<'a> {
    pub period: chrono::DateTime<chrono::Utc>,
    pub local_time: &'a str,
    pub context_type: &'a str,
    pub nodes: i64,
    pub entities: i64,
}
impl<'a> From<CountPerPeriodBorrowed<'a>> for CountPerPeriod {
    fn from(
        CountPerPeriodBorrowed {
            period,
            local_time,
            context_type,
            nodes,
            entities,
        }: CountPerPeriodBorrowed<'a>,
    ) -> Self {
        Self {
            period,
            local_time: local_time.into(),
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
#[derive(Debug, Clone, PartialEq)]
pub struct ListUsers {
    pub user_id: String,
    pub total_nodes: i32,
    pub total_entities: i64,
    pub total_relationships: i32,
    pub last_activity: chrono::DateTime<chrono::Utc>,
}
pub struct ListUsersBorrowed<'a> {
    pub user_id: &'a str,
    pub total_nodes: i32,
    pub total_entities: i64,
    pub total_relationships: i32,
    pub last_activity: chrono::DateTime<chrono::Utc>,
}
impl<'a> From<ListUsersBorrowed<'a>> for ListUsers {
    fn from(
        ListUsersBorrowed {
            user_id,
            total_nodes,
            total_entities,
            total_relationships,
            last_activity,
        }: ListUsersBorrowed<'a>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            total_nodes,
            total_entities,
            total_relationships,
            last_activity,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct ListRecent {
    pub user_id: String,
    pub last_activity: chrono::DateTime<chrono::Utc>,
    pub new_nodes: i64,
}
pub struct ListRecentBorrowed<'a> {
    pub user_id: &'a str,
    pub last_activity: chrono::DateTime<chrono::Utc>,
    pub new_nodes: i64,
}
impl<'a> From<ListRecentBorrowed<'a>> for ListRecent {
    fn from(
        ListRecentBorrowed {
            user_id,
            last_activity,
            new_nodes,
        }: ListRecentBorrowed<'a>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            last_activity,
            new_nodes,
        }
    }
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
pub struct CountPerPeriodQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<CountPerPeriodBorrowed, tokio_postgres::Error>,
    mapper: fn(CountPerPeriodBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CountPerPeriodQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(CountPerPeriodBorrowed) -> R,
    ) -> CountPerPeriodQuery<'c, 'a, 's, C, R, N> {
        CountPerPeriodQuery {
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
pub struct ListUsersQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ListUsersBorrowed, tokio_postgres::Error>,
    mapper: fn(ListUsersBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListUsersQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(ListUsersBorrowed) -> R) -> ListUsersQuery<'c, 'a, 's, C, R, N> {
        ListUsersQuery {
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
pub struct ListRecentQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ListRecentBorrowed, tokio_postgres::Error>,
    mapper: fn(ListRecentBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListRecentQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(ListRecentBorrowed) -> R,
    ) -> ListRecentQuery<'c, 'a, 's, C, R, N> {
        ListRecentQuery {
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
/// Bounds: reads 1, sorts 0.
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
/// Access path: all of the user's nodes, by an index that begins with user_id; all of nodes where the user has most of them.
/// Bounds: reads 3 * nodes, sorts nodes + 7.
/// Invariant: never another user's rows.
pub fn count_per_context_type() -> CountPerContextTypeStmt {
    CountPerContextTypeStmt(
        "SELECT context_type, count(*) AS nodes, count(entity_id) AS entities FROM memory.nodes WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now() GROUP BY context_type ORDER BY nodes DESC, context_type",
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
pub struct CountPerPeriodStmt(&'static str, Option<tokio_postgres::Statement>);
/// How many nodes of each context type a user created in each period, newest period first. A period begins
/// by the calendar and the clock of :time_zone; periods without nodes are missing.
///
/// Access path: the user's entries in nodes_created_idx within the time, or all of the user's by another index, or all of nodes, where
/// the time or the user has most of them.
/// Bounds: reads 3 * nodes, sorts nodes.
/// Invariant: never another user's rows.
pub fn count_per_period() -> CountPerPeriodStmt {
    CountPerPeriodStmt(
        "SELECT date_trunc($1, created_at, $2) AS period, to_char(date_trunc($1, created_at, $2) AT TIME ZONE $2, 'YYYY-MM-DD HH24:MI') AS local_time, context_type, count(*) AS nodes, count(entity_id) AS entities FROM memory.nodes WHERE user_id = $3 AND created_at >= $4 AND created_at < $5 AND coalesce(expires_at, 'infinity') > now() GROUP BY period, context_type ORDER BY period DESC, context_type",
        None,
    )
}
impl CountPerPeriodStmt {
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
        unit: &'a T1,
        time_zone: &'a T2,
        user_id: &'a T3,
        since: &'a chrono::DateTime<chrono::Utc>,
        before: &'a chrono::DateTime<chrono::Utc>,
    ) -> CountPerPeriodQuery<'c, 'a, 's, C, CountPerPeriod, 5> {
        CountPerPeriodQuery {
            client,
            params: [unit, time_zone, user_id, since, before],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &tokio_postgres::Row,
            | -> Result<CountPerPeriodBorrowed, tokio_postgres::Error> {
                Ok(CountPerPeriodBorrowed {
                    period: row.try_get(0)?,
                    local_time: row.try_get(1)?,
                    context_type: row.try_get(2)?,
                    nodes: row.try_get(3)?,
                    entities: row.try_get(4)?,
                })
            },
            mapper: |it| CountPerPeriod::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql, T3: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        CountPerPeriodParams<T1, T2, T3>,
        CountPerPeriodQuery<'c, 'a, 's, C, CountPerPeriod, 5>,
        C,
    > for CountPerPeriodStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CountPerPeriodParams<T1, T2, T3>,
    ) -> CountPerPeriodQuery<'c, 'a, 's, C, CountPerPeriod, 5> {
        self.bind(
            client,
            &params.unit,
            &params.time_zone,
            &params.user_id,
            &params.since,
            &params.before,
        )
    }
}
pub struct CountAllStmt(&'static str, Option<tokio_postgres::Statement>);
/// How many users, nodes and relationships there are: administration, across users.
///
/// Access path: all of user_metadata, one row a user.
/// Bounds: reads users, sorts 0.
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
pub struct ListUsersStmt(&'static str, Option<tokio_postgres::Statement>);
/// The users with the most nodes: administration, across users.
///
/// Access path: all of user_metadata, one row a user; the nodes of those returned, by an index that begins with user_id.
/// Bounds: reads users + all_nodes, sorts users.
/// Invariant: reads counters and counts only, no memory.
pub fn list_users() -> ListUsersStmt {
    ListUsersStmt(
        "SELECT m.user_id, m.total_nodes, (SELECT count(n.entity_id) FROM memory.nodes AS n WHERE n.user_id = m.user_id) AS total_entities, m.total_relationships, m.last_activity FROM ( SELECT user_id, total_nodes, total_relationships, last_activity FROM memory.user_metadata ORDER BY total_nodes DESC, user_id LIMIT $1 ) AS m ORDER BY m.total_nodes DESC, m.user_id",
        None,
    )
}
impl ListUsersStmt {
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
        limit: &'a i64,
    ) -> ListUsersQuery<'c, 'a, 's, C, ListUsers, 1> {
        ListUsersQuery {
            client,
            params: [limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<ListUsersBorrowed, tokio_postgres::Error> {
                    Ok(ListUsersBorrowed {
                        user_id: row.try_get(0)?,
                        total_nodes: row.try_get(1)?,
                        total_entities: row.try_get(2)?,
                        total_relationships: row.try_get(3)?,
                        last_activity: row.try_get(4)?,
                    })
                },
            mapper: |it| ListUsers::from(it),
        }
    }
}
pub struct ListRecentStmt(&'static str, Option<tokio_postgres::Statement>);
/// The users whose memory changed since a time, latest first, and how many nodes each created since then:
/// administration, across users.
///
/// Access path: all of user_metadata, one row a user; nodes_created_idx for those returned.
/// Bounds: reads users + all_nodes, sorts users.
/// Invariant: reads counters and counts only, no memory.
pub fn list_recent() -> ListRecentStmt {
    ListRecentStmt(
        "SELECT m.user_id, m.last_activity, (SELECT count(*) FROM memory.nodes AS n WHERE n.user_id = m.user_id AND n.created_at >= $1) AS new_nodes FROM ( SELECT user_id, last_activity FROM memory.user_metadata WHERE last_activity >= $1 ORDER BY last_activity DESC, user_id LIMIT $2 ) AS m ORDER BY m.last_activity DESC, m.user_id",
        None,
    )
}
impl ListRecentStmt {
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
        since: &'a chrono::DateTime<chrono::Utc>,
        limit: &'a i64,
    ) -> ListRecentQuery<'c, 'a, 's, C, ListRecent, 2> {
        ListRecentQuery {
            client,
            params: [since, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<ListRecentBorrowed, tokio_postgres::Error> {
                    Ok(ListRecentBorrowed {
                        user_id: row.try_get(0)?,
                        last_activity: row.try_get(1)?,
                        new_nodes: row.try_get(2)?,
                    })
                },
            mapper: |it| ListRecent::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        ListRecentParams,
        ListRecentQuery<'c, 'a, 's, C, ListRecent, 2>,
        C,
    > for ListRecentStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListRecentParams,
    ) -> ListRecentQuery<'c, 'a, 's, C, ListRecent, 2> {
        self.bind(client, &params.since, &params.limit)
    }
}
pub struct RefreshStmt(&'static str, Option<tokio_postgres::Statement>);
/// Brings the view user_stats up to date, while others go on reading it.
///
/// Access path: all of nodes, relationships and user_metadata.
/// Invariant: changes nothing but the view.
pub fn refresh() -> RefreshStmt {
    RefreshStmt(
        "REFRESH MATERIALIZED VIEW CONCURRENTLY memory.user_stats",
        None,
    )
}
impl RefreshStmt {
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
pub struct RefreshBlockingStmt(&'static str, Option<tokio_postgres::Statement>);
/// The same within a transaction that also changed tables; readers of the view wait for its end.
///
/// Access path: all of nodes, relationships and user_metadata.
/// Invariant: changes nothing but the view.
pub fn refresh_blocking() -> RefreshBlockingStmt {
    RefreshBlockingStmt("REFRESH MATERIALIZED VIEW memory.user_stats", None)
}
impl RefreshBlockingStmt {
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
