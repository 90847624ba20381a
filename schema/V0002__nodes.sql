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

-- What a node is found by, as weighted lexemes: A name, B summary, C tags, D every text and number in
-- the content. to_tsvector is immutable only with a literal configuration. A tsvector holds 1 MiB, which
-- more than 256 KiB of text can exceed: longer content is indexed by its beginning. (The size is that of a
-- computed value: a stored one may be compressed.) In plpgsql, which keeps its plans: as an SQL function it
-- would start an executor for every row.
CREATE FUNCTION memory.search_vector(content jsonb, summary text, tags text[]) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    entity_name text := content ->> 'entity_name';
    body jsonb := content - '{entity_name,last_updated,update_count}'::text[];
    vector tsvector;
BEGIN
    IF pg_column_size(body) <= 262144 THEN
        vector := setweight(jsonb_to_tsvector('pg_catalog.english', body, '["string", "numeric"]'), 'D');
    ELSE
        vector := setweight(to_tsvector('pg_catalog.english', left(content::text, 262144)), 'D');
    END IF;
    IF tags <> '{}' THEN
        vector := setweight(to_tsvector('pg_catalog.english', left(array_to_string(tags, ' '), 65536)), 'C') || vector;
    END IF;
    IF summary IS NOT NULL THEN
        vector := setweight(to_tsvector('pg_catalog.english', left(summary, 65536)), 'B') || vector;
    END IF;
    IF entity_name IS NOT NULL THEN
        vector := setweight(to_tsvector('pg_catalog.english', left(entity_name, 65536)), 'A') || vector;
    END IF;
    RETURN vector;
END
$$;

COMMENT ON FUNCTION memory.search_vector(jsonb, text, text[]) IS
    'The lexemes of a node: name (A), summary (B), tags (C), texts and numbers of the content (D).';

CREATE FUNCTION memory.text_search_configuration() RETURNS regconfig
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'pg_catalog.english'::regconfig
$$;

CREATE FUNCTION memory.query_vector(query text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector(memory.text_search_configuration(), query)
$$;

CREATE FUNCTION memory.user_mark(user_id text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(md5(user_id), 8) || '/'
$$;

COMMENT ON FUNCTION memory.user_mark(text) IS 'A short name for a user, before each of the user''s lexemes in nodes_search_idx.';

-- The lexemes again, each behind a short name for its user: in an index of these the nodes with a word are those
-- of one user, however many others use it. Names that coincide cost time and nothing else. Without a subquery the
-- planner puts the body in place of the call.
CREATE FUNCTION memory.user_lexemes(user_id text, search tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(string_to_array(
        memory.user_mark(user_id) || array_to_string(tsvector_to_array(search), E'\x01' || memory.user_mark(user_id)),
        E'\x01'
    ))
$$;

COMMENT ON FUNCTION memory.user_lexemes(text, tsvector) IS 'The lexemes of a node, each behind the mark of its user.';

-- A search for any of some lexemes; with :* as the suffix, for any that begin so. Operators and quotes in them are
-- plain text.
CREATE FUNCTION memory.any_lexeme(lexemes text[], suffix text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' || suffix, ' | ')::tsquery
    FROM unnest(lexemes) AS lexeme
$$;

COMMENT ON FUNCTION memory.any_lexeme(text[], text) IS 'A tsquery that matches any of these lexemes; NULL when there is none.';

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
