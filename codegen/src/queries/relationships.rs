// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct UpsertManyParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = uuid::Uuid>,
    T3: crate::ArraySql<Item = uuid::Uuid>,
    T4: crate::ArraySql<Item = uuid::Uuid>,
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = T5>,
    T7: crate::ArraySql<Item = f32>,
    T8: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T9: crate::JsonSql,
    T10: crate::ArraySql<Item = T9>,
> {
    pub user_id: T1,
    pub now: chrono::DateTime<chrono::Utc>,
    pub ids: T2,
    pub from_node_ids: T3,
    pub to_node_ids: T4,
    pub relationship_types: T6,
    pub strengths: T7,
    pub created_ats: T8,
    pub metadatas: T10,
}
#[derive(Debug)]
pub struct ListParams<T1: crate::StringSql, T2: crate::StringSql, T3: crate::ArraySql<Item = T2>> {
    pub user_id: T1,
    pub node_id: uuid::Uuid,
    pub outgoing: bool,
    pub before_created_at: chrono::DateTime<chrono::Utc>,
    pub before_id: uuid::Uuid,
    pub relationship_types: Option<T3>,
    pub limit: i64,
    pub incoming: bool,
}
#[derive(Debug)]
pub struct GetManyParams<T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>> {
    pub user_id: T1,
    pub ids: T2,
}
#[derive(Debug)]
pub struct ListAmongParams<T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>> {
    pub user_id: T1,
    pub node_ids: T2,
    pub limit: i64,
}
#[derive(Debug)]
pub struct DeleteParams<T1: crate::StringSql, T2: crate::StringSql> {
    pub user_id: T1,
    pub from_node_id: uuid::Uuid,
    pub to_node_id: uuid::Uuid,
    pub relationship_type: Option<T2>,
}
#[derive(Debug)]
pub struct NeighborsParams<
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::ArraySql<Item = T2>,
> {
    pub user_id: T1,
    pub node_id: uuid::Uuid,
    pub outgoing: bool,
    pub relationship_types: Option<T3>,
    pub fan_out: i64,
    pub incoming: bool,
    pub depth: i32,
    pub visits: i64,
    pub limit: i64,
}
#[derive(Debug)]
pub struct PathParams<T1: crate::StringSql, T2: crate::StringSql, T3: crate::ArraySql<Item = T2>> {
    pub user_id: T1,
    pub from_node_id: uuid::Uuid,
    pub outgoing: bool,
    pub relationship_types: Option<T3>,
    pub fan_out: i64,
    pub incoming: bool,
    pub depth: i32,
    pub visits: i64,
    pub to_node_id: uuid::Uuid,
}
#[derive(Debug, Clone, PartialEq)]
pub struct UpsertMany {
    pub id: uuid::Uuid,
    pub from_node_id: uuid::Uuid,
    pub to_node_id: uuid::Uuid,
    pub relationship_type: String,
}
pub struct UpsertManyBorrowed<'a> {
    pub id: uuid::Uuid,
    pub from_node_id: uuid::Uuid,
    pub to_node_id: uuid::Uuid,
    pub relationship_type: &'a str,
}
impl<'a> From<UpsertManyBorrowed<'a>> for UpsertMany {
    fn from(
        UpsertManyBorrowed {
            id,
            from_node_id,
            to_node_id,
            relationship_type,
        }: UpsertManyBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            from_node_id,
            to_node_id,
            relationship_type: relationship_type.into(),
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    pub id: uuid::Uuid,
    pub from_node_id: uuid::Uuid,
    pub to_node_id: uuid::Uuid,
    pub relationship_type: String,
    pub strength: f32,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub metadata: serde_json::Value,
}
pub struct RelationshipBorrowed<'a> {
    pub id: uuid::Uuid,
    pub from_node_id: uuid::Uuid,
    pub to_node_id: uuid::Uuid,
    pub relationship_type: &'a str,
    pub strength: f32,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub metadata: postgres_types::Json<&'a serde_json::value::RawValue>,
}
impl<'a> From<RelationshipBorrowed<'a>> for Relationship {
    fn from(
        RelationshipBorrowed {
            id,
            from_node_id,
            to_node_id,
            relationship_type,
            strength,
            created_at,
            metadata,
        }: RelationshipBorrowed<'a>,
    ) -> Self {
        Self {
            id,
            from_node_id,
            to_node_id,
            relationship_type: relationship_type.into(),
            strength,
            created_at,
            metadata: serde_json::from_str(metadata.0.get()).unwrap(),
        }
    }
}
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Neighbor {
    pub node_id: uuid::Uuid,
    pub depth: i32,
}
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct Step {
    pub node_id: uuid::Uuid,
    pub depth: i32,
    pub relationship_id: Option<uuid::Uuid>,
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct UpsertManyQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<UpsertManyBorrowed, tokio_postgres::Error>,
    mapper: fn(UpsertManyBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> UpsertManyQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(UpsertManyBorrowed) -> R,
    ) -> UpsertManyQuery<'c, 'a, 's, C, R, N> {
        UpsertManyQuery {
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
pub struct RelationshipQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<RelationshipBorrowed, tokio_postgres::Error>,
    mapper: fn(RelationshipBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> RelationshipQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(RelationshipBorrowed) -> R,
    ) -> RelationshipQuery<'c, 'a, 's, C, R, N> {
        RelationshipQuery {
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
pub struct NeighborQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<Neighbor, tokio_postgres::Error>,
    mapper: fn(Neighbor) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> NeighborQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(Neighbor) -> R) -> NeighborQuery<'c, 'a, 's, C, R, N> {
        NeighborQuery {
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
pub struct StepQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<Step, tokio_postgres::Error>,
    mapper: fn(Step) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> StepQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(Step) -> R) -> StepQuery<'c, 'a, 's, C, R, N> {
        StepQuery {
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
pub struct UpsertManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Relates pairs of nodes; a pair that is already related in the same way gets the newer strength and
/// the union of both metadata.
///
/// No pair may occur twice with one type.
///
/// Access path: relationships_ends_key, one probe a row; the foreign keys probe nodes_pkey.
/// Bounds: reads 1, sorts :ids + 1.
/// Invariant: links nodes of :user_id only.
pub fn upsert_many() -> UpsertManyStmt {
    UpsertManyStmt(
        "WITH owner AS MATERIALIZED ( SELECT version FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE ), expired AS MATERIALIZED ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() ) INSERT INTO memory.relationships AS stored ( user_id, id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata ) SELECT $1::text, item.id, item.from_node_id, item.to_node_id, item.relationship_type, item.strength, coalesce(item.created_at, $2::timestamptz), item.metadata FROM unnest( $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::real[], $8::timestamptz[], $9::jsonb[] ) AS item (id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata) WHERE (SELECT count(*) FROM owner) >= 0 AND item.from_node_id NOT IN (SELECT node_id FROM expired) AND item.to_node_id NOT IN (SELECT node_id FROM expired) ORDER BY item.from_node_id, item.to_node_id, item.relationship_type ON CONFLICT (user_id, from_node_id, to_node_id, relationship_type) DO UPDATE SET strength = EXCLUDED.strength, created_at = least(stored.created_at, EXCLUDED.created_at), metadata = memory.unite_json(stored.metadata, EXCLUDED.metadata) RETURNING stored.id, stored.from_node_id, stored.to_node_id, stored.relationship_type",
        None,
    )
}
impl UpsertManyStmt {
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
        T3: crate::ArraySql<Item = uuid::Uuid>,
        T4: crate::ArraySql<Item = uuid::Uuid>,
        T5: crate::StringSql,
        T6: crate::ArraySql<Item = T5>,
        T7: crate::ArraySql<Item = f32>,
        T8: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
        T9: crate::JsonSql,
        T10: crate::ArraySql<Item = T9>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        now: &'a chrono::DateTime<chrono::Utc>,
        ids: &'a T2,
        from_node_ids: &'a T3,
        to_node_ids: &'a T4,
        relationship_types: &'a T6,
        strengths: &'a T7,
        created_ats: &'a T8,
        metadatas: &'a T10,
    ) -> UpsertManyQuery<'c, 'a, 's, C, UpsertMany, 9> {
        UpsertManyQuery {
            client,
            params: [
                user_id,
                now,
                ids,
                from_node_ids,
                to_node_ids,
                relationship_types,
                strengths,
                created_ats,
                metadatas,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<UpsertManyBorrowed, tokio_postgres::Error> {
                    Ok(UpsertManyBorrowed {
                        id: row.try_get(0)?,
                        from_node_id: row.try_get(1)?,
                        to_node_id: row.try_get(2)?,
                        relationship_type: row.try_get(3)?,
                    })
                },
            mapper: |it| UpsertMany::from(it),
        }
    }
}
impl<
    'c,
    'a,
    's,
    C: GenericClient,
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = uuid::Uuid>,
    T3: crate::ArraySql<Item = uuid::Uuid>,
    T4: crate::ArraySql<Item = uuid::Uuid>,
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = T5>,
    T7: crate::ArraySql<Item = f32>,
    T8: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T9: crate::JsonSql,
    T10: crate::ArraySql<Item = T9>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        UpsertManyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>,
        UpsertManyQuery<'c, 'a, 's, C, UpsertMany, 9>,
        C,
    > for UpsertManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a UpsertManyParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>,
    ) -> UpsertManyQuery<'c, 'a, 's, C, UpsertMany, 9> {
        self.bind(
            client,
            &params.user_id,
            &params.now,
            &params.ids,
            &params.from_node_ids,
            &params.to_node_ids,
            &params.relationship_types,
            &params.strengths,
            &params.created_ats,
            &params.metadatas,
        )
    }
}
pub struct ListStmt(&'static str, Option<tokio_postgres::Statement>);
/// The relationships at a node, newest first, after a keyset cursor. One that leaves and arrives at the
/// same node is listed once. :relationship_types NULL means all types.
///
/// Access path: relationships_from_idx and relationships_to_idx, at most :limit rows of each when no type
/// is asked for.
/// Bounds: reads 2 * :limit, sorts 2 * :limit.
/// Invariant: never another user's rows.
pub fn list() -> ListStmt {
    ListStmt(
        "WITH expired AS MATERIALIZED ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() ) ( SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata FROM memory.relationships WHERE user_id = $1 AND from_node_id = $2 AND $3::boolean AND from_node_id NOT IN (SELECT node_id FROM expired) AND to_node_id NOT IN (SELECT node_id FROM expired) AND (created_at, id) < ($4, $5) AND ($6::text[] IS NULL OR relationship_type = ANY($6)) ORDER BY created_at DESC, id DESC LIMIT $7 ) UNION ALL ( SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata FROM memory.relationships WHERE user_id = $1 AND to_node_id = $2 AND $8::boolean AND NOT ($3::boolean AND from_node_id = to_node_id) AND from_node_id NOT IN (SELECT node_id FROM expired) AND to_node_id NOT IN (SELECT node_id FROM expired) AND (created_at, id) < ($4, $5) AND ($6::text[] IS NULL OR relationship_type = ANY($6)) ORDER BY created_at DESC, id DESC LIMIT $7 ) ORDER BY created_at DESC, id DESC LIMIT $7",
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
        node_id: &'a uuid::Uuid,
        outgoing: &'a bool,
        before_created_at: &'a chrono::DateTime<chrono::Utc>,
        before_id: &'a uuid::Uuid,
        relationship_types: &'a Option<T3>,
        limit: &'a i64,
        incoming: &'a bool,
    ) -> RelationshipQuery<'c, 'a, 's, C, Relationship, 8> {
        RelationshipQuery {
            client,
            params: [
                user_id,
                node_id,
                outgoing,
                before_created_at,
                before_id,
                relationship_types,
                limit,
                incoming,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<RelationshipBorrowed, tokio_postgres::Error> {
                    Ok(RelationshipBorrowed {
                        id: row.try_get(0)?,
                        from_node_id: row.try_get(1)?,
                        to_node_id: row.try_get(2)?,
                        relationship_type: row.try_get(3)?,
                        strength: row.try_get(4)?,
                        created_at: row.try_get(5)?,
                        metadata: row.try_get(6)?,
                    })
                },
            mapper: |it| Relationship::from(it),
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
        ListParams<T1, T2, T3>,
        RelationshipQuery<'c, 'a, 's, C, Relationship, 8>,
        C,
    > for ListStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListParams<T1, T2, T3>,
    ) -> RelationshipQuery<'c, 'a, 's, C, Relationship, 8> {
        self.bind(
            client,
            &params.user_id,
            &params.node_id,
            &params.outgoing,
            &params.before_created_at,
            &params.before_id,
            &params.relationship_types,
            &params.limit,
            &params.incoming,
        )
    }
}
pub struct ListAllStmt(&'static str, Option<tokio_postgres::Statement>);
/// All relationships of a user, in no order.
///
/// Access path: all of the user's entries in an index that begins with user_id; all of relationships where the user has
/// most of them.
/// Bounds: reads 3 * relationships, sorts 0.
/// Invariant: never another user's rows.
pub fn list_all() -> ListAllStmt {
    ListAllStmt(
        "WITH expired AS MATERIALIZED ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() ) SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata FROM memory.relationships WHERE user_id = $1 AND from_node_id NOT IN (SELECT node_id FROM expired) AND to_node_id NOT IN (SELECT node_id FROM expired)",
        None,
    )
}
impl ListAllStmt {
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
    ) -> RelationshipQuery<'c, 'a, 's, C, Relationship, 1> {
        RelationshipQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<RelationshipBorrowed, tokio_postgres::Error> {
                    Ok(RelationshipBorrowed {
                        id: row.try_get(0)?,
                        from_node_id: row.try_get(1)?,
                        to_node_id: row.try_get(2)?,
                        relationship_type: row.try_get(3)?,
                        strength: row.try_get(4)?,
                        created_at: row.try_get(5)?,
                        metadata: row.try_get(6)?,
                    })
                },
            mapper: |it| Relationship::from(it),
        }
    }
}
pub struct GetManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Relationships by their ids, in no order; those that are not there, or at a node that has expired, are missing.
///
/// Access path: relationships_pkey.
/// Bounds: reads :ids, sorts 0.
/// Invariant: never another user's rows.
pub fn get_many() -> GetManyStmt {
    GetManyStmt(
        "WITH expired AS MATERIALIZED ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() ) SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata FROM memory.relationships WHERE user_id = $1 AND id = ANY($2::uuid[]) AND from_node_id NOT IN (SELECT node_id FROM expired) AND to_node_id NOT IN (SELECT node_id FROM expired)",
        None,
    )
}
impl GetManyStmt {
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
        ids: &'a T2,
    ) -> RelationshipQuery<'c, 'a, 's, C, Relationship, 2> {
        RelationshipQuery {
            client,
            params: [user_id, ids],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<RelationshipBorrowed, tokio_postgres::Error> {
                    Ok(RelationshipBorrowed {
                        id: row.try_get(0)?,
                        from_node_id: row.try_get(1)?,
                        to_node_id: row.try_get(2)?,
                        relationship_type: row.try_get(3)?,
                        strength: row.try_get(4)?,
                        created_at: row.try_get(5)?,
                        metadata: row.try_get(6)?,
                    })
                },
            mapper: |it| Relationship::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        GetManyParams<T1, T2>,
        RelationshipQuery<'c, 'a, 's, C, Relationship, 2>,
        C,
    > for GetManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a GetManyParams<T1, T2>,
    ) -> RelationshipQuery<'c, 'a, 's, C, Relationship, 2> {
        self.bind(client, &params.user_id, &params.ids)
    }
}
pub struct ListAmongStmt(&'static str, Option<tokio_postgres::Statement>);
/// The relationships with both ends among some nodes, newest first, at most :limit.
///
/// Access path: relationships_ends_key, one probe for each pair of nodes, or, where nodes have few, relationships_from_idx or
/// relationships_to_idx, one range for each node.
/// Bounds: reads :node_ids * :node_ids, sorts :node_ids * :node_ids.
/// Invariant: never another user's rows.
pub fn list_among() -> ListAmongStmt {
    ListAmongStmt(
        "WITH expired AS MATERIALIZED ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() ) SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata FROM memory.relationships WHERE user_id = $1 AND from_node_id = ANY($2) AND to_node_id = ANY($2) AND from_node_id NOT IN (SELECT node_id FROM expired) AND to_node_id NOT IN (SELECT node_id FROM expired) ORDER BY created_at DESC, id DESC LIMIT $3",
        None,
    )
}
impl ListAmongStmt {
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
        node_ids: &'a T2,
        limit: &'a i64,
    ) -> RelationshipQuery<'c, 'a, 's, C, Relationship, 3> {
        RelationshipQuery {
            client,
            params: [user_id, node_ids, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<RelationshipBorrowed, tokio_postgres::Error> {
                    Ok(RelationshipBorrowed {
                        id: row.try_get(0)?,
                        from_node_id: row.try_get(1)?,
                        to_node_id: row.try_get(2)?,
                        relationship_type: row.try_get(3)?,
                        strength: row.try_get(4)?,
                        created_at: row.try_get(5)?,
                        metadata: row.try_get(6)?,
                    })
                },
            mapper: |it| Relationship::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        ListAmongParams<T1, T2>,
        RelationshipQuery<'c, 'a, 's, C, Relationship, 3>,
        C,
    > for ListAmongStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListAmongParams<T1, T2>,
    ) -> RelationshipQuery<'c, 'a, 's, C, Relationship, 3> {
        self.bind(client, &params.user_id, &params.node_ids, &params.limit)
    }
}
pub struct DeleteStmt(&'static str, Option<tokio_postgres::Statement>);
/// Ends the relationships from one node to another: of one type, or of all where :relationship_type is NULL.
///
/// Access path: relationships_ends_key, from the pair on; relationships_pkey.
/// Bounds: reads 17, sorts 8.
/// Invariant: never another user's rows.
pub fn delete() -> DeleteStmt {
    DeleteStmt(
        "WITH owner AS MATERIALIZED ( SELECT version FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE ), near AS MATERIALIZED ( SELECT id, from_node_id, to_node_id, strength FROM memory.relationships WHERE user_id = $1 AND (from_node_id, to_node_id) >= ($2, $3) ORDER BY from_node_id, to_node_id, relationship_type LIMIT 8 ) DELETE FROM memory.relationships WHERE user_id = $1 AND id = ANY(ARRAY(SELECT id FROM near WHERE from_node_id = $2 AND to_node_id = $3)) AND ($4::text IS NULL OR relationship_type = $4) AND (SELECT count(*) FROM owner) >= 0 RETURNING id",
        None,
    )
}
impl DeleteStmt {
    pub async fn prepare<'a, C: GenericClient>(
        mut self,
        client: &'a C,
    ) -> Result<Self, tokio_postgres::Error> {
        self.1 = Some(client.prepare(self.0).await?);
        Ok(self)
    }
    pub fn bind<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql>(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        from_node_id: &'a uuid::Uuid,
        to_node_id: &'a uuid::Uuid,
        relationship_type: &'a Option<T2>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 4> {
        UuidUuidQuery {
            client,
            params: [user_id, from_node_id, to_node_id, relationship_type],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        DeleteParams<T1, T2>,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 4>,
        C,
    > for DeleteStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a DeleteParams<T1, T2>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 4> {
        self.bind(
            client,
            &params.user_id,
            &params.from_node_id,
            &params.to_node_id,
            &params.relationship_type,
        )
    }
}
pub struct NeighborsStmt(&'static str, Option<tokio_postgres::Statement>);
/// The nodes that can be reached from one within some steps, nearest first, each with its distance; of equally near ones
/// those first that the newest relationships lead to.
///
/// Breadth first over distinct pairs of node and distance, never over paths. Of each node the :fan_out newest
/// relationships are followed each way, and the walk ends after :visits pairs, so a hub costs no more than
/// that, or as soon as there are enough nodes.
///
/// Access path: relationships_from_idx and relationships_to_idx, at most :fan_out rows of each a step.
/// Bounds: reads 4 * :visits, sorts 2 * :visits.
/// Invariant: never another user's rows.
pub fn neighbors() -> NeighborsStmt {
    NeighborsStmt(
        "WITH RECURSIVE expired AS MATERIALIZED ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() ), walk AS ( SELECT $2::uuid AS node_id, 0 AS depth WHERE $2 NOT IN (SELECT node_id FROM expired) UNION SELECT step.node_id, walk.depth + 1 FROM walk CROSS JOIN LATERAL ( ( SELECT to_node_id AS node_id FROM memory.relationships WHERE user_id = $1 AND from_node_id = walk.node_id AND $3::boolean AND to_node_id NOT IN (SELECT node_id FROM expired) AND ($4::text[] IS NULL OR relationship_type = ANY($4)) ORDER BY created_at DESC, id DESC LIMIT $5 ) UNION ALL ( SELECT from_node_id AS node_id FROM memory.relationships WHERE user_id = $1 AND to_node_id = walk.node_id AND $6::boolean AND from_node_id NOT IN (SELECT node_id FROM expired) AND ($4::text[] IS NULL OR relationship_type = ANY($4)) ORDER BY created_at DESC, id DESC LIMIT $5 ) ) AS step WHERE walk.depth < $7 ), visited AS MATERIALIZED ( SELECT node_id, depth, row_number() OVER () AS place FROM ( SELECT node_id, depth FROM walk LIMIT least($8, ($9::bigint + 1) * ($7 + 1)) ) AS enough ) SELECT node_id, min(depth) AS depth FROM visited WHERE node_id <> $2 GROUP BY node_id ORDER BY min(place) LIMIT $9",
        None,
    )
}
impl NeighborsStmt {
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
        node_id: &'a uuid::Uuid,
        outgoing: &'a bool,
        relationship_types: &'a Option<T3>,
        fan_out: &'a i64,
        incoming: &'a bool,
        depth: &'a i32,
        visits: &'a i64,
        limit: &'a i64,
    ) -> NeighborQuery<'c, 'a, 's, C, Neighbor, 9> {
        NeighborQuery {
            client,
            params: [
                user_id,
                node_id,
                outgoing,
                relationship_types,
                fan_out,
                incoming,
                depth,
                visits,
                limit,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<Neighbor, tokio_postgres::Error> {
                Ok(Neighbor {
                    node_id: row.try_get(0)?,
                    depth: row.try_get(1)?,
                })
            },
            mapper: |it| Neighbor::from(it),
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
        NeighborsParams<T1, T2, T3>,
        NeighborQuery<'c, 'a, 's, C, Neighbor, 9>,
        C,
    > for NeighborsStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a NeighborsParams<T1, T2, T3>,
    ) -> NeighborQuery<'c, 'a, 's, C, Neighbor, 9> {
        self.bind(
            client,
            &params.user_id,
            &params.node_id,
            &params.outgoing,
            &params.relationship_types,
            &params.fan_out,
            &params.incoming,
            &params.depth,
            &params.visits,
            &params.limit,
        )
    }
}
pub struct PathStmt(&'static str, Option<tokio_postgres::Statement>);
/// A shortest path between two nodes, from its end to its beginning: each node, its distance from the
/// beginning and the relationship by which it is reached from there. No rows where the walk, bounded as in
/// `neighbors`, does not come to the end.
///
/// Access path: relationships_from_idx and relationships_to_idx, as `neighbors`; on the way back
/// relationships_ends_key, at most :visits pairs a step.
/// Bounds: reads 4 * :visits + 16 * :visits, sorts 2 * :visits + 16 * :visits.
/// Invariant: never another user's rows.
pub fn path() -> PathStmt {
    PathStmt(
        "WITH RECURSIVE expired AS MATERIALIZED ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() ), walk AS ( SELECT $2::uuid AS node_id, 0 AS depth WHERE $2 NOT IN (SELECT node_id FROM expired) UNION SELECT step.node_id, walk.depth + 1 FROM walk CROSS JOIN LATERAL ( ( SELECT to_node_id AS node_id FROM memory.relationships WHERE user_id = $1 AND from_node_id = walk.node_id AND $3::boolean AND to_node_id NOT IN (SELECT node_id FROM expired) AND ($4::text[] IS NULL OR relationship_type = ANY($4)) ORDER BY created_at DESC, id DESC LIMIT $5 ) UNION ALL ( SELECT from_node_id AS node_id FROM memory.relationships WHERE user_id = $1 AND to_node_id = walk.node_id AND $6::boolean AND from_node_id NOT IN (SELECT node_id FROM expired) AND ($4::text[] IS NULL OR relationship_type = ANY($4)) ORDER BY created_at DESC, id DESC LIMIT $5 ) ) AS step WHERE walk.depth < $7 ), visited AS MATERIALIZED ( SELECT node_id, depth FROM walk LIMIT $8 ), nearest AS MATERIALIZED ( SELECT node_id, min(depth) AS depth FROM visited GROUP BY node_id ), way_back AS ( SELECT node_id, depth, NULL::uuid AS relationship_id FROM nearest WHERE node_id = $9 UNION ALL SELECT previous.node_id, previous.depth, previous.relationship_id FROM way_back CROSS JOIN LATERAL ( SELECT nearest.node_id, nearest.depth, link.id AS relationship_id FROM nearest CROSS JOIN LATERAL ( SELECT pair.id FROM ( ( SELECT id, from_node_id, to_node_id, relationship_type, strength, nearest.node_id AS source, way_back.node_id AS target FROM memory.relationships WHERE user_id = $1 AND $3::boolean AND (from_node_id, to_node_id) >= (nearest.node_id, way_back.node_id) ORDER BY from_node_id, to_node_id, relationship_type LIMIT 8 ) UNION ALL ( SELECT id, from_node_id, to_node_id, relationship_type, strength, way_back.node_id, nearest.node_id FROM memory.relationships WHERE user_id = $1 AND $6::boolean AND (from_node_id, to_node_id) >= (way_back.node_id, nearest.node_id) ORDER BY from_node_id, to_node_id, relationship_type LIMIT 8 ) ) AS pair WHERE pair.from_node_id = pair.source AND pair.to_node_id = pair.target AND ($4::text[] IS NULL OR pair.relationship_type = ANY($4)) ORDER BY pair.strength DESC, pair.id LIMIT 1 ) AS link WHERE nearest.depth = way_back.depth - 1 LIMIT 1 ) AS previous ) SELECT node_id, depth, lead(relationship_id) OVER (ORDER BY depth DESC) AS relationship_id FROM way_back ORDER BY depth DESC",
        None,
    )
}
impl PathStmt {
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
        from_node_id: &'a uuid::Uuid,
        outgoing: &'a bool,
        relationship_types: &'a Option<T3>,
        fan_out: &'a i64,
        incoming: &'a bool,
        depth: &'a i32,
        visits: &'a i64,
        to_node_id: &'a uuid::Uuid,
    ) -> StepQuery<'c, 'a, 's, C, Step, 9> {
        StepQuery {
            client,
            params: [
                user_id,
                from_node_id,
                outgoing,
                relationship_types,
                fan_out,
                incoming,
                depth,
                visits,
                to_node_id,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<Step, tokio_postgres::Error> {
                Ok(Step {
                    node_id: row.try_get(0)?,
                    depth: row.try_get(1)?,
                    relationship_id: row.try_get(2)?,
                })
            },
            mapper: |it| Step::from(it),
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
        PathParams<T1, T2, T3>,
        StepQuery<'c, 'a, 's, C, Step, 9>,
        C,
    > for PathStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a PathParams<T1, T2, T3>,
    ) -> StepQuery<'c, 'a, 's, C, Step, 9> {
        self.bind(
            client,
            &params.user_id,
            &params.from_node_id,
            &params.outgoing,
            &params.relationship_types,
            &params.fan_out,
            &params.incoming,
            &params.depth,
            &params.visits,
            &params.to_node_id,
        )
    }
}
