-- Statistics over all users, for reports: as old as the last REFRESH. Each side is counted on its own and
-- joined afterwards; nodes × relationships would count every pair.

CREATE MATERIALIZED VIEW memory.user_stats AS
SELECT
    m.user_id,
    coalesce(n.total_nodes, 0) AS total_nodes,
    coalesce(n.total_entities, 0) AS total_entities,
    coalesce(r.total_relationships, 0) AS total_relationships,
    n.first_node_at,
    n.last_node_at,
    m.last_activity
FROM memory.user_metadata AS m
LEFT JOIN (
    SELECT user_id, count(*) AS total_nodes, count(entity_id) AS total_entities, min(created_at) AS first_node_at, max(created_at) AS last_node_at
    FROM memory.nodes
    GROUP BY user_id
) AS n ON n.user_id = m.user_id
LEFT JOIN (
    SELECT user_id, count(*) AS total_relationships
    FROM memory.relationships
    GROUP BY user_id
) AS r ON r.user_id = m.user_id;

-- Which are the statistics of a user? Also lets REFRESH … CONCURRENTLY find its rows.
CREATE UNIQUE INDEX user_stats_user_id_idx ON memory.user_stats (user_id);

COMMENT ON MATERIALIZED VIEW memory.user_stats IS 'How much each user has, as of the last REFRESH MATERIALIZED VIEW CONCURRENTLY.';
COMMENT ON COLUMN memory.user_stats.user_id IS 'The user.';
COMMENT ON COLUMN memory.user_stats.total_nodes IS 'How many nodes the user has.';
COMMENT ON COLUMN memory.user_stats.total_entities IS 'How many of them are entities.';
COMMENT ON COLUMN memory.user_stats.total_relationships IS 'How many relationships the user has.';
COMMENT ON COLUMN memory.user_stats.first_node_at IS 'When the oldest memory was created.';
COMMENT ON COLUMN memory.user_stats.last_node_at IS 'When the newest memory was created.';
COMMENT ON COLUMN memory.user_stats.last_activity IS 'When anything of the user last changed.';

-- pg_stat_statements may be installed, and anywhere; a statement that names it could not be prepared without.
CREATE FUNCTION memory.slow_statements(max_rows bigint)
RETURNS TABLE (
    query text,
    calls bigint,
    total_milliseconds double precision,
    mean_milliseconds double precision,
    rows bigint
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    installed_in constant text := (
        SELECT n.nspname
        FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_stat_statements'
    );
BEGIN
    IF installed_in IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT s.query, s.calls, s.total_exec_time, s.mean_exec_time, s.rows
        FROM %I.pg_stat_statements AS s
        JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
        WHERE d.datname = current_database() AND s.query LIKE ''%%memory.%%''
        ORDER BY s.total_exec_time DESC
        LIMIT $1',
        installed_in
    ) USING max_rows;
END
$$;

COMMENT ON FUNCTION memory.slow_statements(bigint) IS
    'The statements on the store that took the most time; no rows without pg_stat_statements.';
