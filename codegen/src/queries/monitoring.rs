// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug, Clone, PartialEq)]
pub struct TableSizes {
    pub name: String,
    pub total_bytes: i64,
    pub index_bytes: i64,
    pub estimated_rows: i64,
    pub dead_rows: i64,
}
pub struct TableSizesBorrowed<'a> {
    pub name: &'a str,
    pub total_bytes: i64,
    pub index_bytes: i64,
    pub estimated_rows: i64,
    pub dead_rows: i64,
}
impl<'a> From<TableSizesBorrowed<'a>> for TableSizes {
    fn from(
        TableSizesBorrowed {
            name,
            total_bytes,
            index_bytes,
            estimated_rows,
            dead_rows,
        }: TableSizesBorrowed<'a>,
    ) -> Self {
        Self {
            name: name.into(),
            total_bytes,
            index_bytes,
            estimated_rows,
            dead_rows,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct IndexSizes {
    pub name: String,
    pub table_name: String,
    pub bytes: i64,
    pub scans: i64,
}
pub struct IndexSizesBorrowed<'a> {
    pub name: &'a str,
    pub table_name: &'a str,
    pub bytes: i64,
    pub scans: i64,
}
impl<'a> From<IndexSizesBorrowed<'a>> for IndexSizes {
    fn from(
        IndexSizesBorrowed {
            name,
            table_name,
            bytes,
            scans,
        }: IndexSizesBorrowed<'a>,
    ) -> Self {
        Self {
            name: name.into(),
            table_name: table_name.into(),
            bytes,
            scans,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub pid: i32,
    pub user_name: Option<String>,
    pub application_name: Option<String>,
    pub state: Option<String>,
    pub wait_event: Option<String>,
    pub since: Option<chrono::DateTime<chrono::Utc>>,
}
pub struct ConnectionBorrowed<'a> {
    pub pid: i32,
    pub user_name: Option<&'a str>,
    pub application_name: Option<&'a str>,
    pub state: Option<&'a str>,
    pub wait_event: Option<&'a str>,
    pub since: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<ConnectionBorrowed<'a>> for Connection {
    fn from(
        ConnectionBorrowed {
            pid,
            user_name,
            application_name,
            state,
            wait_event,
            since,
        }: ConnectionBorrowed<'a>,
    ) -> Self {
        Self {
            pid,
            user_name: user_name.map(|v| v.into()),
            application_name: application_name.map(|v| v.into()),
            state: state.map(|v| v.into()),
            wait_event: wait_event.map(|v| v.into()),
            since,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct SlowStatements {
    pub query: String,
    pub calls: i64,
    pub total_milliseconds: f64,
    pub mean_milliseconds: f64,
    pub rows: i64,
}
pub struct SlowStatementsBorrowed<'a> {
    pub query: &'a str,
    pub calls: i64,
    pub total_milliseconds: f64,
    pub mean_milliseconds: f64,
    pub rows: i64,
}
impl<'a> From<SlowStatementsBorrowed<'a>> for SlowStatements {
    fn from(
        SlowStatementsBorrowed {
            query,
            calls,
            total_milliseconds,
            mean_milliseconds,
            rows,
        }: SlowStatementsBorrowed<'a>,
    ) -> Self {
        Self {
            query: query.into(),
            calls,
            total_milliseconds,
            mean_milliseconds,
            rows,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct FindFaults {
    pub rule: String,
    pub faults: i64,
}
pub struct FindFaultsBorrowed<'a> {
    pub rule: &'a str,
    pub faults: i64,
}
impl<'a> From<FindFaultsBorrowed<'a>> for FindFaults {
    fn from(FindFaultsBorrowed { rule, faults }: FindFaultsBorrowed<'a>) -> Self {
        Self {
            rule: rule.into(),
            faults,
        }
    }
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct TableSizesQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<TableSizesBorrowed, tokio_postgres::Error>,
    mapper: fn(TableSizesBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> TableSizesQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(TableSizesBorrowed) -> R,
    ) -> TableSizesQuery<'c, 'a, 's, C, R, N> {
        TableSizesQuery {
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
pub struct IndexSizesQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<IndexSizesBorrowed, tokio_postgres::Error>,
    mapper: fn(IndexSizesBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> IndexSizesQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(IndexSizesBorrowed) -> R,
    ) -> IndexSizesQuery<'c, 'a, 's, C, R, N> {
        IndexSizesQuery {
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
pub struct ConnectionQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ConnectionBorrowed, tokio_postgres::Error>,
    mapper: fn(ConnectionBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ConnectionQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(ConnectionBorrowed) -> R,
    ) -> ConnectionQuery<'c, 'a, 's, C, R, N> {
        ConnectionQuery {
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
pub struct SlowStatementsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<SlowStatementsBorrowed, tokio_postgres::Error>,
    mapper: fn(SlowStatementsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> SlowStatementsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(SlowStatementsBorrowed) -> R,
    ) -> SlowStatementsQuery<'c, 'a, 's, C, R, N> {
        SlowStatementsQuery {
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
pub struct FindFaultsQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<FindFaultsBorrowed, tokio_postgres::Error>,
    mapper: fn(FindFaultsBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> FindFaultsQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(FindFaultsBorrowed) -> R,
    ) -> FindFaultsQuery<'c, 'a, 's, C, R, N> {
        FindFaultsQuery {
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
pub struct TableSizesStmt(&'static str, Option<tokio_postgres::Statement>);
/// How large each table of the store is, its indexes and out-of-line values included, largest first. Rows are
/// estimates, of the last VACUUM or ANALYZE.
///
/// Access path: the catalog, and the size of each file.
/// Invariant: reads no memory.
pub fn table_sizes() -> TableSizesStmt {
    TableSizesStmt(
        "SELECT c.relname::text AS name, sum(pg_total_relation_size(part.oid))::bigint AS total_bytes, sum(pg_indexes_size(part.oid))::bigint AS index_bytes, sum(greatest(part.reltuples, 0))::bigint AS estimated_rows, coalesce(sum(s.n_dead_tup), 0)::bigint AS dead_rows FROM pg_class AS c CROSS JOIN LATERAL ( SELECT p.oid, p.reltuples FROM pg_class AS p WHERE p.relkind <> 'p' AND (p.oid = c.oid OR p.oid IN (SELECT tree.relid FROM pg_partition_tree(c.oid) AS tree)) ) AS part LEFT JOIN pg_stat_user_tables AS s ON s.relid = part.oid WHERE c.relnamespace = 'memory'::regnamespace AND c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition GROUP BY c.relname ORDER BY total_bytes DESC, name",
        None,
    )
}
impl TableSizesStmt {
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
    ) -> TableSizesQuery<'c, 'a, 's, C, TableSizes, 0> {
        TableSizesQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<TableSizesBorrowed, tokio_postgres::Error> {
                    Ok(TableSizesBorrowed {
                        name: row.try_get(0)?,
                        total_bytes: row.try_get(1)?,
                        index_bytes: row.try_get(2)?,
                        estimated_rows: row.try_get(3)?,
                        dead_rows: row.try_get(4)?,
                    })
                },
            mapper: |it| TableSizes::from(it),
        }
    }
}
pub struct IndexSizesStmt(&'static str, Option<tokio_postgres::Statement>);
/// How large each index of the store is, and how often it was used since the statistics began, largest first.
///
/// Access path: the catalog, and the size of each file.
/// Invariant: reads no memory.
pub fn index_sizes() -> IndexSizesStmt {
    IndexSizesStmt(
        "SELECT i.relname::text AS name, t.relname::text AS table_name, sum(pg_relation_size(s.indexrelid))::bigint AS bytes, sum(s.idx_scan)::bigint AS scans FROM pg_stat_user_indexes AS s JOIN pg_class AS i ON i.oid = coalesce(pg_partition_root(s.indexrelid)::oid, s.indexrelid) JOIN pg_class AS t ON t.oid = coalesce(pg_partition_root(s.relid)::oid, s.relid) WHERE t.relnamespace = 'memory'::regnamespace GROUP BY i.relname, t.relname ORDER BY bytes DESC, name",
        None,
    )
}
impl IndexSizesStmt {
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
    ) -> IndexSizesQuery<'c, 'a, 's, C, IndexSizes, 0> {
        IndexSizesQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<IndexSizesBorrowed, tokio_postgres::Error> {
                    Ok(IndexSizesBorrowed {
                        name: row.try_get(0)?,
                        table_name: row.try_get(1)?,
                        bytes: row.try_get(2)?,
                        scans: row.try_get(3)?,
                    })
                },
            mapper: |it| IndexSizes::from(it),
        }
    }
}
pub struct ConnectionsStmt(&'static str, Option<tokio_postgres::Statement>);
/// Who is connected to this database, longest in their state first. What other roles do is shown to members of
/// pg_read_all_stats only.
///
/// Access path: the server's list of processes.
/// Invariant: reads no memory, and no text of a statement.
pub fn connections() -> ConnectionsStmt {
    ConnectionsStmt(
        "SELECT pid, usename::text AS user_name, application_name, state, wait_event_type || ':' || wait_event AS wait_event, state_change AS since FROM pg_stat_activity WHERE datname = current_database() AND coalesce(backend_type, 'client backend') = 'client backend' ORDER BY state_change, pid",
        None,
    )
}
impl ConnectionsStmt {
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
    ) -> ConnectionQuery<'c, 'a, 's, C, Connection, 0> {
        ConnectionQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<ConnectionBorrowed, tokio_postgres::Error> {
                    Ok(ConnectionBorrowed {
                        pid: row.try_get(0)?,
                        user_name: row.try_get(1)?,
                        application_name: row.try_get(2)?,
                        state: row.try_get(3)?,
                        wait_event: row.try_get(4)?,
                        since: row.try_get(5)?,
                    })
                },
            mapper: |it| Connection::from(it),
        }
    }
}
pub struct SlowStatementsStmt(&'static str, Option<tokio_postgres::Statement>);
/// The statements of this database on the store that took the most time, most first; no rows where the extension
/// pg_stat_statements is not installed.
///
/// Access path: pg_stat_statements.
/// Invariant: reads no memory; the texts have parameters in the place of values.
pub fn slow_statements() -> SlowStatementsStmt {
    SlowStatementsStmt(
        "SELECT query, calls, total_milliseconds, mean_milliseconds, rows FROM memory.slow_statements($1)",
        None,
    )
}
impl SlowStatementsStmt {
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
    ) -> SlowStatementsQuery<'c, 'a, 's, C, SlowStatements, 1> {
        SlowStatementsQuery {
            client,
            params: [limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |
                row: &tokio_postgres::Row,
            | -> Result<SlowStatementsBorrowed, tokio_postgres::Error> {
                Ok(SlowStatementsBorrowed {
                    query: row.try_get(0)?,
                    calls: row.try_get(1)?,
                    total_milliseconds: row.try_get(2)?,
                    mean_milliseconds: row.try_get(3)?,
                    rows: row.try_get(4)?,
                })
            },
            mapper: |it| SlowStatements::from(it),
        }
    }
}
pub struct FindFaultsStmt(&'static str, Option<tokio_postgres::Statement>);
/// What must not be, and how often it is: each row is a rule that the schema upholds, so any number but 0 is a
/// fault of the server, or of somebody who switched off triggers or constraints.
///
/// Access path: all of every table.
/// Invariant: across users, counts only, reads no memory.
pub fn find_faults() -> FindFaultsStmt {
    FindFaultsStmt(
        "SELECT 'duplicate entities' AS rule, count(*) AS faults FROM ( SELECT FROM memory.nodes WHERE entity_id IS NOT NULL GROUP BY user_id, entity_system, entity_id HAVING count(*) > 1 ) AS duplicates UNION ALL SELECT 'relationships without their nodes', count(*) FROM memory.relationships AS r WHERE NOT EXISTS (SELECT FROM memory.nodes AS n WHERE n.user_id = r.user_id AND n.node_id = r.from_node_id) OR NOT EXISTS (SELECT FROM memory.nodes AS n WHERE n.user_id = r.user_id AND n.node_id = r.to_node_id) UNION ALL SELECT 'users whose counted nodes are not their nodes', count(*) FROM memory.user_metadata AS m FULL JOIN (SELECT user_id, count(*) AS total FROM memory.nodes GROUP BY user_id) AS n ON n.user_id = m.user_id WHERE coalesce(m.total_nodes, 0) <> coalesce(n.total, 0) UNION ALL SELECT 'users whose counted relationships are not their relationships', count(*) FROM memory.user_metadata AS m FULL JOIN (SELECT user_id, count(*) AS total FROM memory.relationships GROUP BY user_id) AS r ON r.user_id = m.user_id WHERE coalesce(m.total_relationships, 0) <> coalesce(r.total, 0) UNION ALL SELECT 'users with a gap in their log of changes', count(*) FROM memory.user_metadata AS m JOIN ( SELECT user_id, count(*) AS entries, min(version) AS first_version, max(version) AS last_version FROM memory.changes GROUP BY user_id ) AS c ON c.user_id = m.user_id WHERE c.last_version <> m.version OR c.entries <> c.last_version - c.first_version + 1",
        None,
    )
}
impl FindFaultsStmt {
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
    ) -> FindFaultsQuery<'c, 'a, 's, C, FindFaults, 0> {
        FindFaultsQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<FindFaultsBorrowed, tokio_postgres::Error> {
                    Ok(FindFaultsBorrowed {
                        rule: row.try_get(0)?,
                        faults: row.try_get(1)?,
                    })
                },
            mapper: |it| FindFaults::from(it),
        }
    }
}
