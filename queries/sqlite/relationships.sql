--! relate
--- Relates two nodes; related again in the same way they get the newer strength and the union of both metadata, by the
--- rules of memory.relationships in PostgreSQL.
INSERT INTO relationships AS stored (relationship_id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata)
VALUES (:relationship_id, :from_node_id, :to_node_id, :relationship_type, :strength, coalesce(:created_at, :now), :metadata)
ON CONFLICT (from_node_id, to_node_id, relationship_type) DO UPDATE
SET
    strength = excluded.strength,
    created_at = min(stored.created_at, excluded.created_at),
    metadata = unite_json(stored.metadata, excluded.metadata)
RETURNING relationship_id;

--! put
--- Takes a relationship as PostgreSQL has it, if both ends are here.
INSERT OR REPLACE INTO relationships (
    relationship_id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata
)
SELECT :relationship_id, :from_node_id, :to_node_id, :relationship_type, :strength, :created_at, :metadata
WHERE
    EXISTS (SELECT 1 FROM nodes WHERE node_id = :from_node_id)
    AND EXISTS (SELECT 1 FROM nodes WHERE node_id = :to_node_id);

--! delete
--- Deletes a relationship.
DELETE FROM relationships
WHERE relationship_id = :relationship_id
RETURNING from_node_id;

--! list_ids
--- All relationships.
SELECT relationship_id
FROM relationships;

--! rename_from
--- A node has another id in PostgreSQL.
UPDATE OR REPLACE relationships
SET from_node_id = :now_node_id
WHERE from_node_id = :node_id;

--! rename_to
--- The same for what arrives at it.
UPDATE OR REPLACE relationships
SET to_node_id = :now_node_id
WHERE to_node_id = :node_id;

--! list
--- The relationships at a node, newest first, after a keyset cursor.
SELECT r.relationship_id, r.from_node_id, r.to_node_id, r.relationship_type, r.strength, r.created_at, r.metadata
FROM relationships AS r
JOIN nodes AS f ON f.node_id = r.from_node_id
JOIN nodes AS t ON t.node_id = r.to_node_id
WHERE
    ((:outgoing AND r.from_node_id = :node_id) OR (:incoming AND r.to_node_id = :node_id))
    AND (r.created_at, r.relationship_id) < (:before_created_at, :before_id)
    AND (:relationship_types IS NULL OR r.relationship_type IN (SELECT value FROM json_each(:relationship_types)))
    AND (f.expires_at IS NULL OR f.expires_at > :now)
    AND (t.expires_at IS NULL OR t.expires_at > :now)
ORDER BY r.created_at DESC, r.relationship_id DESC
LIMIT :limit;

--! list_all
--- All relationships between nodes that have not expired.
SELECT r.relationship_id, r.from_node_id, r.to_node_id, r.relationship_type, r.strength, r.created_at, r.metadata
FROM relationships AS r
JOIN nodes AS f ON f.node_id = r.from_node_id
JOIN nodes AS t ON t.node_id = r.to_node_id
WHERE
    f.thread = ''
    AND t.thread = ''
    AND (f.expires_at IS NULL OR f.expires_at > :now)
    AND (t.expires_at IS NULL OR t.expires_at > :now)
ORDER BY r.id;

--! neighbors
--- The nodes that can be reached from a node, nearest first, breadth first over distinct pairs of node and distance.
WITH RECURSIVE walk (node_id, depth) AS (
    SELECT node_id, 0
    FROM nodes
    WHERE node_id = :node_id AND (expires_at IS NULL OR expires_at > :now)
    UNION
    SELECT n.node_id, walk.depth + 1
    FROM walk
    JOIN relationships AS r ON r.from_node_id = walk.node_id
    JOIN nodes AS n ON n.node_id = r.to_node_id
    WHERE
        :outgoing
        AND walk.depth < :depth
        AND (:relationship_types IS NULL OR r.relationship_type IN (SELECT value FROM json_each(:relationship_types)))
        AND (n.expires_at IS NULL OR n.expires_at > :now)
    UNION
    SELECT n.node_id, walk.depth + 1
    FROM walk
    JOIN relationships AS r ON r.to_node_id = walk.node_id
    JOIN nodes AS n ON n.node_id = r.from_node_id
    WHERE
        :incoming
        AND walk.depth < :depth
        AND (:relationship_types IS NULL OR r.relationship_type IN (SELECT value FROM json_each(:relationship_types)))
        AND (n.expires_at IS NULL OR n.expires_at > :now)
    ORDER BY 2
    LIMIT :visits
)
SELECT node_id, min(depth) AS distance
FROM walk
WHERE node_id <> :node_id
GROUP BY node_id
ORDER BY distance, node_id
LIMIT :limit;

--! count
--- How many relationships are here.
SELECT count(*)
FROM relationships;
