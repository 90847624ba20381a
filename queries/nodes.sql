--: Node (summary?, base_relevance?, entity_id?, entity_system?, entity_type?, entity_name?, updated_at?, expires_at?)

--! upsert_many (summaries[?], created_ats[?], last_accesseds[?], access_counts[?], base_relevances[?], expires_ats[?], journal_id?, first_seq?, last_seq?) : (entity_id?, entity_system?)
--- Stores nodes; an entity that the user already has is merged into its node. Where they are the entries of a journal from :first_seq to
--- :last_seq, it takes down that they are written, and refuses them all when one of them was written before.
---
--- No entity may occur twice.
---
--- Access path: nodes_entity_key, one probe a row; nodes_user_expires_idx; journals_pkey.
--- Bounds: reads :node_ids, sorts :node_ids + 1.
--- Invariant: writes rows of :user_id only; an entity never has two nodes.
WITH
-- Whoever writes for this user waits here, before anything else is locked: so no two writers deadlock. The
-- first writers of a user, who find no row to lock, wait for each other's.
owner AS (
    INSERT INTO memory.user_metadata AS m (user_id)
    VALUES (:user_id::text)
    ON CONFLICT (user_id) DO UPDATE
    SET version = m.version
    RETURNING m.version
),
-- What has expired is gone, swept or not: it is deleted, and not merged into.
expired AS (
    DELETE FROM memory.nodes
    WHERE
        user_id = :user_id
        AND expires_at <= now()
        AND (
            node_id = ANY(:node_ids::uuid[])
            OR (entity_system, entity_id) IN (
                SELECT content ->> 'entity_system', content ->> 'entity_id'
                FROM unnest(:contents::jsonb[]) AS item (content)
            )
        )
        AND (SELECT count(*) FROM owner) = 1
    RETURNING node_id
),
-- A number never goes back: 0 violates journals_last_seq_check.
journal AS (
    INSERT INTO memory.journals AS j (user_id, journal_id, last_seq, advanced_at)
    SELECT :user_id::text, :journal_id::uuid, :last_seq::bigint, :now::timestamptz
    WHERE :journal_id::uuid IS NOT NULL AND (SELECT count(*) FROM owner) = 1
    ON CONFLICT (user_id, journal_id) DO UPDATE
    SET last_seq = CASE WHEN j.last_seq < :first_seq::bigint THEN EXCLUDED.last_seq ELSE 0 END, advanced_at = EXCLUDED.advanced_at
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
    :user_id::text,
    item.node_id,
    CASE
        WHEN item.content ->> 'entity_id' IS NULL THEN item.content
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
    item.content ->> 'entity_id',
    item.content ->> 'entity_system'
FROM unnest(
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
) AS item (
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
WHERE (SELECT count(*) FROM expired) >= 0
ORDER BY item.content ->> 'entity_system', item.content ->> 'entity_id', item.node_id
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
RETURNING stored.node_id, stored.entity_id, stored.entity_system, stored.updated_at IS NULL AS inserted;

--! insert_missing_many (summaries[?], created_ats[?], last_accesseds[?], access_counts[?], base_relevances[?], expires_ats[?])
--- Stores nodes that are no entities, and passes over those whose id the user already has.
---
--- Access path: nodes_pkey, one probe a row; nodes_user_expires_idx.
--- Bounds: reads :node_ids, sorts :node_ids + 1.
--- Invariant: writes rows of :user_id only; changes no row that is there, unless it has expired.
WITH
-- Whoever writes for this user waits here, before anything else is locked: so no two writers deadlock. The
-- first writers of a user, who find no row to lock, wait for each other's.
owner AS (
    INSERT INTO memory.user_metadata AS m (user_id)
    VALUES (:user_id::text)
    ON CONFLICT (user_id) DO UPDATE
    SET version = m.version
    RETURNING m.version
),
-- What has expired is gone, swept or not.
expired AS (
    DELETE FROM memory.nodes
    WHERE
        user_id = :user_id
        AND expires_at <= now()
        AND node_id = ANY(:node_ids::uuid[])
        AND (SELECT count(*) FROM owner) = 1
    RETURNING node_id
)
INSERT INTO memory.nodes (
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
SELECT
    :user_id::text,
    item.node_id,
    item.content,
    item.context_type,
    item.summary,
    coalesce(item.created_at, :now::timestamptz),
    coalesce(item.last_accessed, :now::timestamptz),
    coalesce(item.access_count, 0),
    item.base_relevance,
    ARRAY(SELECT tag.value FROM jsonb_array_elements_text(item.tags) WITH ORDINALITY AS tag (value, position) ORDER BY tag.position),
    item.metadata,
    item.expires_at
FROM unnest(
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
) AS item (
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
WHERE (SELECT count(*) FROM expired) >= 0
ORDER BY item.node_id
ON CONFLICT (user_id, node_id) DO NOTHING
RETURNING node_id;

--! get : Node
--- One node by its id.
---
--- Access path: nodes_pkey.
--- Bounds: reads 1, sorts 0.
--- Invariant: never another user's row.
SELECT
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
    entity_id,
    entity_system,
    entity_type,
    entity_name,
    updated_at,
    expires_at
FROM memory.nodes
WHERE user_id = :user_id AND node_id = :node_id AND coalesce(expires_at, 'infinity') > now();

--! get_many : Node
--- Nodes by their ids, in no order; those that are not there are missing.
---
--- Access path: nodes_pkey.
--- Bounds: reads :node_ids, sorts 0.
--- Invariant: never another user's rows.
SELECT
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
    entity_id,
    entity_system,
    entity_type,
    entity_name,
    updated_at,
    expires_at
FROM memory.nodes
WHERE user_id = :user_id AND node_id = ANY(:node_ids) AND coalesce(expires_at, 'infinity') > now();

--! get_by_entity : Node
--- One node by the key of its entity.
---
--- Access path: nodes_entity_key.
--- Bounds: reads 1, sorts 0.
--- Invariant: never another user's row.
SELECT
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
    entity_id,
    entity_system,
    entity_type,
    entity_name,
    updated_at,
    expires_at
FROM memory.nodes
WHERE user_id = :user_id AND entity_system = :entity_system AND entity_id = :entity_id AND coalesce(expires_at, 'infinity') > now()
-- There is one at most, which the planner does not know: it would plan for every key anew.
LIMIT 1;

--! list (context_types?, tags?, entity_type?, containing?) : Node
--- A user's nodes, newest first, after a keyset cursor. An absent filter is NULL; :tags are all required. The
--- value at each of :paths in the content has to compare with the one in :operands, numbers as numbers and
--- never across JSON types.
---
--- Access path: nodes_created_idx, a thousand entries; where too few of these pass a filter, its own index or the rest. What is
--- read and sorted is said of a page without filters.
--- Bounds: reads :limit, sorts :limit.
--- Invariant: never another user's rows; a filter never widens the result.
WITH
-- Most pages are among these, and need no estimate of how many nodes a filter lets pass.
newest AS MATERIALIZED (
    SELECT
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
        entity_id,
        entity_system,
        entity_type,
        entity_name,
        updated_at,
        expires_at
    FROM (
        SELECT
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
            entity_id,
            entity_system,
            entity_type,
            entity_name,
            updated_at,
            expires_at
        FROM memory.nodes
        WHERE
            user_id = :user_id
            AND (created_at, node_id) < (:before_created_at, :before_node_id)
            AND created_at >= :since
        ORDER BY created_at DESC, node_id DESC
        LIMIT 1000
    ) AS n
    WHERE
        coalesce(expires_at, 'infinity') > now()
        AND (:context_types::text[] IS NULL OR context_type = ANY(:context_types))
        AND (:tags::text[] IS NULL OR tags @> :tags)
        AND (:entity_type::text IS NULL OR entity_type = :entity_type)
        AND (:containing::jsonb IS NULL OR content @> :containing)
        AND (:paths::jsonb[] = '{}' OR memory.satisfies(content, :paths, :operators, :operands))
    ORDER BY created_at DESC, node_id DESC
    LIMIT :limit
),
-- Whether the rest has to be looked through, too: a page is not full, and there is a rest.
rest AS MATERIALIZED (
    SELECT true AS is_wanted
    FROM memory.nodes
    WHERE
        user_id = :user_id
        AND (created_at, node_id) < (:before_created_at, :before_node_id)
        AND created_at >= :since
        AND (SELECT count(*) FROM newest) < :limit
    ORDER BY created_at DESC, node_id DESC
    OFFSET 1000
    LIMIT 1
)
(
    SELECT
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
        entity_id,
        entity_system,
        entity_type,
        entity_name,
        updated_at,
        expires_at
    FROM newest
    WHERE NOT EXISTS (SELECT FROM rest)
)
UNION ALL
(
    SELECT
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
        entity_id,
        entity_system,
        entity_type,
        entity_name,
        updated_at,
        expires_at
    FROM memory.nodes
    WHERE
        EXISTS (SELECT FROM rest)
        AND user_id = :user_id
        AND (created_at, node_id) < (:before_created_at, :before_node_id)
        AND created_at >= :since
        AND coalesce(expires_at, 'infinity') > now()
        AND (:context_types::text[] IS NULL OR context_type = ANY(:context_types))
        AND (:tags::text[] IS NULL OR tags @> :tags)
        AND (:entity_type::text IS NULL OR entity_type = :entity_type)
        AND (:containing::jsonb IS NULL OR content @> :containing)
        AND (:paths::jsonb[] = '{}' OR memory.satisfies(content, :paths, :operators, :operands))
    ORDER BY created_at DESC, node_id DESC
    LIMIT :limit
)
ORDER BY created_at DESC, node_id DESC;

--! list_all : Node
--- All nodes of a user, in no order.
---
--- Access path: all of the user's entries in an index that begins with user_id; all of nodes where the user has most of them.
--- Bounds: reads 3 * nodes, sorts 0.
--- Invariant: never another user's rows.
SELECT
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
    entity_id,
    entity_system,
    entity_type,
    entity_name,
    updated_at,
    expires_at
FROM memory.nodes
WHERE user_id = :user_id AND coalesce(expires_at, 'infinity') > now();

--! find_many (entity_systems[?], entity_ids[?]) : (node_id?)
--- The nodes that references mean, one row for each reference in order: the key of an entity, or an id where
--- :entity_ids has NULL. NULL where there is no such node.
---
--- Access path: nodes_pkey and nodes_entity_key, one probe a reference.
--- Bounds: reads :node_ids, sorts :node_ids + 1.
--- Invariant: never another user's rows.
SELECT CASE
    WHEN reference.entity_id IS NULL THEN (
        SELECT node_id
        FROM memory.nodes
        WHERE user_id = :user_id AND node_id = reference.node_id AND coalesce(expires_at, 'infinity') > now()
    )
    ELSE (
        SELECT node_id
        FROM memory.nodes
        WHERE
            user_id = :user_id
            AND entity_system = reference.entity_system
            AND entity_id = reference.entity_id
            AND coalesce(expires_at, 'infinity') > now()
    )
END AS node_id
FROM unnest(:node_ids::uuid[], :entity_systems::text[], :entity_ids::text[])
    WITH ORDINALITY AS reference (node_id, entity_system, entity_id, position)
ORDER BY reference.position;

--! touch_many
--- Counts an access of each node, which is the only thing that does. It changes no memory, so the log of
--- changes does not tell of it.
---
--- Access path: nodes_pkey, one probe a node.
--- Bounds: reads :node_ids + 1, sorts 0.
--- Invariant: never another user's rows.
WITH
-- Waits where all writers of the user do, so that it deadlocks with none.
owner AS MATERIALIZED (
    SELECT version
    FROM memory.user_metadata
    WHERE user_id = :user_id
    FOR NO KEY UPDATE
)
UPDATE memory.nodes
SET
    access_count = least(access_count, 2147483646) + 1,
    last_accessed = greatest(last_accessed, :now)
WHERE
    user_id = :user_id
    AND node_id = ANY(:node_ids)
    AND coalesce(expires_at, 'infinity') > now()
    AND (SELECT count(*) FROM owner) >= 0
RETURNING node_id;

--! update (summary?, tags?, base_relevance?, metadata?, expires_at?)
--- Replaces those fields of a node that are given; NULL leaves a field as it is. The expiry, which may be
--- replaced by none, is left as it is unless :sets_expires_at.
---
--- Access path: nodes_pkey.
--- Bounds: reads 2, sorts 0.
--- Invariant: never another user's row.
WITH
-- Waits where all writers of the user do, so that it deadlocks with none.
owner AS MATERIALIZED (
    SELECT version
    FROM memory.user_metadata
    WHERE user_id = :user_id
    FOR NO KEY UPDATE
)
UPDATE memory.nodes
SET
    summary = coalesce(:summary, summary),
    tags = coalesce(:tags, tags),
    base_relevance = coalesce(:base_relevance, base_relevance),
    metadata = coalesce(:metadata, metadata),
    expires_at = CASE WHEN :sets_expires_at THEN :expires_at ELSE expires_at END,
    updated_at = :now
WHERE
    user_id = :user_id
    AND node_id = :node_id
    AND coalesce(expires_at, 'infinity') > now()
    AND (SELECT count(*) FROM owner) >= 0
RETURNING node_id;

--! delete_many
--- Deletes nodes and, through the foreign keys, the relationships at them. Returns those that were there.
---
--- Access path: nodes_pkey; the cascade uses relationships_ends_key and relationships_to_idx.
--- Bounds: reads :node_ids + 1, sorts 0.
--- Invariant: never another user's rows.
WITH
-- Waits where all writers of the user do, so that it deadlocks with none.
owner AS MATERIALIZED (
    SELECT version
    FROM memory.user_metadata
    WHERE user_id = :user_id
    FOR NO KEY UPDATE
)
DELETE FROM memory.nodes
WHERE user_id = :user_id AND node_id = ANY(:node_ids) AND (SELECT count(*) FROM owner) >= 0
RETURNING node_id;
