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
),
-- What has expired is gone, swept or not.
expired AS MATERIALIZED (
    SELECT node_id
    FROM memory.nodes
    WHERE user_id = :user_id AND expires_at <= now()
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
WHERE
    (SELECT count(*) FROM owner) >= 0
    AND item.from_node_id NOT IN (SELECT node_id FROM expired)
    AND item.to_node_id NOT IN (SELECT node_id FROM expired)
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
WITH
-- What has expired is gone, swept or not.
expired AS MATERIALIZED (
    SELECT node_id
    FROM memory.nodes
    WHERE user_id = :user_id AND expires_at <= now()
)
(
    SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata
    FROM memory.relationships
    WHERE
        user_id = :user_id
        AND from_node_id = :node_id
        AND :outgoing::boolean
        AND from_node_id NOT IN (SELECT node_id FROM expired)
        AND to_node_id NOT IN (SELECT node_id FROM expired)
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
        AND from_node_id NOT IN (SELECT node_id FROM expired)
        AND to_node_id NOT IN (SELECT node_id FROM expired)
        AND (created_at, id) < (:before_created_at, :before_id)
        AND (:relationship_types::text[] IS NULL OR relationship_type = ANY(:relationship_types))
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
)
ORDER BY created_at DESC, id DESC
LIMIT :limit;

--! list_all : Relationship ()
--- All relationships of a user, in no order.
---
--- Access path: all of the user's entries in an index that begins with user_id.
--- Invariant: never another user's rows.
WITH
-- What has expired is gone, swept or not.
expired AS MATERIALIZED (
    SELECT node_id
    FROM memory.nodes
    WHERE user_id = :user_id AND expires_at <= now()
)
SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata
FROM memory.relationships
WHERE
    user_id = :user_id
    AND from_node_id NOT IN (SELECT node_id FROM expired)
    AND to_node_id NOT IN (SELECT node_id FROM expired);

--! list_among : Relationship ()
--- The relationships with both ends among some nodes, newest first, at most :limit.
---
--- Access path: relationships_ends_key, one probe for each pair of nodes, or, where nodes have few, relationships_from_idx or
--- relationships_to_idx, one range for each node.
--- Invariant: never another user's rows.
WITH
-- What has expired is gone, swept or not.
expired AS MATERIALIZED (
    SELECT node_id
    FROM memory.nodes
    WHERE user_id = :user_id AND expires_at <= now()
)
SELECT id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata
FROM memory.relationships
WHERE
    user_id = :user_id
    AND from_node_id = ANY(:node_ids)
    AND to_node_id = ANY(:node_ids)
    AND from_node_id NOT IN (SELECT node_id FROM expired)
    AND to_node_id NOT IN (SELECT node_id FROM expired)
ORDER BY created_at DESC, id DESC
LIMIT :limit;

--! delete (relationship_type?)
--- Ends the relationships from one node to another: of one type, or of all where :relationship_type is NULL.
---
--- Access path: relationships_ends_key.
--- Invariant: never another user's rows.
WITH
-- Waits where all writers of the user do, so that it deadlocks with none.
owner AS MATERIALIZED (
    SELECT version
    FROM memory.user_metadata
    WHERE user_id = :user_id
    FOR NO KEY UPDATE
)
DELETE FROM memory.relationships
WHERE
    user_id = :user_id
    AND from_node_id = :from_node_id
    AND to_node_id = :to_node_id
    AND (:relationship_type::text IS NULL OR relationship_type = :relationship_type)
    AND (SELECT count(*) FROM owner) >= 0
RETURNING id;

--! neighbors (relationship_types?) : Neighbor ()
--- The nodes that can be reached from one within some steps, nearest first, each with its distance.
---
--- Breadth first over distinct pairs of node and distance, never over paths. Of each node the :fan_out newest
--- relationships are followed each way, and the walk ends after :visits pairs, so a hub costs no more than
--- that.
---
--- Access path: relationships_from_idx and relationships_to_idx, at most :fan_out rows of each a step.
--- Invariant: never another user's rows.
WITH RECURSIVE
-- What has expired is gone, swept or not.
expired AS MATERIALIZED (
    SELECT node_id
    FROM memory.nodes
    WHERE user_id = :user_id AND expires_at <= now()
),
-- Level by level; the next step is taken only while the one below asks for more.
walk AS (
    SELECT :node_id::uuid AS node_id, 0 AS depth
    WHERE :node_id NOT IN (SELECT node_id FROM expired)
    UNION
    SELECT step.node_id, walk.depth + 1
    FROM walk
    CROSS JOIN LATERAL (
        (
            SELECT to_node_id AS node_id
            FROM memory.relationships
            WHERE
                user_id = :user_id
                AND from_node_id = walk.node_id
                AND :outgoing::boolean
                AND to_node_id NOT IN (SELECT node_id FROM expired)
                AND (:relationship_types::text[] IS NULL OR relationship_type = ANY(:relationship_types))
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
        UNION ALL
        (
            SELECT from_node_id AS node_id
            FROM memory.relationships
            WHERE
                user_id = :user_id
                AND to_node_id = walk.node_id
                AND :incoming::boolean
                AND from_node_id NOT IN (SELECT node_id FROM expired)
                AND (:relationship_types::text[] IS NULL OR relationship_type = ANY(:relationship_types))
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
    ) AS step
    WHERE walk.depth < :depth
),
-- As far as the walk may go.
visited AS MATERIALIZED (
    SELECT node_id, depth
    FROM walk
    LIMIT :visits
)
SELECT node_id, min(depth) AS depth
FROM visited
WHERE node_id <> :node_id
GROUP BY node_id
ORDER BY depth, node_id
LIMIT :limit;

--! path (relationship_types?) : Step (relationship_id?)
--- A shortest path between two nodes, from its end to its beginning: each node, its distance from the
--- beginning and the relationship by which it is reached from there. No rows where the walk, bounded as in
--- `neighbors`, does not come to the end.
---
--- Access path: relationships_from_idx and relationships_to_idx, as `neighbors`; on the way back
--- relationships_ends_key, at most :visits probes a step.
--- Invariant: never another user's rows.
WITH RECURSIVE
-- What has expired is gone, swept or not.
expired AS MATERIALIZED (
    SELECT node_id
    FROM memory.nodes
    WHERE user_id = :user_id AND expires_at <= now()
),
-- Level by level; the next step is taken only while the one below asks for more.
walk AS (
    SELECT :from_node_id::uuid AS node_id, 0 AS depth
    WHERE :from_node_id NOT IN (SELECT node_id FROM expired)
    UNION
    SELECT step.node_id, walk.depth + 1
    FROM walk
    CROSS JOIN LATERAL (
        (
            SELECT to_node_id AS node_id
            FROM memory.relationships
            WHERE
                user_id = :user_id
                AND from_node_id = walk.node_id
                AND :outgoing::boolean
                AND to_node_id NOT IN (SELECT node_id FROM expired)
                AND (:relationship_types::text[] IS NULL OR relationship_type = ANY(:relationship_types))
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
        UNION ALL
        (
            SELECT from_node_id AS node_id
            FROM memory.relationships
            WHERE
                user_id = :user_id
                AND to_node_id = walk.node_id
                AND :incoming::boolean
                AND from_node_id NOT IN (SELECT node_id FROM expired)
                AND (:relationship_types::text[] IS NULL OR relationship_type = ANY(:relationship_types))
            ORDER BY created_at DESC, id DESC
            LIMIT :fan_out
        )
    ) AS step
    WHERE walk.depth < :depth
),
-- As far as the walk may go.
visited AS MATERIALIZED (
    SELECT node_id, depth
    FROM walk
    LIMIT :visits
),
nearest AS MATERIALIZED (
    SELECT node_id, min(depth) AS depth
    FROM visited
    GROUP BY node_id
),
-- From the end back to the beginning, by any relationship from a node that is one step nearer.
way_back AS (
    SELECT node_id, depth
    FROM nearest
    WHERE node_id = :to_node_id
    UNION ALL
    SELECT previous.node_id, previous.depth
    FROM way_back
    CROSS JOIN LATERAL (
        SELECT nearest.node_id, nearest.depth
        FROM nearest
        WHERE
            nearest.depth = way_back.depth - 1
            AND EXISTS (
                SELECT
                FROM memory.relationships AS r
                WHERE
                    r.user_id = :user_id
                    AND (
                        (:outgoing::boolean AND r.from_node_id = nearest.node_id AND r.to_node_id = way_back.node_id)
                        OR (:incoming::boolean AND r.from_node_id = way_back.node_id AND r.to_node_id = nearest.node_id)
                    )
                    AND (:relationship_types::text[] IS NULL OR r.relationship_type = ANY(:relationship_types))
            )
        LIMIT 1
    ) AS previous
)
SELECT
    way_back.node_id,
    way_back.depth,
    (
        SELECT r.id
        FROM memory.relationships AS r
        JOIN way_back AS previous ON previous.depth = way_back.depth - 1
        WHERE
            r.user_id = :user_id
            AND (
                (:outgoing::boolean AND r.from_node_id = previous.node_id AND r.to_node_id = way_back.node_id)
                OR (:incoming::boolean AND r.from_node_id = way_back.node_id AND r.to_node_id = previous.node_id)
            )
            AND (:relationship_types::text[] IS NULL OR r.relationship_type = ANY(:relationship_types))
        ORDER BY r.strength DESC, r.id
        LIMIT 1
    ) AS relationship_id
FROM way_back
ORDER BY way_back.depth DESC;
