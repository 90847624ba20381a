--: Hit (summary?, base_relevance?, entity_id?, entity_system?, entity_type?, entity_name?, updated_at?, expires_at?, snippet?)

--! rank (query?, alike?, embedding?, context_types?, any_tags?, all_tags?, entity_type?, entity_system?, containing?) : Hit
--- A user's nodes by what they say and by what stands near them, best first. docs/SEARCH.md explains it step by step.
---
--- :query is free text: "quoted words" must stand together, -word must not stand there, all else is plain text. With
--- :alike, the words are those of that node instead. :hops 0 finds nodes by their own words; 1 or 2 also by the words
--- of nodes related to them. An absent filter is NULL.
---
--- Access path: nodes_search_idx, about :candidates nodes and never more than five times as many, and for each of up to four
--- words that no node has 100 more; lexemes_pkey and lexemes_alike_idx a word; nodes_created_idx 500 nodes and
--- nodes_label_idx a word that no node has; relationships_from_idx and relationships_to_idx, :fan_out rows each way
--- for at most 200 nodes a hop; nodes_pkey what was found.
--- Bounds: reads 20 * :candidates + 2 * :fan_out * :starts + 400 * :fan_out,
--- sorts 20 * :candidates + 2 * :fan_out * :starts + 400 * :fan_out.
--- Invariant: never another user's rows, nor numbers that depend on them; a filter never widens the result.
WITH
-- How much a word must be like a name. The join below reads this row first, so the setting is in force before an index
-- is searched; it ends with the transaction.
threshold AS MATERIALIZED (
    SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true) AS value
),
owner AS MATERIALIZED (
    SELECT
        greatest(total_nodes, 1)::double precision AS nodes,
        greatest(total_nodes, 1) / nullif(counted_nodes, 0)::double precision AS growth,
        memory.user_mark(:user_id) AS mark
    FROM memory.user_metadata
    WHERE user_id = :user_id
),
-- What must stand together, what must not stand there, and the rest. Of a longer text the first 8,192 characters say that:
-- a tsquery of many thousand words is too deep for the server's stack.
request AS MATERIALIZED (
    SELECT
        plain.value AS words,
        (
            SELECT string_agg('(' || phrase::text || ')', ' & ')::tsquery
            FROM regexp_matches(left(plain.value, 8192), '"([^"]+)"', 'g') AS quoted
            CROSS JOIN LATERAL memory.phrase_query(quoted[1]) AS phrase
            WHERE numnode(phrase) > 0
        ) AS phrases,
        (
            SELECT string_agg('(' || phrase::text || ')', ' | ')::tsquery
            FROM regexp_matches(left(:query::text, 8192), '(?:^|\s)-(?:"([^"]+)"|([^\s"]+))', 'g') AS unwanted
            CROSS JOIN LATERAL memory.phrase_query(coalesce(unwanted[1], unwanted[2])) AS phrase
            WHERE numnode(phrase) > 0
        ) AS unwanted
    FROM regexp_replace(:query::text, '(^|\s)-("[^"]+"|[^\s"]+)', ' ', 'g') AS plain (value)
),
-- The words: the first of the text, or the most telling of a node.
asked AS MATERIALIZED (
    (
        SELECT lexeme, positions[1]::double precision AS place
        FROM request
        CROSS JOIN LATERAL unnest(memory.query_vector(request.words)) AS text (lexeme, positions, weights)
        WHERE :alike::uuid IS NULL
        ORDER BY place, lexeme
        LIMIT 32
    )
    UNION ALL
    (
        SELECT own.lexeme, coalesce(counted.nodes, 0) AS place
        FROM memory.nodes AS n
        CROSS JOIN LATERAL unnest(tsvector_to_array(n.search)) AS own (lexeme)
        LEFT JOIN memory.lexemes AS counted ON counted.user_id = :user_id AND counted.lexeme = own.lexeme
        WHERE n.user_id = :user_id AND n.node_id = :alike AND length(own.lexeme) > 2
        ORDER BY place, own.lexeme
        LIMIT 16
    )
),
-- How many nodes have each: as counted, scaled to what the user has now, or else looked up; and how many say it strongly.
known AS MATERIALIZED (
    SELECT
        asked.lexeme,
        asked.place,
        counted.strong_nodes,
        least(coalesce(
            counted.nodes * owner.growth,
            (
                SELECT count(*)
                FROM (
                    SELECT
                    FROM memory.nodes
                    WHERE
                        user_id = :user_id
                        AND memory.user_lexemes(user_id, search) @@ memory.any_lexeme(ARRAY[owner.mark || asked.lexeme], '')
                    LIMIT :candidates::bigint * 2
                ) AS seen
            )
        ), owner.nodes) AS nodes
    FROM owner
    CROSS JOIN asked
    LEFT JOIN memory.lexemes AS counted ON counted.user_id = :user_id AND counted.lexeme = asked.lexeme
),
-- Instead of a word that no node has: those that begin so.
started AS MATERIALIZED (
    SELECT known.lexeme, known.place, beginning.nodes
    FROM owner
    CROSS JOIN known
    CROSS JOIN LATERAL (
        SELECT count(*) AS nodes
        FROM (
            SELECT
            FROM memory.nodes
            WHERE
                user_id = :user_id
                AND memory.user_lexemes(user_id, search) @@ memory.any_lexeme(ARRAY[owner.mark || known.lexeme], ':*')
            LIMIT :candidates
        ) AS seen
    ) AS beginning
    WHERE known.nodes = 0 AND length(known.lexeme) > 2 AND :alike::uuid IS NULL AND beginning.nodes > 0
),
-- Or, if all others find too little, those that look like it: of the common ones, of those that begin with the same three
-- letters, and of the newest nodes those that have it in the middle.
resembling AS MATERIALIZED (
    SELECT unknown.lexeme, unknown.place, array_agg(vocabulary.lexeme) AS lexemes, sum(vocabulary.nodes) AS nodes
    FROM owner
    CROSS JOIN (
        SELECT lexeme, place
        FROM known
        WHERE
            nodes = 0
            AND length(lexeme) > 2
            AND :alike::uuid IS NULL
            AND lexeme NOT IN (SELECT lexeme FROM started)
            AND (SELECT sum(nodes) FROM known) < 10
        ORDER BY place
        LIMIT 4
    ) AS unknown
    CROSS JOIN LATERAL (
        SELECT lexeme, max(nodes) AS nodes
        FROM (
            SELECT lexeme, nodes
            FROM memory.lexemes
            WHERE user_id = :user_id AND lexeme OPERATOR(public.%) unknown.lexeme
            UNION ALL
            SELECT said.lexeme, count(*)
            FROM (
                SELECT search
                FROM memory.nodes
                WHERE
                    user_id = :user_id
                    AND memory.user_lexemes(user_id, search) @@ memory.any_lexeme(ARRAY[owner.mark || left(unknown.lexeme, 3)], ':*')
                LIMIT 100
            ) AS n
            CROSS JOIN LATERAL unnest(tsvector_to_array(n.search)) AS said (lexeme)
            WHERE CASE WHEN starts_with(said.lexeme, left(unknown.lexeme, 3)) THEN said.lexeme OPERATOR(public.%) unknown.lexeme END
            GROUP BY said.lexeme
            UNION ALL
            SELECT said.lexeme, count(*)
            FROM (
                SELECT tsvector_to_array(search) AS lexemes
                FROM memory.nodes
                WHERE user_id = :user_id
                ORDER BY created_at DESC, node_id DESC
                LIMIT 500
            ) AS n
            CROSS JOIN LATERAL unnest(n.lexemes) AS said (lexeme)
            WHERE
                strpos(array_to_string(n.lexemes, ' '), unknown.lexeme) > 0
                AND strpos(said.lexeme, unknown.lexeme) > 0
            GROUP BY said.lexeme
        ) AS alike
        GROUP BY lexeme
        ORDER BY public.similarity(lexeme, unknown.lexeme) DESC, lexeme
        LIMIT 3
    ) AS vocabulary
    GROUP BY unknown.lexeme, unknown.place
),
-- What to look for in a node, how much it tells that it is there (idf), and the share of nodes that have it.
word AS MATERIALIZED (
    SELECT
        row_number() OVER (ORDER BY meant.place, meant.lexeme) AS word,
        memory.any_lexeme(meant.lexemes, meant.suffix) AS query,
        memory.any_lexeme(ARRAY(SELECT owner.mark || lexeme FROM unnest(meant.lexemes) AS lexeme), meant.suffix)::text AS pattern,
        meant.is_guess,
        ln(1 + (owner.nodes - meant.nodes + 0.5) / (meant.nodes + 0.5)) AS idf,
        -- What ts_rank gives for once in a name is to be 1; a guess is worth half.
        CASE WHEN meant.is_guess THEN 1.215854 ELSE 0.607927 END AS rank_of_one,
        meant.nodes,
        meant.strong_nodes
    FROM owner
    CROSS JOIN LATERAL (
        SELECT lexeme, place, ARRAY[lexeme] AS lexemes, '' AS suffix, false AS is_guess, nodes, strong_nodes
        FROM known
        WHERE nodes > 0
        UNION ALL
        SELECT lexeme, place, ARRAY[lexeme], ':*', true, nodes, NULL
        FROM started
        UNION ALL
        SELECT lexeme, place, lexemes, '', true, least(nodes, owner.nodes), NULL
        FROM resembling
    ) AS meant
),
total AS MATERIALIZED (
    SELECT sum(idf) AS idf
    FROM word
),
-- Which nodes to rank. Of a small memory those with any word. Else: a node says each of the rarest six words not at all, or
-- at least at one of some levels. Of all that it can say, what is worth most is taken first, until about :candidates nodes
-- say that; how many do takes the words to be independent. The more words, the fewer levels tell enough.
rarest AS MATERIALIZED (
    SELECT
        (row_number() OVER (ORDER BY word.nodes, word.word) - 1)::integer AS digit,
        least(word.nodes / owner.nodes, 0.99) AS share,
        word.idf,
        word.pattern,
        word.strong_nodes
    FROM word
    CROSS JOIN owner
    WHERE owner.nodes > :candidates * 2
    ORDER BY word.nodes, word.word
    LIMIT 6
),
base AS MATERIALIZED (
    SELECT
        count(*)::integer AS words,
        CASE count(*) WHEN 1 THEN '{0,1,2,3,4}' WHEN 2 THEN '{0,1,2,3,4}' WHEN 3 THEN '{0,1,3}' WHEN 4 THEN '{0,2}' ELSE '{0}' END::integer[] AS levels
    FROM rarest
),
-- State 0 is that the word is absent.
state AS MATERIALIZED (
    SELECT
        rarest.digit,
        counted.state,
        greatest(counted.share - lead(counted.share, 1, 0) OVER word_states, 1e-9) AS share,
        counted.worth,
        counted.worth - lag(counted.worth, 1, 0) OVER word_states AS step,
        CASE counted.level
            WHEN 0 THEN rarest.pattern
            ELSE replace(rarest.pattern, owner.mark, memory.level_mark(owner.mark, counted.level))
        END AS pattern
    FROM owner
    CROSS JOIN base
    CROSS JOIN rarest
    CROSS JOIN LATERAL (
        SELECT 0::bigint AS state, NULL::integer AS level, 1.0::double precision AS share, 0::double precision AS worth
        UNION ALL
        SELECT
            chosen.state,
            chosen.level,
            CASE chosen.level
                WHEN 0 THEN rarest.share
                ELSE least(rarest.share, coalesce(rarest.strong_nodes[chosen.level] * owner.growth / owner.nodes, 0))
            END,
            rarest.idf * CASE chosen.level WHEN 0 THEN 0.7 ELSE 0.9 + chosen.level * 0.05 END
        FROM unnest(base.levels) WITH ORDINALITY AS chosen (level, state)
    ) AS counted
    WINDOW word_states AS (PARTITION BY rarest.digit ORDER BY counted.state)
),
saying AS (
    SELECT
        number,
        sum(state.worth) AS worth,
        min(state.step) FILTER (WHERE state.state > 0) AS least_step,
        exp(sum(ln(state.share))) AS share,
        string_agg(state.pattern, ') & (') AS pattern
    FROM base
    CROSS JOIN LATERAL (SELECT cardinality(base.levels) + 1 AS states) AS every
    CROSS JOIN LATERAL generate_series(1, (every.states ^ base.words)::integer - 1) AS number
    JOIN state ON state.state = number / (every.states ^ state.digit)::integer % every.states
    GROUP BY number
),
-- In tiers: first what is worth most, so that where more nodes say it than was expected, those are not crowded out; then what
-- else tells; and last, if that is too little, some of the many who say more common words.
taken AS MATERIALIZED (
    SELECT
        worth,
        least_step,
        pattern,
        CASE
            WHEN (share_before + share) * owner.nodes > :candidates * 4 THEN 3
            WHEN share_before * owner.nodes >= :candidates / 8 THEN 2
            ELSE 1
        END AS tier
    FROM (
        SELECT worth, least_step, pattern, share, sum(share) OVER (ORDER BY worth DESC, number) - share AS share_before
        FROM saying
    ) AS in_order
    CROSS JOIN owner
    WHERE
        share_before * owner.nodes < :candidates
        -- What nearly all nodes say is left out where enough were found without it.
        AND (share_before * owner.nodes < :limit::bigint OR (share_before + share) * owner.nodes <= :candidates * 4)
),
tier AS MATERIALIZED (
    SELECT tier, string_agg('((' || pattern || '))', ' | ')::tsquery AS query
    FROM (
        -- What implies something else that was taken need not be asked for.
        SELECT wide.tier, taken.pattern
        FROM (SELECT tier, min(min(worth)) OVER (ORDER BY tier) AS least_worth FROM taken GROUP BY tier) AS wide
        JOIN taken ON taken.tier <= wide.tier AND taken.worth - taken.least_step < wide.least_worth * (1 - 1e-12::double precision)
        UNION ALL
        SELECT 1, word.pattern
        FROM word
        CROSS JOIN owner
        WHERE owner.nodes <= :candidates * 2
    ) AS needed
    GROUP BY tier
),
candidate AS MATERIALIZED (
    SELECT found.node_id, found.search
    FROM (
        SELECT
            coalesce(query && !!lag(query) OVER (ORDER BY tier), query) AS query,
            CASE WHEN tier < 3 THEN :candidates * 2 ELSE :candidates END AS most
        FROM tier
    ) AS tier
    CROSS JOIN LATERAL (
        -- What is stored apart or compressed is made whole here, once and not for every word.
        SELECT node_id, ts_delete(search, '') AS search
        FROM memory.nodes
        WHERE
            user_id = :user_id
            AND coalesce(expires_at, 'infinity') > now()
            AND memory.user_lexemes(user_id, search) @@ tier.query
            AND ((SELECT phrases FROM request) IS NULL OR search @@ (SELECT phrases FROM request))
            AND ((SELECT unwanted FROM request) IS NULL OR NOT search @@ (SELECT unwanted FROM request))
            -- What a walk starts from need not be what it may find.
            AND (
                :hops::integer > 0
                OR (
                    (:context_types::text[] IS NULL OR context_type = ANY(:context_types))
                    AND (:any_tags::text[] IS NULL OR tags && :any_tags)
                    AND (:all_tags::text[] IS NULL OR tags @> :all_tags)
                    AND (:entity_type::text IS NULL OR entity_type = :entity_type)
                    AND (:entity_system::text IS NULL OR entity_system = :entity_system)
                    AND created_at >= :since
                    AND created_at < :before
                    AND (:containing::jsonb IS NULL OR content @> :containing)
                    AND (:paths::jsonb[] = '{}' OR memory.satisfies(content, :paths, :operators, :operands))
                )
            )
        LIMIT tier.most
    ) AS found
),
-- How much of the request each says: every word by its idf and by where and how often it stands, 1 for once in a name.
eight_words AS MATERIALIZED (
    SELECT array_agg(query ORDER BY word) AS queries, array_agg(idf / rank_of_one ORDER BY word) AS worths
    FROM word
    GROUP BY (word - 1) / 8
),
ranked AS MATERIALIZED (
    SELECT candidate.node_id, candidate.search, said.score
    FROM candidate
    CROSS JOIN LATERAL (
        SELECT sum(memory.rank_words(:weights::real[], candidate.search, queries, worths)) AS score
        FROM eight_words
    ) AS said
    ORDER BY said.score DESC, candidate.node_id DESC
    LIMIT greatest(:limit::bigint, 100)
),
own AS MATERIALIZED (
    SELECT
        ranked.node_id,
        ranked.score,
        coalesce(sum(said.rank * word.idf) FILTER (WHERE NOT word.is_guess), 0) AS lexical,
        array_agg(word.word) AS words,
        array_agg(said.rank) AS ranks
    FROM ranked
    CROSS JOIN word
    CROSS JOIN LATERAL (SELECT ts_rank(:weights, ranked.search, word.query) / word.rank_of_one AS rank) AS said
    WHERE ranked.search @@ word.query
    GROUP BY ranked.node_id, ranked.score
),
-- The words that the best have in common speak for those that have them, too, for three quarters of their own score at most.
best AS MATERIALIZED (
    SELECT node_id, search, score, row_number() OVER (ORDER BY score DESC, node_id DESC) AS place
    FROM ranked
    ORDER BY place
    LIMIT 50
),
feedback AS MATERIALIZED (
    SELECT memory.any_lexeme(ARRAY[lexeme], '') AS query, idf * weight * idf / max(weight * idf) OVER () AS weight
    FROM (
        SELECT
            lexeme,
            sum(score) FILTER (WHERE place <= 5) AS weight,
            ln(1 + ((SELECT count(*) FROM best) - count(*) + 0.5) / (count(*) + 0.5::double precision)) AS idf
        FROM best
        CROSS JOIN LATERAL unnest(tsvector_to_array(best.search)) AS said (lexeme)
        WHERE
            :feedback::double precision > 0
            AND said.lexeme IN (SELECT unnest(tsvector_to_array(leader.search)) FROM best AS leader WHERE leader.place <= 5)
        GROUP BY lexeme
        HAVING count(*) > 1
    ) AS common
    WHERE lexeme NOT IN (SELECT lexeme FROM known)
    ORDER BY common.weight * idf DESC, lexeme
    LIMIT 10
),
echo AS MATERIALIZED (
    SELECT best.node_id, least(:feedback * sum(feedback.weight), 0.75 * best.score) AS score
    FROM feedback
    JOIN best ON best.search @@ feedback.query
    GROUP BY best.node_id, best.score
),
-- A word near a node counts for it, less with every step, and less where many stand around.
start AS MATERIALIZED (
    SELECT node_id, words, ranks
    FROM own
    WHERE :hops > 0
    ORDER BY score DESC, node_id DESC
    LIMIT :starts
),
first_step AS MATERIALIZED (
    SELECT
        start.words,
        start.ranks,
        step.node_id,
        step.weight / ln(exp(1::double precision) - 1 + count(*) OVER (PARTITION BY start.node_id, step.is_forward, step.relationship_type)) AS weight
    FROM start
    CROSS JOIN LATERAL (
        (
            SELECT to_node_id AS node_id, :forward * strength AS weight, true AS is_forward, relationship_type
            FROM memory.relationships
            WHERE user_id = :user_id AND from_node_id = start.node_id
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
        UNION ALL
        (
            SELECT from_node_id, :backward * strength, false, relationship_type
            FROM memory.relationships
            WHERE user_id = :user_id AND to_node_id = start.node_id
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
    ) AS step
),
near AS MATERIALIZED (
    SELECT first_step.node_id, said.word, max(said.rank * first_step.weight) AS rank
    FROM first_step
    CROSS JOIN LATERAL unnest(first_step.words, first_step.ranks) AS said (word, rank)
    GROUP BY first_step.node_id, said.word
),
middle AS MATERIALIZED (
    SELECT node_id, array_agg(word) AS words, array_agg(rank) AS ranks
    FROM near
    WHERE :hops > 1
    GROUP BY node_id
    ORDER BY max(rank) DESC, node_id DESC
    LIMIT 200
),
second_step AS MATERIALIZED (
    SELECT
        middle.words,
        middle.ranks,
        step.node_id,
        step.weight / ln(exp(1::double precision) - 1 + count(*) OVER (PARTITION BY middle.node_id, step.is_forward, step.relationship_type)) AS weight
    FROM middle
    CROSS JOIN LATERAL (
        (
            SELECT to_node_id AS node_id, :forward * strength AS weight, true AS is_forward, relationship_type
            FROM memory.relationships
            WHERE user_id = :user_id AND from_node_id = middle.node_id
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
        UNION ALL
        (
            SELECT from_node_id, :backward * strength, false, relationship_type
            FROM memory.relationships
            WHERE user_id = :user_id AND to_node_id = middle.node_id
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
    ) AS step
),
-- Each word once for a node: its own, or the nearest.
context AS (
    SELECT node_id, sum(rank * idf) AS score
    FROM (
        SELECT node_id, word, max(rank) AS rank
        FROM (
            SELECT own.node_id, said.word, said.rank
            FROM own
            CROSS JOIN LATERAL unnest(own.words, own.ranks) AS said (word, rank)
            WHERE :hops > 0
            UNION ALL
            SELECT node_id, word, rank
            FROM near
            UNION ALL
            SELECT second_step.node_id, said.word, said.rank * second_step.weight
            FROM second_step
            CROSS JOIN LATERAL unnest(second_step.words, second_step.ranks) AS said (word, rank)
        ) AS anywhere
        GROUP BY node_id, word
    ) AS nearest
    JOIN word USING (word)
    GROUP BY node_id
),
-- Entities whose name or id looks like a word that no node has.
label AS (
    SELECT alike.node_id, max(alike.similarity) AS score
    FROM threshold
    CROSS JOIN known
    CROSS JOIN LATERAL (
        SELECT
            node_id,
            public.word_similarity(known.lexeme, coalesce(entity_name, '') || ' ' || entity_id)::double precision AS similarity
        FROM memory.nodes
        WHERE
            user_id = :user_id
            AND coalesce(expires_at, 'infinity') > now()
            AND entity_id IS NOT NULL
            AND (coalesce(entity_name, '') || ' ' || entity_id) OPERATOR(public.%>) known.lexeme
        LIMIT :candidates
    ) AS alike
    WHERE threshold.value IS NOT NULL AND known.nodes = 0 AND length(known.lexeme) > 2 AND :alike::uuid IS NULL
    GROUP BY alike.node_id
),
-- What means the same, where embeddings are enabled, by how much more alike it is than the least alike of these.
meaning AS MATERIALIZED (
    SELECT node_id, similarity - min(similarity) OVER () AS score
    FROM memory.nearest_nodes(:user_id, :embedding::real[], 100)
    WHERE :embedding IS NOT NULL
),
-- As of words, what is meant near a node counts for it, and the nearest place alone.
meaning_step AS (
    SELECT step.node_id, meaning.score * step.weight AS score
    FROM meaning
    CROSS JOIN LATERAL (
        (
            SELECT to_node_id AS node_id, :forward * strength AS weight
            FROM memory.relationships
            WHERE user_id = :user_id AND from_node_id = meaning.node_id AND relationship_type <> 'belongs_to'
            ORDER BY created_at DESC, id DESC
            LIMIT 8
        )
        UNION ALL
        (
            SELECT from_node_id, :backward * strength
            FROM memory.relationships
            WHERE user_id = :user_id AND to_node_id = meaning.node_id AND relationship_type <> 'belongs_to'
            ORDER BY created_at DESC, id DESC
            LIMIT 8
        )
    ) AS step
    WHERE :hops > 0
),
-- The parts of every score: shares of what all words tell.
part AS MATERIALIZED (
    SELECT
        node_id,
        coalesce(sum(lexical) / total.idf, 0) AS lexical,
        coalesce(greatest(sum(guessed), 0) / total.idf, 0) + coalesce(sum(label) * :fuzzy::double precision / (SELECT count(*) FROM known), 0) AS fuzzy,
        coalesce(greatest(sum(context) - coalesce(sum(own), 0), 0) / total.idf, 0) AS graph,
        coalesce(max(meaning), 0) * :semantic::double precision AS semantic
    FROM (
        SELECT
            node_id,
            lexical,
            score - lexical AS guessed,
            score AS own,
            NULL::double precision AS context,
            NULL::double precision AS label,
            NULL::double precision AS meaning
        FROM own
        UNION ALL
        SELECT node_id, score, NULL, NULL, NULL, NULL, NULL
        FROM echo
        UNION ALL
        SELECT node_id, NULL, NULL, NULL, score, NULL, NULL
        FROM context
        UNION ALL
        SELECT node_id, NULL, NULL, NULL, NULL, score, NULL
        FROM label
        UNION ALL
        SELECT node_id, NULL, NULL, NULL, NULL, NULL, score
        FROM meaning
        UNION ALL
        SELECT node_id, NULL, NULL, NULL, NULL, NULL, score
        FROM meaning_step
    ) AS found
    CROSS JOIN total
    GROUP BY node_id, total.idf
),
-- What may be found, and what is worth more whatever was asked: the recent, the relevant, the often used.
hit AS MATERIALIZED (
    SELECT
        n.node_id,
        part.lexical,
        part.fuzzy,
        part.graph,
        part.semantic,
        worth.recency,
        worth.relevance,
        said.score + worth.recency + worth.relevance AS score
    FROM part
    CROSS JOIN LATERAL (SELECT part.lexical + part.fuzzy + part.graph + part.semantic AS score) AS said
    -- LIMIT has the planner look each up by its key: it takes a user for smaller than the parts.
    CROSS JOIN LATERAL (
        SELECT *
        FROM memory.nodes
        WHERE user_id = :user_id AND node_id = part.node_id
        LIMIT 1
    ) AS n
    CROSS JOIN LATERAL (
        SELECT extract(epoch FROM now() - n.created_at)::double precision / 86400 AS days
    ) AS age
    CROSS JOIN LATERAL (
        SELECT
            said.score
            * :recency::double precision
            * power(0.5, greatest(age.days, 0) / (:half_lives::jsonb ->> n.context_type)::double precision) AS recency,
            said.score
            * (
                :relevance::double precision * (coalesce(n.base_relevance, 0.5) - 0.5)
                + :accesses::double precision * n.access_count / (n.access_count + 10)
            ) AS relevance
    ) AS worth
    WHERE
        said.score > 0
        AND n.node_id IS DISTINCT FROM :alike
        AND coalesce(n.expires_at, 'infinity') > now()
        AND (:context_types::text[] IS NULL OR n.context_type = ANY(:context_types))
        AND (:any_tags::text[] IS NULL OR n.tags && :any_tags)
        AND (:all_tags::text[] IS NULL OR n.tags @> :all_tags)
        AND (:entity_type::text IS NULL OR n.entity_type = :entity_type)
        AND (:entity_system::text IS NULL OR n.entity_system = :entity_system)
        AND n.created_at >= :since
        AND n.created_at < :before
        AND (:containing::jsonb IS NULL OR n.content @> :containing)
        AND (:paths::jsonb[] = '{}' OR memory.satisfies(n.content, :paths, :operators, :operands))
        AND ((SELECT phrases FROM request) IS NULL OR :hops > 0 OR n.search @@ (SELECT phrases FROM request))
        AND ((SELECT unwanted FROM request) IS NULL OR NOT n.search @@ (SELECT unwanted FROM request))
    ORDER BY score DESC, n.node_id DESC
    LIMIT :limit::bigint
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
    hit.lexical,
    hit.fuzzy,
    hit.graph,
    hit.semantic,
    hit.recency,
    hit.relevance,
    hit.score,
    CASE
        WHEN :with_snippet::boolean THEN ts_headline(
            memory.text_search_configuration(),
            (
                SELECT left(concat_ws(' · ', n.summary, string_agg(text #>> '{}', ' · ')), 65536)
                FROM jsonb_path_query(n.content, 'strict $.** ? (@.type() == "string")') AS text
            ),
            (SELECT string_agg(word.query::text, ' | ')::tsquery FROM word),
            'MaxFragments=2, MaxWords=20, MinWords=8, StartSel=**, StopSel=**, FragmentDelimiter=" … "'
        )
    END AS snippet
FROM hit
CROSS JOIN LATERAL (
    SELECT *
    FROM memory.nodes
    WHERE user_id = :user_id AND node_id = hit.node_id
    LIMIT 1
) AS n
ORDER BY hit.score DESC, n.node_id DESC;

--! complete
--- The names of entities and the tags that begin like this, the most used first. % and _ are plain text.
---
--- Access path: nodes_search_idx, at most 1,000 nodes with a word that begins so.
--- Bounds: reads 1000, sorts 1000.
--- Invariant: never another user's names.
WITH
node AS MATERIALIZED (
    SELECT entity_name, tags
    FROM memory.nodes
    WHERE
        user_id = :user_id
        AND coalesce(expires_at, 'infinity') > now()
        AND memory.user_lexemes(user_id, search) @@ (
            -- A word that is whole already is stored without its ending, and a stop word not at all.
            SELECT string_agg(format(
                '(%s | %s)',
                memory.any_lexeme(ARRAY[memory.user_mark(:user_id) || token.lexeme], ':*'),
                memory.any_lexeme(ARRAY[memory.user_mark(:user_id) || stem.lexeme], '')
            ), ' & ')::tsquery
            FROM unnest(to_tsvector('pg_catalog.simple', :prefix::text)) AS token (lexeme, positions, weights)
            CROSS JOIN LATERAL unnest(tsvector_to_array(memory.query_vector(token.lexeme))) AS stem (lexeme)
        )
    LIMIT 1000
)
SELECT value, kind, count(*) AS nodes
FROM (
    SELECT entity_name AS value, 'entity' AS kind
    FROM node
    WHERE starts_with(lower(entity_name), lower(:prefix))
    UNION ALL
    SELECT tag, 'tag'
    FROM node
    CROSS JOIN LATERAL unnest(node.tags) AS tag
    WHERE starts_with(lower(tag), lower(:prefix))
) AS completion
GROUP BY value, kind
ORDER BY nodes DESC, value, kind
LIMIT :limit;
