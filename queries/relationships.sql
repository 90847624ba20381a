--! upsert_many (created_ats[?])
--- Relates pairs of nodes; a pair that is already related in the same way gets the newer strength and
--- the union of both metadata.
---
--- No pair may occur twice with one type.
---
--- Access path: relationships_ends_key, one probe a row; the foreign keys probe nodes_pkey.
--- Invariant: links nodes of :user_id only.
WITH
-- Whoever writes for this user waits here, before anything else is locked: so no two writers deadlock.
owner AS MATERIALIZED (
    SELECT version
    FROM memory.user_metadata
    WHERE user_id = :user_id
    FOR NO KEY UPDATE
)
INSERT INTO memory.relationships AS stored (
    user_id,
    id,
    from_node_id,
    to_node_id,
    relationship_type,
    strength,
    created_at,
    metadata
)
SELECT
    :user_id::text,
    item.id,
    item.from_node_id,
    item.to_node_id,
    item.relationship_type,
    item.strength,
    coalesce(item.created_at, :now::timestamptz),
    item.metadata
FROM unnest(
    :ids::uuid[],
    :from_node_ids::uuid[],
    :to_node_ids::uuid[],
    :relationship_types::text[],
    :strengths::real[],
    :created_ats::timestamptz[],
    :metadatas::jsonb[]
) AS item (id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata)
WHERE (SELECT count(*) FROM owner) >= 0
ORDER BY item.from_node_id, item.to_node_id, item.relationship_type
ON CONFLICT (user_id, from_node_id, to_node_id, relationship_type) DO UPDATE
SET
    strength = EXCLUDED.strength,
    created_at = least(stored.created_at, EXCLUDED.created_at),
    metadata = memory.unite_json(stored.metadata, EXCLUDED.metadata)
RETURNING stored.id, stored.from_node_id, stored.to_node_id, stored.relationship_type;

--! list (relationship_types?) : Relationship ()
--- The relationships at a node, newest first, after a keyset cursor. One that leaves and arrives at the
--- same node is listed once. :relationship_types NULL means all types.
---
--- Access path: relationships_from_idx and relationships_to_idx, at most :limit rows of each when no type
--- is asked for.
--- Invariant: never another user's rows.
(
    SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata
    FROM memory.relationships
    WHERE
        user_id = :user_id
        AND from_node_id = :node_id
        AND :outgoing::boolean
        AND (created_at, id) < (:before_created_at, :before_id)
        AND (:relationship_types::text[] IS NULL OR relationship_type = ANY(:relationship_types))
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
)
UNION ALL
(
    SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata
    FROM memory.relationships
    WHERE
        user_id = :user_id
        AND to_node_id = :node_id
        AND :incoming::boolean
        AND NOT (:outgoing::boolean AND from_node_id = to_node_id)
        AND (created_at, id) < (:before_created_at, :before_id)
        AND (:relationship_types::text[] IS NULL OR relationship_type = ANY(:relationship_types))
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
)
ORDER BY created_at DESC, id DESC
LIMIT :limit;
