// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct ListOutdatedParams<T1: crate::StringSql> {
    pub after_user_id: T1,
    pub after_node_id: uuid::Uuid,
    pub limit: i64,
}
#[derive(Debug)]
pub struct DeriveManyParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = T1>,
    T3: crate::ArraySql<Item = uuid::Uuid>,
> {
    pub user_ids: T2,
    pub node_ids: T3,
}
#[derive(Debug)]
pub struct DeriveParams<T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>> {
    pub user_id: T1,
    pub node_ids: T2,
}
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Sample {
    pub nodes: i64,
    pub outdated: i64,
}
#[derive(Debug, Clone, PartialEq)]
pub struct ListOutdated {
    pub nodes: i64,
    pub last_user_id: Option<String>,
    pub last_node_id: Option<uuid::Uuid>,
    pub user_ids: Vec<String>,
    pub node_ids: Vec<uuid::Uuid>,
}
pub struct ListOutdatedBorrowed<'a> {
    pub nodes: i64,
    pub last_user_id: Option<&'a str>,
    pub last_node_id: Option<uuid::Uuid>,
    pub user_ids: crate::ArrayIterator<'a, &'a str>,
    pub node_ids: crate::ArrayIterator<'a, uuid::Uuid>,
}
impl<'a> From<ListOutdatedBorrowed<'a>> for ListOutdated {
    fn from(
        ListOutdatedBorrowed {
            nodes,
            last_user_id,
            last_node_id,
            user_ids,
            node_ids,
        }: ListOutdatedBorrowed<'a>,
    ) -> Self {
        Self {
            nodes,
            last_user_id: last_user_id.map(|v| v.into()),
            last_node_id,
            user_ids: user_ids.map(|v| v.into()).collect(),
            node_ids: node_ids.map(|v| v).collect(),
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
pub struct SampleQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<Sample, tokio_postgres::Error>,
    mapper: fn(Sample) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> SampleQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(Sample) -> R) -> SampleQuery<'c, 'a, 's, C, R, N> {
        SampleQuery {
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
pub struct ListOutdatedQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ListOutdatedBorrowed, tokio_postgres::Error>,
    mapper: fn(ListOutdatedBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ListOutdatedQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(ListOutdatedBorrowed) -> R,
    ) -> ListOutdatedQuery<'c, 'a, 's, C, R, N> {
        ListOutdatedQuery {
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
pub struct ListConfigurationsStmt(&'static str, Option<tokio_postgres::Statement>);
/// The text search configurations that the database has, each by the name that `replace_configuration` takes: with
/// its schema, unless it comes with the server.
///
/// Access path: the catalog.
/// Invariant: reads no memory.
pub fn list_configurations() -> ListConfigurationsStmt {
    ListConfigurationsStmt(
        "SELECT CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || c.cfgname AS name FROM pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace ORDER BY name",
        None,
    )
}
impl ListConfigurationsStmt {
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
pub struct GetConfigurationStmt(&'static str, Option<tokio_postgres::Statement>);
/// The text search configuration that is in force, by the same name.
///
/// Access path: the catalog.
/// Invariant: reads no memory.
pub fn get_configuration() -> GetConfigurationStmt {
    GetConfigurationStmt(
        "SELECT CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || c.cfgname AS name FROM pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace WHERE c.oid = memory.text_search_configuration()",
        None,
    )
}
impl GetConfigurationStmt {
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
pub struct ReplaceConfigurationStmt(&'static str, Option<tokio_postgres::Statement>);
/// What has to be run so that one of these configurations is in force.
///
/// Access path: the catalog.
/// Invariant: reads no memory, changes nothing.
pub fn replace_configuration() -> ReplaceConfigurationStmt {
    ReplaceConfigurationStmt(
        "SELECT format( 'CREATE OR REPLACE FUNCTION memory.text_search_configuration() RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L', format('SELECT %L::regconfig', format('%I.%I', n.nspname, c.cfgname)) ) AS statement FROM pg_catalog.pg_ts_config AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace WHERE CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || c.cfgname = $1::text",
        None,
    )
}
impl ReplaceConfigurationStmt {
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
        configuration: &'a T1,
    ) -> StringQuery<'c, 'a, 's, C, String, 1> {
        StringQuery {
            client,
            params: [configuration],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
pub struct ListWritersStmt(&'static str, Option<tokio_postgres::Statement>);
/// The transactions that may have written nodes and have not ended: what they derived may be older than the
/// configuration in force, and nobody sees it yet.
///
/// Access path: the server's table of locks.
/// Invariant: reads no memory, locks nothing.
pub fn list_writers() -> ListWritersStmt {
    ListWritersStmt(
        "SELECT DISTINCT l.virtualtransaction AS transaction FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_database AS d ON d.oid = l.database WHERE d.datname = current_database() AND l.locktype = 'relation' AND l.relation = 'memory.nodes'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()",
        None,
    )
}
impl ListWritersStmt {
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
pub struct SampleStmt(&'static str, Option<tokio_postgres::Statement>);
/// How many of at most 100 nodes have another search column than the server derives now. Half of them are the last
/// in the order of the key, to which an interrupted reindex has not come, the others come from random pages. Large
/// ones are left out, which would take long.
///
/// Access path: nodes_pkey, 50 entries; about as many rows of random pages.
/// Invariant: across users, counts only, locks nothing.
pub fn sample() -> SampleStmt {
    SampleStmt(
        "WITH size AS MATERIALIZED ( SELECT sum(greatest(c.reltuples, 0)) AS rows FROM pg_catalog.pg_class AS c WHERE c.relkind = 'r' AND ( c.oid = 'memory.nodes'::regclass OR c.oid IN (SELECT tree.relid FROM pg_partition_tree('memory.nodes') AS tree) ) ), last AS ( SELECT user_id, node_id, content, summary, tags, search FROM memory.nodes ORDER BY user_id DESC, node_id DESC LIMIT 50 ), random AS ( SELECT user_id, node_id, content, summary, tags, search FROM memory.nodes TABLESAMPLE SYSTEM ((SELECT 100 * 50 / greatest(rows, 50) FROM size)) LIMIT 50 ), derived AS ( SELECT user_id, node_id, search IS DISTINCT FROM memory.search_vector(content, summary, tags) AS is_outdated FROM ( SELECT user_id, node_id, content, summary, tags, search FROM last UNION ALL SELECT user_id, node_id, content, summary, tags, search FROM random ) AS sampled WHERE pg_column_size(content) <= 8192 ) SELECT count(DISTINCT (user_id, node_id)) AS nodes, count(DISTINCT (user_id, node_id)) FILTER (WHERE is_outdated) AS outdated FROM derived",
        None,
    )
}
impl SampleStmt {
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
    ) -> SampleQuery<'c, 'a, 's, C, Sample, 0> {
        SampleQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<Sample, tokio_postgres::Error> {
                Ok(Sample {
                    nodes: row.try_get(0)?,
                    outdated: row.try_get(1)?,
                })
            },
            mapper: |it| Sample::from(it),
        }
    }
}
pub struct ListOutdatedStmt(&'static str, Option<tokio_postgres::Statement>);
/// Of the next nodes of all users after a key, at most :limit of them: how many there are, the last one's key, and the
/// keys of those whose search column is another than the server derives now. Administration, across users.
///
/// Access path: nodes_pkey.
/// Invariant: locks nothing.
pub fn list_outdated() -> ListOutdatedStmt {
    ListOutdatedStmt(
        "WITH page AS MATERIALIZED ( SELECT user_id, node_id, search IS DISTINCT FROM memory.search_vector(content, summary, tags) AS is_outdated FROM memory.nodes WHERE (user_id, node_id) > ($1, $2) ORDER BY user_id, node_id LIMIT $3 ) SELECT count(*) AS nodes, (array_agg(user_id ORDER BY user_id DESC, node_id DESC))[1] AS last_user_id, (array_agg(node_id ORDER BY user_id DESC, node_id DESC))[1] AS last_node_id, coalesce(array_agg(user_id ORDER BY user_id, node_id) FILTER (WHERE is_outdated), '{}') AS user_ids, coalesce(array_agg(node_id ORDER BY user_id, node_id) FILTER (WHERE is_outdated), '{}') AS node_ids FROM page",
        None,
    )
}
impl ListOutdatedStmt {
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
        after_user_id: &'a T1,
        after_node_id: &'a uuid::Uuid,
        limit: &'a i64,
    ) -> ListOutdatedQuery<'c, 'a, 's, C, ListOutdated, 3> {
        ListOutdatedQuery {
            client,
            params: [after_user_id, after_node_id, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<ListOutdatedBorrowed, tokio_postgres::Error> {
                    Ok(ListOutdatedBorrowed {
                        nodes: row.try_get(0)?,
                        last_user_id: row.try_get(1)?,
                        last_node_id: row.try_get(2)?,
                        user_ids: row.try_get(3)?,
                        node_ids: row.try_get(4)?,
                    })
                },
            mapper: |it| ListOutdated::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        ListOutdatedParams<T1>,
        ListOutdatedQuery<'c, 'a, 's, C, ListOutdated, 3>,
        C,
    > for ListOutdatedStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListOutdatedParams<T1>,
    ) -> ListOutdatedQuery<'c, 'a, 's, C, ListOutdated, 3> {
        self.bind(
            client,
            &params.after_user_id,
            &params.after_node_id,
            &params.limit,
        )
    }
}
pub struct DeriveManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Derives the search column of nodes of several users anew, each the pair at one place of both lists, and tells
/// whose turn it was. Users whom somebody else is writing for are left out, so that it waits for none: whoever holds
/// one user and waits for another could meet a writer who does the reverse. Administration, across users.
///
/// Access path: user_metadata_pkey, one probe a user; nodes_pkey, one probe a node.
/// Invariant: writes only what differs; no change for the log.
pub fn derive_many() -> DeriveManyStmt {
    DeriveManyStmt(
        "WITH owner AS MATERIALIZED ( SELECT user_id FROM memory.user_metadata WHERE user_id = ANY($1) FOR NO KEY UPDATE SKIP LOCKED ), derived AS ( UPDATE memory.nodes AS n SET content = n.content FROM unnest($1::text[], $2::uuid[]) AS outdated (user_id, node_id) WHERE n.user_id = outdated.user_id AND n.node_id = outdated.node_id AND n.user_id IN (SELECT user_id FROM owner) AND n.search IS DISTINCT FROM memory.search_vector(n.content, n.summary, n.tags) RETURNING n.user_id ) SELECT owner.user_id FROM owner",
        None,
    )
}
impl DeriveManyStmt {
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
        T2: crate::ArraySql<Item = T1>,
        T3: crate::ArraySql<Item = uuid::Uuid>,
    >(
        &'s self,
        client: &'c C,
        user_ids: &'a T2,
        node_ids: &'a T3,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        StringQuery {
            client,
            params: [user_ids, node_ids],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it.into(),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = T1>,
    T3: crate::ArraySql<Item = uuid::Uuid>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        DeriveManyParams<T1, T2, T3>,
        StringQuery<'c, 'a, 's, C, String, 2>,
        C,
    > for DeriveManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a DeriveManyParams<T1, T2, T3>,
    ) -> StringQuery<'c, 'a, 's, C, String, 2> {
        self.bind(client, &params.user_ids, &params.node_ids)
    }
}
pub struct DeriveStmt(&'static str, Option<tokio_postgres::Statement>);
/// Derives the search column of a user's nodes anew. After `lock_user`.
///
/// Access path: nodes_pkey, one probe a node.
/// Invariant: never another user's rows; writes only what differs; no change for the log.
pub fn derive() -> DeriveStmt {
    DeriveStmt(
        "UPDATE memory.nodes SET content = content WHERE user_id = $1 AND node_id = ANY($2) AND search IS DISTINCT FROM memory.search_vector(content, summary, tags)",
        None,
    )
}
impl DeriveStmt {
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
        T2: crate::ArraySql<Item = uuid::Uuid>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        node_ids: &'a T2,
    ) -> Result<u64, tokio_postgres::Error> {
        client.execute(self.0, &[user_id, node_ids]).await
    }
}
impl<
    'a,
    C: GenericClient + Send + Sync,
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = uuid::Uuid>,
>
    crate::client::async_::Params<
        'a,
        'a,
        'a,
        DeriveParams<T1, T2>,
        std::pin::Pin<
            Box<dyn futures::Future<Output = Result<u64, tokio_postgres::Error>> + Send + 'a>,
        >,
        C,
    > for DeriveStmt
{
    fn params(
        &'a self,
        client: &'a C,
        params: &'a DeriveParams<T1, T2>,
    ) -> std::pin::Pin<
        Box<dyn futures::Future<Output = Result<u64, tokio_postgres::Error>> + Send + 'a>,
    > {
        Box::pin(self.bind(client, &params.user_id, &params.node_ids))
    }
}
