-- A user's memories, and how two stores of one entity become one row.

-- The union of two JSON values: the newer one wins, but where both are objects they are united key by
-- key, at every depth. Arrays are replaced; an explicit null wins.
CREATE FUNCTION memory.unite_json(older jsonb, newer jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    united jsonb;
    child record;
BEGIN
    IF jsonb_typeof(older) IS DISTINCT FROM 'object' OR jsonb_typeof(newer) IS DISTINCT FROM 'object' THEN
        RETURN coalesce(newer, older);
    END IF;
    united := older || newer;
    FOR child IN
        SELECT entry.key, entry.value
        FROM jsonb_each(newer) AS entry
        WHERE jsonb_typeof(entry.value) = 'object' AND jsonb_typeof(older -> entry.key) = 'object'
    LOOP
        united := jsonb_set(united, ARRAY[child.key], memory.unite_json(older -> child.key, child.value));
    END LOOP;
    RETURN united;
END
$$;

COMMENT ON FUNCTION memory.unite_json(jsonb, jsonb) IS
    'Unites two JSON objects key by key at every depth; the newer value wins elsewhere.';

-- The whole rule for storing an entity again. entity_type and entity_name are the newest that is not
-- null; last_updated is the time of this store, and update_count counts the stores after the first, whatever
-- the newer content says.
CREATE FUNCTION memory.merge_content(older jsonb, newer jsonb, last_updated text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT memory.unite_json(
            older,
            newer - array_remove(
                ARRAY[
                    CASE WHEN newer ->> 'entity_type' IS NULL THEN 'entity_type' END,
                    CASE WHEN newer ->> 'entity_name' IS NULL THEN 'entity_name' END
                ],
                NULL
            )
        )
        || jsonb_build_object(
            'last_updated', last_updated,
            'update_count',
            1 + CASE WHEN jsonb_typeof(older -> 'update_count') = 'number' THEN (older ->> 'update_count')::numeric ELSE 0 END
        )
$$;

COMMENT ON FUNCTION memory.merge_content(jsonb, jsonb, text) IS
    'The content of an entity that is stored again: the union of both, one more update counted.';

-- Tags keep the order in which they first came.
CREATE FUNCTION memory.unite_tags(older text[], newer text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN newer <@ older THEN older
        ELSE older || ARRAY(
            SELECT tag
            FROM unnest(newer) WITH ORDINALITY AS added (tag, position)
            WHERE tag <> ALL (older)
            GROUP BY tag
            ORDER BY min(position)
        )
    END
$$;

COMMENT ON FUNCTION memory.unite_tags(text[], text[]) IS 'The union of two tag lists, without duplicates.';

-- The language that text is searched in. A database gets another by replacing this function, and deriving anew
-- what is stored: `pgmemory reindex --configuration german` does both. The name has its schema, since nothing that
-- is stored may depend on somebody's search_path.
CREATE FUNCTION memory.text_search_configuration() RETURNS regconfig
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'pg_catalog.english'::regconfig
$$;

COMMENT ON FUNCTION memory.text_search_configuration() IS
    'The text search configuration of what is stored and of what is searched for; whoever replaces it has to reindex.';

-- Thai, Lao, Burmese, Khmer, Hangul, Hiragana, Katakana and Han, without their punctuation.
CREATE FUNCTION memory.unspaced_characters() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '[\u0E01-\u0E3E\u0E40-\u0E4E\u0E50-\u0E59\u0E80-\u0EFF\u1000-\u1049\u1050-\u109F\u1100-\u11FF\u1780-\u17D3\u17E0-\u17E9'
        '\u3005-\u3007\u3041-\u309F\u30A1-\u30FA\u30FC-\u318F\u31A0-\u31BF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uA960-\uA97F'
        '\uAC00-\uD7FF\uF900-\uFAFF\uFF66-\uFFDC\U00020000-\U0003FFFF]'
$$;

COMMENT ON FUNCTION memory.unspaced_characters() IS
    'Matches, in a regular expression, a character of a script that puts no spaces between words.';

-- Of each run of such characters every two neighbours, and a run of one by itself. With `closing` also the last of
-- each run by itself: then every character begins a lexeme, and one alone can be searched for as a prefix. A
-- lexeme has the place where it first comes, without which it could have no weight.
CREATE FUNCTION memory.character_pairs(value text, closing boolean) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    runs text := regexp_replace(value, replace(memory.unspaced_characters(), '[', '[^') || '+', ' ', 'g');
    characters text[] := string_to_array(' ' || runs || ' ', NULL);
BEGIN
    RETURN (
        SELECT coalesce(string_agg('''' || pair.lexeme || ''':' || pair.place, ' '), '')::tsvector
        FROM (
            SELECT this || coalesce(nullif(next, ' '), '') AS lexeme, least(min(place), 16383) AS place
            FROM unnest(characters, characters[2:], characters[3:]) WITH ORDINALITY AS near (previous, this, next, place)
            WHERE this <> ' ' AND (next <> ' ' OR previous = ' ' OR closing)
            GROUP BY lexeme
        ) AS pair
    );
END
$$;

COMMENT ON FUNCTION memory.character_pairs(text, boolean) IS
    'The pairs of neighbouring characters of the scripts that put no spaces between words.';

-- The parser would take a whole run, and the letters that touch it, for one word.
CREATE FUNCTION memory.text_vector(value text, closing boolean) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF octet_length(value) = length(value) OR value !~ memory.unspaced_characters() THEN
        RETURN to_tsvector(memory.text_search_configuration(), value);
    END IF;
    RETURN to_tsvector(
            memory.text_search_configuration(), regexp_replace(value, memory.unspaced_characters() || '+', ' ', 'g')
        )
        || memory.character_pairs(value, closing);
END
$$;

COMMENT ON FUNCTION memory.text_vector(text, boolean) IS
    'The lexemes of a text: words, and pairs of characters where no spaces are between words.';

-- The search vector of any node. A tsvector holds 1 MiB. A character makes 12 bytes at most (a pair of 8 and its
-- place, or a word), one of ASCII text alone 4 (a word, its parts and their places): what is longer than that allows is
-- indexed by its beginning.
CREATE FUNCTION memory.bounded_search_vector(content jsonb, summary text, tags text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    texts jsonb := jsonb_path_query_array(
        content - '{entity_name,last_updated,update_count}'::text[],
        'strict $.** ? (@.type() == "string" || @.type() == "number")'
    );
    body text := coalesce((SELECT string_agg(found.value, ' ') FROM jsonb_array_elements_text(texts) AS found (value)), '');
BEGIN
    body := left(body, CASE WHEN octet_length(body) = length(body) THEN 229376 ELSE 65536 END);
    RETURN setweight(memory.text_vector(coalesce(left(content ->> 'entity_name', 4096), ''), true), 'A')
        || setweight(memory.text_vector(coalesce(left(summary, 8192), ''), true), 'B')
        || setweight(memory.text_vector(left(array_to_string(tags, ' '), 8192), true), 'C')
        || memory.text_vector(body, true);
END
$$;

COMMENT ON FUNCTION memory.bounded_search_vector(jsonb, text, text[]) IS
    'The same as search_vector, for nodes that are long or have no spaces between words.';

-- What a node is found by, as weighted lexemes: A name, B summary, C tags, D every text and number in the content.
-- In plpgsql, which keeps its plans: as an SQL function it would start an executor for every row. Most texts are
-- short and ASCII, and two lengths tell so sooner than a regular expression.
CREATE FUNCTION memory.search_vector(content jsonb, summary text, tags text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    body text := content;
    abstract text := coalesce(summary, '');
    labels text := array_to_string(tags, ' ');
    bytes integer := octet_length(body) + octet_length(abstract) + octet_length(labels);
BEGIN
    IF
        bytes > 262144
        OR (
            bytes <> length(body) + length(abstract) + length(labels)
            AND body || abstract || labels ~ memory.unspaced_characters()
        )
    THEN
        RETURN memory.bounded_search_vector(content, summary, tags);
    END IF;
    RETURN setweight(to_tsvector(memory.text_search_configuration(), coalesce(content ->> 'entity_name', '')), 'A')
        || setweight(to_tsvector(memory.text_search_configuration(), abstract), 'B')
        || setweight(to_tsvector(memory.text_search_configuration(), labels), 'C')
        || jsonb_to_tsvector(
            memory.text_search_configuration(),
            content - '{entity_name,last_updated,update_count}'::text[],
            '["string", "numeric"]'
        );
END
$$;

COMMENT ON FUNCTION memory.search_vector(jsonb, text, text[]) IS
    'The lexemes of a node: name (A), summary (B), tags (C), texts and numbers of the content (D).';

-- What is searched for, by the same rules as what is stored. One character without neighbours is the beginning of
-- lexemes there.
CREATE FUNCTION memory.query_vector(query text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT memory.text_vector(left(query, 65536), false)
$$;

COMMENT ON FUNCTION memory.query_vector(text) IS 'The lexemes of a text that is searched for.';

CREATE FUNCTION memory.user_mark(user_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(md5(user_id), 8) || '/'
$$;

COMMENT ON FUNCTION memory.user_mark(text) IS 'A short name for a user, before each of the user''s lexemes in nodes_search_idx.';

CREATE FUNCTION memory.level_mark(user_mark text, level integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(user_mark, -1) || level || '/'
$$;

COMMENT ON FUNCTION memory.level_mark(text, integer) IS 'The same for what a node says at a level or above.';

-- How strongly a node says each of its lexemes, from 0 to 4: a step for each twentieth that ts_rank gives from 0.95 on, when a
-- name counts 1, the summary 0.8, tags 0.7 and the rest 0.6, and what comes again as in the content. So 1 is in the
-- summary and once more, 2 in a name; 0 is once anywhere else.
CREATE FUNCTION memory.lexeme_levels(search tsvector) RETURNS TABLE (lexeme text, level integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 25 AS $$
    SELECT
        said.lexeme,
        greatest(0, least(4, floor(
            CASE said.weights[1] WHEN 'A' THEN 10 WHEN 'B' THEN 6 WHEN 'C' THEN 4 ELSE 2 END
            - 12 / (cardinality(said.positions) + 0.5::double precision)
        )))::integer
    FROM unnest(search) AS said (lexeme, positions, weights)
$$;

COMMENT ON FUNCTION memory.lexeme_levels(tsvector) IS 'How strongly a node says each of its lexemes, from 0 to 4.';

-- The lexemes again, each behind a short name for its user: in an index of these the nodes with a word are those
-- of one user, however many others use it. Names that coincide cost time and nothing else. What a node says strongly
-- stands there again, behind user and level, once for each level that it reaches, so that the best nodes with a common
-- word are found without the others.
CREATE FUNCTION memory.user_lexemes(user_id text, search tsvector) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    mark constant text := memory.user_mark(user_id);
BEGIN
    RETURN array_to_tsvector(string_to_array(
        mark || array_to_string(tsvector_to_array(search), E'\x01' || mark)
        || coalesce((
            SELECT string_agg(E'\x01' || memory.level_mark(mark, reached) || said.lexeme, '')
            FROM memory.lexeme_levels(search) AS said
            CROSS JOIN LATERAL generate_series(1, said.level) AS reached
            WHERE said.level > 0
        ), ''),
        E'\x01'
    ));
END
$$;

COMMENT ON FUNCTION memory.user_lexemes(text, tsvector) IS
    'The lexemes of a node, each behind the mark of its user, and the strong ones also behind that of their level.';

-- A search for any of some lexemes; with :* as the suffix, for any that begin so, which a single character of a script
-- without spaces always does. Operators and quotes in them are plain text.
CREATE FUNCTION memory.any_lexeme(lexemes text[], suffix text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (
        SELECT string_agg(
                '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''''
                || CASE WHEN lexeme ~ ('^([0-9a-f]{8}/)?' || memory.unspaced_characters() || '$') THEN ':*' ELSE suffix END,
                ' | '
            )::tsquery
        FROM unnest(lexemes) AS lexeme
    );
END
$$;

COMMENT ON FUNCTION memory.any_lexeme(text[], text) IS 'A tsquery that matches any of these lexemes; NULL when there is none.';

-- How much a node says of up to eight words, each worth so much: the sum of what ts_rank gives for each. Written out,
-- the sum is an expression; as an aggregate over the words it would take four times as long.
CREATE FUNCTION memory.rank_words(weights real[], search tsvector, words tsquery[], worths double precision[])
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ts_rank(weights, search, words[1]) * worths[1]
        + coalesce(ts_rank(weights, search, words[2]) * worths[2], 0)
        + coalesce(ts_rank(weights, search, words[3]) * worths[3], 0)
        + coalesce(ts_rank(weights, search, words[4]) * worths[4], 0)
        + coalesce(ts_rank(weights, search, words[5]) * worths[5], 0)
        + coalesce(ts_rank(weights, search, words[6]) * worths[6], 0)
        + coalesce(ts_rank(weights, search, words[7]) * worths[7], 0)
        + coalesce(ts_rank(weights, search, words[8]) * worths[8], 0)
$$;

COMMENT ON FUNCTION memory.rank_words(real[], tsvector, tsquery[], double precision[]) IS
    'How much a node says of up to eight words, each of its own worth.';

-- A search for words that stand together; of scripts without spaces, for all neighbouring characters.
CREATE FUNCTION memory.phrase_query(phrase text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN phrase ~ memory.unspaced_characters() THEN (
            SELECT string_agg(memory.any_lexeme(ARRAY[lexeme], '')::text, ' & ')::tsquery
            FROM unnest(tsvector_to_array(memory.query_vector(phrase))) AS lexeme
        )
        ELSE phraseto_tsquery(memory.text_search_configuration(), phrase)
    END
$$;

COMMENT ON FUNCTION memory.phrase_query(text) IS 'A tsquery that matches the words of a text where they stand together.';

-- Whether the values at some paths of a content compare with given ones as they should: numbers as numbers, and never
-- across JSON types.
CREATE FUNCTION memory.satisfies(content jsonb, paths jsonb[], operators text[], operands jsonb[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT NOT EXISTS (
        SELECT
        FROM unnest(paths, operators, operands) AS condition (path, operator, operand)
        CROSS JOIN LATERAL (
            SELECT content #> ARRAY(SELECT jsonb_array_elements_text(condition.path)) AS value
        ) AS found
        WHERE (
            jsonb_typeof(found.value) = jsonb_typeof(condition.operand)
            AND CASE condition.operator
                WHEN '=' THEN found.value = condition.operand
                WHEN '<>' THEN found.value <> condition.operand
                WHEN '<' THEN found.value < condition.operand
                WHEN '<=' THEN found.value <= condition.operand
                WHEN '>' THEN found.value > condition.operand
                WHEN '>=' THEN found.value >= condition.operand
            END
        ) IS NOT TRUE
    )
$$;

COMMENT ON FUNCTION memory.satisfies(jsonb, jsonb[], text[], jsonb[]) IS
    'Whether the content has a value at every path that compares with its operand.';

CREATE TABLE memory.nodes (
    user_id text NOT NULL,
    node_id uuid NOT NULL DEFAULT gen_random_uuid(),
    content jsonb NOT NULL,
    context_type text NOT NULL,
    summary text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_accessed timestamptz NOT NULL DEFAULT now(),
    access_count integer NOT NULL DEFAULT 0,
    base_relevance real,
    tags text[] NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    -- Plain columns, although the content has them too: a generated column of a unique key would make
    -- every merge lock the row against the foreign key checks of concurrent relationships.
    entity_id text,
    entity_system text,
    entity_type text GENERATED ALWAYS AS (content ->> 'entity_type') STORED,
    entity_name text GENERATED ALWAYS AS (content ->> 'entity_name') STORED,
    updated_at timestamptz,
    expires_at timestamptz,
    search tsvector GENERATED ALWAYS AS (memory.search_vector(content, summary, tags)) STORED,

    CONSTRAINT nodes_pkey PRIMARY KEY (user_id, node_id),
    -- The same entity of the same system is the same node: the arbiter of the merge.
    CONSTRAINT nodes_entity_key UNIQUE (user_id, entity_system, entity_id),
    CONSTRAINT nodes_user_id_check CHECK (octet_length(user_id) BETWEEN 1 AND 256),
    CONSTRAINT nodes_context_type_check CHECK (context_type IN (
        'search_result', 'user_selection', 'tool_output', 'domain_entity',
        'completed_action', 'conversation_fact', 'temporary_state'
    )),
    CONSTRAINT nodes_content_check CHECK (jsonb_typeof(content) = 'object'),
    CONSTRAINT nodes_content_size_check CHECK (octet_length(content::text) <= 1048576),
    CONSTRAINT nodes_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT nodes_metadata_size_check CHECK (octet_length(metadata::text) <= 1048576),
    CONSTRAINT nodes_summary_check CHECK (octet_length(summary) <= 65536),
    CONSTRAINT nodes_tags_check CHECK (array_position(tags, NULL) IS NULL AND cardinality(tags) <= 1000),
    CONSTRAINT nodes_base_relevance_check CHECK (base_relevance BETWEEN 0 AND 1),
    CONSTRAINT nodes_access_count_check CHECK (access_count >= 0),
    CONSTRAINT nodes_entity_check CHECK (
        (entity_id IS NULL) = (entity_system IS NULL)
        AND entity_id IS NOT DISTINCT FROM content ->> 'entity_id'
        AND entity_system IS NOT DISTINCT FROM content ->> 'entity_system'
        AND octet_length(entity_id) BETWEEN 1 AND 512
        AND octet_length(entity_system) BETWEEN 1 AND 512
    ),
    CONSTRAINT nodes_entity_data_check CHECK (
        entity_id IS NULL OR coalesce(jsonb_typeof(content -> 'entity_data'), 'object') = 'object'
    ),
    -- The years that RFC 3339 can write.
    CONSTRAINT nodes_created_at_check CHECK (
        created_at >= '0001-01-01 00:00:00+00' AND created_at < '10000-01-01 00:00:00+00'
    ),
    CONSTRAINT nodes_last_accessed_check CHECK (
        last_accessed >= '0001-01-01 00:00:00+00' AND last_accessed < '10000-01-01 00:00:00+00'
    ),
    CONSTRAINT nodes_expires_at_check CHECK (
        expires_at >= '0001-01-01 00:00:00+00' AND expires_at < '10000-01-01 00:00:00+00'
    )
);

-- Which are the newest memories of a user? Also the order of every list and of its pages.
CREATE INDEX nodes_created_idx ON memory.nodes (user_id, created_at DESC, node_id DESC);

-- Which are the newest memories of one context type?
CREATE INDEX nodes_context_type_idx ON memory.nodes (user_id, context_type, created_at DESC, node_id DESC);

-- Which memories carry these tags?
CREATE INDEX nodes_tags_idx ON memory.nodes USING gin (user_id, tags);

-- Which memories of a user contain these words? The user stands first for the planner, which knows how few rows a
-- user has, but not how few a word.
CREATE INDEX nodes_search_idx ON memory.nodes USING gin (user_id, memory.user_lexemes(user_id, search));

-- Which entities of a user have a name or id that looks like this word, typing errors included?
CREATE INDEX nodes_label_idx ON memory.nodes USING gin (user_id, (coalesce(entity_name, '') || ' ' || entity_id) public.gin_trgm_ops)
WHERE entity_id IS NOT NULL;

-- Which memories of a user have expired, and must not be read?
CREATE INDEX nodes_user_expires_idx ON memory.nodes (user_id, expires_at) WHERE expires_at IS NOT NULL;

-- Which memories of any user are to be swept?
CREATE INDEX nodes_expires_idx ON memory.nodes (expires_at) WHERE expires_at IS NOT NULL;

COMMENT ON TABLE memory.nodes IS 'One memory of one user: an entity, a fact, a tool result.';
COMMENT ON COLUMN memory.nodes.user_id IS 'Whose memory it is; every key and every query begins with it. At most 256 bytes.';
COMMENT ON COLUMN memory.nodes.node_id IS 'Unique for the user; a UUIDv7 when the service made it.';
COMMENT ON COLUMN memory.nodes.content IS 'The memory itself, a JSON object of at most 1 MiB. With entity_id and entity_system in it, it is an entity.';
COMMENT ON COLUMN memory.nodes.context_type IS 'What kind of memory it is.';
COMMENT ON COLUMN memory.nodes.summary IS 'One sentence for people and for search. At most 64 KiB.';
COMMENT ON COLUMN memory.nodes.created_at IS 'When it was first remembered; the earliest of all stores.';
COMMENT ON COLUMN memory.nodes.last_accessed IS 'When it was last touched.';
COMMENT ON COLUMN memory.nodes.access_count IS 'How often it was touched; nothing else counts.';
COMMENT ON COLUMN memory.nodes.base_relevance IS 'Between 0 and 1; NULL when nobody said, read as 0.5.';
COMMENT ON COLUMN memory.nodes.tags IS 'Labels, united when an entity is stored again. At most 1,000.';
COMMENT ON COLUMN memory.nodes.metadata IS 'What the caller wants to keep beside the content, a JSON object of at most 1 MiB.';
COMMENT ON COLUMN memory.nodes.entity_id IS 'The id that the system of origin gave it; equal to the one in content. At most 512 bytes.';
COMMENT ON COLUMN memory.nodes.entity_system IS 'The system of origin; equal to the one in content. At most 512 bytes.';
COMMENT ON COLUMN memory.nodes.entity_type IS 'What the system of origin calls it; generated from content.';
COMMENT ON COLUMN memory.nodes.entity_name IS 'Its name for people; generated from content.';
COMMENT ON COLUMN memory.nodes.updated_at IS 'When it was last stored again; NULL while it is as first stored.';
COMMENT ON COLUMN memory.nodes.expires_at IS 'From then on no read sees it, and a sweep deletes it; NULL for ever.';
COMMENT ON COLUMN memory.nodes.search IS 'The lexemes that text search finds it by; generated.';
