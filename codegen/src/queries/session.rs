// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct GetStateParams<T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>> {
    pub user_id: T1,
    pub journal_ids: T2,
}
#[derive(Debug)]
pub struct AdvanceParams<T1: crate::StringSql> {
    pub user_id: T1,
    pub journal_id: uuid::Uuid,
    pub last_seq: i64,
    pub now: chrono::DateTime<chrono::Utc>,
    pub first_seq: i64,
}
#[derive(Debug)]
pub struct ListRecentParams<T1: crate::StringSql> {
    pub user_id: T1,
    pub limit: i64,
}
#[derive(Debug)]
pub struct ListRelevantParams<T1: crate::StringSql> {
    pub user_id: T1,
    pub limit: i64,
}
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct GetState {
    pub last_version: Option<i64>,
    pub memory_created_at: Option<chrono::DateTime<chrono::Utc>>,
    pub journal_id: Option<uuid::Uuid>,
    pub last_seq: Option<i64>,
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct GetStateQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<GetState, tokio_postgres::Error>,
    mapper: fn(GetState) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> GetStateQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(GetState) -> R) -> GetStateQuery<'c, 'a, 's, C, R, N> {
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
pub struct GetStateStmt(&'static str, Option<tokio_postgres::Statement>);
/// The version of a user's last change, since when the user has a memory, and how far each of some journals has come: one
/// row for each journal, or one without. NULL for what is not there.
///
/// Access path: user_metadata_pkey; journals_pkey.
/// Bounds: reads 1 + :journal_ids, sorts 0.
/// Invariant: never another user's rows.
pub fn get_state() -> GetStateStmt {
    GetStateStmt(
        "SELECT m.version AS last_version, m.created_at AS memory_created_at, j.journal_id, j.last_seq FROM (SELECT 1) AS one LEFT JOIN memory.user_metadata AS m ON m.user_id = $1 LEFT JOIN memory.journals AS j ON j.user_id = $1 AND j.journal_id = ANY($2::uuid[])",
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
    pub fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::StringSql,
        T2: crate::ArraySql<Item = uuid::Uuid>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        journal_ids: &'a T2,
    ) -> GetStateQuery<'c, 'a, 's, C, GetState, 2> {
        GetStateQuery {
            client,
            params: [user_id, journal_ids],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<GetState, tokio_postgres::Error> {
                Ok(GetState {
                    last_version: row.try_get(0)?,
                    memory_created_at: row.try_get(1)?,
                    journal_id: row.try_get(2)?,
                    last_seq: row.try_get(3)?,
                })
            },
            mapper: |it| GetState::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        GetStateParams<T1, T2>,
        GetStateQuery<'c, 'a, 's, C, GetState, 2>,
        C,
    > for GetStateStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a GetStateParams<T1, T2>,
    ) -> GetStateQuery<'c, 'a, 's, C, GetState, 2> {
        self.bind(client, &params.user_id, &params.journal_ids)
    }
}
pub struct AdvanceStmt(&'static str, Option<tokio_postgres::Statement>);
/// Takes down that the entries of a journal from :first_seq to :last_seq are being written, by the transaction in which
/// they are, as nodes::upsert_many does itself. It is refused when one of them was written before: then none may be written again.
///
/// Access path: user_metadata_pkey; journals_pkey.
/// Bounds: reads 2, sorts 0.
/// Invariant: never another user's rows; a number never goes back.
pub fn advance() -> AdvanceStmt {
    AdvanceStmt(
        "WITH owner AS MATERIALIZED ( SELECT version FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE ) INSERT INTO memory.journals AS j (user_id, journal_id, last_seq, advanced_at) SELECT $1::text, $2::uuid, $3::bigint, $4::timestamptz WHERE (SELECT count(*) FROM owner) >= 0 ON CONFLICT (user_id, journal_id) DO UPDATE SET last_seq = CASE WHEN j.last_seq < $5::bigint THEN EXCLUDED.last_seq ELSE 0 END, advanced_at = EXCLUDED.advanced_at RETURNING j.last_seq",
        None,
    )
}
impl AdvanceStmt {
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
        journal_id: &'a uuid::Uuid,
        last_seq: &'a i64,
        now: &'a chrono::DateTime<chrono::Utc>,
        first_seq: &'a i64,
    ) -> I64Query<'c, 'a, 's, C, i64, 5> {
        I64Query {
            client,
            params: [user_id, journal_id, last_seq, now, first_seq],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<'c, 'a, 's, AdvanceParams<T1>, I64Query<'c, 'a, 's, C, i64, 5>, C>
    for AdvanceStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a AdvanceParams<T1>,
    ) -> I64Query<'c, 'a, 's, C, i64, 5> {
        self.bind(
            client,
            &params.user_id,
            &params.journal_id,
            &params.last_seq,
            &params.now,
            &params.first_seq,
        )
    }
}
pub struct ListRecentStmt(&'static str, Option<tokio_postgres::Statement>);
/// The ids of a user's newest nodes.
///
/// Access path: nodes_created_idx.
/// Bounds: reads :limit, sorts :limit.
/// Invariant: never another user's rows.
pub fn list_recent() -> ListRecentStmt {
    ListRecentStmt(
        "SELECT node_id FROM memory.nodes WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now() ORDER BY created_at DESC, node_id DESC LIMIT $2",
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
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        limit: &'a i64,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2> {
        UuidUuidQuery {
            client,
            params: [user_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        ListRecentParams<T1>,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2>,
        C,
    > for ListRecentStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListRecentParams<T1>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2> {
        self.bind(client, &params.user_id, &params.limit)
    }
}
pub struct ListRelevantStmt(&'static str, Option<tokio_postgres::Statement>);
/// The ids of a user's nodes of the highest base relevance, the most accessed and newest of these first.
///
/// Access path: all of the user's nodes, by an index that begins with user_id; all of nodes where the user has most of them.
/// Bounds: reads 3 * nodes, sorts nodes.
/// Invariant: never another user's rows.
pub fn list_relevant() -> ListRelevantStmt {
    ListRelevantStmt(
        "SELECT node_id FROM memory.nodes WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now() ORDER BY coalesce(base_relevance, 0.5) DESC, access_count DESC, created_at DESC, node_id DESC LIMIT $2",
        None,
    )
}
impl ListRelevantStmt {
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
        limit: &'a i64,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2> {
        UuidUuidQuery {
            client,
            params: [user_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        ListRelevantParams<T1>,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2>,
        C,
    > for ListRelevantStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListRelevantParams<T1>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2> {
        self.bind(client, &params.user_id, &params.limit)
    }
}
pub struct ListenStmt(&'static str, Option<tokio_postgres::Statement>);
/// Has the connection hear of what notify tells, for as long as it lives.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn listen() -> ListenStmt {
    ListenStmt("LISTEN pgmemory", None)
}
impl ListenStmt {
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
pub struct NotifyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Tells all that listen that something changed. Never within a transaction that writes: those that notify commit one after
/// the other, and here no commit waits for the disk.
///
/// Access path: none.
/// Invariant: touches no table; the payloads are the caller's, and name no user.
pub fn notify() -> NotifyStmt {
    NotifyStmt(
        "SELECT FROM set_config('synchronous_commit', 'off', true) CROSS JOIN unnest($1::text[]) AS payload CROSS JOIN LATERAL pg_notify('pgmemory', payload)",
        None,
    )
}
impl NotifyStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub async fn bind<
        'c,
        'a,
        's,
        C: GenericClient,
        T1: crate::StringSql,
        T2: crate::ArraySql<Item = T1>,
    >(
        &'s self,
        client: &'c C,
        payloads: &'a T2,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[payloads]).await
    }
}
