--! list_configurations
--- The text search configurations that the database has, each by the name that `replace_configuration` takes: with
--- its schema, unless it comes with the server.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || c.cfgname AS name
FROM pg_catalog.pg_ts_config AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
ORDER BY name;

--! get_configuration
--- The text search configuration that is in force, by the same name.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || c.cfgname AS name
FROM pg_catalog.pg_ts_config AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
WHERE c.oid = memory.text_search_configuration();

--! replace_configuration
--- What has to be run so that one of these configurations is in force.
---
--- Access path: the catalog.
--- Invariant: reads no memory, changes nothing.
SELECT format(
        'CREATE OR REPLACE FUNCTION memory.text_search_configuration() RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS %L',
        format('SELECT %L::regconfig', format('%I.%I', n.nspname, c.cfgname))
    ) AS statement
FROM pg_catalog.pg_ts_config AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
WHERE CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || c.cfgname = :configuration::text;

--! list_writers
--- The transactions that may have written nodes and have not ended: what they derived may be older than the
--- configuration in force, and nobody sees it yet.
---
--- Access path: the server's table of locks.
--- Invariant: reads no memory, locks nothing.
SELECT DISTINCT l.virtualtransaction AS transaction
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_database AS d ON d.oid = l.database
WHERE
    d.datname = current_database()
    AND l.locktype = 'relation'
    AND l.relation = 'memory.nodes'::regclass
    AND l.mode = 'RowExclusiveLock'
    AND l.granted
    AND l.pid IS DISTINCT FROM pg_backend_pid();

--! sample
--- How many of at most 100 nodes have another search column than the server derives now. Half of them are the last
--- in the order of the key, to which an interrupted reindex has not come, the others come from random pages. Large
--- ones are left out, which would take long.
---
--- Access path: nodes_pkey, 50 entries; about as many rows of random pages.
--- Invariant: across users, counts only, locks nothing.
WITH
size AS MATERIALIZED (
    -- Of a partitioned table the sum of its partitions; nothing before the first ANALYZE.
    SELECT sum(greatest(c.reltuples, 0)) AS rows
    FROM pg_catalog.pg_class AS c
    WHERE
        c.relkind = 'r'
        AND (
            c.oid = 'memory.nodes'::regclass
            OR c.oid IN (SELECT tree.relid FROM pg_partition_tree('memory.nodes') AS tree)
        )
),
last AS (
    SELECT user_id, node_id, content, summary, tags, search
    FROM memory.nodes
    ORDER BY user_id DESC, node_id DESC
    LIMIT 50
),
random AS (
    SELECT user_id, node_id, content, summary, tags, search
    FROM memory.nodes TABLESAMPLE SYSTEM ((SELECT 100 * 50 / greatest(rows, 50) FROM size))
    LIMIT 50
),
derived AS (
    SELECT user_id, node_id, search IS DISTINCT FROM memory.search_vector(content, summary, tags) AS is_outdated
    FROM (
        SELECT user_id, node_id, content, summary, tags, search FROM last
        UNION ALL
        SELECT user_id, node_id, content, summary, tags, search FROM random
    ) AS sampled
    WHERE pg_column_size(content) <= 8192
)
SELECT
    count(DISTINCT (user_id, node_id)) AS nodes,
    count(DISTINCT (user_id, node_id)) FILTER (WHERE is_outdated) AS outdated
FROM derived;

--! list_outdated : (last_user_id?, last_node_id?)
--- Of the next nodes of all users after a key, at most :limit of them: how many there are, the last one's key, and the
--- keys of those whose search column is another than the server derives now. Administration, across users.
---
--- Access path: nodes_pkey.
--- Invariant: locks nothing.
WITH
page AS MATERIALIZED (
    SELECT user_id, node_id, search IS DISTINCT FROM memory.search_vector(content, summary, tags) AS is_outdated
    FROM memory.nodes
    WHERE (user_id, node_id) > (:after_user_id, :after_node_id)
    ORDER BY user_id, node_id
    LIMIT :limit
)
SELECT
    count(*) AS nodes,
    (array_agg(user_id ORDER BY user_id DESC, node_id DESC))[1] AS last_user_id,
    (array_agg(node_id ORDER BY user_id DESC, node_id DESC))[1] AS last_node_id,
    coalesce(array_agg(user_id ORDER BY user_id, node_id) FILTER (WHERE is_outdated), '{}') AS user_ids,
    coalesce(array_agg(node_id ORDER BY user_id, node_id) FILTER (WHERE is_outdated), '{}') AS node_ids
FROM page;

--! derive_many
--- Derives the search column of nodes of several users anew, each the pair at one place of both lists, and tells
--- whose turn it was. Users whom somebody else is writing for are left out, so that it waits for none: whoever holds
--- one user and waits for another could meet a writer who does the reverse. Administration, across users.
---
--- Access path: user_metadata_pkey, one probe a user; nodes_pkey, one probe a node.
--- Invariant: writes only what differs; no change for the log.
WITH
-- Locks the users as their writers do.
owner AS MATERIALIZED (
    SELECT user_id
    FROM memory.user_metadata
    WHERE user_id = ANY(:user_ids)
    FOR NO KEY UPDATE SKIP LOCKED
),
derived AS (
    UPDATE memory.nodes AS n
    SET content = n.content
    FROM unnest(:user_ids::text[], :node_ids::uuid[]) AS outdated (user_id, node_id)
    WHERE
        n.user_id = outdated.user_id
        AND n.node_id = outdated.node_id
        AND n.user_id IN (SELECT user_id FROM owner)
        AND n.search IS DISTINCT FROM memory.search_vector(n.content, n.summary, n.tags)
    RETURNING n.user_id
)
SELECT owner.user_id
FROM owner;

--! derive
--- Derives the search column of a user's nodes anew. After `lock_user`.
---
--- Access path: nodes_pkey, one probe a node.
--- Invariant: never another user's rows; writes only what differs; no change for the log.
UPDATE memory.nodes
SET content = content
WHERE
    user_id = :user_id
    AND node_id = ANY(:node_ids)
    AND search IS DISTINCT FROM memory.search_vector(content, summary, tags);
