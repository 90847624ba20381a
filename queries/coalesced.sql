--! store (summaries[?], created_ats[?], last_accesseds[?], access_counts[?], base_relevances[?], expires_ats[?]) : (entity_id?, entity_system?)
--- Stores nodes of several users, as nodes::upsert_many does those of one. Those of a user who is being written for elsewhere, or has
--- no memory yet, are left out: no user waits for another.
---
--- No entity of a user may occur twice.
---
--- Access path: user_metadata_pkey; nodes_user_expires_idx; nodes_entity_key, one probe a row.
--- Bounds: reads 2 * :node_ids, sorts 3 * :node_ids + 2.
--- Invariant: writes each row for the user at its place in :user_ids; an entity never has two nodes.
WITH
item AS MATERIALIZED (
    SELECT
        given.user_id,
        given.node_id,
        given.content,
        given.context_type,
        given.summary,
        given.created_at,
        given.last_accessed,
        given.access_count,
        given.base_relevance,
        given.tags,
        given.metadata,
        given.expires_at,
        given.content ->> 'entity_id' AS entity_id,
        given.content ->> 'entity_system' AS entity_system
    FROM unnest(
        :user_ids::text[],
        :node_ids::uuid[],
        :contents::jsonb[],
        :context_types::text[],
        :summaries::text[],
        :created_ats::timestamptz[],
        :last_accesseds::timestamptz[],
        :access_counts::integer[],
        :base_relevances::real[],
        :tags::jsonb[],
        :metadatas::jsonb[],
        :expires_ats::timestamptz[]
    ) AS given (
        user_id,
        node_id,
        content,
        context_type,
        summary,
        created_at,
        last_accessed,
        access_count,
        base_relevance,
        tags,
        metadata,
        expires_at
    )
),
-- Whoever writes for these users waits until this is done; who writes for one already is not waited for.
owner AS MATERIALIZED (
    SELECT user_id
    FROM memory.user_metadata
    WHERE user_id = ANY(:user_ids::text[])
    ORDER BY user_id
    FOR NO KEY UPDATE SKIP LOCKED
),
-- What has expired is gone, swept or not: it is deleted, and not merged into.
expired AS (
    DELETE FROM memory.nodes AS n
    USING owner, item
    WHERE
        n.user_id = owner.user_id
        AND item.user_id = owner.user_id
        AND n.expires_at <= now()
        AND (n.node_id = item.node_id OR (n.entity_system = item.entity_system AND n.entity_id = item.entity_id))
    RETURNING n.node_id
)
INSERT INTO memory.nodes AS stored (
    user_id,
    node_id,
    content,
    context_type,
    summary,
    created_at,
    last_accessed,
    access_count,
    base_relevance,
    tags,
    metadata,
    expires_at,
    entity_id,
    entity_system
)
SELECT
    item.user_id,
    item.node_id,
    CASE
        WHEN item.entity_id IS NULL THEN item.content
        ELSE jsonb_build_object('last_updated', :last_updated::text, 'update_count', 0) || item.content
    END,
    item.context_type,
    item.summary,
    coalesce(item.created_at, :now::timestamptz),
    coalesce(item.last_accessed, :now::timestamptz),
    coalesce(item.access_count, 0),
    item.base_relevance,
    ARRAY(SELECT tag.value FROM jsonb_array_elements_text(item.tags) WITH ORDINALITY AS tag (value, position) ORDER BY tag.position),
    item.metadata,
    item.expires_at,
    item.entity_id,
    item.entity_system
FROM item
WHERE
    item.user_id IN (SELECT user_id FROM owner)
    AND (SELECT count(*) FROM expired) >= 0
ORDER BY item.user_id, item.entity_system, item.entity_id, item.node_id
ON CONFLICT (user_id, entity_system, entity_id) DO UPDATE
SET
    content = memory.merge_content(stored.content, EXCLUDED.content, :last_updated::text),
    context_type = EXCLUDED.context_type,
    summary = coalesce(EXCLUDED.summary, stored.summary),
    created_at = least(stored.created_at, EXCLUDED.created_at),
    base_relevance = greatest(stored.base_relevance, EXCLUDED.base_relevance),
    tags = memory.unite_tags(stored.tags, EXCLUDED.tags),
    metadata = memory.unite_json(stored.metadata, EXCLUDED.metadata),
    expires_at = coalesce(EXCLUDED.expires_at, stored.expires_at),
    updated_at = :now::timestamptz
RETURNING stored.user_id, stored.node_id, stored.entity_id, stored.entity_system, stored.updated_at IS NULL AS inserted;

--! relate (created_ats[?])
--- Relates pairs of nodes of several users, as relationships::upsert_many does those of one. Those of a user who is being
--- written for elsewhere are left out: no user waits for another.
---
--- No pair of a user may occur twice with one type.
---
--- Access path: user_metadata_pkey; nodes_user_expires_idx; relationships_ends_key, one probe a row; the foreign keys probe nodes_pkey.
--- Bounds: reads 2 * :ids, sorts 3 * :ids + 2.
--- Invariant: links nodes of the user at the same place in :user_ids only.
WITH
-- Whoever writes for these users waits until this is done; who writes for one already is not waited for.
owner AS MATERIALIZED (
    SELECT user_id
    FROM memory.user_metadata
    WHERE user_id = ANY(:user_ids::text[])
    ORDER BY user_id
    FOR NO KEY UPDATE SKIP LOCKED
),
-- What has expired is gone, swept or not.
expired AS MATERIALIZED (
    SELECT n.user_id, n.node_id
    FROM owner
    JOIN memory.nodes AS n ON n.user_id = owner.user_id AND n.expires_at <= now()
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
    item.user_id,
    item.id,
    item.from_node_id,
    item.to_node_id,
    item.relationship_type,
    item.strength,
    coalesce(item.created_at, :now::timestamptz),
    item.metadata
FROM unnest(
    :user_ids::text[],
    :ids::uuid[],
    :from_node_ids::uuid[],
    :to_node_ids::uuid[],
    :relationship_types::text[],
    :strengths::real[],
    :created_ats::timestamptz[],
    :metadatas::jsonb[]
) AS item (user_id, id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata)
WHERE
    item.user_id IN (SELECT user_id FROM owner)
    AND (item.user_id, item.from_node_id) NOT IN (SELECT user_id, node_id FROM expired)
    AND (item.user_id, item.to_node_id) NOT IN (SELECT user_id, node_id FROM expired)
ORDER BY item.user_id, item.from_node_id, item.to_node_id, item.relationship_type
ON CONFLICT (user_id, from_node_id, to_node_id, relationship_type) DO UPDATE
SET
    strength = EXCLUDED.strength,
    created_at = least(stored.created_at, EXCLUDED.created_at),
    metadata = memory.unite_json(stored.metadata, EXCLUDED.metadata)
RETURNING stored.user_id, stored.id, stored.from_node_id, stored.to_node_id, stored.relationship_type;
