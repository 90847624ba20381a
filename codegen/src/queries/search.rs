// This file was generated with `cornucopia`. Do not modify.

#[derive(Debug)]
pub struct RankParams<
    T1: crate::StringSql,
    T2: crate::StringSql,
    T3: crate::StringSql,
    T4: crate::ArraySql<Item = T3>,
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = T5>,
    T7: crate::StringSql,
    T8: crate::ArraySql<Item = T7>,
    T9: crate::StringSql,
    T10: crate::StringSql,
    T11: crate::JsonSql,
    T12: crate::JsonSql,
    T13: crate::ArraySql<Item = T12>,
    T14: crate::StringSql,
    T15: crate::ArraySql<Item = T14>,
    T16: crate::JsonSql,
    T17: crate::ArraySql<Item = T16>,
    T18: crate::ArraySql<Item = f32>,
    T19: crate::ArraySql<Item = f32>,
    T20: crate::JsonSql,
> {
    pub user_id: T1,
    pub query: Option<T2>,
    pub alike: Option<uuid::Uuid>,
    pub candidates: i64,
    pub limit: i64,
    pub hops: i32,
    pub context_types: Option<T4>,
    pub any_tags: Option<T6>,
    pub all_tags: Option<T8>,
    pub entity_type: Option<T9>,
    pub entity_system: Option<T10>,
    pub since: chrono::DateTime<chrono::Utc>,
    pub before: chrono::DateTime<chrono::Utc>,
    pub containing: Option<T11>,
    pub paths: T13,
    pub operators: T15,
    pub operands: T17,
    pub weights: T18,
    pub feedback: f64,
    pub starts: i64,
    pub forward: f32,
    pub fan_out: i64,
    pub backward: f32,
    pub embedding: Option<T19>,
    pub fuzzy: f64,
    pub semantic: f64,
    pub recency: f64,
    pub half_lives: T20,
    pub relevance: f64,
    pub accesses: f64,
    pub with_snippet: bool,
}
#[derive(Debug)]
pub struct CompleteParams<T1: crate::StringSql, T2: crate::StringSql> {
    pub user_id: T1,
    pub prefix: T2,
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
    pub lexical: f64,
    pub fuzzy: f64,
    pub graph: f64,
    pub semantic: f64,
    pub recency: f64,
    pub relevance: f64,
    pub score: f64,
    pub snippet: Option<String>,
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
    pub lexical: f64,
    pub fuzzy: f64,
    pub graph: f64,
    pub semantic: f64,
    pub recency: f64,
    pub relevance: f64,
    pub score: f64,
    pub snippet: Option<&'a str>,
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
            lexical,
            fuzzy,
            graph,
            semantic,
            recency,
            relevance,
            score,
            snippet,
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
            lexical,
            fuzzy,
            graph,
            semantic,
            recency,
            relevance,
            score,
            snippet: snippet.map(|v| v.into()),
        }
    }
}
#[derive(Debug, Clone, PartialEq)]
pub struct Complete {
    pub value: String,
    pub kind: String,
    pub nodes: i64,
}
pub struct CompleteBorrowed<'a> {
    pub value: &'a str,
    pub kind: &'a str,
    pub nodes: i64,
}
impl<'a> From<CompleteBorrowed<'a>> for Complete {
    fn from(CompleteBorrowed { value, kind, nodes }: CompleteBorrowed<'a>) -> Self {
        Self {
            value: value.into(),
            kind: kind.into(),
            nodes,
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
pub struct CompleteQuery<'c, 'a, 's, C: GenericClient, T, const N: usize> {
    client: &'c C,
    params: [&'a (dyn postgres_types::ToSql + Sync); N],
    query: &'static str,
    cached: Option<&'s tokio_postgres::Statement>,
    extractor: fn(&tokio_postgres::Row) -> Result<CompleteBorrowed, tokio_postgres::Error>,
    mapper: fn(CompleteBorrowed) -> T,
}
impl<'c, 'a, 's, C, T: 'c, const N: usize> CompleteQuery<'c, 'a, 's, C, T, N>
where
    C: GenericClient,
{
    pub fn map<R>(self, mapper: fn(CompleteBorrowed) -> R) -> CompleteQuery<'c, 'a, 's, C, R, N> {
        CompleteQuery {
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
pub struct RankStmt(&'static str, Option<tokio_postgres::Statement>);
/// A user's nodes by what they say and by what stands near them, best first. docs/SEARCH.md explains it step by step.
///
/// :query is free text: "quoted words" must stand together, -word must not stand there, all else is plain text. With
/// :alike, the words are those of that node instead. :hops 0 finds nodes by their own words; 1 or 2 also by the words
/// of nodes related to them. An absent filter is NULL.
///
/// Access path: nodes_search_idx, about :candidates nodes and never more than five times as many, and for each of up to four
/// words that no node has 100 more; lexemes_pkey and lexemes_alike_idx a word; nodes_created_idx 500 nodes and
/// nodes_label_idx a word that no node has; relationships_from_idx and relationships_to_idx, :fan_out rows each way
/// for at most 200 nodes a hop; nodes_pkey what was found.
/// Bounds: reads 20 * :candidates + 2 * :fan_out * :starts + 400 * :fan_out,
/// sorts 20 * :candidates + 2 * :fan_out * :starts + 400 * :fan_out.
/// Invariant: never another user's rows, nor numbers that depend on them; a filter never widens the result.
pub fn rank() -> RankStmt {
    RankStmt(
        "WITH threshold AS MATERIALIZED ( SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true) AS value ), owner AS MATERIALIZED ( SELECT greatest(total_nodes, 1)::double precision AS nodes, greatest(total_nodes, 1) / nullif(counted_nodes, 0)::double precision AS growth, memory.user_mark($1) AS mark FROM memory.user_metadata WHERE user_id = $1 ), request AS MATERIALIZED ( SELECT plain.value AS words, ( SELECT string_agg('(' || phrase::text || ')', ' & ')::tsquery FROM regexp_matches(left(plain.value, 8192), '\"([^\"]+)\"', 'g') AS quoted CROSS JOIN LATERAL memory.phrase_query(quoted[1]) AS phrase WHERE numnode(phrase) > 0 ) AS phrases, ( SELECT string_agg('(' || phrase::text || ')', ' | ')::tsquery FROM regexp_matches(left($2::text, 8192), '(?:^|\\s)-(?:\"([^\"]+)\"|([^\\s\"]+))', 'g') AS unwanted CROSS JOIN LATERAL memory.phrase_query(coalesce(unwanted[1], unwanted[2])) AS phrase WHERE numnode(phrase) > 0 ) AS unwanted FROM regexp_replace($2::text, '(^|\\s)-(\"[^\"]+\"|[^\\s\"]+)', ' ', 'g') AS plain (value) ), asked AS MATERIALIZED ( ( SELECT lexeme, positions[1]::double precision AS place FROM request CROSS JOIN LATERAL unnest(memory.query_vector(request.words)) AS text (lexeme, positions, weights) WHERE $3::uuid IS NULL ORDER BY place, lexeme LIMIT 32 ) UNION ALL ( SELECT own.lexeme, coalesce(counted.nodes, 0) AS place FROM memory.nodes AS n CROSS JOIN LATERAL unnest(tsvector_to_array(n.search)) AS own (lexeme) LEFT JOIN memory.lexemes AS counted ON counted.user_id = $1 AND counted.lexeme = own.lexeme WHERE n.user_id = $1 AND n.node_id = $3 AND length(own.lexeme) > 2 ORDER BY place, own.lexeme LIMIT 16 ) ), known AS MATERIALIZED ( SELECT asked.lexeme, asked.place, counted.strong_nodes, least(coalesce( counted.nodes * owner.growth, ( SELECT count(*) FROM ( SELECT FROM memory.nodes WHERE user_id = $1 AND memory.user_lexemes(user_id, search) @@ memory.any_lexeme(ARRAY[owner.mark || asked.lexeme], '') LIMIT $4::bigint * 2 ) AS seen ) ), owner.nodes) AS nodes FROM owner CROSS JOIN asked LEFT JOIN memory.lexemes AS counted ON counted.user_id = $1 AND counted.lexeme = asked.lexeme ), started AS MATERIALIZED ( SELECT known.lexeme, known.place, beginning.nodes FROM owner CROSS JOIN known CROSS JOIN LATERAL ( SELECT count(*) AS nodes FROM ( SELECT FROM memory.nodes WHERE user_id = $1 AND memory.user_lexemes(user_id, search) @@ memory.any_lexeme(ARRAY[owner.mark || known.lexeme], ':*') LIMIT $4 ) AS seen ) AS beginning WHERE known.nodes = 0 AND length(known.lexeme) > 2 AND $3::uuid IS NULL AND beginning.nodes > 0 ), resembling AS MATERIALIZED ( SELECT unknown.lexeme, unknown.place, array_agg(vocabulary.lexeme) AS lexemes, sum(vocabulary.nodes) AS nodes FROM owner CROSS JOIN ( SELECT lexeme, place FROM known WHERE nodes = 0 AND length(lexeme) > 2 AND $3::uuid IS NULL AND lexeme NOT IN (SELECT lexeme FROM started) AND (SELECT sum(nodes) FROM known) < 10 ORDER BY place LIMIT 4 ) AS unknown CROSS JOIN LATERAL ( SELECT lexeme, max(nodes) AS nodes FROM ( SELECT lexeme, nodes FROM memory.lexemes WHERE user_id = $1 AND lexeme OPERATOR(public.%) unknown.lexeme UNION ALL SELECT said.lexeme, count(*) FROM ( SELECT search FROM memory.nodes WHERE user_id = $1 AND memory.user_lexemes(user_id, search) @@ memory.any_lexeme(ARRAY[owner.mark || left(unknown.lexeme, 3)], ':*') LIMIT 100 ) AS n CROSS JOIN LATERAL unnest(tsvector_to_array(n.search)) AS said (lexeme) WHERE CASE WHEN starts_with(said.lexeme, left(unknown.lexeme, 3)) THEN said.lexeme OPERATOR(public.%) unknown.lexeme END GROUP BY said.lexeme UNION ALL SELECT said.lexeme, count(*) FROM ( SELECT tsvector_to_array(search) AS lexemes FROM memory.nodes WHERE user_id = $1 ORDER BY created_at DESC, node_id DESC LIMIT 500 ) AS n CROSS JOIN LATERAL unnest(n.lexemes) AS said (lexeme) WHERE strpos(array_to_string(n.lexemes, ' '), unknown.lexeme) > 0 AND strpos(said.lexeme, unknown.lexeme) > 0 GROUP BY said.lexeme ) AS alike GROUP BY lexeme ORDER BY public.similarity(lexeme, unknown.lexeme) DESC, lexeme LIMIT 3 ) AS vocabulary GROUP BY unknown.lexeme, unknown.place ), word AS MATERIALIZED ( SELECT row_number() OVER (ORDER BY meant.place, meant.lexeme) AS word, memory.any_lexeme(meant.lexemes, meant.suffix) AS query, memory.any_lexeme(ARRAY(SELECT owner.mark || lexeme FROM unnest(meant.lexemes) AS lexeme), meant.suffix)::text AS pattern, meant.is_guess, ln(1 + (owner.nodes - meant.nodes + 0.5) / (meant.nodes + 0.5)) AS idf, CASE WHEN meant.is_guess THEN 1.215854 ELSE 0.607927 END AS rank_of_one, meant.nodes, meant.strong_nodes FROM owner CROSS JOIN LATERAL ( SELECT lexeme, place, ARRAY[lexeme] AS lexemes, '' AS suffix, false AS is_guess, nodes, strong_nodes FROM known WHERE nodes > 0 UNION ALL SELECT lexeme, place, ARRAY[lexeme], ':*', true, nodes, NULL FROM started UNION ALL SELECT lexeme, place, lexemes, '', true, least(nodes, owner.nodes), NULL FROM resembling ) AS meant ), total AS MATERIALIZED ( SELECT sum(idf) AS idf FROM word ), rarest AS MATERIALIZED ( SELECT (row_number() OVER (ORDER BY word.nodes, word.word) - 1)::integer AS digit, least(word.nodes / owner.nodes, 0.99) AS share, word.idf, word.pattern, word.strong_nodes FROM word CROSS JOIN owner WHERE owner.nodes > $4 * 2 ORDER BY word.nodes, word.word LIMIT 6 ), base AS MATERIALIZED ( SELECT count(*)::integer AS words, CASE count(*) WHEN 1 THEN '{0,1,2,3,4}' WHEN 2 THEN '{0,1,2,3,4}' WHEN 3 THEN '{0,1,3}' WHEN 4 THEN '{0,2}' ELSE '{0}' END::integer[] AS levels FROM rarest ), state AS MATERIALIZED ( SELECT rarest.digit, counted.state, greatest(counted.share - lead(counted.share, 1, 0) OVER word_states, 1e-9) AS share, counted.worth, counted.worth - lag(counted.worth, 1, 0) OVER word_states AS step, CASE counted.level WHEN 0 THEN rarest.pattern ELSE replace(rarest.pattern, owner.mark, memory.level_mark(owner.mark, counted.level)) END AS pattern FROM owner CROSS JOIN base CROSS JOIN rarest CROSS JOIN LATERAL ( SELECT 0::bigint AS state, NULL::integer AS level, 1.0::double precision AS share, 0::double precision AS worth UNION ALL SELECT chosen.state, chosen.level, CASE chosen.level WHEN 0 THEN rarest.share ELSE least(rarest.share, coalesce(rarest.strong_nodes[chosen.level] * owner.growth / owner.nodes, 0)) END, rarest.idf * CASE chosen.level WHEN 0 THEN 0.7 ELSE 0.9 + chosen.level * 0.05 END FROM unnest(base.levels) WITH ORDINALITY AS chosen (level, state) ) AS counted WINDOW word_states AS (PARTITION BY rarest.digit ORDER BY counted.state) ), saying AS ( SELECT number, sum(state.worth) AS worth, min(state.step) FILTER (WHERE state.state > 0) AS least_step, exp(sum(ln(state.share))) AS share, string_agg(state.pattern, ') & (') AS pattern FROM base CROSS JOIN LATERAL (SELECT cardinality(base.levels) + 1 AS states) AS every CROSS JOIN LATERAL generate_series(1, (every.states ^ base.words)::integer - 1) AS number JOIN state ON state.state = number / (every.states ^ state.digit)::integer % every.states GROUP BY number ), taken AS MATERIALIZED ( SELECT worth, least_step, pattern, CASE WHEN (share_before + share) * owner.nodes > $4 * 4 THEN 3 WHEN share_before * owner.nodes >= $4 / 8 THEN 2 ELSE 1 END AS tier FROM ( SELECT worth, least_step, pattern, share, sum(share) OVER (ORDER BY worth DESC, number) - share AS share_before FROM saying ) AS in_order CROSS JOIN owner WHERE share_before * owner.nodes < $4 AND (share_before * owner.nodes < $5::bigint OR (share_before + share) * owner.nodes <= $4 * 4) ), tier AS MATERIALIZED ( SELECT tier, string_agg('((' || pattern || '))', ' | ')::tsquery AS query FROM ( SELECT wide.tier, taken.pattern FROM (SELECT tier, min(min(worth)) OVER (ORDER BY tier) AS least_worth FROM taken GROUP BY tier) AS wide JOIN taken ON taken.tier <= wide.tier AND taken.worth - taken.least_step < wide.least_worth * (1 - 1e-12::double precision) UNION ALL SELECT 1, word.pattern FROM word CROSS JOIN owner WHERE owner.nodes <= $4 * 2 ) AS needed GROUP BY tier ), candidate AS MATERIALIZED ( SELECT found.node_id, found.search FROM ( SELECT coalesce(query && !!lag(query) OVER (ORDER BY tier), query) AS query, CASE WHEN tier < 3 THEN $4 * 2 ELSE $4 END AS most FROM tier ) AS tier CROSS JOIN LATERAL ( SELECT node_id, ts_delete(search, '') AS search FROM memory.nodes WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now() AND memory.user_lexemes(user_id, search) @@ tier.query AND ((SELECT phrases FROM request) IS NULL OR search @@ (SELECT phrases FROM request)) AND ((SELECT unwanted FROM request) IS NULL OR NOT search @@ (SELECT unwanted FROM request)) AND ( $6::integer > 0 OR ( ($7::text[] IS NULL OR context_type = ANY($7)) AND ($8::text[] IS NULL OR tags && $8) AND ($9::text[] IS NULL OR tags @> $9) AND ($10::text IS NULL OR entity_type = $10) AND ($11::text IS NULL OR entity_system = $11) AND created_at >= $12 AND created_at < $13 AND ($14::jsonb IS NULL OR content @> $14) AND ($15::jsonb[] = '{}' OR memory.satisfies(content, $15, $16, $17)) ) ) LIMIT tier.most ) AS found ), eight_words AS MATERIALIZED ( SELECT array_agg(query ORDER BY word) AS queries, array_agg(idf / rank_of_one ORDER BY word) AS worths FROM word GROUP BY (word - 1) / 8 ), ranked AS MATERIALIZED ( SELECT candidate.node_id, candidate.search, said.score FROM candidate CROSS JOIN LATERAL ( SELECT sum(memory.rank_words($18::real[], candidate.search, queries, worths)) AS score FROM eight_words ) AS said ORDER BY said.score DESC, candidate.node_id DESC LIMIT greatest($5::bigint, 100) ), own AS MATERIALIZED ( SELECT ranked.node_id, ranked.score, coalesce(sum(said.rank * word.idf) FILTER (WHERE NOT word.is_guess), 0) AS lexical, array_agg(word.word) AS words, array_agg(said.rank) AS ranks FROM ranked CROSS JOIN word CROSS JOIN LATERAL (SELECT ts_rank($18, ranked.search, word.query) / word.rank_of_one AS rank) AS said WHERE ranked.search @@ word.query GROUP BY ranked.node_id, ranked.score ), best AS MATERIALIZED ( SELECT node_id, search, score, row_number() OVER (ORDER BY score DESC, node_id DESC) AS place FROM ranked ORDER BY place LIMIT 50 ), feedback AS MATERIALIZED ( SELECT memory.any_lexeme(ARRAY[lexeme], '') AS query, idf * weight * idf / max(weight * idf) OVER () AS weight FROM ( SELECT lexeme, sum(score) FILTER (WHERE place <= 5) AS weight, ln(1 + ((SELECT count(*) FROM best) - count(*) + 0.5) / (count(*) + 0.5::double precision)) AS idf FROM best CROSS JOIN LATERAL unnest(tsvector_to_array(best.search)) AS said (lexeme) WHERE $19::double precision > 0 AND said.lexeme IN (SELECT unnest(tsvector_to_array(leader.search)) FROM best AS leader WHERE leader.place <= 5) GROUP BY lexeme HAVING count(*) > 1 ) AS common WHERE lexeme NOT IN (SELECT lexeme FROM known) ORDER BY common.weight * idf DESC, lexeme LIMIT 10 ), echo AS MATERIALIZED ( SELECT best.node_id, least($19 * sum(feedback.weight), 0.75 * best.score) AS score FROM feedback JOIN best ON best.search @@ feedback.query GROUP BY best.node_id, best.score ), start AS MATERIALIZED ( SELECT node_id, words, ranks FROM own WHERE $6 > 0 ORDER BY score DESC, node_id DESC LIMIT $20 ), first_step AS MATERIALIZED ( SELECT start.words, start.ranks, step.node_id, step.weight / ln(exp(1::double precision) - 1 + count(*) OVER (PARTITION BY start.node_id, step.is_forward, step.relationship_type)) AS weight FROM start CROSS JOIN LATERAL ( ( SELECT to_node_id AS node_id, $21 * strength AS weight, true AS is_forward, relationship_type FROM memory.relationships WHERE user_id = $1 AND from_node_id = start.node_id ORDER BY created_at DESC, id DESC LIMIT $22 ) UNION ALL ( SELECT from_node_id, $23 * strength, false, relationship_type FROM memory.relationships WHERE user_id = $1 AND to_node_id = start.node_id ORDER BY created_at DESC, id DESC LIMIT $22 ) ) AS step ), near AS MATERIALIZED ( SELECT first_step.node_id, said.word, max(said.rank * first_step.weight) AS rank FROM first_step CROSS JOIN LATERAL unnest(first_step.words, first_step.ranks) AS said (word, rank) GROUP BY first_step.node_id, said.word ), middle AS MATERIALIZED ( SELECT node_id, array_agg(word) AS words, array_agg(rank) AS ranks FROM near WHERE $6 > 1 GROUP BY node_id ORDER BY max(rank) DESC, node_id DESC LIMIT 200 ), second_step AS MATERIALIZED ( SELECT middle.words, middle.ranks, step.node_id, step.weight / ln(exp(1::double precision) - 1 + count(*) OVER (PARTITION BY middle.node_id, step.is_forward, step.relationship_type)) AS weight FROM middle CROSS JOIN LATERAL ( ( SELECT to_node_id AS node_id, $21 * strength AS weight, true AS is_forward, relationship_type FROM memory.relationships WHERE user_id = $1 AND from_node_id = middle.node_id ORDER BY created_at DESC, id DESC LIMIT $22 ) UNION ALL ( SELECT from_node_id, $23 * strength, false, relationship_type FROM memory.relationships WHERE user_id = $1 AND to_node_id = middle.node_id ORDER BY created_at DESC, id DESC LIMIT $22 ) ) AS step ), context AS ( SELECT node_id, sum(rank * idf) AS score FROM ( SELECT node_id, word, max(rank) AS rank FROM ( SELECT own.node_id, said.word, said.rank FROM own CROSS JOIN LATERAL unnest(own.words, own.ranks) AS said (word, rank) WHERE $6 > 0 UNION ALL SELECT node_id, word, rank FROM near UNION ALL SELECT second_step.node_id, said.word, said.rank * second_step.weight FROM second_step CROSS JOIN LATERAL unnest(second_step.words, second_step.ranks) AS said (word, rank) ) AS anywhere GROUP BY node_id, word ) AS nearest JOIN word USING (word) GROUP BY node_id ), label AS ( SELECT alike.node_id, max(alike.similarity) AS score FROM threshold CROSS JOIN known CROSS JOIN LATERAL ( SELECT node_id, public.word_similarity(known.lexeme, coalesce(entity_name, '') || ' ' || entity_id)::double precision AS similarity FROM memory.nodes WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now() AND entity_id IS NOT NULL AND (coalesce(entity_name, '') || ' ' || entity_id) OPERATOR(public.%>) known.lexeme LIMIT $4 ) AS alike WHERE threshold.value IS NOT NULL AND known.nodes = 0 AND length(known.lexeme) > 2 AND $3::uuid IS NULL GROUP BY alike.node_id ), meaning AS MATERIALIZED ( SELECT node_id, similarity - min(similarity) OVER () AS score FROM memory.nearest_nodes($1, $24::real[], 100) WHERE $24 IS NOT NULL ), meaning_step AS ( SELECT step.node_id, meaning.score * step.weight AS score FROM meaning CROSS JOIN LATERAL ( ( SELECT to_node_id AS node_id, $21 * strength AS weight FROM memory.relationships WHERE user_id = $1 AND from_node_id = meaning.node_id AND relationship_type <> 'belongs_to' ORDER BY created_at DESC, id DESC LIMIT 8 ) UNION ALL ( SELECT from_node_id, $23 * strength FROM memory.relationships WHERE user_id = $1 AND to_node_id = meaning.node_id AND relationship_type <> 'belongs_to' ORDER BY created_at DESC, id DESC LIMIT 8 ) ) AS step WHERE $6 > 0 ), part AS MATERIALIZED ( SELECT node_id, coalesce(sum(lexical) / total.idf, 0) AS lexical, coalesce(greatest(sum(guessed), 0) / total.idf, 0) + coalesce(sum(label) * $25::double precision / (SELECT count(*) FROM known), 0) AS fuzzy, coalesce(greatest(sum(context) - coalesce(sum(own), 0), 0) / total.idf, 0) AS graph, coalesce(max(meaning), 0) * $26::double precision AS semantic FROM ( SELECT node_id, lexical, score - lexical AS guessed, score AS own, NULL::double precision AS context, NULL::double precision AS label, NULL::double precision AS meaning FROM own UNION ALL SELECT node_id, score, NULL, NULL, NULL, NULL, NULL FROM echo UNION ALL SELECT node_id, NULL, NULL, NULL, score, NULL, NULL FROM context UNION ALL SELECT node_id, NULL, NULL, NULL, NULL, score, NULL FROM label UNION ALL SELECT node_id, NULL, NULL, NULL, NULL, NULL, score FROM meaning UNION ALL SELECT node_id, NULL, NULL, NULL, NULL, NULL, score FROM meaning_step ) AS found CROSS JOIN total GROUP BY node_id, total.idf ), hit AS MATERIALIZED ( SELECT n.node_id, part.lexical, part.fuzzy, part.graph, part.semantic, worth.recency, worth.relevance, said.score + worth.recency + worth.relevance AS score FROM part CROSS JOIN LATERAL (SELECT part.lexical + part.fuzzy + part.graph + part.semantic AS score) AS said CROSS JOIN LATERAL ( SELECT * FROM memory.nodes WHERE user_id = $1 AND node_id = part.node_id LIMIT 1 ) AS n CROSS JOIN LATERAL ( SELECT extract(epoch FROM now() - n.created_at)::double precision / 86400 AS days ) AS age CROSS JOIN LATERAL ( SELECT said.score * $27::double precision * power(0.5, greatest(age.days, 0) / ($28::jsonb ->> n.context_type)::double precision) AS recency, said.score * ( $29::double precision * (coalesce(n.base_relevance, 0.5) - 0.5) + $30::double precision * n.access_count / (n.access_count + 10) ) AS relevance ) AS worth WHERE said.score > 0 AND n.node_id IS DISTINCT FROM $3 AND coalesce(n.expires_at, 'infinity') > now() AND ($7::text[] IS NULL OR n.context_type = ANY($7)) AND ($8::text[] IS NULL OR n.tags && $8) AND ($9::text[] IS NULL OR n.tags @> $9) AND ($10::text IS NULL OR n.entity_type = $10) AND ($11::text IS NULL OR n.entity_system = $11) AND n.created_at >= $12 AND n.created_at < $13 AND ($14::jsonb IS NULL OR n.content @> $14) AND ($15::jsonb[] = '{}' OR memory.satisfies(n.content, $15, $16, $17)) AND ((SELECT phrases FROM request) IS NULL OR $6 > 0 OR n.search @@ (SELECT phrases FROM request)) AND ((SELECT unwanted FROM request) IS NULL OR NOT n.search @@ (SELECT unwanted FROM request)) ORDER BY score DESC, n.node_id DESC LIMIT $5::bigint ) SELECT n.node_id, n.content, n.context_type, n.summary, n.created_at, n.last_accessed, n.access_count, n.base_relevance, n.tags, n.metadata, n.entity_id, n.entity_system, n.entity_type, n.entity_name, n.updated_at, n.expires_at, hit.lexical, hit.fuzzy, hit.graph, hit.semantic, hit.recency, hit.relevance, hit.score, CASE WHEN $31::boolean THEN ts_headline( memory.text_search_configuration(), ( SELECT left(concat_ws(' · ', n.summary, string_agg(text #>> '{}', ' · ')), 65536) FROM jsonb_path_query(n.content, 'strict $.** ? (@.type() == \"string\")') AS text ), (SELECT string_agg(word.query::text, ' | ')::tsquery FROM word), 'MaxFragments=2, MaxWords=20, MinWords=8, StartSel=**, StopSel=**, FragmentDelimiter=\" … \"' ) END AS snippet FROM hit CROSS JOIN LATERAL ( SELECT * FROM memory.nodes WHERE user_id = $1 AND node_id = hit.node_id LIMIT 1 ) AS n ORDER BY hit.score DESC, n.node_id DESC",
        None,
    )
}
impl RankStmt {
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
        T5: crate::StringSql,
        T6: crate::ArraySql<Item = T5>,
        T7: crate::StringSql,
        T8: crate::ArraySql<Item = T7>,
        T9: crate::StringSql,
        T10: crate::StringSql,
        T11: crate::JsonSql,
        T12: crate::JsonSql,
        T13: crate::ArraySql<Item = T12>,
        T14: crate::StringSql,
        T15: crate::ArraySql<Item = T14>,
        T16: crate::JsonSql,
        T17: crate::ArraySql<Item = T16>,
        T18: crate::ArraySql<Item = f32>,
        T19: crate::ArraySql<Item = f32>,
        T20: crate::JsonSql,
    >(
        &'s self,
        client: &'c C,
        user_id: &'a T1,
        query: &'a Option<T2>,
        alike: &'a Option<uuid::Uuid>,
        candidates: &'a i64,
        limit: &'a i64,
        hops: &'a i32,
        context_types: &'a Option<T4>,
        any_tags: &'a Option<T6>,
        all_tags: &'a Option<T8>,
        entity_type: &'a Option<T9>,
        entity_system: &'a Option<T10>,
        since: &'a chrono::DateTime<chrono::Utc>,
        before: &'a chrono::DateTime<chrono::Utc>,
        containing: &'a Option<T11>,
        paths: &'a T13,
        operators: &'a T15,
        operands: &'a T17,
        weights: &'a T18,
        feedback: &'a f64,
        starts: &'a i64,
        forward: &'a f32,
        fan_out: &'a i64,
        backward: &'a f32,
        embedding: &'a Option<T19>,
        fuzzy: &'a f64,
        semantic: &'a f64,
        recency: &'a f64,
        half_lives: &'a T20,
        relevance: &'a f64,
        accesses: &'a f64,
        with_snippet: &'a bool,
    ) -> HitQuery<'c, 'a, 's, C, Hit, 31> {
        HitQuery {
            client,
            params: [
                user_id,
                query,
                alike,
                candidates,
                limit,
                hops,
                context_types,
                any_tags,
                all_tags,
                entity_type,
                entity_system,
                since,
                before,
                containing,
                paths,
                operators,
                operands,
                weights,
                feedback,
                starts,
                forward,
                fan_out,
                backward,
                embedding,
                fuzzy,
                semantic,
                recency,
                half_lives,
                relevance,
                accesses,
                with_snippet,
            ],
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
                    lexical: row.try_get(16)?,
                    fuzzy: row.try_get(17)?,
                    graph: row.try_get(18)?,
                    semantic: row.try_get(19)?,
                    recency: row.try_get(20)?,
                    relevance: row.try_get(21)?,
                    score: row.try_get(22)?,
                    snippet: row.try_get(23)?,
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
    T5: crate::StringSql,
    T6: crate::ArraySql<Item = T5>,
    T7: crate::StringSql,
    T8: crate::ArraySql<Item = T7>,
    T9: crate::StringSql,
    T10: crate::StringSql,
    T11: crate::JsonSql,
    T12: crate::JsonSql,
    T13: crate::ArraySql<Item = T12>,
    T14: crate::StringSql,
    T15: crate::ArraySql<Item = T14>,
    T16: crate::JsonSql,
    T17: crate::ArraySql<Item = T16>,
    T18: crate::ArraySql<Item = f32>,
    T19: crate::ArraySql<Item = f32>,
    T20: crate::JsonSql,
>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        RankParams<
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
            T20,
        >,
        HitQuery<'c, 'a, 's, C, Hit, 31>,
        C,
    > for RankStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a RankParams<
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
            T20,
        >,
    ) -> HitQuery<'c, 'a, 's, C, Hit, 31> {
        self.bind(
            client,
            &params.user_id,
            &params.query,
            &params.alike,
            &params.candidates,
            &params.limit,
            &params.hops,
            &params.context_types,
            &params.any_tags,
            &params.all_tags,
            &params.entity_type,
            &params.entity_system,
            &params.since,
            &params.before,
            &params.containing,
            &params.paths,
            &params.operators,
            &params.operands,
            &params.weights,
            &params.feedback,
            &params.starts,
            &params.forward,
            &params.fan_out,
            &params.backward,
            &params.embedding,
            &params.fuzzy,
            &params.semantic,
            &params.recency,
            &params.half_lives,
            &params.relevance,
            &params.accesses,
            &params.with_snippet,
        )
    }
}
pub struct CompleteStmt(&'static str, Option<tokio_postgres::Statement>);
/// The names of entities and the tags that begin like this, the most used first. % and _ are plain text.
///
/// Access path: nodes_search_idx, at most 1,000 nodes with a word that begins so.
/// Bounds: reads 1000, sorts 1000.
/// Invariant: never another user's names.
pub fn complete() -> CompleteStmt {
    CompleteStmt(
        "WITH node AS MATERIALIZED ( SELECT entity_name, tags FROM memory.nodes WHERE user_id = $1 AND coalesce(expires_at, 'infinity') > now() AND memory.user_lexemes(user_id, search) @@ ( SELECT string_agg(format( '(%s | %s)', memory.any_lexeme(ARRAY[memory.user_mark($1) || token.lexeme], ':*'), memory.any_lexeme(ARRAY[memory.user_mark($1) || stem.lexeme], '') ), ' & ')::tsquery FROM unnest(to_tsvector('pg_catalog.simple', $2::text)) AS token (lexeme, positions, weights) CROSS JOIN LATERAL unnest(tsvector_to_array(memory.query_vector(token.lexeme))) AS stem (lexeme) ) LIMIT 1000 ) SELECT value, kind, count(*) AS nodes FROM ( SELECT entity_name AS value, 'entity' AS kind FROM node WHERE starts_with(lower(entity_name), lower($2)) UNION ALL SELECT tag, 'tag' FROM node CROSS JOIN LATERAL unnest(node.tags) AS tag WHERE starts_with(lower(tag), lower($2)) ) AS completion GROUP BY value, kind ORDER BY nodes DESC, value, kind LIMIT $3",
        None,
    )
}
impl CompleteStmt {
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
        prefix: &'a T2,
        limit: &'a i64,
    ) -> CompleteQuery<'c, 'a, 's, C, Complete, 3> {
        CompleteQuery {
            client,
            params: [user_id, prefix, limit],
            query: self.0,
            cached: self.1.as_ref(),
            extractor:
                |row: &tokio_postgres::Row| -> Result<CompleteBorrowed, tokio_postgres::Error> {
                    Ok(CompleteBorrowed {
                        value: row.try_get(0)?,
                        kind: row.try_get(1)?,
                        nodes: row.try_get(2)?,
                    })
                },
            mapper: |it| Complete::from(it),
        }
    }
}
impl<'c, 'a, 's, C: GenericClient, T1: crate::StringSql, T2: crate::StringSql>
    crate::client::async_::Params<
        'c,
        'a,
        's,
        CompleteParams<T1, T2>,
        CompleteQuery<'c, 'a, 's, C, Complete, 3>,
        C,
    > for CompleteStmt
{
    fn params(
        &'s self,
        client: &'c C,
        params: &'a CompleteParams<T1, T2>,
    ) -> CompleteQuery<'c, 'a, 's, C, Complete, 3> {
        self.bind(client, &params.user_id, &params.prefix, &params.limit)
    }
}
