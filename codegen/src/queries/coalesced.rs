// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct StoreParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = T1>,
    T3: crate::ArraySql<Item = uuid::Uuid>,
    T4: crate::JsonSql,
    T5: crate::ArraySql<Item = T4>,
    T6: crate::StringSql,
    T7: crate::ArraySql<Item = T6>,
    T8: crate::StringSql,
    T9: crate::ArraySql<Item = Option<T8>>,
    T10: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T11: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T12: crate::ArraySql<Item = Option<i32>>,
    T13: crate::ArraySql<Item = Option<f32>>,
    T14: crate::JsonSql,
    T15: crate::ArraySql<Item = T14>,
    T16: crate::JsonSql,
    T17: crate::ArraySql<Item = T16>,
    T18: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T19: crate::StringSql,
> {
    pub user_ids: T2,
    pub node_ids: T3,
    pub contents: T5,
    pub context_types: T7,
    pub summaries: T9,
    pub created_ats: T10,
    pub last_accesseds: T11,
    pub access_counts: T12,
    pub base_relevances: T13,
    pub tags: T15,
    pub metadatas: T17,
    pub expires_ats: T18,
    pub last_updated: T19,
    pub now: chrono::DateTime<chrono::Utc>,
}
#[derive(Debug)]
pub struct RelateParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = T1>,
    T3: crate::ArraySql<Item = uuid::Uuid>,
    T4: crate::ArraySql<Item = uuid::Uuid>,
    T5: crate::ArraySql<Item = uuid::Uuid>,
    T6: crate::StringSql,
    T7: crate::ArraySql<Item = T6>,
    T8: crate::ArraySql<Item = f32>,
    T9: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T10: crate::JsonSql,
    T11: crate::ArraySql<Item = T10>,
> {
    pub user_ids: T2,
    pub now: chrono::DateTime<chrono::Utc>,
    pub ids: T3,
    pub from_node_ids: T4,
    pub to_node_ids: T5,
    pub relationship_types: T7,
    pub strengths: T8,
    pub created_ats: T9,
    pub metadatas: T11,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    pub user_id: String,
    pub node_id: uuid::Uuid,
    pub entity_id: Option<String>,
    pub entity_system: Option<String>,
    pub inserted: bool,
}
pub struct StoreBorrowed<'a> {
    pub user_id: &'a str,
    pub node_id: uuid::Uuid,
    pub entity_id: Option<&'a str>,
    pub entity_system: Option<&'a str>,
    pub inserted: bool,
}
impl<'a> From<StoreBorrowed<'a>> for Store {
    fn from(
        StoreBorrowed {
            user_id,
            node_id,
            entity_id,
            entity_system,
            inserted,
        }: StoreBorrowed<'a>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            node_id,
            entity_id: entity_id.map(|v| v.into()),
            entity_system: entity_system.map(|v| v.into()),
            inserted,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Relate {
    pub user_id: String,
    pub id: uuid::Uuid,
    pub from_node_id: uuid::Uuid,
    pub to_node_id: uuid::Uuid,
    pub relationship_type: String,
}
pub struct RelateBorrowed<'a> {
    pub user_id: &'a str,
    pub id: uuid::Uuid,
    pub from_node_id: uuid::Uuid,
    pub to_node_id: uuid::Uuid,
    pub relationship_type: &'a str,
}
impl<'a> From<RelateBorrowed<'a>> for Relate {
    fn from(
        RelateBorrowed {
            user_id,
            id,
            from_node_id,
            to_node_id,
            relationship_type,
        }: RelateBorrowed<'a>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            id,
            from_node_id,
            to_node_id,
            relationship_type: relationship_type.into(),
        }
    }
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct StoreQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<StoreBorrowed, tokio_postgres::Error>,
    mapper: fn(StoreBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> StoreQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(StoreBorrowed) -> R) -> StoreQuery<'c, 'a, 's, C, R, N> {
        StoreQuery {
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
pub struct RelateQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<RelateBorrowed, tokio_postgres::Error>,
    mapper: fn(RelateBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> RelateQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(RelateBorrowed) -> R) -> RelateQuery<'c, 'a, 's, C, R, N> {
        RelateQuery {
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
pub struct StoreStmt(&'static str, Option<tokio_postgres::Statement>);
/// Stores nodes of several users, as nodes::upsert_many does those of one. Those of a user who is being written for elsewhere, or has
/// no memory yet, are left out: no user waits for another.
///
/// No entity of a user may occur twice.
///
/// Access path: user_metadata_pkey; nodes_user_expires_idx; nodes_entity_key, one probe a row.
/// Bounds: reads 2 * :node_ids, sorts 3 * :node_ids + 2.
/// Invariant: writes each row for the user at its place in :user_ids; an entity never has two nodes.
pub fn store() -> StoreStmt {
    StoreStmt(
        "WITH item AS MATERIALIZED ( SELECT given.user_id, given.node_id, given.content, given.context_type, given.summary, given.created_at, given.last_accessed, given.access_count, given.base_relevance, given.tags, given.metadata, given.expires_at, given.content ->> 'entity_id' AS entity_id, given.content ->> 'entity_system' AS entity_system FROM unnest( $1::text[], $2::uuid[], $3::jsonb[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::integer[], $9::real[], $10::jsonb[], $11::jsonb[], $12::timestamptz[] ) AS given ( user_id, node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, expires_at ) ), owner AS MATERIALIZED ( SELECT user_id FROM memory.user_metadata WHERE user_id = ANY($1::text[]) ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED ), expired AS ( DELETE FROM memory.nodes AS n USING owner, item WHERE n.user_id = owner.user_id AND item.user_id = owner.user_id AND n.expires_at <= now() AND (n.node_id = item.node_id OR (n.entity_system = item.entity_system AND n.entity_id = item.entity_id)) RETURNING n.node_id ) INSERT INTO memory.nodes AS stored ( user_id, node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, expires_at, entity_id, entity_system ) SELECT item.user_id, item.node_id, CASE WHEN item.entity_id IS NULL THEN item.content ELSE jsonb_build_object('last_updated', $13::text, 'update_count', 0) || item.content END, item.context_type, item.summary, coalesce(item.created_at, $14::timestamptz), coalesce(item.last_accessed, $14::timestamptz), coalesce(item.access_count, 0), item.base_relevance, ARRAY(SELECT tag.value FROM jsonb_array_elements_text(item.tags) WITH ORDINALITY AS tag (value, position) ORDER BY tag.position), item.metadata, item.expires_at, item.entity_id, item.entity_system FROM item WHERE item.user_id IN (SELECT user_id FROM owner) AND (SELECT count(*) FROM expired) >= 0 ORDER BY item.user_id, item.entity_system, item.entity_id, item.node_id ON CONFLICT (user_id, entity_system, entity_id) DO UPDATE SET content = memory.merge_content(stored.content, EXCLUDED.content, $13::text), context_type = EXCLUDED.context_type, summary = coalesce(EXCLUDED.summary, stored.summary), created_at = least(stored.created_at, EXCLUDED.created_at), base_relevance = greatest(stored.base_relevance, EXCLUDED.base_relevance), tags = memory.unite_tags(stored.tags, EXCLUDED.tags), metadata = memory.unite_json(stored.metadata, EXCLUDED.metadata), expires_at = coalesce(EXCLUDED.expires_at, stored.expires_at), updated_at = $14::timestamptz RETURNING stored.user_id, stored.node_id, stored.entity_id, stored.entity_system, stored.updated_at IS NULL AS inserted",
        None,
    )
}
impl StoreStmt {
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
        T4: crate::JsonSql,
        T5: crate::ArraySql<Item = T4>,
        T6: crate::StringSql,
        T7: crate::ArraySql<Item = T6>,
        T8: crate::StringSql,
        T9: crate::ArraySql<Item = Option<T8>>,
        T10: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
        T11: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
        T12: crate::ArraySql<Item = Option<i32>>,
        T13: crate::ArraySql<Item = Option<f32>>,
        T14: crate::JsonSql,
        T15: crate::ArraySql<Item = T14>,
        T16: crate::JsonSql,
        T17: crate::ArraySql<Item = T16>,
        T18: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
        T19: crate::StringSql,
    >(
        &'s self,
        client: &'c C,
        user_ids: &'a T2,
        node_ids: &'a T3,
        contents: &'a T5,
        context_types: &'a T7,
        summaries: &'a T9,
        created_ats: &'a T10,
        last_accesseds: &'a T11,
        access_counts: &'a T12,
        base_relevances: &'a T13,
        tags: &'a T15,
        metadatas: &'a T17,
        expires_ats: &'a T18,
        last_updated: &'a T19,
        now: &'a chrono::DateTime<chrono::Utc>,
    ) -> StoreQuery<'c, 'a, 's, C, Store, 14> {
        StoreQuery {
            client,
            params: [
                user_ids,
                node_ids,
                contents,
                context_types,
                summaries,
                created_ats,
                last_accesseds,
                access_counts,
                base_relevances,
                tags,
                metadatas,
                expires_ats,
                last_updated,
                now,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<StoreBorrowed, tokio_postgres::Error> {
                Ok(StoreBorrowed {
                    user_id: row.try_get(0)?,
                    node_id: row.try_get(1)?,
                    entity_id: row.try_get(2)?,
                    entity_system: row.try_get(3)?,
                    inserted: row.try_get(4)?,
                })
            },
            mapper: |it| Store::from(it),
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
    T4: crate::JsonSql,
    T5: crate::ArraySql<Item = T4>,
    T6: crate::StringSql,
    T7: crate::ArraySql<Item = T6>,
    T8: crate::StringSql,
    T9: crate::ArraySql<Item = Option<T8>>,
    T10: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T11: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T12: crate::ArraySql<Item = Option<i32>>,
    T13: crate::ArraySql<Item = Option<f32>>,
    T14: crate::JsonSql,
    T15: crate::ArraySql<Item = T14>,
    T16: crate::JsonSql,
    T17: crate::ArraySql<Item = T16>,
    T18: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T19: crate::StringSql,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        StoreParams<
            T1,
            T2,
            T3,
            T4,
            T5,
            T6,
            T7,
            T8,
            T9,
            T10,
            T11,
            T12,
            T13,
            T14,
            T15,
            T16,
            T17,
            T18,
            T19,
        >,
        StoreQuery<'c, 'a, 's, C, Store, 14>,
        C,
    > for StoreStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a StoreParams<
            T1,
            T2,
            T3,
            T4,
            T5,
            T6,
            T7,
            T8,
            T9,
            T10,
            T11,
            T12,
            T13,
            T14,
            T15,
            T16,
            T17,
            T18,
            T19,
        >,
    ) -> StoreQuery<'c, 'a, 's, C, Store, 14> {
        self.bind(
            client,
            &params.user_ids,
            &params.node_ids,
            &params.contents,
            &params.context_types,
            &params.summaries,
            &params.created_ats,
            &params.last_accesseds,
            &params.access_counts,
            &params.base_relevances,
            &params.tags,
            &params.metadatas,
            &params.expires_ats,
            &params.last_updated,
            &params.now,
        )
    }
}
pub struct RelateStmt(&'static str, Option<tokio_postgres::Statement>);
/// Relates pairs of nodes of several users, as relationships::upsert_many does those of one. Those of a user who is being
/// written for elsewhere are left out: no user waits for another.
///
/// No pair of a user may occur twice with one type.
///
/// Access path: user_metadata_pkey; nodes_user_expires_idx; relationships_ends_key, one probe a row; the foreign keys probe nodes_pkey.
/// Bounds: reads 2 * :ids, sorts 3 * :ids + 2.
/// Invariant: links nodes of the user at the same place in :user_ids only.
pub fn relate() -> RelateStmt {
    RelateStmt(
        "WITH owner AS MATERIALIZED ( SELECT user_id FROM memory.user_metadata WHERE user_id = ANY($1::text[]) ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED ), expired AS MATERIALIZED ( SELECT n.user_id, n.node_id FROM owner JOIN memory.nodes AS n ON n.user_id = owner.user_id AND n.expires_at <= now() ) INSERT INTO memory.relationships AS stored ( user_id, id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata ) SELECT item.user_id, item.id, item.from_node_id, item.to_node_id, item.relationship_type, item.strength, coalesce(item.created_at, $2::timestamptz), item.metadata FROM unnest( $1::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::real[], $8::timestamptz[], $9::jsonb[] ) AS item (user_id, id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata) WHERE item.user_id IN (SELECT user_id FROM owner) AND (item.user_id, item.from_node_id) NOT IN (SELECT user_id, node_id FROM expired) AND (item.user_id, item.to_node_id) NOT IN (SELECT user_id, node_id FROM expired) ORDER BY item.user_id, item.from_node_id, item.to_node_id, item.relationship_type ON CONFLICT (user_id, from_node_id, to_node_id, relationship_type) DO UPDATE SET strength = EXCLUDED.strength, created_at = least(stored.created_at, EXCLUDED.created_at), metadata = memory.unite_json(stored.metadata, EXCLUDED.metadata) RETURNING stored.user_id, stored.id, stored.from_node_id, stored.to_node_id, stored.relationship_type",
        None,
    )
}
impl RelateStmt {
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
        T4: crate::ArraySql<Item = uuid::Uuid>,
        T5: crate::ArraySql<Item = uuid::Uuid>,
        T6: crate::StringSql,
        T7: crate::ArraySql<Item = T6>,
        T8: crate::ArraySql<Item = f32>,
        T9: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
        T10: crate::JsonSql,
        T11: crate::ArraySql<Item = T10>,
    >(
        &'s self,
        client: &'c C,
        user_ids: &'a T2,
        now: &'a chrono::DateTime<chrono::Utc>,
        ids: &'a T3,
        from_node_ids: &'a T4,
        to_node_ids: &'a T5,
        relationship_types: &'a T7,
        strengths: &'a T8,
        created_ats: &'a T9,
        metadatas: &'a T11,
    ) -> RelateQuery<'c, 'a, 's, C, Relate, 9> {
        RelateQuery {
            client,
            params: [
                user_ids,
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
                |row: &tokio_postgres::Row| -> Result<RelateBorrowed, tokio_postgres::Error> {
                    Ok(RelateBorrowed {
                        user_id: row.try_get(0)?,
                        id: row.try_get(1)?,
                        from_node_id: row.try_get(2)?,
                        to_node_id: row.try_get(3)?,
                        relationship_type: row.try_get(4)?,
                    })
                },
            mapper: |it| Relate::from(it),
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
    T4: crate::ArraySql<Item = uuid::Uuid>,
    T5: crate::ArraySql<Item = uuid::Uuid>,
    T6: crate::StringSql,
    T7: crate::ArraySql<Item = T6>,
    T8: crate::ArraySql<Item = f32>,
    T9: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T10: crate::JsonSql,
    T11: crate::ArraySql<Item = T10>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        RelateParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>,
        RelateQuery<'c, 'a, 's, C, Relate, 9>,
        C,
    > for RelateStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RelateParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>,
    ) -> RelateQuery<'c, 'a, 's, C, Relate, 9> {
        self.bind(
            client,
            &params.user_ids,
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
