// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct UpsertManyParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = uuid::Uuid>,
    T3: crate::JsonSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::StringSql,
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
> {
    pub user_id: T1,
    pub node_ids: T2,
    pub contents: T4,
    pub journal_id: Option<uuid::Uuid>,
    pub last_seq: Option<i64>,
    pub now: chrono::DateTime<chrono::Utc>,
    pub first_seq: Option<i64>,
    pub last_updated: T5,
    pub context_types: T7,
    pub summaries: T9,
    pub created_ats: T10,
    pub last_accesseds: T11,
    pub access_counts: T12,
    pub base_relevances: T13,
    pub tags: T15,
    pub metadatas: T17,
    pub expires_ats: T18,
}
#[derive(Debug)]
pub struct InsertMissingManyParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = uuid::Uuid>,
    T3: crate::JsonSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = T5>,
    T7: crate::StringSql,
    T8: crate::ArraySql<Item = Option<T7>>,
    T9: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T10: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T11: crate::ArraySql<Item = Option<i32>>,
    T12: crate::ArraySql<Item = Option<f32>>,
    T13: crate::JsonSql,
    T14: crate::ArraySql<Item = T13>,
    T15: crate::JsonSql,
    T16: crate::ArraySql<Item = T15>,
    T17: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
> {
    pub user_id: T1,
    pub node_ids: T2,
    pub now: chrono::DateTime<chrono::Utc>,
    pub contents: T4,
    pub context_types: T6,
    pub summaries: T8,
    pub created_ats: T9,
    pub last_accesseds: T10,
    pub access_counts: T11,
    pub base_relevances: T12,
    pub tags: T14,
    pub metadatas: T16,
    pub expires_ats: T17,
}
#[derive(Debug)]
pub struct GetParams<T1: crate::StringSql> {
    pub user_id: T1,
    pub node_id: uuid::Uuid,
}
#[derive(Debug)]
pub struct GetManyParams<T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>> {
    pub user_id: T1,
    pub node_ids: T2,
}
#[derive(Debug)]
pub struct GetByEntityParams<T1: crate::StringSql, T2: crate::StringSql, T3: crate::StringSql> {
    pub user_id: T1,
    pub entity_system: T2,
    pub entity_id: T3,
}
#[derive(Debug)]
pub struct ListParams<
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::ArraySql<Item = T2>,
    T4: crate::StringSql,
    T5: crate::ArraySql<Item = T4>,
    T6: crate::StringSql,
    T7: crate::JsonSql,
    T8: crate::JsonSql,
    T9: crate::ArraySql<Item = T8>,
    T10: crate::StringSql,
    T11: crate::ArraySql<Item = T10>,
    T12: crate::JsonSql,
    T13: crate::ArraySql<Item = T12>,
> {
    pub user_id: T1,
    pub before_created_at: chrono::DateTime<chrono::Utc>,
    pub before_node_id: uuid::Uuid,
    pub since: chrono::DateTime<chrono::Utc>,
    pub context_types: Option<T3>,
    pub tags: Option<T5>,
    pub entity_type: Option<T6>,
    pub containing: Option<T7>,
    pub paths: T9,
    pub operators: T11,
    pub operands: T13,
    pub limit: i64,
}
#[derive(Debug)]
pub struct FindManyParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = uuid::Uuid>,
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = Option<T3>>,
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = Option<T5>>,
> {
    pub user_id: T1,
    pub node_ids: T2,
    pub entity_systems: T4,
    pub entity_ids: T6,
}
#[derive(Debug)]
pub struct TouchManyParams<T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>> {
    pub user_id: T1,
    pub now: chrono::DateTime<chrono::Utc>,
    pub node_ids: T2,
}
#[derive(Debug)]
pub struct UpdateParams<
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::JsonSql,
> {
    pub user_id: T1,
    pub summary: Option<T2>,
    pub tags: Option<T4>,
    pub base_relevance: Option<f32>,
    pub metadata: Option<T5>,
    pub sets_expires_at: bool,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    pub now: chrono::DateTime<chrono::Utc>,
    pub node_id: uuid::Uuid,
}
#[derive(Debug)]
pub struct DeleteManyParams<T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>> {
    pub user_id: T1,
    pub node_ids: T2,
}
#[derive(Debug, Clone, PartialEq)]
pub struct UpsertMany {
    pub node_id: uuid::Uuid,
    pub entity_id: Option<String>,
    pub entity_system: Option<String>,
    pub inserted: bool,
}
pub struct UpsertManyBorrowed<'a> {
    pub node_id: uuid::Uuid,
    pub entity_id: Option<&'a str>,
    pub entity_system: Option<&'a str>,
    pub inserted: bool,
}
impl<'a> From<UpsertManyBorrowed<'a>> for UpsertMany {
    fn from(
        UpsertManyBorrowed {
            node_id,
            entity_id,
            entity_system,
            inserted,
        }: UpsertManyBorrowed<'a>,
    ) -> Self {
        Self {
            node_id,
            entity_id: entity_id.map(|v| v.into()),
            entity_system: entity_system.map(|v| v.into()),
            inserted,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub node_id: uuid::Uuid,
    pub content: serde_json::Value,
    pub context_type: String,
    pub summary: Option<String>,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub last_accessed: chrono::DateTime<chrono::Utc>,
    pub access_count: i32,
    pub base_relevance: Option<f32>,
    pub tags: Vec<String>,
    pub metadata: serde_json::Value,
    pub entity_id: Option<String>,
    pub entity_system: Option<String>,
    pub entity_type: Option<String>,
    pub entity_name: Option<String>,
    pub updated_at: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
pub struct NodeBorrowed<'a> {
    pub node_id: uuid::Uuid,
    pub content: postgres_types::Json<&'a serde_json::value::RawValue>,
    pub context_type: &'a str,
    pub summary: Option<&'a str>,
    pub created_at: chrono::DateTime<chrono::Utc>,
    pub last_accessed: chrono::DateTime<chrono::Utc>,
    pub access_count: i32,
    pub base_relevance: Option<f32>,
    pub tags: crate::ArrayIterator<'a, &'a str>,
    pub metadata: postgres_types::Json<&'a serde_json::value::RawValue>,
    pub entity_id: Option<&'a str>,
    pub entity_system: Option<&'a str>,
    pub entity_type: Option<&'a str>,
    pub entity_name: Option<&'a str>,
    pub updated_at: Option<chrono::DateTime<chrono::Utc>>,
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
}
impl<'a> From<NodeBorrowed<'a>> for Node {
    fn from(
        NodeBorrowed {
            node_id,
            content,
            context_type,
            summary,
            created_at,
            last_accessed,
            access_count,
            base_relevance,
            tags,
            metadata,
            entity_id,
            entity_system,
            entity_type,
            entity_name,
            updated_at,
            expires_at,
        }: NodeBorrowed<'a>,
    ) -> Self {
        Self {
            node_id,
            content: serde_json::from_str(content.0.get()).unwrap(),
            context_type: context_type.into(),
            summary: summary.map(|v| v.into()),
            created_at,
            last_accessed,
            access_count,
            base_relevance,
            tags: tags.map(|v| v.into()).collect(),
            metadata: serde_json::from_str(metadata.0.get()).unwrap(),
            entity_id: entity_id.map(|v| v.into()),
            entity_system: entity_system.map(|v| v.into()),
            entity_type: entity_type.map(|v| v.into()),
            entity_name: entity_name.map(|v| v.into()),
            updated_at,
            expires_at,
        }
    }
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
pub struct NodeQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<NodeBorrowed, tokio_postgres::Error>,
    mapper: fn(NodeBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> NodeQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(NodeBorrowed) -> R) -> NodeQuery<'c, 'a, 's, C, R, N> {
        NodeQuery {
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
pub struct OptionuuidUuidQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<Option<uuid::Uuid>, tokio_postgres::Error>,
    mapper: fn(Option<uuid::Uuid>) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> OptionuuidUuidQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(Option<uuid::Uuid>) -> R,
    ) -> OptionuuidUuidQuery<'c, 'a, 's, C, R, N> {
        OptionuuidUuidQuery {
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
/// Stores nodes; an entity that the user already has is merged into its node. Where they are the entries of a journal from :first_seq to
/// :last_seq, it takes down that they are written, and refuses them all when one of them was written before.
///
/// No entity may occur twice.
///
/// Access path: nodes_entity_key, one probe a row; nodes_user_expires_idx; journals_pkey.
/// Bounds: reads :node_ids, sorts :node_ids + 1.
/// Invariant: writes rows of :user_id only; an entity never has two nodes.
pub fn upsert_many() -> UpsertManyStmt {
    UpsertManyStmt(
        "WITH owner AS ( INSERT INTO memory.user_metadata AS m (user_id) VALUES ($1::text) ON CONFLICT (user_id) DO UPDATE SET version = m.version RETURNING m.version ), expired AS ( DELETE FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() AND ( node_id = ANY($2::uuid[]) OR (entity_system, entity_id) IN ( SELECT content ->> 'entity_system', content ->> 'entity_id' FROM unnest($3::jsonb[]) AS item (content) ) ) AND (SELECT count(*) FROM owner) = 1 RETURNING node_id ), journal AS ( INSERT INTO memory.journals AS j (user_id, journal_id, last_seq, advanced_at) SELECT $1::text, $4::uuid, $5::bigint, $6::timestamptz WHERE $4::uuid IS NOT NULL AND (SELECT count(*) FROM owner) = 1 ON CONFLICT (user_id, journal_id) DO UPDATE SET last_seq = CASE WHEN j.last_seq < $7::bigint THEN EXCLUDED.last_seq ELSE 0 END, advanced_at = EXCLUDED.advanced_at ) INSERT INTO memory.nodes AS stored ( user_id, node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, expires_at, entity_id, entity_system ) SELECT $1::text, item.node_id, CASE WHEN item.content ->> 'entity_id' IS NULL THEN item.content ELSE jsonb_build_object('last_updated', $8::text, 'update_count', 0) || item.content END, item.context_type, item.summary, coalesce(item.created_at, $6::timestamptz), coalesce(item.last_accessed, $6::timestamptz), coalesce(item.access_count, 0), item.base_relevance, ARRAY(SELECT tag.value FROM jsonb_array_elements_text(item.tags) WITH ORDINALITY AS tag (value, position) ORDER BY tag.position), item.metadata, item.expires_at, item.content ->> 'entity_id', item.content ->> 'entity_system' FROM unnest( $2::uuid[], $3::jsonb[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::integer[], $14::real[], $15::jsonb[], $16::jsonb[], $17::timestamptz[] ) AS item ( node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, expires_at ) WHERE (SELECT count(*) FROM expired) >= 0 ORDER BY item.content ->> 'entity_system', item.content ->> 'entity_id', item.node_id ON CONFLICT (user_id, entity_system, entity_id) DO UPDATE SET content = memory.merge_content(stored.content, EXCLUDED.content, $8::text), context_type = EXCLUDED.context_type, summary = coalesce(EXCLUDED.summary, stored.summary), created_at = least(stored.created_at, EXCLUDED.created_at), base_relevance = greatest(stored.base_relevance, EXCLUDED.base_relevance), tags = memory.unite_tags(stored.tags, EXCLUDED.tags), metadata = memory.unite_json(stored.metadata, EXCLUDED.metadata), expires_at = coalesce(EXCLUDED.expires_at, stored.expires_at), updated_at = $6::timestamptz RETURNING stored.node_id, stored.entity_id, stored.entity_system, stored.updated_at IS NULL AS inserted",
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
        T3: crate::JsonSql,
        T4: crate::ArraySql<Item = T3>,
        T5: crate::StringSql,
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
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        node_ids: &'a T2,
        contents: &'a T4,
        journal_id: &'a Option<uuid::Uuid>,
        last_seq: &'a Option<i64>,
        now: &'a chrono::DateTime<chrono::Utc>,
        first_seq: &'a Option<i64>,
        last_updated: &'a T5,
        context_types: &'a T7,
        summaries: &'a T9,
        created_ats: &'a T10,
        last_accesseds: &'a T11,
        access_counts: &'a T12,
        base_relevances: &'a T13,
        tags: &'a T15,
        metadatas: &'a T17,
        expires_ats: &'a T18,
    ) -> UpsertManyQuery<'c, 'a, 's, C, UpsertMany, 17> {
        UpsertManyQuery {
            client,
            params: [
                user_id,
                node_ids,
                contents,
                journal_id,
                last_seq,
                now,
                first_seq,
                last_updated,
                context_types,
                summaries,
                created_ats,
                last_accesseds,
                access_counts,
                base_relevances,
                tags,
                metadatas,
                expires_ats,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<UpsertManyBorrowed, tokio_postgres::Error> {
                    Ok(UpsertManyBorrowed {
                        node_id: row.try_get(0)?,
                        entity_id: row.try_get(1)?,
                        entity_system: row.try_get(2)?,
                        inserted: row.try_get(3)?,
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
    T3: crate::JsonSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::StringSql,
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
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        UpsertManyParams<
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
        >,
        UpsertManyQuery<'c, 'a, 's, C, UpsertMany, 17>,
        C,
    > for UpsertManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a UpsertManyParams<
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
        >,
    ) -> UpsertManyQuery<'c, 'a, 's, C, UpsertMany, 17> {
        self.bind(
            client,
            &params.user_id,
            &params.node_ids,
            &params.contents,
            &params.journal_id,
            &params.last_seq,
            &params.now,
            &params.first_seq,
            &params.last_updated,
            &params.context_types,
            &params.summaries,
            &params.created_ats,
            &params.last_accesseds,
            &params.access_counts,
            &params.base_relevances,
            &params.tags,
            &params.metadatas,
            &params.expires_ats,
        )
    }
}
pub struct InsertMissingManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Stores nodes that are no entities, and passes over those whose id the user already has.
///
/// Access path: nodes_pkey, one probe a row; nodes_user_expires_idx.
/// Bounds: reads :node_ids, sorts :node_ids + 1.
/// Invariant: writes rows of :user_id only; changes no row that is there, unless it has expired.
pub fn insert_missing_many() -> InsertMissingManyStmt {
    InsertMissingManyStmt(
        "WITH owner AS ( INSERT INTO memory.user_metadata AS m (user_id) VALUES ($1::text) ON CONFLICT (user_id) DO UPDATE SET version = m.version RETURNING m.version ), expired AS ( DELETE FROM memory.nodes WHERE user_id = $1 AND expires_at <= now() AND node_id = ANY($2::uuid[]) AND (SELECT count(*) FROM owner) = 1 RETURNING node_id ) INSERT INTO memory.nodes ( user_id, node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, expires_at ) SELECT $1::text, item.node_id, item.content, item.context_type, item.summary, coalesce(item.created_at, $3::timestamptz), coalesce(item.last_accessed, $3::timestamptz), coalesce(item.access_count, 0), item.base_relevance, ARRAY(SELECT tag.value FROM jsonb_array_elements_text(item.tags) WITH ORDINALITY AS tag (value, position) ORDER BY tag.position), item.metadata, item.expires_at FROM unnest( $2::uuid[], $4::jsonb[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[], $9::integer[], $10::real[], $11::jsonb[], $12::jsonb[], $13::timestamptz[] ) AS item ( node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, expires_at ) WHERE (SELECT count(*) FROM expired) >= 0 ORDER BY item.node_id ON CONFLICT (user_id, node_id) DO NOTHING RETURNING node_id",
        None,
    )
}
impl InsertMissingManyStmt {
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
        T3: crate::JsonSql,
        T4: crate::ArraySql<Item = T3>,
        T5: crate::StringSql,
        T6: crate::ArraySql<Item = T5>,
        T7: crate::StringSql,
        T8: crate::ArraySql<Item = Option<T7>>,
        T9: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
        T10: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
        T11: crate::ArraySql<Item = Option<i32>>,
        T12: crate::ArraySql<Item = Option<f32>>,
        T13: crate::JsonSql,
        T14: crate::ArraySql<Item = T13>,
        T15: crate::JsonSql,
        T16: crate::ArraySql<Item = T15>,
        T17: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        node_ids: &'a T2,
        now: &'a chrono::DateTime<chrono::Utc>,
        contents: &'a T4,
        context_types: &'a T6,
        summaries: &'a T8,
        created_ats: &'a T9,
        last_accesseds: &'a T10,
        access_counts: &'a T11,
        base_relevances: &'a T12,
        tags: &'a T14,
        metadatas: &'a T16,
        expires_ats: &'a T17,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 13> {
        UuidUuidQuery {
            client,
            params: [
                user_id,
                node_ids,
                now,
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
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
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
    T3: crate::JsonSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = T5>,
    T7: crate::StringSql,
    T8: crate::ArraySql<Item = Option<T7>>,
    T9: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T10: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
    T11: crate::ArraySql<Item = Option<i32>>,
    T12: crate::ArraySql<Item = Option<f32>>,
    T13: crate::JsonSql,
    T14: crate::ArraySql<Item = T13>,
    T15: crate::JsonSql,
    T16: crate::ArraySql<Item = T15>,
    T17: crate::ArraySql<Item = Option<chrono::DateTime<chrono::Utc>>>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        InsertMissingManyParams<
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
        >,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 13>,
        C,
    > for InsertMissingManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a InsertMissingManyParams<
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
        >,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 13> {
        self.bind(
            client,
            &params.user_id,
            &params.node_ids,
            &params.now,
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
        )
    }
}
pub struct GetStmt(&'static str, Option<tokio_postgres::Statement>);
/// One node by its id.
///
/// Access path: nodes_pkey.
/// Bounds: reads 1, sorts 0.
/// Invariant: never another user's row.
pub fn get() -> GetStmt {
    GetStmt(
        "SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM memory.nodes WHERE user_id = $1 AND node_id = $2 AND coalesce(expires_at, 'infinity') > now()",
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
        node_id: &'a uuid::Uuid,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 2> {
        NodeQuery {
            client,
            params: [user_id, node_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<NodeBorrowed, tokio_postgres::Error> {
                Ok(NodeBorrowed {
                    node_id: row.try_get(0)?,
                    content: row.try_get(1)?,
                    context_type: row.try_get(2)?,
                    summary: row.try_get(3)?,
                    created_at: row.try_get(4)?,
                    last_accessed: row.try_get(5)?,
                    access_count: row.try_get(6)?,
                    base_relevance: row.try_get(7)?,
                    tags: row.try_get(8)?,
                    metadata: row.try_get(9)?,
                    entity_id: row.try_get(10)?,
                    entity_system: row.try_get(11)?,
                    entity_type: row.try_get(12)?,
                    entity_name: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                    expires_at: row.try_get(15)?,
                })
            },
            mapper: |it| Node::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<'c, 'a, 's, GetParams<T1>, NodeQuery<'c, 'a, 's, C, Node, 2>, C>
    for GetStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a GetParams<T1>,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 2> {
        self.bind(client, &params.user_id, &params.node_id)
    }
}
pub struct GetManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Nodes by their ids, in no order; those that are not there are missing.
///
/// Access path: nodes_pkey.
/// Bounds: reads :node_ids, sorts 0.
/// Invariant: never another user's rows.
pub fn get_many() -> GetManyStmt {
    GetManyStmt(
        "SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM memory.nodes WHERE user_id = $1 AND node_id = ANY($2) AND coalesce(expires_at, 'infinity') > now()",
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
        node_ids: &'a T2,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 2> {
        NodeQuery {
            client,
            params: [user_id, node_ids],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<NodeBorrowed, tokio_postgres::Error> {
                Ok(NodeBorrowed {
                    node_id: row.try_get(0)?,
                    content: row.try_get(1)?,
                    context_type: row.try_get(2)?,
                    summary: row.try_get(3)?,
                    created_at: row.try_get(4)?,
                    last_accessed: row.try_get(5)?,
                    access_count: row.try_get(6)?,
                    base_relevance: row.try_get(7)?,
                    tags: row.try_get(8)?,
                    metadata: row.try_get(9)?,
                    entity_id: row.try_get(10)?,
                    entity_system: row.try_get(11)?,
                    entity_type: row.try_get(12)?,
                    entity_name: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                    expires_at: row.try_get(15)?,
                })
            },
            mapper: |it| Node::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        GetManyParams<T1, T2>,
        NodeQuery<'c, 'a, 's, C, Node, 2>,
        C,
    > for GetManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a GetManyParams<T1, T2>,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 2> {
        self.bind(client, &params.user_id, &params.node_ids)
    }
}
pub struct GetByEntityStmt(&'static str, Option<tokio_postgres::Statement>);
/// One node by the key of its entity.
///
/// Access path: nodes_entity_key.
/// Bounds: reads 1, sorts 0.
/// Invariant: never another user's row.
pub fn get_by_entity() -> GetByEntityStmt {
    GetByEntityStmt(
        "SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM memory.nodes WHERE user_id = $1 AND entity_system = $2 AND entity_id = $3 AND coalesce(expires_at, 'infinity') > now() LIMIT 1",
        None,
    )
}
impl GetByEntityStmt {
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
        user_id: &'a T1,
        entity_system: &'a T2,
        entity_id: &'a T3,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 3> {
        NodeQuery {
            client,
            params: [user_id, entity_system, entity_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<NodeBorrowed, tokio_postgres::Error> {
                Ok(NodeBorrowed {
                    node_id: row.try_get(0)?,
                    content: row.try_get(1)?,
                    context_type: row.try_get(2)?,
                    summary: row.try_get(3)?,
                    created_at: row.try_get(4)?,
                    last_accessed: row.try_get(5)?,
                    access_count: row.try_get(6)?,
                    base_relevance: row.try_get(7)?,
                    tags: row.try_get(8)?,
                    metadata: row.try_get(9)?,
                    entity_id: row.try_get(10)?,
                    entity_system: row.try_get(11)?,
                    entity_type: row.try_get(12)?,
                    entity_name: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                    expires_at: row.try_get(15)?,
                })
            },
            mapper: |it| Node::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql, T3: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        GetByEntityParams<T1, T2, T3>,
        NodeQuery<'c, 'a, 's, C, Node, 3>,
        C,
    > for GetByEntityStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a GetByEntityParams<T1, T2, T3>,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 3> {
        self.bind(
            client,
            &params.user_id,
            &params.entity_system,
            &params.entity_id,
        )
    }
}
pub struct ListStmt(&'static str, Option<tokio_postgres::Statement>);
/// A user's nodes, newest first, after a keyset cursor. An absent filter is NULL; :tags are all required. The
/// value at each of :paths in the content has to compare with the one in :operands, numbers as numbers and
/// never across JSON types.
///
/// Access path: nodes_created_idx, a thousand entries; where too few of these pass a filter, its own index or the rest. What is
/// read and sorted is said of a page without filters.
/// Bounds: reads :limit, sorts :limit.
/// Invariant: never another user's rows; a filter never widens the result.
pub fn list() -> ListStmt {
    ListStmt(
        "WITH newest AS MATERIALIZED ( SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM ( SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM memory.nodes WHERE user_id = $1 AND (created_at, node_id) < ($2, $3) AND created_at >= $4 ORDER BY created_at DESC, node_id DESC LIMIT 1000 ) AS n WHERE coalesce(expires_at, 'infinity') > now() AND ($5::text[] IS NULL OR context_type = ANY($5)) AND ($6::text[] IS NULL OR tags @> $6) AND ($7::text IS NULL OR entity_type = $7) AND ($8::jsonb IS NULL OR content @> $8) AND ($9::jsonb[] = '{}' OR memory.satisfies(content, $9, $10, $11)) ORDER BY created_at DESC, node_id DESC LIMIT $12 ), rest AS MATERIALIZED ( SELECT true AS is_wanted FROM memory.nodes WHERE user_id = $1 AND (created_at, node_id) < ($2, $3) AND created_at >= $4 AND (SELECT count(*) FROM newest) < $12 ORDER BY created_at DESC, node_id DESC OFFSET 1000 LIMIT 1 ) ( SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM newest WHERE NOT EXISTS (SELECT FROM rest) ) UNION ALL ( SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM memory.nodes WHERE EXISTS (SELECT FROM rest) AND user_id = $1 AND (created_at, node_id) < ($2, $3) AND created_at >= $4 AND coalesce(expires_at, 'infinity') > now() AND ($5::text[] IS NULL OR context_type = ANY($5)) AND ($6::text[] IS NULL OR tags @> $6) AND ($7::text IS NULL OR entity_type = $7) AND ($8::jsonb IS NULL OR content @> $8) AND ($9::jsonb[] = '{}' OR memory.satisfies(content, $9, $10, $11)) ORDER BY created_at DESC, node_id DESC LIMIT $12 ) ORDER BY created_at DESC, node_id DESC",
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
        T4: crate::StringSql,
        T5: crate::ArraySql<Item = T4>,
        T6: crate::StringSql,
        T7: crate::JsonSql,
        T8: crate::JsonSql,
        T9: crate::ArraySql<Item = T8>,
        T10: crate::StringSql,
        T11: crate::ArraySql<Item = T10>,
        T12: crate::JsonSql,
        T13: crate::ArraySql<Item = T12>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        before_created_at: &'a chrono::DateTime<chrono::Utc>,
        before_node_id: &'a uuid::Uuid,
        since: &'a chrono::DateTime<chrono::Utc>,
        context_types: &'a Option<T3>,
        tags: &'a Option<T5>,
        entity_type: &'a Option<T6>,
        containing: &'a Option<T7>,
        paths: &'a T9,
        operators: &'a T11,
        operands: &'a T13,
        limit: &'a i64,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 12> {
        NodeQuery {
            client,
            params: [
                user_id,
                before_created_at,
                before_node_id,
                since,
                context_types,
                tags,
                entity_type,
                containing,
                paths,
                operators,
                operands,
                limit,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<NodeBorrowed, tokio_postgres::Error> {
                Ok(NodeBorrowed {
                    node_id: row.try_get(0)?,
                    content: row.try_get(1)?,
                    context_type: row.try_get(2)?,
                    summary: row.try_get(3)?,
                    created_at: row.try_get(4)?,
                    last_accessed: row.try_get(5)?,
                    access_count: row.try_get(6)?,
                    base_relevance: row.try_get(7)?,
                    tags: row.try_get(8)?,
                    metadata: row.try_get(9)?,
                    entity_id: row.try_get(10)?,
                    entity_system: row.try_get(11)?,
                    entity_type: row.try_get(12)?,
                    entity_name: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                    expires_at: row.try_get(15)?,
                })
            },
            mapper: |it| Node::from(it),
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
    T4: crate::StringSql,
    T5: crate::ArraySql<Item = T4>,
    T6: crate::StringSql,
    T7: crate::JsonSql,
    T8: crate::JsonSql,
    T9: crate::ArraySql<Item = T8>,
    T10: crate::StringSql,
    T11: crate::ArraySql<Item = T10>,
    T12: crate::JsonSql,
    T13: crate::ArraySql<Item = T12>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        ListParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>,
        NodeQuery<'c, 'a, 's, C, Node, 12>,
        C,
    > for ListStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListParams<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>,
    ) -> NodeQuery<'c, 'a, 's, C, Node, 12> {
        self.bind(
            client,
            &params.user_id,
            &params.before_created_at,
            &params.before_node_id,
            &params.since,
            &params.context_types,
            &params.tags,
            &params.entity_type,
            &params.containing,
            &params.paths,
            &params.operators,
            &params.operands,
            &params.limit,
        )
    }
}
pub struct ListAllStmt(&'static str, Option<tokio_postgres::Statement>);
/// All nodes of a user, in no order.
///
/// Access path: all of the user's entries in an index that begins with user_id; all of nodes where the user has most of them.
/// Bounds: reads 3 * nodes, sorts 0.
/// Invariant: never another user's rows.
pub fn list_all() -> ListAllStmt {
    ListAllStmt(
        "SELECT node_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_system, entity_type, entity_name, updated_at, expires_at FROM memory.nodes WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now()",
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
    ) -> NodeQuery<'c, 'a, 's, C, Node, 1> {
        NodeQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<NodeBorrowed, tokio_postgres::Error> {
                Ok(NodeBorrowed {
                    node_id: row.try_get(0)?,
                    content: row.try_get(1)?,
                    context_type: row.try_get(2)?,
                    summary: row.try_get(3)?,
                    created_at: row.try_get(4)?,
                    last_accessed: row.try_get(5)?,
                    access_count: row.try_get(6)?,
                    base_relevance: row.try_get(7)?,
                    tags: row.try_get(8)?,
                    metadata: row.try_get(9)?,
                    entity_id: row.try_get(10)?,
                    entity_system: row.try_get(11)?,
                    entity_type: row.try_get(12)?,
                    entity_name: row.try_get(13)?,
                    updated_at: row.try_get(14)?,
                    expires_at: row.try_get(15)?,
                })
            },
            mapper: |it| Node::from(it),
        }
    }
}
pub struct FindManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// The nodes that references mean, one row for each reference in order: the key of an entity, or an id where
/// :entity_ids has NULL. NULL where there is no such node.
///
/// Access path: nodes_pkey and nodes_entity_key, one probe a reference.
/// Bounds: reads :node_ids, sorts :node_ids + 1.
/// Invariant: never another user's rows.
pub fn find_many() -> FindManyStmt {
    FindManyStmt(
        "SELECT CASE WHEN reference.entity_id IS NULL THEN ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND node_id = reference.node_id AND coalesce(expires_at, 'infinity') > now() ) ELSE ( SELECT node_id FROM memory.nodes WHERE user_id = $1 AND entity_system = reference.entity_system AND entity_id = reference.entity_id AND coalesce(expires_at, 'infinity') > now() ) END AS node_id FROM unnest($2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY AS reference (node_id, entity_system, entity_id, position) ORDER BY reference.position",
        None,
    )
}
impl FindManyStmt {
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
        T3: crate::StringSql,
        T4: crate::ArraySql<Item = Option<T3>>,
        T5: crate::StringSql,
        T6: crate::ArraySql<Item = Option<T5>>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        node_ids: &'a T2,
        entity_systems: &'a T4,
        entity_ids: &'a T6,
    ) -> OptionuuidUuidQuery<'c, 'a, 's, C, Option<uuid::Uuid>, 4> {
        OptionuuidUuidQuery {
            client,
            params: [user_id, node_ids, entity_systems, entity_ids],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
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
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = Option<T3>>,
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = Option<T5>>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        FindManyParams<T1, T2, T3, T4, T5, T6>,
        OptionuuidUuidQuery<'c, 'a, 's, C, Option<uuid::Uuid>, 4>,
        C,
    > for FindManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a FindManyParams<T1, T2, T3, T4, T5, T6>,
    ) -> OptionuuidUuidQuery<'c, 'a, 's, C, Option<uuid::Uuid>, 4> {
        self.bind(
            client,
            &params.user_id,
            &params.node_ids,
            &params.entity_systems,
            &params.entity_ids,
        )
    }
}
pub struct TouchManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Counts an access of each node, which is the only thing that does. It changes no memory, so the log of
/// changes does not tell of it.
///
/// Access path: nodes_pkey, one probe a node.
/// Bounds: reads :node_ids + 1, sorts 0.
/// Invariant: never another user's rows.
pub fn touch_many() -> TouchManyStmt {
    TouchManyStmt(
        "WITH owner AS MATERIALIZED ( SELECT version FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE ) UPDATE memory.nodes SET access_count = least(access_count, 2147483646) + 1, last_accessed = greatest(last_accessed, $2) WHERE user_id = $1 AND node_id = ANY($3) AND coalesce(expires_at, 'infinity') > now() AND (SELECT count(*) FROM owner) >= 0 RETURNING node_id",
        None,
    )
}
impl TouchManyStmt {
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
        now: &'a chrono::DateTime<chrono::Utc>,
        node_ids: &'a T2,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 3> {
        UuidUuidQuery {
            client,
            params: [user_id, now, node_ids],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        TouchManyParams<T1, T2>,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 3>,
        C,
    > for TouchManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a TouchManyParams<T1, T2>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 3> {
        self.bind(client, &params.user_id, &params.now, &params.node_ids)
    }
}
pub struct UpdateStmt(&'static str, Option<tokio_postgres::Statement>);
/// Replaces those fields of a node that are given; NULL leaves a field as it is. The expiry, which may be
/// replaced by none, is left as it is unless :sets_expires_at.
///
/// Access path: nodes_pkey.
/// Bounds: reads 2, sorts 0.
/// Invariant: never another user's row.
pub fn update() -> UpdateStmt {
    UpdateStmt(
        "WITH owner AS MATERIALIZED ( SELECT version FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE ) UPDATE memory.nodes SET summary = coalesce($2, summary), tags = coalesce($3, tags), base_relevance = coalesce($4, base_relevance), metadata = coalesce($5, metadata), expires_at = CASE WHEN $6 THEN $7 ELSE expires_at END, updated_at = $8 WHERE user_id = $1 AND node_id = $9 AND coalesce(expires_at, 'infinity') > now() AND (SELECT count(*) FROM owner) >= 0 RETURNING node_id",
        None,
    )
}
impl UpdateStmt {
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
        T4: crate::ArraySql<Item = T3>,
        T5: crate::JsonSql,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        summary: &'a Option<T2>,
        tags: &'a Option<T4>,
        base_relevance: &'a Option<f32>,
        metadata: &'a Option<T5>,
        sets_expires_at: &'a bool,
        expires_at: &'a Option<chrono::DateTime<chrono::Utc>>,
        now: &'a chrono::DateTime<chrono::Utc>,
        node_id: &'a uuid::Uuid,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 9> {
        UuidUuidQuery {
            client,
            params: [
                user_id,
                summary,
                tags,
                base_relevance,
                metadata,
                sets_expires_at,
                expires_at,
                now,
                node_id,
            ],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
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
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::JsonSql,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        UpdateParams<T1, T2, T3, T4, T5>,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 9>,
        C,
    > for UpdateStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a UpdateParams<T1, T2, T3, T4, T5>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 9> {
        self.bind(
            client,
            &params.user_id,
            &params.summary,
            &params.tags,
            &params.base_relevance,
            &params.metadata,
            &params.sets_expires_at,
            &params.expires_at,
            &params.now,
            &params.node_id,
        )
    }
}
pub struct DeleteManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Deletes nodes and, through the foreign keys, the relationships at them. Returns those that were there.
///
/// Access path: nodes_pkey; the cascade uses relationships_ends_key and relationships_to_idx.
/// Bounds: reads :node_ids + 1, sorts 0.
/// Invariant: never another user's rows.
pub fn delete_many() -> DeleteManyStmt {
    DeleteManyStmt(
        "WITH owner AS MATERIALIZED ( SELECT version FROM memory.user_metadata WHERE user_id = $1 FOR NO KEY UPDATE ) DELETE FROM memory.nodes WHERE user_id = $1 AND node_id = ANY($2) AND (SELECT count(*) FROM owner) >= 0 RETURNING node_id",
        None,
    )
}
impl DeleteManyStmt {
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
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2> {
        UuidUuidQuery {
            client,
            params: [user_id, node_ids],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::ArraySql<Item = uuid::Uuid>>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        DeleteManyParams<T1, T2>,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2>,
        C,
    > for DeleteManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a DeleteManyParams<T1, T2>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2> {
        self.bind(client, &params.user_id, &params.node_ids)
    }
}
