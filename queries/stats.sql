--! get
--- How much a user has, by the counters that every write keeps. No row for a user without memories.
---
--- Access path: user_metadata_pkey.
--- Bounds: reads 1, sorts 0.
--- Invariant: never another user's row.
SELECT total_nodes, total_relationships, version, created_at, last_activity
FROM memory.user_metadata
WHERE user_id = :user_id;

--! count_per_context_type
--- How many nodes, and how many of them entities, a user has of each context type, most first.
---
--- Access path: all of the user's nodes, by an index that begins with user_id; all of nodes where the user has most of them.
--- Bounds: reads 3 * nodes, sorts nodes + 7.
--- Invariant: never another user's rows.
SELECT context_type, count(*) AS nodes, count(entity_id) AS entities
FROM memory.nodes
WHERE user_id = :user_id AND coalesce(expires_at, 'infinity') > now()
GROUP BY context_type
ORDER BY nodes DESC, context_type;

--! count_per_period
--- How many nodes of each context type a user created in each period, newest period first. A period begins
--- by the calendar and the clock of :time_zone; periods without nodes are missing.
---
--- Access path: the user's entries in nodes_created_idx within the time, or all of the user's by another index, or all of nodes, where
--- the time or the user has most of them.
--- Bounds: reads 3 * nodes, sorts nodes.
--- Invariant: never another user's rows.
SELECT
    date_trunc(:unit, created_at, :time_zone) AS period,
    to_char(date_trunc(:unit, created_at, :time_zone) AT TIME ZONE :time_zone, 'YYYY-MM-DD HH24:MI') AS local_time,
    context_type,
    count(*) AS nodes,
    count(entity_id) AS entities
FROM memory.nodes
WHERE
    user_id = :user_id
    AND created_at >= :since
    AND created_at < :before
    AND coalesce(expires_at, 'infinity') > now()
GROUP BY period, context_type
ORDER BY period DESC, context_type;

--! count_all
--- How many users, nodes and relationships there are: administration, across users.
---
--- Access path: all of user_metadata, one row a user.
--- Bounds: reads users, sorts 0.
--- Invariant: reads counters only, no memory.
SELECT
    count(*) AS users,
    coalesce(sum(total_nodes), 0)::bigint AS nodes,
    coalesce(sum(total_relationships), 0)::bigint AS relationships
FROM memory.user_metadata;

--! list_users
--- The users with the most nodes: administration, across users.
---
--- Access path: all of user_metadata, one row a user; the nodes of those returned, by an index that begins with user_id.
--- Bounds: reads users + all_nodes, sorts users.
--- Invariant: reads counters and counts only, no memory.
SELECT
    m.user_id,
    m.total_nodes,
    (SELECT count(n.entity_id) FROM memory.nodes AS n WHERE n.user_id = m.user_id) AS total_entities,
    m.total_relationships,
    m.last_activity
FROM (
    SELECT user_id, total_nodes, total_relationships, last_activity
    FROM memory.user_metadata
    ORDER BY total_nodes DESC, user_id
    LIMIT :limit
) AS m
ORDER BY m.total_nodes DESC, m.user_id;

--! list_recent
--- The users whose memory changed since a time, latest first, and how many nodes each created since then:
--- administration, across users.
---
--- Access path: all of user_metadata, one row a user; nodes_created_idx for those returned.
--- Bounds: reads users + all_nodes, sorts users.
--- Invariant: reads counters and counts only, no memory.
SELECT
    m.user_id,
    m.last_activity,
    (SELECT count(*) FROM memory.nodes AS n WHERE n.user_id = m.user_id AND n.created_at >= :since) AS new_nodes
FROM (
    SELECT user_id, last_activity
    FROM memory.user_metadata
    WHERE last_activity >= :since
    ORDER BY last_activity DESC, user_id
    LIMIT :limit
) AS m
ORDER BY m.last_activity DESC, m.user_id;

--! refresh
--- Brings the view user_stats up to date, while others go on reading it.
---
--- Access path: all of nodes, relationships and user_metadata.
--- Invariant: changes nothing but the view.
REFRESH MATERIALIZED VIEW CONCURRENTLY memory.user_stats;

--! refresh_blocking
--- The same within a transaction that also changed tables; readers of the view wait for its end.
---
--- Access path: all of nodes, relationships and user_metadata.
--- Invariant: changes nothing but the view.
REFRESH MATERIALIZED VIEW memory.user_stats;
