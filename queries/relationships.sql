--! upsert_many (created_ats[?])
--- Relates pairs of nodes; a pair that is already related in the same way gets the newer strength and
--- the union of both metadata.
---
--- No pair may occur twice with one type.
---
--- Access path: relationships_ends_key, one probe a row; the foreign keys probe nodes_pkey.
--- Bounds: reads 1, sorts :ids + 1.
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
--- Bounds: reads 2 * :limit, sorts 2 * :limit.
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
--- Access path: all of the user's entries in an index that begins with user_id; all of relationships where the user has
--- most of them.
--- Bounds: reads 3 * relationships, sorts 0.
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

--! get_many : Relationship ()
--- Relationships by their ids, in no order; those that are not there, or at a node that has expired, are missing.
---
--- Access path: relationships_pkey.
--- Bounds: reads :ids, sorts 0.
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
    AND id = ANY(:ids::uuid[])
    AND from_node_id NOT IN (SELECT node_id FROM expired)
    AND to_node_id NOT IN (SELECT node_id FROM expired);

--! list_among : Relationship ()
--- The relationships with both ends among some nodes, newest first, at most :limit.
---
--- Access path: relationships_ends_key, one probe for each pair of nodes, or, where nodes have few, relationships_from_idx or
--- relationships_to_idx, one range for each node.
--- Bounds: reads :node_ids * :node_ids, sorts :node_ids * :node_ids.
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
--- Access path: relationships_ends_key, from the pair on; relationships_pkey.
--- Bounds: reads 17, sorts 8.
--- Invariant: never another user's rows.
WITH
-- Waits where all writers of the user do, so that it deadlocks with none.
owner AS MATERIALIZED (
    SELECT version
    FROM memory.user_metadata
    WHERE user_id = :user_id
    FOR NO KEY UPDATE
),
-- A pair has one of each of the eight types at most. Only the key of both ends gives this order; asked for what equals both,
-- or for nothing but what the index of one end holds (strength is not there), the planner may take that, and read all
-- relationships of a hub.
near AS MATERIALIZED (
    SELECT id, from_node_id, to_node_id, strength
    FROM memory.relationships
    WHERE user_id = :user_id AND (from_node_id, to_node_id) >= (:from_node_id, :to_node_id)
    ORDER BY from_node_id, to_node_id, relationship_type
    LIMIT 8
)
DELETE FROM memory.relationships
WHERE
    user_id = :user_id
    AND id = ANY(ARRAY(SELECT id FROM near WHERE from_node_id = :from_node_id AND to_node_id = :to_node_id))
    AND (:relationship_type::text IS NULL OR relationship_type = :relationship_type)
    AND (SELECT count(*) FROM owner) >= 0
RETURNING id;

--! neighbors (relationship_types?) : Neighbor ()
--- The nodes that can be reached from one within some steps, nearest first, each with its distance; of equally near ones
--- those first that the newest relationships lead to.
---
--- Breadth first over distinct pairs of node and distance, never over paths. Of each node the :fan_out newest
--- relationships are followed each way, and the walk ends after :visits pairs, so a hub costs no more than
--- that, or as soon as there are enough nodes.
---
--- Access path: relationships_from_idx and relationships_to_idx, at most :fan_out rows of each a step.
--- Bounds: reads 4 * :visits, sorts 2 * :visits.
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
-- As far as the walk may go, in its order. A node is there once for each distance at most, so that many pairs hold :limit nodes
-- beside the first.
visited AS MATERIALIZED (
    SELECT node_id, depth, row_number() OVER () AS place
    FROM (
        SELECT node_id, depth
        FROM walk
        LIMIT least(:visits, (:limit::bigint + 1) * (:depth + 1))
    ) AS enough
)
SELECT node_id, min(depth) AS depth
FROM visited
WHERE node_id <> :node_id
GROUP BY node_id
ORDER BY min(place)
LIMIT :limit;

--! path (relationship_types?) : Step (relationship_id?)
--- A shortest path between two nodes, from its end to its beginning: each node, its distance from the
--- beginning and the relationship by which it is reached from there. No rows where the walk, bounded as in
--- `neighbors`, does not come to the end.
---
--- Access path: relationships_from_idx and relationships_to_idx, as `neighbors`; on the way back
--- relationships_ends_key, at most :visits pairs a step.
--- Bounds: reads 4 * :visits + 16 * :visits, sorts 2 * :visits + 16 * :visits.
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
-- From the end back to the beginning, by any relationship from a node that is one step nearer. A pair has one of each of the
-- eight types at most, and only the key of both ends gives them in this order, as in `delete`.
way_back AS (
    SELECT node_id, depth, NULL::uuid AS relationship_id
    FROM nearest
    WHERE node_id = :to_node_id
    UNION ALL
    SELECT previous.node_id, previous.depth, previous.relationship_id
    FROM way_back
    CROSS JOIN LATERAL (
        SELECT nearest.node_id, nearest.depth, link.id AS relationship_id
        FROM nearest
        CROSS JOIN LATERAL (
            SELECT pair.id
            FROM (
                (
                    SELECT id, from_node_id, to_node_id, relationship_type, strength, nearest.node_id AS source, way_back.node_id AS target
                    FROM memory.relationships
                    WHERE
                        user_id = :user_id
                        AND :outgoing::boolean
                        AND (from_node_id, to_node_id) >= (nearest.node_id, way_back.node_id)
                    ORDER BY from_node_id, to_node_id, relationship_type
                    LIMIT 8
                )
                UNION ALL
                (
                    SELECT id, from_node_id, to_node_id, relationship_type, strength, way_back.node_id, nearest.node_id
                    FROM memory.relationships
                    WHERE
                        user_id = :user_id
                        AND :incoming::boolean
                        AND (from_node_id, to_node_id) >= (way_back.node_id, nearest.node_id)
                    ORDER BY from_node_id, to_node_id, relationship_type
                    LIMIT 8
                )
            ) AS pair
            WHERE
                pair.from_node_id = pair.source
                AND pair.to_node_id = pair.target
                AND (:relationship_types::text[] IS NULL OR pair.relationship_type = ANY(:relationship_types))
            ORDER BY pair.strength DESC, pair.id
            LIMIT 1
        ) AS link
        WHERE nearest.depth = way_back.depth - 1
        LIMIT 1
    ) AS previous
)
-- Each node with the relationship that leads to it, which the one before found.
SELECT node_id, depth, lead(relationship_id) OVER (ORDER BY depth DESC) AS relationship_id
FROM way_back
ORDER BY depth DESC;
