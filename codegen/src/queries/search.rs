// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct SearchParams<
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = T3>,
> {
    pub query: T1,
    pub user_id: T2,
    pub context_types: Option<T4>,
    pub limit: i64,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
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
    pub score: f64,
}
pub struct HitBorrowed<'a> {
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
    pub score: f64,
}
impl<'a> From<HitBorrowed<'a>> for Hit {
    fn from(
        HitBorrowed {
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
            score,
        }: HitBorrowed<'a>,
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
            score,
        }
    }
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct HitQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<HitBorrowed, tokio_postgres::Error>,
    mapper: fn(HitBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> HitQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(HitBorrowed) -> R) -> HitQuery<'c, 'a, 's, C, R, N> {
        HitQuery {
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
pub struct SearchStmt(&'static str, Option<tokio_postgres::Statement>);
/// A user's nodes by words: those that contain any word of the query, ranked by ts_rank, and entities
/// whose name or id looks like a word of it, typing errors included. Operators and quotes in the query are
/// plain text. :context_types NULL means all.
///
/// Access path: nodes_search_idx; nodes_label_idx once a word, for at most 8 words.
/// Invariant: never another user's rows; a filter never widens the result.
pub fn search() -> SearchStmt {
    SearchStmt(
        "WITH threshold AS MATERIALIZED ( SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true) AS value ), word AS ( SELECT lower(term.value) AS value FROM threshold, regexp_split_to_table(left($1, 1000), '[[:space:]]+') WITH ORDINALITY AS term (value, position) WHERE threshold.value IS NOT NULL AND length(term.value) >= 3 AND memory.any_word(term.value) IS NOT NULL GROUP BY lower(term.value) ORDER BY min(term.position) LIMIT 8 ), lexical AS ( SELECT node_id, ts_rank('{0.2, 0.4, 0.7, 1.0}', search, (SELECT memory.any_word($1)), 1)::double precision AS score FROM memory.nodes WHERE user_id = $2 AND coalesce(expires_at, 'infinity') > now() AND search @@ (SELECT memory.any_word($1)) AND ($3::text[] IS NULL OR context_type = ANY($3)) ), fuzzy AS ( SELECT alike.node_id, sum(alike.similarity) / (SELECT greatest(count(*), 1) FROM word) AS score FROM word CROSS JOIN LATERAL ( SELECT node_id, public.word_similarity(word.value, coalesce(entity_name, '') || ' ' || entity_id)::double precision AS similarity FROM memory.nodes WHERE user_id = $2 AND coalesce(expires_at, 'infinity') > now() AND entity_id IS NOT NULL AND (coalesce(entity_name, '') || ' ' || entity_id) OPERATOR(public.%>) word.value AND ($3::text[] IS NULL OR context_type = ANY($3)) ) AS alike GROUP BY alike.node_id ), best AS ( SELECT node_id, sum(score) AS score FROM ( SELECT node_id, score FROM lexical UNION ALL SELECT node_id, score FROM fuzzy ) AS found GROUP BY node_id ORDER BY score DESC, node_id DESC LIMIT $4 ) SELECT n.node_id, n.content, n.context_type, n.summary, n.created_at, n.last_accessed, n.access_count, n.base_relevance, n.tags, n.metadata, n.entity_id, n.entity_system, n.entity_type, n.entity_name, n.updated_at, n.expires_at, best.score FROM best JOIN memory.nodes AS n ON n.user_id = $2 AND n.node_id = best.node_id ORDER BY best.score DESC, n.node_id DESC",
        None,
    )
}
impl SearchStmt {
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
    >(
        &'s self,
        client: &'c C,
        query: &'a T1,
        user_id: &'a T2,
        context_types: &'a Option<T4>,
        limit: &'a i64,
    ) -> HitQuery<'c, 'a, 's, C, Hit, 4> {
        HitQuery {
            client,
            params: [query, user_id, context_types, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<HitBorrowed, tokio_postgres::Error> {
                Ok(HitBorrowed {
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
                    score: row.try_get(16)?,
                })
            },
            mapper: |it| Hit::from(it),
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
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        SearchParams<T1, T2, T3, T4>,
        HitQuery<'c, 'a, 's, C, Hit, 4>,
        C,
    > for SearchStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a SearchParams<T1, T2, T3, T4>,
    ) -> HitQuery<'c, 'a, 's, C, Hit, 4> {
        self.bind(
            client,
            &params.query,
            &params.user_id,
            &params.context_types,
            &params.limit,
        )
    }
}
