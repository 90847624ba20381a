-- Reads the tables of the Python system into temporary ones, puts right what has one obvious meaning, and
-- drops them. `repairs` says of each row what was put right; `refusals` names the rows where nothing is obvious.

CREATE TEMPORARY TABLE refusals (
    relation text NOT NULL,
    user_id text,
    id uuid,
    reason text NOT NULL
) ON COMMIT DROP;

-- The object in a JSON string, where a client encoded it twice; any other value as it is.
CREATE FUNCTION pg_temp.decoded(value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF jsonb_typeof(value) IS DISTINCT FROM 'string' OR left(value #>> '{}', 1) <> '{' THEN
        RETURN value;
    END IF;
    BEGIN
        RETURN (value #>> '{}')::jsonb;
    EXCEPTION WHEN data_exception THEN
        RETURN value;
    END;
END
$$;

-- The text or number at a key; NULL where there is neither, or an empty text.
CREATE FUNCTION pg_temp.label(content jsonb, key text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(content -> key) IN ('string', 'number') THEN nullif(content ->> key, '') END
$$;

-- Whether the service can read the JSON back: nested at most 100 deep, no number beyond its range.
CREATE FUNCTION pg_temp.is_readable(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT jsonb_path_exists(value, 'strict $.**{100 to last}')
        AND NOT jsonb_path_exists(
            value,
            'strict $.** ? (@.type() == "number" && (@ > 1.7976931348623157e308 || @ < -1.7976931348623157e308))'
        )
$$;

-- NaN is no share.
CREATE FUNCTION pg_temp.between_0_and_1(share real) RETURNS real
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN share <> 'NaN' THEN least(greatest(share, 0), 1) END
$$;

-- Nodes. `kept` is the node that holds the entity afterwards.

CREATE TEMPORARY TABLE adopted_nodes ON COMMIT DROP AS
SELECT *, node_id AS kept, NULL::timestamptz AS updated_at, '{}'::text[] AS repairs
FROM memory.nodes;

CREATE UNIQUE INDEX ON pg_temp.adopted_nodes (node_id);

UPDATE pg_temp.adopted_nodes
SET content = pg_temp.decoded(content), repairs = repairs || 'content: was encoded twice, decoded'::text
WHERE content <> pg_temp.decoded(content);

UPDATE pg_temp.adopted_nodes
SET metadata = pg_temp.decoded(metadata), repairs = repairs || 'metadata: was encoded twice, decoded'::text
WHERE metadata <> pg_temp.decoded(metadata);

UPDATE pg_temp.adopted_nodes
SET metadata = '{}', repairs = repairs || 'metadata: was null, is empty'::text
WHERE coalesce(metadata, 'null') = 'null';

INSERT INTO pg_temp.refusals
SELECT 'nodes', user_id, node_id, 'entity_id or entity_system: the column and the content disagree'
FROM pg_temp.adopted_nodes
WHERE
    nullif(entity_id, '') <> nullif(content ->> 'entity_id', '')
    OR nullif(entity_system, '') <> nullif(content ->> 'entity_system', '');

-- The Python system takes an empty text for none.
UPDATE pg_temp.adopted_nodes
SET
    entity_id = nullif(entity_id, ''),
    entity_system = nullif(entity_system, ''),
    content = content - array_remove(
        ARRAY[
            CASE WHEN content ->> 'entity_id' = '' THEN 'entity_id' END,
            CASE WHEN content ->> 'entity_system' = '' THEN 'entity_system' END
        ],
        NULL
    ),
    repairs = repairs || 'entity_id or entity_system: was empty, is absent'::text
WHERE
    jsonb_typeof(content) = 'object'
    AND '' IN (
        coalesce(entity_id, 'none'), coalesce(entity_system, 'none'),
        coalesce(content ->> 'entity_id', 'none'), coalesce(content ->> 'entity_system', 'none')
    );

UPDATE pg_temp.adopted_nodes
SET
    entity_id = coalesce(entity_id, pg_temp.label(content, 'entity_id')),
    entity_system = coalesce(entity_system, pg_temp.label(content, 'entity_system')),
    repairs = repairs || 'entity_id or entity_system: taken from the content, the column had none'::text
WHERE
    (entity_id IS NULL AND pg_temp.label(content, 'entity_id') IS NOT NULL)
    OR (entity_system IS NULL AND pg_temp.label(content, 'entity_system') IS NOT NULL);

-- Both are needed to tell an entity. Duplicates of an id without a system become one under this name.
UPDATE pg_temp.adopted_nodes
SET
    entity_system = 'unknown',
    content = content || '{"entity_system": "unknown"}',
    repairs = repairs || 'entity_system: was absent beside an entity_id, is unknown'::text
WHERE entity_id IS NOT NULL AND entity_system IS NULL AND jsonb_typeof(content) = 'object';

INSERT INTO pg_temp.refusals
SELECT 'nodes', user_id, node_id, 'entity_system: there is no entity_id, and the metadata have an entity_system'
FROM pg_temp.adopted_nodes
WHERE entity_id IS NULL AND entity_system IS NOT NULL AND metadata ? 'entity_system';

UPDATE pg_temp.adopted_nodes
SET
    entity_system = NULL,
    content = content - 'entity_system',
    metadata = metadata || jsonb_build_object('entity_system', entity_system),
    repairs = repairs || 'entity_system: there is no entity_id, moved to the metadata'::text
WHERE entity_id IS NULL AND entity_system IS NOT NULL AND jsonb_typeof(content) = 'object' AND jsonb_typeof(metadata) = 'object';

UPDATE pg_temp.adopted_nodes
SET
    content = content || jsonb_build_object('entity_id', entity_id, 'entity_system', entity_system),
    repairs = repairs || 'content: entity_id or entity_system written into it, as text'::text
WHERE
    entity_id IS NOT NULL
    AND jsonb_typeof(content) = 'object'
    AND NOT content @> jsonb_build_object('entity_id', entity_id, 'entity_system', entity_system);

UPDATE pg_temp.adopted_nodes
SET
    content = content || jsonb_build_object('entity_type', entity_type),
    repairs = repairs || 'content: entity_type written into it'::text
WHERE entity_type IS NOT NULL AND content ->> 'entity_type' IS NULL AND jsonb_typeof(content) = 'object';

-- The Python system updates the content of an entity that comes again, and leaves the column behind.
UPDATE pg_temp.adopted_nodes
SET repairs = repairs || 'entity_type: the content''s is kept, the column had another'::text
WHERE entity_type <> content ->> 'entity_type';

UPDATE pg_temp.adopted_nodes
SET
    content = content || jsonb_strip_nulls(jsonb_build_object(
        'entity_type', pg_temp.label(content, 'entity_type'),
        'entity_name', pg_temp.label(content, 'entity_name')
    )),
    repairs = repairs || 'entity_type or entity_name: was a number, is text'::text
WHERE
    entity_id IS NOT NULL
    AND 'number' IN (coalesce(jsonb_typeof(content -> 'entity_type'), ''), coalesce(jsonb_typeof(content -> 'entity_name'), ''));

INSERT INTO pg_temp.refusals
SELECT 'nodes', user_id, node_id, 'entity_type or entity_name: is no text'
FROM pg_temp.adopted_nodes
WHERE
    entity_id IS NOT NULL
    AND NOT (
        coalesce(jsonb_typeof(content -> 'entity_type'), 'null') IN ('string', 'null')
        AND coalesce(jsonb_typeof(content -> 'entity_name'), 'null') IN ('string', 'null')
    );

UPDATE pg_temp.adopted_nodes
SET content = content - 'entity_data', repairs = repairs || 'entity_data: was null, is absent'::text
WHERE entity_id IS NOT NULL AND content -> 'entity_data' = 'null';

UPDATE pg_temp.adopted_nodes
SET
    content = content || jsonb_build_object(
        'update_count',
        CASE WHEN content ->> 'update_count' ~ '^[0-9]{1,9}(\.0+)?$' THEN (content ->> 'update_count')::numeric::integer ELSE 0 END
    ),
    repairs = repairs || 'update_count: was no whole number, is one or 0'::text
WHERE
    entity_id IS NOT NULL
    AND content ? 'update_count'
    AND NOT (jsonb_typeof(content -> 'update_count') = 'number' AND content ->> 'update_count' ~ '^[0-9]{1,9}$')
    AND jsonb_typeof(content) = 'object';

-- As the first store of an entity sets them.
UPDATE pg_temp.adopted_nodes
SET content =
    jsonb_build_object('last_updated', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'update_count', 0)
    || content
WHERE entity_id IS NOT NULL AND NOT content ?& '{last_updated,update_count}' AND jsonb_typeof(content) = 'object';

UPDATE pg_temp.adopted_nodes
SET access_count = 0, repairs = repairs || 'access_count: was NULL, is 0'::text
WHERE access_count IS NULL;

UPDATE pg_temp.adopted_nodes
SET base_relevance = pg_temp.between_0_and_1(base_relevance), repairs = repairs || 'base_relevance: brought between 0 and 1; absent where it was no number'::text
WHERE base_relevance IS DISTINCT FROM pg_temp.between_0_and_1(base_relevance);

UPDATE pg_temp.adopted_nodes
SET
    tags = ARRAY(SELECT tag.value FROM unnest(tags) WITH ORDINALITY AS tag (value, position) WHERE tag.value IS NOT NULL ORDER BY tag.position),
    repairs = repairs || 'tags: was NULL, nested or had NULLs, is a list without'::text
WHERE tags IS NULL OR array_ndims(tags) > 1 OR EXISTS (SELECT FROM unnest(tags) AS tag (value) WHERE tag.value IS NULL);

INSERT INTO pg_temp.refusals
SELECT 'nodes', user_id, node_id, 'tags: one is longer than 512 bytes'
FROM pg_temp.adopted_nodes
WHERE EXISTS (SELECT FROM unnest(tags) AS tag (value) WHERE octet_length(tag.value) > 512);

INSERT INTO pg_temp.refusals
SELECT 'nodes', user_id, node_id, 'content or metadata: nested deeper than 100 levels, or a number too large'
FROM pg_temp.adopted_nodes
WHERE NOT (pg_temp.is_readable(content) AND pg_temp.is_readable(metadata));

-- The oldest node of an entity keeps its id.
UPDATE pg_temp.adopted_nodes AS node
SET kept = entity.kept
FROM (
    SELECT node_id, first_value(node_id) OVER (PARTITION BY user_id, entity_system, entity_id ORDER BY created_at, node_id) AS kept
    FROM pg_temp.adopted_nodes
    WHERE entity_id IS NOT NULL AND entity_system IS NOT NULL
) AS entity
WHERE node.node_id = entity.node_id AND entity.kept <> entity.node_id;

-- Relationships, between the nodes that are kept. `dropped` says why one cannot be.

CREATE TEMPORARY TABLE adopted_relationships ON COMMIT DROP AS
SELECT
    old.id,
    old.id AS kept,
    old.user_id,
    coalesce(from_node.kept, old.from_node_id) AS from_node_id,
    coalesce(to_node.kept, old.to_node_id) AS to_node_id,
    old.relationship_type,
    old.strength,
    old.created_at,
    old.metadata,
    CASE
        WHEN from_node.user_id <> old.user_id OR to_node.user_id <> old.user_id THEN 'a node at one end is another user''s'
        WHEN from_node.user_id IS NULL OR to_node.user_id IS NULL THEN 'a node at one end is not there'
    END AS dropped,
    '{}'::text[] AS repairs
FROM memory.relationships AS old
LEFT JOIN pg_temp.adopted_nodes AS from_node ON from_node.node_id = old.from_node_id
LEFT JOIN pg_temp.adopted_nodes AS to_node ON to_node.node_id = old.to_node_id;

CREATE UNIQUE INDEX ON pg_temp.adopted_relationships (id);

UPDATE pg_temp.adopted_relationships
SET strength = coalesce(pg_temp.between_0_and_1(strength), 1), repairs = repairs || 'strength: brought between 0 and 1; 1 where it was no number'::text
WHERE strength IS DISTINCT FROM coalesce(pg_temp.between_0_and_1(strength), 1);

UPDATE pg_temp.adopted_relationships
SET metadata = pg_temp.decoded(metadata), repairs = repairs || 'metadata: was encoded twice, decoded'::text
WHERE metadata <> pg_temp.decoded(metadata);

UPDATE pg_temp.adopted_relationships
SET metadata = '{}', repairs = repairs || 'metadata: was null, is empty'::text
WHERE coalesce(metadata, 'null') = 'null';

INSERT INTO pg_temp.refusals
SELECT 'relationships', user_id, id, 'metadata: nested deeper than 100 levels, or a number too large'
FROM pg_temp.adopted_relationships
WHERE dropped IS NULL AND NOT pg_temp.is_readable(metadata);

UPDATE pg_temp.adopted_relationships AS relationship
SET kept = pair.kept
FROM (
    SELECT id, first_value(id) OVER (PARTITION BY user_id, from_node_id, to_node_id, relationship_type ORDER BY created_at, id) AS kept
    FROM pg_temp.adopted_relationships
    WHERE dropped IS NULL
) AS pair
WHERE relationship.id = pair.id AND pair.kept <> pair.id;

-- Users: those with a row of their own, and those with nodes only.

CREATE TEMPORARY TABLE adopted_user_metadata ON COMMIT DROP AS
SELECT
    user_id,
    coalesce(old.created_at, node.first_created_at) AS created_at,
    coalesce(old.last_activity, node.last_created_at) AS last_activity,
    CASE WHEN old.user_id IS NULL THEN '{}' ELSE old.metadata END AS metadata,
    coalesce(old.total_nodes, 0) AS nodes_before,
    coalesce(old.total_relationships, 0) AS relationships_before,
    '{}'::text[] AS repairs
FROM memory.user_metadata AS old
FULL JOIN (
    SELECT user_id, min(created_at) AS first_created_at, max(created_at) AS last_created_at
    FROM pg_temp.adopted_nodes
    GROUP BY user_id
) AS node USING (user_id);

UPDATE pg_temp.adopted_user_metadata
SET metadata = pg_temp.decoded(metadata), repairs = repairs || 'metadata: was encoded twice, decoded'::text
WHERE metadata <> pg_temp.decoded(metadata);

UPDATE pg_temp.adopted_user_metadata
SET metadata = '{}', repairs = repairs || 'metadata: was null, is empty'::text
WHERE coalesce(metadata, 'null') = 'null';

INSERT INTO pg_temp.refusals
SELECT 'user_metadata', user_id, NULL, 'created_at or last_activity: not in the years 1 to 9999'
FROM pg_temp.adopted_user_metadata
WHERE
    least(created_at, last_activity) < '0001-01-01 00:00:00+00'
    OR greatest(created_at, last_activity) >= '10000-01-01 00:00:00+00';

ANALYZE pg_temp.adopted_nodes, pg_temp.adopted_relationships, pg_temp.adopted_user_metadata;

-- What else depends on them, a view of somebody's, keeps all as it is. Tables and functions that are not of
-- the Python system stay where they are.
DROP MATERIALIZED VIEW IF EXISTS memory.user_stats;
DROP TABLE memory.relationships, memory.nodes, memory.user_metadata;
DROP FUNCTION IF EXISTS memory.update_last_accessed(), memory.update_user_metadata();
