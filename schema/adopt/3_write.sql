-- Writes what was read and merged, and reports what was done. Counters and log of changes are kept by the
-- triggers, as for every write.

INSERT INTO memory.user_metadata (user_id, created_at, last_activity, metadata)
SELECT user_id, created_at, last_activity, metadata
FROM pg_temp.adopted_user_metadata
ORDER BY user_id;

INSERT INTO memory.nodes (
    user_id,
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
    updated_at
)
SELECT
    user_id,
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
    updated_at
FROM pg_temp.adopted_nodes
WHERE node_id = kept
ORDER BY user_id, created_at, node_id;

INSERT INTO memory.relationships (user_id, id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata)
SELECT user_id, id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata
FROM pg_temp.adopted_relationships
WHERE id = kept AND dropped IS NULL
ORDER BY user_id, created_at, id;

-- Being adopted is no activity of a user.
UPDATE memory.user_metadata AS m
SET last_activity = adopted.last_activity
FROM pg_temp.adopted_user_metadata AS adopted
WHERE adopted.user_id = m.user_id;

REFRESH MATERIALIZED VIEW memory.user_stats;
ANALYZE memory.nodes, memory.relationships, memory.user_metadata, memory.changes, memory.user_stats;

WITH
repaired AS (
    SELECT 'nodes' AS relation, user_id, node_id AS id, unnest(repairs) AS repair FROM pg_temp.adopted_nodes
    UNION ALL
    SELECT 'relationships', user_id, id, unnest(repairs) FROM pg_temp.adopted_relationships WHERE dropped IS NULL
    UNION ALL
    SELECT 'user_metadata', user_id, NULL, unnest(repairs) FROM pg_temp.adopted_user_metadata
),
merged AS (
    SELECT user_id, entity_system, entity_id, kept AS node_id, count(*) AS nodes
    FROM pg_temp.adopted_nodes
    GROUP BY user_id, entity_system, entity_id, kept
    HAVING count(*) > 1
),
corrected AS (
    SELECT
        adopted.user_id,
        adopted.nodes_before,
        m.total_nodes AS nodes,
        adopted.relationships_before,
        m.total_relationships AS relationships
    FROM pg_temp.adopted_user_metadata AS adopted
    JOIN memory.user_metadata AS m ON m.user_id = adopted.user_id
    WHERE (m.total_nodes, m.total_relationships) <> (adopted.nodes_before, adopted.relationships_before)
)
SELECT jsonb_build_object(
    'users', (SELECT count(*) FROM pg_temp.adopted_user_metadata),
    'nodes_read', (SELECT count(*) FROM pg_temp.adopted_nodes),
    'nodes_kept', (SELECT count(*) FROM memory.nodes),
    'nodes_merged', (SELECT count(*) FROM pg_temp.adopted_nodes WHERE node_id <> kept),
    'entities_without_system', (SELECT count(*) FROM repaired WHERE repair LIKE 'entity_system: was absent%'),
    'relationships_read', (SELECT count(*) FROM pg_temp.adopted_relationships),
    'relationships_kept', (SELECT count(*) FROM memory.relationships),
    'relationships_merged', (SELECT count(*) FROM pg_temp.adopted_relationships WHERE id <> kept),
    'relationships_dropped', (SELECT count(*) FROM pg_temp.adopted_relationships WHERE dropped IS NOT NULL),
    'counters_corrected', (SELECT count(*) FROM corrected),
    'merged', (
        SELECT coalesce(jsonb_agg(to_jsonb(entity)), '[]')
        FROM (SELECT * FROM merged ORDER BY nodes DESC, user_id, entity_system, entity_id LIMIT 100) AS entity
    ),
    'dropped', (
        SELECT coalesce(jsonb_agg(to_jsonb(relationship)), '[]')
        FROM (
            SELECT user_id, id, from_node_id, to_node_id, relationship_type, dropped AS reason
            FROM pg_temp.adopted_relationships
            WHERE dropped IS NOT NULL
            ORDER BY user_id, id
            LIMIT 100
        ) AS relationship
    ),
    'corrected', (
        SELECT coalesce(jsonb_agg(to_jsonb(counters)), '[]')
        FROM (SELECT * FROM corrected ORDER BY user_id LIMIT 100) AS counters
    ),
    'repairs', (
        SELECT coalesce(jsonb_agg(to_jsonb(done) ORDER BY done.relation, done.repair), '[]')
        FROM (
            SELECT
                relation,
                repair,
                count(*) AS rows,
                (array_agg(jsonb_build_object('user_id', user_id, 'id', id) ORDER BY user_id, id))[1:100] AS first
            FROM repaired
            GROUP BY relation, repair
        ) AS done
    )
);
