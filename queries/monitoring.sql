--! table_sizes
--- How large each table of the store is, its indexes and out-of-line values included, largest first. Rows are
--- estimates, of the last VACUUM or ANALYZE.
---
--- Access path: the catalog, and the size of each file.
--- Invariant: reads no memory.
SELECT
    c.relname::text AS name,
    sum(pg_total_relation_size(part.oid))::bigint AS total_bytes,
    sum(pg_indexes_size(part.oid))::bigint AS index_bytes,
    sum(greatest(part.reltuples, 0))::bigint AS estimated_rows,
    coalesce(sum(s.n_dead_tup), 0)::bigint AS dead_rows
FROM pg_class AS c
CROSS JOIN LATERAL (
    -- Of a partitioned table its partitions: it has no rows of its own, but ANALYZE gives it the sum of theirs.
    SELECT p.oid, p.reltuples
    FROM pg_class AS p
    WHERE p.relkind <> 'p' AND (p.oid = c.oid OR p.oid IN (SELECT tree.relid FROM pg_partition_tree(c.oid) AS tree))
) AS part
LEFT JOIN pg_stat_user_tables AS s ON s.relid = part.oid
WHERE c.relnamespace = 'memory'::regnamespace AND c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition
GROUP BY c.relname
ORDER BY total_bytes DESC, name;

--! index_sizes
--- How large each index of the store is, and how often it was used since the statistics began, largest first.
---
--- Access path: the catalog, and the size of each file.
--- Invariant: reads no memory.
SELECT
    i.relname::text AS name,
    t.relname::text AS table_name,
    sum(pg_relation_size(s.indexrelid))::bigint AS bytes,
    sum(s.idx_scan)::bigint AS scans
FROM pg_stat_user_indexes AS s
-- The index of a partition is a part of the table's.
JOIN pg_class AS i ON i.oid = coalesce(pg_partition_root(s.indexrelid)::oid, s.indexrelid)
JOIN pg_class AS t ON t.oid = coalesce(pg_partition_root(s.relid)::oid, s.relid)
WHERE t.relnamespace = 'memory'::regnamespace
GROUP BY i.relname, t.relname
ORDER BY bytes DESC, name;

--! connections : Connection (user_name?, application_name?, state?, wait_event?, since?)
--- Who is connected to this database, longest in their state first. What other roles do is shown to members of
--- pg_read_all_stats only.
---
--- Access path: the server's list of processes.
--- Invariant: reads no memory, and no text of a statement.
SELECT
    pid,
    usename::text AS user_name,
    application_name,
    state,
    wait_event_type || ':' || wait_event AS wait_event,
    state_change AS since
FROM pg_stat_activity
WHERE datname = current_database() AND coalesce(backend_type, 'client backend') = 'client backend'
ORDER BY state_change, pid;

--! slow_statements
--- The statements of this database on the store that took the most time, most first; no rows where the extension
--- pg_stat_statements is not installed.
---
--- Access path: pg_stat_statements.
--- Invariant: reads no memory; the texts have parameters in the place of values.
SELECT query, calls, total_milliseconds, mean_milliseconds, rows
FROM memory.slow_statements(:limit);

--! find_faults
--- What must not be, and how often it is: each row is a rule that the schema upholds, so any number but 0 is a
--- fault of the server, or of somebody who switched off triggers or constraints.
---
--- Access path: all of every table.
--- Invariant: across users, counts only, reads no memory.
SELECT 'duplicate entities' AS rule, count(*) AS faults
FROM (
    SELECT
    FROM memory.nodes
    WHERE entity_id IS NOT NULL
    GROUP BY user_id, entity_system, entity_id
    HAVING count(*) > 1
) AS duplicates
UNION ALL
SELECT 'relationships without their nodes', count(*)
FROM memory.relationships AS r
WHERE
    NOT EXISTS (SELECT FROM memory.nodes AS n WHERE n.user_id = r.user_id AND n.node_id = r.from_node_id)
    OR NOT EXISTS (SELECT FROM memory.nodes AS n WHERE n.user_id = r.user_id AND n.node_id = r.to_node_id)
UNION ALL
SELECT 'users whose counted nodes are not their nodes', count(*)
FROM memory.user_metadata AS m
FULL JOIN (SELECT user_id, count(*) AS total FROM memory.nodes GROUP BY user_id) AS n ON n.user_id = m.user_id
WHERE coalesce(m.total_nodes, 0) <> coalesce(n.total, 0)
UNION ALL
SELECT 'users whose counted relationships are not their relationships', count(*)
FROM memory.user_metadata AS m
FULL JOIN (SELECT user_id, count(*) AS total FROM memory.relationships GROUP BY user_id) AS r ON r.user_id = m.user_id
WHERE coalesce(m.total_relationships, 0) <> coalesce(r.total, 0)
UNION ALL
SELECT 'users with a gap in their log of changes', count(*)
FROM memory.user_metadata AS m
JOIN (
    SELECT user_id, count(*) AS entries, min(version) AS first_version, max(version) AS last_version
    FROM memory.changes
    GROUP BY user_id
) AS c ON c.user_id = m.user_id
WHERE c.last_version <> m.version OR c.entries <> c.last_version - c.first_version + 1;
