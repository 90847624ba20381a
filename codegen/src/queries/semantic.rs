// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct SetParametersParams<T1: crate::StringSql> {
    pub model: T1,
    pub dimension: i32,
}
#[derive(Debug)]
pub struct EmbedManyParams<
    T1: crate::StringSql,
    T2: crate::ArraySql<Item = uuid::Uuid>,
    T3: crate::ArraySql<Item = f32>,
> {
    pub user_id: T1,
    pub node_ids: T2,
    pub embeddings: T3,
}
#[derive(Debug)]
pub struct NearestParams<T1: crate::StringSql, T2: crate::ArraySql<Item = f32>> {
    pub user_id: T1,
    pub embedding: T2,
    pub limit: i32,
}
#[derive(Debug)]
pub struct ListUnembeddedParams<T1: crate::StringSql> {
    pub user_id: T1,
    pub limit: i64,
}
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub model: String,
    pub dimension: i32,
}
pub struct ModelBorrowed<'a> {
    pub model: &'a str,
    pub dimension: i32,
}
impl<'a> From<ModelBorrowed<'a>> for Model {
    fn from(ModelBorrowed { model, dimension }: ModelBorrowed<'a>) -> Self {
        Self {
            model: model.into(),
            dimension,
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct SetParameters {
    pub model: String,
    pub dimension: String,
}
pub struct SetParametersBorrowed<'a> {
    pub model: &'a str,
    pub dimension: &'a str,
}
impl<'a> From<SetParametersBorrowed<'a>> for SetParameters {
    fn from(SetParametersBorrowed { model, dimension }: SetParametersBorrowed<'a>) -> Self {
        Self {
            model: model.into(),
            dimension: dimension.into(),
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    pub similarity: f64,
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
pub struct SimilarBorrowed<'a> {
    pub similarity: f64,
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
impl<'a> From<SimilarBorrowed<'a>> for Similar {
    fn from(
        SimilarBorrowed {
            similarity,
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
        }: SimilarBorrowed<'a>,
    ) -> Self {
        Self {
            similarity,
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
#[derive(Debug, Clone, PartialEq, Copy)]
pub struct GetCoverage {
    pub nodes: i64,
    pub embedded: i64,
}
use crate::client::async_::GenericClient;
use futures::{self, StreamExt, TryStreamExt};
pub struct ModelQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<ModelBorrowed, tokio_postgres::Error>,
    mapper: fn(ModelBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> ModelQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(ModelBorrowed) -> R) -> ModelQuery<'c, 'a, 's, C, R, N> {
        ModelQuery {
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
pub struct SetParametersQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<SetParametersBorrowed, tokio_postgres::Error>,
    mapper: fn(SetParametersBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> SetParametersQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(
        self,
        mapper: fn(SetParametersBorrowed) -> R,
    ) -> SetParametersQuery<'c, 'a, 's, C, R, N> {
        SetParametersQuery {
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
pub struct SimilarQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<SimilarBorrowed, tokio_postgres::Error>,
    mapper: fn(SimilarBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> SimilarQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(SimilarBorrowed) -> R) -> SimilarQuery<'c, 'a, 's, C, R, N> {
        SimilarQuery {
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
pub struct GetCoverageQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<GetCoverage, tokio_postgres::Error>,
    mapper: fn(GetCoverage) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> GetCoverageQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(GetCoverage) -> R) -> GetCoverageQuery<'c, 'a, 's, C, R, N> {
        GetCoverageQuery {
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
pub struct GetModelStmt(&'static str, Option<tokio_postgres::Statement>);
/// The model whose embeddings the database holds. No row while semantic search is not enabled.
///
/// Access path: none, the function knows.
/// Invariant: reads no memory.
pub fn get_model() -> GetModelStmt {
    GetModelStmt(
        "SELECT m.model, m.dimension FROM memory.semantic_model() AS m",
        None,
    )
}
impl GetModelStmt {
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
    ) -> ModelQuery<'c, 'a, 's, C, Model, 0> {
        ModelQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<ModelBorrowed, tokio_postgres::Error> {
                Ok(ModelBorrowed {
                    model: row.try_get(0)?,
                    dimension: row.try_get(1)?,
                })
            },
            mapper: |it| Model::from(it),
        }
    }
}
pub struct RefuseStmt(&'static str, Option<tokio_postgres::Statement>);
/// Fails, and says how semantic search is enabled.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn refuse() -> RefuseStmt {
    RefuseStmt("SELECT true AS refused FROM memory.refuse_semantic()", None)
}
impl RefuseStmt {
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
    ) -> BoolQuery<'c, 'a, 's, C, bool, 0> {
        BoolQuery {
            client,
            params: [],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row| Ok(row.try_get(0)?),
            mapper: |it| it,
        }
    }
}
pub struct SetParametersStmt(&'static str, Option<tokio_postgres::Statement>);
/// Says what schema/semantic/enable.sql is to enable, until the transaction ends.
///
/// Access path: none.
/// Invariant: touches no table.
pub fn set_parameters() -> SetParametersStmt {
    SetParametersStmt(
        "SELECT set_config('pgmemory.model', $1, true) AS model, set_config('pgmemory.dimension', $2::integer::text, true) AS dimension",
        None,
    )
}
impl SetParametersStmt {
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
        model: &'a T1,
        dimension: &'a i32,
    ) -> SetParametersQuery<'c, 'a, 's, C, SetParameters, 2> {
        SetParametersQuery {
            client,
            params: [model, dimension],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<SetParametersBorrowed, tokio_postgres::Error> {
                    Ok(SetParametersBorrowed {
                        model: row.try_get(0)?,
                        dimension: row.try_get(1)?,
                    })
                },
            mapper: |it| SetParameters::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        SetParametersParams<T1>,
        SetParametersQuery<'c, 'a, 's, C, SetParameters, 2>,
        C,
    > for SetParametersStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a SetParametersParams<T1>,
    ) -> SetParametersQuery<'c, 'a, 's, C, SetParameters, 2> {
        self.bind(client, &params.model, &params.dimension)
    }
}
pub struct EmbedManyStmt(&'static str, Option<tokio_postgres::Statement>);
/// Stores the embeddings of nodes, one after the other in :embeddings; replaces those that are there. Changes no
/// memory, so the log of changes does not tell of it.
///
/// Access path: nodes_pkey and embeddings_pkey, one probe a node; embeddings_nearest_idx.
/// Invariant: writes rows of :user_id only; the user has all of the nodes, or nothing is written.
pub fn embed_many() -> EmbedManyStmt {
    EmbedManyStmt("SELECT memory.embed_nodes($1, $2, $3) AS embedded", None)
}
impl EmbedManyStmt {
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
        T3: crate::ArraySql<Item = f32>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        node_ids: &'a T2,
        embeddings: &'a T3,
    ) -> I64Query<'c, 'a, 's, C, i64, 3> {
        I64Query {
            client,
            params: [user_id, node_ids, embeddings],
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
    T3: crate::ArraySql<Item = f32>,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        EmbedManyParams<T1, T2, T3>,
        I64Query<'c, 'a, 's, C, i64, 3>,
        C,
    > for EmbedManyStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a EmbedManyParams<T1, T2, T3>,
    ) -> I64Query<'c, 'a, 's, C, i64, 3> {
        self.bind(
            client,
            &params.user_id,
            &params.node_ids,
            &params.embeddings,
        )
    }
}
pub struct NearestStmt(&'static str, Option<tokio_postgres::Statement>);
/// The nodes of a user whose embeddings are nearest to one, best first.
///
/// Access path: all of the user's entries in embeddings_pkey; embeddings_nearest_idx for a user who has more than
/// 20,000 nodes and a tenth of all embeddings; nodes_pkey, one probe a result.
/// Invariant: never another user's rows.
pub fn nearest() -> NearestStmt {
    NearestStmt(
        "SELECT near.similarity, n.node_id, n.content, n.context_type, n.summary, n.created_at, n.last_accessed, n.access_count, n.base_relevance, n.tags, n.metadata, n.entity_id, n.entity_system, n.entity_type, n.entity_name, n.updated_at, n.expires_at FROM memory.nearest_nodes($1, $2, $3) AS near JOIN memory.nodes AS n ON n.user_id = $1 AND n.node_id = near.node_id ORDER BY near.similarity DESC, near.node_id",
        None,
    )
}
impl NearestStmt {
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
        T2: crate::ArraySql<Item = f32>,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        embedding: &'a T2,
        limit: &'a i32,
    ) -> SimilarQuery<'c, 'a, 's, C, Similar, 3> {
        SimilarQuery {
            client,
            params: [user_id, embedding, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<SimilarBorrowed, tokio_postgres::Error> {
                    Ok(SimilarBorrowed {
                        similarity: row.try_get(0)?,
                        node_id: row.try_get(1)?,
                        content: row.try_get(2)?,
                        context_type: row.try_get(3)?,
                        summary: row.try_get(4)?,
                        created_at: row.try_get(5)?,
                        last_accessed: row.try_get(6)?,
                        access_count: row.try_get(7)?,
                        base_relevance: row.try_get(8)?,
                        tags: row.try_get(9)?,
                        metadata: row.try_get(10)?,
                        entity_id: row.try_get(11)?,
                        entity_system: row.try_get(12)?,
                        entity_type: row.try_get(13)?,
                        entity_name: row.try_get(14)?,
                        updated_at: row.try_get(15)?,
                        expires_at: row.try_get(16)?,
                    })
                },
            mapper: |it| Similar::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::ArraySql<Item = f32>>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        NearestParams<T1, T2>,
        SimilarQuery<'c, 'a, 's, C, Similar, 3>,
        C,
    > for NearestStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a NearestParams<T1, T2>,
    ) -> SimilarQuery<'c, 'a, 's, C, Similar, 3> {
        self.bind(client, &params.user_id, &params.embedding, &params.limit)
    }
}
pub struct ListUnembeddedStmt(&'static str, Option<tokio_postgres::Statement>);
/// The nodes of a user that have no embedding, in the order of their ids, at most :limit.
///
/// Access path: nodes_pkey and embeddings_pkey side by side.
/// Invariant: never another user's rows.
pub fn list_unembedded() -> ListUnembeddedStmt {
    ListUnembeddedStmt(
        "SELECT u.node_id FROM memory.unembedded_nodes($1, $2) AS u ORDER BY u.node_id",
        None,
    )
}
impl ListUnembeddedStmt {
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
        ListUnembeddedParams<T1>,
        UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2>,
        C,
    > for ListUnembeddedStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a ListUnembeddedParams<T1>,
    ) -> UuidUuidQuery<'c, 'a, 's, C, uuid::Uuid, 2> {
        self.bind(client, &params.user_id, &params.limit)
    }
}
pub struct GetCoverageStmt(&'static str, Option<tokio_postgres::Statement>);
/// How many nodes a user has, and how many of them have an embedding. :user_id NULL means all users together:
/// administration, across users.
///
/// Access path: all of the user's entries in nodes_pkey and embeddings_pkey.
/// Invariant: never another user's rows, but where all are asked for.
pub fn get_coverage() -> GetCoverageStmt {
    GetCoverageStmt(
        "SELECT c.nodes, c.embedded FROM memory.embedding_coverage($1) AS c",
        None,
    )
}
impl GetCoverageStmt {
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
        user_id: &'a Option<T1>,
    ) -> GetCoverageQuery<'c, 'a, 's, C, GetCoverage, 1> {
        GetCoverageQuery {
            client,
            params: [user_id],
            query: self.0,
            cached: self.1.as_ref(),
            extractor: |row: &tokio_postgres::Row| -> Result<GetCoverage, tokio_postgres::Error> {
                Ok(GetCoverage {
                    nodes: row.try_get(0)?,
                    embedded: row.try_get(1)?,
                })
            },
            mapper: |it| GetCoverage::from(it),
        }
    }
}
