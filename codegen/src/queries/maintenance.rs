// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct CleanupParams<T1: crate::StringSql, T2: crate::StringSql, T3: crate::ArraySql<Item = T2>>
{
    pub user_id: T1,
    pub created_before: chrono::DateTime<chrono::Utc>,
    pub context_types: T3,
    pub keep_relevance: Option<f32>,
    pub keep_accessed_since: Option<chrono::DateTime<chrono::Utc>>,
    pub limit: i64,
    pub dry_run: bool,
}
#[derive(Clone, Copy, Debug)]
pub struct SweepChangesParams {
    pub changed_before: chrono::DateTime<chrono::Utc>,
    pub limit: i64,
}
#[derive(Debug)]
pub struct RecordCountParams<T1: crate::StringSql> {
    pub nodes: i32,
    pub user_id: T1,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Cleanup {
    pub context_type: String,
    pub nodes: i64,
    pub entities: i64,
    pub relationships: i64,
}
pub struct CleanupBorrowed<'a> {
    pub context_type: &'a str,
    pub nodes: i64,
    pub entities: i64,
    pub relationships: i64,
}
impl<'a> From<CleanupBorrowed<'a>> for Cleanup {
    fn from(
        CleanupBorrowed {
            context_type,
            nodes,
            entities,
            relationships,
        }: CleanupBorrowed<'a>,
    ) -> Self {
        Self {
            context_type: context_type.into(),
            nodes,
            entities,
            relationships,
        }
    }
}
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct DeleteNodes {
    pub nodes: i64,
    pub relationships: i64,
    pub changes: i64,
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct I64Query<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<i64, tokio_postgres::Error>,
    mapper: fn(i64) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> I64Query<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(i64) -> R) -> I64Query<'c, 'a, 's, C, R, N> {
        I64Query {
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
pub struct CleanupQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<CleanupBorrowed, tokio_postgres::Error>,
    mapper: fn(CleanupBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CleanupQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(CleanupBorrowed) -> R) -> CleanupQuery<'c, 'a, 's, C, R, N> {
        CleanupQuery {
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
pub struct UuidUuidQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<uuid::Uuid, tokio_postgres::Error>,
    mapper: fn(uuid::Uuid) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> UuidUuidQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(uuid::Uuid) -> R) -> UuidUuidQuery<'c, 'a, 's, C, R, N> {
        UuidUuidQuery {
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
pub struct DeleteNodesQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<DeleteNodes, tokio_postgres::Error>,
    mapper: fn(DeleteNodes) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> DeleteNodesQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(DeleteNodes) -> R) -> DeleteNodesQuery<'c, 'a, 's, C, R, N> {
        DeleteNodesQuery {
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
pub struct LockUserStmt(&'static str, Option<tokio_postgres::Statement>);
/// Waits until nobody else writes for the user, and keeps others out until the transaction ends. No row for a
/// user without memories.
///
/// Access path: user_metadata_pkey.
/// Invariant: changes nothing.
pub fn lock_user() -> LockUserStmt {
    LockUserStmt(
        "SELECT version FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE",
        None,
    )
}
impl LockUserStmt {
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
    ) -> I64Query<'c, 'a, 's, C, i64, 1> {
        I64Query {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct CleanupStmt(&'static str, Option<tokio_postgres::Statement>);
/// Deletes a user's oldest nodes that were created before a time, of some context types, at most :limit of
/// them, and counts them and the relationships that go with them. Those with at least the relevance
/// :keep_relevance (0.5 where nobody said) or touched since :keep_accessed_since stay; NULL keeps none. A dry
/// run counts the same and deletes nothing. After `lock_user`, so that no touch comes in between.
///
/// Access path: the user's entries in nodes_created_idx before the time, from the oldest on;
/// relationships_ends_key and relationships_to_idx.
/// Invariant: never another user's rows; a dry run writes and locks nothing.
pub fn cleanup() -> CleanupStmt {
    CleanupStmt(
        "WITH stale AS MATERIALIZED ( SELECT node_id, context_type, entity_id FROM memory.nodes WHERE user_id = $1 AND created_at < $2 AND context_type = ANY($3) AND ($4::real IS NULL OR coalesce(base_relevance, 0.5) < $4) AND ($5::timestamptz IS NULL OR access_count = 0 OR last_accessed < $5) ORDER BY created_at, node_id LIMIT $6 ), cut AS ( SELECT r.id FROM stale JOIN memory.relationships AS r ON r.user_id = $1 AND r.from_node_id = stale.node_id UNION SELECT r.id FROM stale JOIN memory.relationships AS r ON r.user_id = $1 AND r.to_node_id = stale.node_id ), deleted AS ( DELETE FROM memory.nodes WHERE user_id = $1 AND NOT $7 AND node_id IN (SELECT node_id FROM stale) RETURNING node_id ) SELECT stale.context_type, count(*) AS nodes, count(stale.entity_id) AS entities, (SELECT count(*) FROM cut) AS relationships FROM stale GROUP BY stale.context_type",
        None,
    )
}
impl CleanupStmt {
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
        T3: crate::ArraySql<Item = T2>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        created_before: &'a chrono::DateTime<chrono::Utc>,
        context_types: &'a T3,
        keep_relevance: &'a Option<f32>,
        keep_accessed_since: &'a Option<chrono::DateTime<chrono::Utc>>,
        limit: &'a i64,
        dry_run: &'a bool,
    ) -> CleanupQuery<'c, 'a, 's, C, Cleanup, 7> {
        CleanupQuery {
            client,
            params: [
                user_id,
                created_before,
                context_types,
                keep_relevance,
                keep_accessed_since,
                limit,
                dry_run,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<CleanupBorrowed, tokio_postgres::Error> {
                    Ok(CleanupBorrowed {
                        context_type: row.try_get(0)?,
                        nodes: row.try_get(1)?,
                        entities: row.try_get(2)?,
                        relationships: row.try_get(3)?,
                    })
                },
            mapper: |it| Cleanup::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::ArraySql<Item = T2>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        CleanupParams<T1, T2, T3>,
        CleanupQuery<'c, 'a, 's, C, Cleanup, 7>,
        C,
    > for CleanupStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CleanupParams<T1, T2, T3>,
    ) -> CleanupQuery<'c, 'a, 's, C, Cleanup, 7> {
        self.bind(
            client,
            &params.user_id,
            &params.created_before,
            &params.context_types,
            &params.keep_relevance,
            &params.keep_accessed_since,
            &params.limit,
            &params.dry_run,
        )
    }
}
pub struct SweepNodesStmt(&'static str, Option<tokio_postgres::Statement>);
/// Deletes nodes that have expired, of any user, at most :limit of them: administration, across users. A user
/// whom somebody else is writing for is left to the next sweep, so that several instances share the work.
///
/// Access path: nodes_expires_idx; user_metadata_pkey, one probe a user; nodes_pkey, one probe a node.
/// Invariant: deletes nothing that has not expired.
pub fn sweep_nodes() -> SweepNodesStmt {
    SweepNodesStmt(
        "WITH due AS MATERIALIZED ( SELECT user_id, node_id FROM memory.nodes WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 ), owner AS MATERIALIZED ( SELECT user_id FROM memory.user_metadata WHERE user_id IN (SELECT user_id FROM due) FOR NO KEY UPDATE SKIP LOCKED ) DELETE FROM memory.nodes AS n USING due WHERE n.user_id = due.user_id AND n.node_id = due.node_id AND n.user_id IN (SELECT user_id FROM owner) AND n.expires_at <= now() RETURNING n.node_id",
        None,
    )
}
impl SweepNodesStmt {
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
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 1> {
        UuidUuidQuery {
            client,
            params: [limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct SweepChangesStmt(&'static str, Option<tokio_postgres::Statement>);
/// Deletes entries of the log of changes from before a time, of any user, at most :limit of them:
/// administration, across users.
///
/// Access path: changes_changed_at_idx, changes_pkey.
/// Invariant: a reader that asks for newer changes than those deleted misses nothing.
pub fn sweep_changes() -> SweepChangesStmt {
    SweepChangesStmt(
        "DELETE FROM memory.changes WHERE (user_id, version) IN ( SELECT user_id, version FROM memory.changes WHERE changed_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED ) RETURNING version",
        None,
    )
}
impl SweepChangesStmt {
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
        changed_before: &'a chrono::DateTime<chrono::Utc>,
        limit: &'a i64,
    ) -> I64Query<'c, 'a, 's, C, i64, 2> {
        I64Query {
            client,
            params: [changed_before, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        SweepChangesParams,
        I64Query<'c, 'a, 's, C, i64, 2>,
        C,
    > for SweepChangesStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a SweepChangesParams,
    ) -> I64Query<'c, 'a, 's, C, i64, 2> {
        self.bind(client, &params.changed_before, &params.limit)
    }
}
pub struct SweepJournalsStmt(&'static str, Option<tokio_postgres::Statement>);
/// Deletes how far journals had come that were written last before a time, of any user: administration, across users.
///
/// Access path: all of journals: an index would cost every write of a session more than this scan costs a day.
/// Invariant: no entry of a journal that was written since is written again.
pub fn sweep_journals() -> SweepJournalsStmt {
    SweepJournalsStmt("DELETE FROM memory.journals WHERE advanced_at < $1", None)
}
impl SweepJournalsStmt {
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
        advanced_before: &'a chrono::DateTime<chrono::Utc>,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[advanced_before]).await
    }
}
pub struct ClaimUserStmt(&'static str, Option<tokio_postgres::Statement>);
/// As `lock_user`, of a user without memories, too: whoever is about to write the first must wait.
///
/// Access path: user_metadata_pkey.
/// Invariant: never another user's row.
pub fn claim_user() -> ClaimUserStmt {
    ClaimUserStmt(
        "INSERT INTO memory.user_metadata AS m (user_id) VALUES ($1) ON CONFLICT (user_id) DO UPDATE SET version = m.version RETURNING version",
        None,
    )
}
impl ClaimUserStmt {
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
    ) -> I64Query<'c, 'a, 's, C, i64, 1> {
        I64Query {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct DeleteNodesStmt(&'static str, Option<tokio_postgres::Statement>);
/// Deletes all nodes and relationships of a user, and counts everything that the user has. After `claim_user`:
/// what is written meanwhile would keep its nodes and lose its counters.
///
/// Access path: all of the user's entries in nodes, relationships and changes.
/// Invariant: never another user's rows.
pub fn delete_nodes() -> DeleteNodesStmt {
    DeleteNodesStmt(
        "WITH deleted AS ( DELETE FROM memory.nodes WHERE user_id = $1 RETURNING node_id ) SELECT (SELECT count(*) FROM deleted) AS nodes, (SELECT count(*) FROM memory.relationships WHERE user_id = $1) AS relationships, (SELECT count(*) FROM memory.changes WHERE user_id = $1) AS changes",
        None,
    )
}
impl DeleteNodesStmt {
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
    ) -> DeleteNodesQuery<'c, 'a, 's, C, DeleteNodes, 1> {
        DeleteNodesQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<DeleteNodes, tokio_postgres::Error> {
                Ok(DeleteNodes {
                    nodes: row.try_get(0)?,
                    relationships: row.try_get(1)?,
                    changes: row.try_get(2)?,
                })
            },
            mapper: |it| DeleteNodes::from(it),
        }
    }
}
pub struct DeleteTracesStmt(&'static str, Option<tokio_postgres::Statement>);
/// Deletes what is left of a user without nodes: the log of changes, the counters, the counted words, how far journals
/// have come and which logins are the user's. Says whether the view user_stats still knows the user.
///
/// Access path: changes_pkey, user_metadata_pkey, lexemes_pkey, journals_pkey, user_stats_user_id_idx; all of tenant_logins.
/// Invariant: never another user's rows.
pub fn delete_traces() -> DeleteTracesStmt {
    DeleteTracesStmt(
        "WITH changes AS ( DELETE FROM memory.changes WHERE user_id = $1 RETURNING version ), counters AS ( DELETE FROM memory.user_metadata WHERE user_id = $1 RETURNING version ), words AS ( DELETE FROM memory.lexemes WHERE user_id = $1 RETURNING lexeme ), journals AS ( DELETE FROM memory.journals WHERE user_id = $1 RETURNING journal_id ), logins AS ( DELETE FROM memory.tenant_logins WHERE user_id = $1 RETURNING login ) SELECT EXISTS (SELECT FROM memory.user_stats WHERE user_id = $1) AS is_in_user_stats",
        None,
    )
}
impl DeleteTracesStmt {
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
    ) -> BoolQuery<'c, 'a, 's, C, bool, 1> {
        BoolQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct ListUncountedStmt(&'static str, Option<tokio_postgres::Statement>);
/// Users whose words want counting: more than a few hundred nodes, and a tenth more or less than at the last count.
///
/// Access path: all of user_metadata.
/// Invariant: changes nothing.
pub fn list_uncounted() -> ListUncountedStmt {
    ListUncountedStmt(
        "SELECT user_id FROM memory.user_metadata WHERE greatest(total_nodes, counted_nodes) > 500 AND abs(total_nodes - counted_nodes) > counted_nodes / 10 ORDER BY user_id",
        None,
    )
}
impl ListUncountedStmt {
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
pub struct CountLexemesStmt(&'static str, Option<tokio_postgres::Statement>);
/// Counts the words of a user, for searches to know which are common; the rare ones are looked up when they are asked
/// for. Returns how many nodes the user has, or no row while another instance counts.
///
/// Access path: all nodes of the user, and all of the user's lexemes.
/// Invariant: writes one user's counts only, and waits for nobody.
pub fn count_lexemes() -> CountLexemesStmt {
    CountLexemesStmt(
        "WITH owner AS MATERIALIZED ( SELECT total_nodes FROM memory.user_metadata WHERE user_id = $1 AND pg_try_advisory_xact_lock(hashtextextended('pgmemory lexemes ' || $1, 0)) ), counted AS MATERIALIZED ( SELECT said.lexeme, count(*)::integer AS nodes, ARRAY[ count(*) FILTER (WHERE said.level >= 1), count(*) FILTER (WHERE said.level >= 2), count(*) FILTER (WHERE said.level >= 3), count(*) FILTER (WHERE said.level >= 4) ]::integer[] AS strong_nodes FROM memory.nodes AS n CROSS JOIN LATERAL memory.lexeme_levels(n.search) AS said WHERE n.user_id = $1 AND (SELECT total_nodes > 500 FROM owner) AND octet_length(said.lexeme) <= 512 GROUP BY said.lexeme HAVING count(*) >= 10 ), forgotten AS ( DELETE FROM memory.lexemes AS old WHERE old.user_id = $1 AND EXISTS (SELECT FROM owner) AND old.lexeme NOT IN (SELECT lexeme FROM counted) ), written AS ( INSERT INTO memory.lexemes AS old (user_id, lexeme, nodes, strong_nodes) SELECT $1, lexeme, nodes, strong_nodes FROM counted ORDER BY lexeme ON CONFLICT (user_id, lexeme) DO UPDATE SET nodes = EXCLUDED.nodes, strong_nodes = EXCLUDED.strong_nodes WHERE (old.nodes, old.strong_nodes) IS DISTINCT FROM (EXCLUDED.nodes, EXCLUDED.strong_nodes) ) SELECT total_nodes AS nodes FROM owner",
        None,
    )
}
impl CountLexemesStmt {
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
    ) -> I32Query<'c, 'a, 's, C, i32, 1> {
        I32Query {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct RecordCountStmt(&'static str, Option<tokio_postgres::Statement>);
/// Notes how many nodes the user had when the words were counted.
///
/// Access path: user_metadata_pkey.
/// Invariant: one user's row, unless somebody writes for the user; then the next sweep counts again.
pub fn record_count() -> RecordCountStmt {
    RecordCountStmt(
        "UPDATE memory.user_metadata SET counted_nodes = $1 WHERE user_id = $2 AND user_id IN (SELECT m.user_id FROM memory.user_metadata AS m WHERE m.user_id = $2 FOR UPDATE SKIP LOCKED) RETURNING user_id",
        None,
    )
}
impl RecordCountStmt {
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
        nodes: &'a i32,
        user_id: &'a T1,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        StringQuery {
            client,
            params: [nodes, user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        RecordCountParams<T1>,
        StringQuery<'c, 'a, 's, C, String, 2>,
        C,
    > for RecordCountStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RecordCountParams<T1>,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        self.bind(client, &params.nodes, &params.user_id)
    }
}
