--! search (context_types?) : Hit (summary?, base_relevance?, entity_id?, entity_system?, entity_type?, entity_name?, updated_at?, expires_at?)
--- A user's nodes by words: those that contain any word of the query, ranked by ts_rank, and entities
--- whose name or id looks like a word of it, typing errors included. Operators and quotes in the query are
--- plain text. :context_types NULL means all.
---
--- Access path: nodes_search_idx; nodes_label_idx once a word, for at most 8 words.
--- Invariant: never another user's rows; a filter never widens the result.
WITH
-- How much of a word must be found for it to look alike. The joins below read this row first, so the
-- setting is in force before an index is searched; it ends with the transaction.
threshold AS MATERIALIZED (
    SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true) AS value
),
-- The first words of the query that are long enough to be misspelt, stop words left out.
word AS (
    SELECT lower(term.value) AS value
    FROM threshold, regexp_split_to_table(left(:query, 1000), '[[:space:]]+') WITH ORDINALITY AS term (value, position)
    WHERE threshold.value IS NOT NULL AND length(term.value) >= 3 AND memory.any_word(term.value) IS NOT NULL
    GROUP BY lower(term.value)
    ORDER BY min(term.position)
    LIMIT 8
),
-- Every node that contains a word of the query, which is turned into lexemes once and not for every row.
lexical AS (
    SELECT node_id, ts_rank('{0.2, 0.4, 0.7, 1.0}', search, (SELECT memory.any_word(:query)), 1)::double precision AS score
    FROM memory.nodes
    WHERE
        user_id = :user_id
        AND coalesce(expires_at, 'infinity') > now()
        AND search @@ (SELECT memory.any_word(:query))
        AND (:context_types::text[] IS NULL OR context_type = ANY(:context_types))
),
-- Every entity whose name or id looks like a word of the query.
fuzzy AS (
    SELECT alike.node_id, sum(alike.similarity) / (SELECT greatest(count(*), 1) FROM word) AS score
    FROM word
    CROSS JOIN LATERAL (
        SELECT
            node_id,
            public.word_similarity(word.value, coalesce(entity_name, '') || ' ' || entity_id)::double precision AS similarity
        FROM memory.nodes
        WHERE
            user_id = :user_id
            AND coalesce(expires_at, 'infinity') > now()
            AND entity_id IS NOT NULL
            AND (coalesce(entity_name, '') || ' ' || entity_id) OPERATOR(public.%>) word.value
            AND (:context_types::text[] IS NULL OR context_type = ANY(:context_types))
    ) AS alike
    GROUP BY alike.node_id
),
-- The best of both; a node that is found both ways gets both.
best AS (
    SELECT node_id, sum(score) AS score
    FROM (
        SELECT node_id, score FROM lexical
        UNION ALL
        SELECT node_id, score FROM fuzzy
    ) AS found
    GROUP BY node_id
    ORDER BY score DESC, node_id DESC
    LIMIT :limit
)
SELECT
    n.node_id,
    n.content,
    n.context_type,
    n.summary,
    n.created_at,
    n.last_accessed,
    n.access_count,
    n.base_relevance,
    n.tags,
    n.metadata,
    n.entity_id,
    n.entity_system,
    n.entity_type,
    n.entity_name,
    n.updated_at,
    n.expires_at,
    best.score
FROM best
JOIN memory.nodes AS n ON n.user_id = :user_id AND n.node_id = best.node_id
ORDER BY best.score DESC, n.node_id DESC;
