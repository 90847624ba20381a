-- Merges the duplicates by the rules of this schema, in the order in which they were created, and says which
-- rows its tables cannot hold.

-- Strict, so that the first value is what the others are merged into.
CREATE FUNCTION pg_temp.merge_content(older jsonb, newer jsonb, last_updated text) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT memory.merge_content(older, newer, last_updated)';

CREATE FUNCTION pg_temp.unite_tags(older text[], newer text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT memory.unite_tags(older, newer)';

CREATE AGGREGATE pg_temp.merged_content(jsonb, text) (SFUNC = pg_temp.merge_content, STYPE = jsonb);
CREATE AGGREGATE pg_temp.united_tags(text[]) (SFUNC = pg_temp.unite_tags, STYPE = text[]);
CREATE AGGREGATE pg_temp.united_json(jsonb) (SFUNC = memory.unite_json, STYPE = jsonb);

UPDATE pg_temp.adopted_nodes AS node
SET
    content = entity.content,
    context_type = entity.context_type,
    summary = entity.summary,
    base_relevance = entity.base_relevance,
    tags = entity.tags,
    metadata = entity.metadata,
    updated_at = now()
FROM (
    SELECT
        kept,
        pg_temp.merged_content(
            CASE WHEN jsonb_typeof(content) = 'object' THEN content ELSE '{}' END,
            coalesce(content ->> 'last_updated', '')
            ORDER BY created_at, node_id
        ) AS content,
        (array_agg(context_type ORDER BY created_at DESC, node_id DESC))[1] AS context_type,
        (array_agg(summary ORDER BY created_at DESC, node_id DESC) FILTER (WHERE summary IS NOT NULL))[1] AS summary,
        max(base_relevance) AS base_relevance,
        pg_temp.united_tags(tags ORDER BY created_at, node_id) AS tags,
        pg_temp.united_json(metadata ORDER BY created_at, node_id) AS metadata
    FROM pg_temp.adopted_nodes
    GROUP BY kept
    -- What is no object is refused below.
    HAVING count(*) > 1 AND bool_and(jsonb_typeof(content) = 'object' AND jsonb_typeof(metadata) = 'object')
) AS entity
WHERE node.node_id = entity.kept;

UPDATE pg_temp.adopted_relationships AS relationship
SET strength = pair.strength, metadata = pair.metadata
FROM (
    SELECT
        kept,
        (array_agg(strength ORDER BY created_at DESC, id DESC))[1] AS strength,
        pg_temp.united_json(metadata ORDER BY created_at, id) AS metadata
    FROM pg_temp.adopted_relationships
    WHERE dropped IS NULL
    GROUP BY kept
    HAVING count(*) > 1 AND bool_and(jsonb_typeof(metadata) = 'object')
) AS pair
WHERE relationship.id = pair.kept;

-- The tables' own CHECKs and NOT NULLs are the rules, those of later migrations included.
DO $$
DECLARE
    rule record;
BEGIN
    FOR rule IN
        WITH pairs AS (
            SELECT new.oid AS new_table, staged.oid AS staged_table, new.relname
            FROM pg_catalog.pg_class AS new
            JOIN pg_catalog.pg_class AS staged ON staged.relname = 'adopted_' || new.relname AND staged.relnamespace = pg_my_temp_schema()
            WHERE new.relnamespace = 'memory'::regnamespace
        ),
        -- What an adoption does not fill has its default.
        filled AS (
            SELECT pair.new_table, a.attnum, a.attname, a.attnotnull
            FROM pairs AS pair
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = pair.new_table AND a.attnum > 0 AND a.attgenerated = ''
            JOIN pg_catalog.pg_attribute AS s ON s.attrelid = pair.staged_table AND s.attname = a.attname
        )
        SELECT pair.relname, format('%s: %s', k.conname, pg_get_constraintdef(k.oid)) AS reason,
            format('NOT %s', pg_get_expr(k.conbin, k.conrelid)) AS broken
        FROM pairs AS pair
        JOIN pg_catalog.pg_constraint AS k ON k.conrelid = pair.new_table AND k.contype = 'c'
        WHERE k.conkey <@ ARRAY(SELECT attnum FROM filled WHERE filled.new_table = pair.new_table)
        UNION ALL
        SELECT pair.relname, format('%s: is NULL', filled.attname), format('%I IS NULL', filled.attname)
        FROM pairs AS pair
        JOIN filled ON filled.new_table = pair.new_table AND filled.attnotnull
    LOOP
        EXECUTE format(
            'INSERT INTO pg_temp.refusals SELECT %L, user_id, %s, %L FROM pg_temp.%I WHERE %s AND %s',
            rule.relname,
            CASE rule.relname WHEN 'nodes' THEN 'node_id' WHEN 'relationships' THEN 'id' ELSE 'NULL' END,
            rule.reason,
            'adopted_' || rule.relname,
            CASE rule.relname WHEN 'relationships' THEN 'dropped IS NULL' ELSE 'true' END,
            rule.broken
        );
    END LOOP;
END
$$;

SELECT jsonb_build_object(
    'rows', (SELECT count(DISTINCT (relation, user_id, id)) FROM pg_temp.refusals),
    'first', (
        SELECT coalesce(jsonb_agg(to_jsonb(refusal)), '[]')
        FROM (SELECT relation, user_id, id, reason FROM pg_temp.refusals ORDER BY relation, user_id, id, reason LIMIT 100) AS refusal
    )
);
