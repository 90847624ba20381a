--! list : (version?, op?, node_id?, relationship_id?, changed_at?)
--- A user's changes after a version, oldest first, at most :limit, each beside the version of the last; where there are none,
--- that alone. No row for a user without memories.
---
--- Access path: user_metadata_pkey; changes_pkey.
--- Bounds: reads :limit + 1, sorts :limit.
--- Invariant: never another user's rows; versions follow one another without gaps, but for what was swept.
SELECT
    m.version AS last_version,
    c.version,
    c.op,
    c.node_id,
    c.relationship_id,
    c.changed_at
FROM memory.user_metadata AS m
LEFT JOIN LATERAL (
    SELECT version, op, node_id, relationship_id, changed_at
    FROM memory.changes
    WHERE user_id = :user_id AND version > :since
    ORDER BY version
    LIMIT :limit
) AS c ON true
WHERE m.user_id = :user_id
ORDER BY c.version;
