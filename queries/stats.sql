--! get
--- How much a user has, by the counters that every write keeps. No row for a user without memories.
---
--- Access path: user_metadata_pkey.
--- Invariant: never another user's row.
SELECT total_nodes, total_relationships, version, created_at, last_activity
FROM memory.user_metadata
WHERE user_id = :user_id;

--! count_per_context_type
--- How many nodes, and how many of them entities, a user has of each context type, most first.
---
--- Access path: all of the user's entries in nodes_context_type_idx.
--- Invariant: never another user's rows.
SELECT context_type, count(*) AS nodes, count(entity_id) AS entities
FROM memory.nodes
WHERE user_id = :user_id
GROUP BY context_type
ORDER BY nodes DESC, context_type;

--! count_all
--- How many users, nodes and relationships there are: administration, across users.
---
--- Access path: all of user_metadata, one row a user.
--- Invariant: reads counters only, no memory.
SELECT
    count(*) AS users,
    coalesce(sum(total_nodes), 0)::bigint AS nodes,
    coalesce(sum(total_relationships), 0)::bigint AS relationships
FROM memory.user_metadata;
