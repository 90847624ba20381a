--! store
--- Stores a node; an entity that is there already is merged into its node, by the rules of memory.nodes in PostgreSQL.
INSERT INTO nodes AS stored (
    node_id,
    thread,
    context_type,
    content,
    summary,
    tags,
    base_relevance,
    created_at,
    last_accessed,
    access_count,
    expires_at,
    metadata,
    entity_system,
    entity_id,
    used_at
)
VALUES (
    :node_id,
    :thread,
    :context_type,
    first_content(:content, :last_updated),
    :summary,
    :tags,
    :base_relevance,
    coalesce(:created_at, :now),
    coalesce(:last_accessed, :now),
    coalesce(:access_count, 0),
    :expires_at,
    :metadata,
    :entity_system,
    :entity_id,
    :now
)
ON CONFLICT (thread, entity_system, entity_id) DO UPDATE
SET
    content = merge_content(stored.content, :content, :last_updated),
    context_type = excluded.context_type,
    summary = coalesce(excluded.summary, stored.summary),
    created_at = min(stored.created_at, excluded.created_at),
    base_relevance = coalesce(max(stored.base_relevance, excluded.base_relevance), stored.base_relevance, excluded.base_relevance),
    tags = unite_tags(stored.tags, excluded.tags),
    metadata = unite_json(stored.metadata, excluded.metadata),
    expires_at = coalesce(excluded.expires_at, stored.expires_at),
    updated_at = :now,
    used_at = :now,
    is_indexed = 0
RETURNING node_id, updated_at IS NULL AS is_inserted;

--! put
--- Takes a node as PostgreSQL has it.
INSERT INTO nodes (
    node_id,
    context_type,
    content,
    summary,
    tags,
    base_relevance,
    created_at,
    updated_at,
    last_accessed,
    access_count,
    expires_at,
    metadata,
    entity_system,
    entity_id,
    used_at
)
VALUES (
    :node_id,
    :context_type,
    :content,
    :summary,
    :tags,
    :base_relevance,
    :created_at,
    :updated_at,
    :last_accessed,
    :access_count,
    :expires_at,
    :metadata,
    :entity_system,
    :entity_id,
    :now
)
ON CONFLICT (node_id) DO UPDATE
SET
    thread = '',
    context_type = excluded.context_type,
    content = excluded.content,
    summary = excluded.summary,
    tags = excluded.tags,
    base_relevance = excluded.base_relevance,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at,
    last_accessed = excluded.last_accessed,
    access_count = excluded.access_count,
    expires_at = excluded.expires_at,
    metadata = excluded.metadata,
    entity_system = excluded.entity_system,
    entity_id = excluded.entity_id,
    is_indexed = 0;

--! get
--- One node by its id, or by one that it had, of the memory or of a thread.
SELECT
    node_id,
    context_type,
    content,
    summary,
    tags,
    base_relevance,
    created_at,
    updated_at,
    last_accessed,
    access_count,
    expires_at,
    metadata,
    entity_system,
    entity_id
FROM nodes
WHERE
    node_id = coalesce((SELECT now_node_id FROM aliases WHERE node_id = :node_id), :node_id)
    AND thread IN ('', :thread)
    AND (expires_at IS NULL OR expires_at > :now);

--! get_by_entity
--- One node by the key of its entity; a note of the thread before what is remembered.
SELECT
    node_id,
    context_type,
    content,
    summary,
    tags,
    base_relevance,
    created_at,
    updated_at,
    last_accessed,
    access_count,
    expires_at,
    metadata,
    entity_system,
    entity_id
FROM nodes
WHERE
    thread IN ('', :thread)
    AND entity_system = :entity_system
    AND entity_id = :entity_id
    AND (expires_at IS NULL OR expires_at > :now)
ORDER BY thread DESC
LIMIT 1;

--! find
--- What a node is known by, whether it has expired or not.
SELECT node_id, thread, entity_system, entity_id
FROM nodes
WHERE node_id = coalesce((SELECT now_node_id FROM aliases WHERE node_id = :node_id), :node_id);

--! find_entity
--- The id under which an entity of the memory is here.
SELECT node_id
FROM nodes
WHERE thread = '' AND entity_system = :entity_system AND entity_id = :entity_id;

--! rename
--- A node has another id in PostgreSQL.
UPDATE nodes
SET node_id = :now_node_id
WHERE node_id = :node_id;

--! delete
--- Deletes a node of the memory, and by a trigger what belongs to it.
DELETE FROM nodes
WHERE node_id = :node_id AND thread = '';

--! delete_expired
--- Deletes the expired node that one about to be stored would meet.
DELETE FROM nodes
WHERE
    expires_at <= :now
    AND (node_id = :node_id OR (thread = :thread AND entity_system = :entity_system AND entity_id = :entity_id));

--! list_ids
--- The nodes of the memory.
SELECT node_id
FROM nodes
WHERE thread = '';

--! list_all
--- All nodes of the memory that have not expired.
SELECT
    node_id,
    context_type,
    content,
    summary,
    tags,
    base_relevance,
    created_at,
    updated_at,
    last_accessed,
    access_count,
    expires_at,
    metadata,
    entity_system,
    entity_id
FROM nodes
WHERE thread = '' AND (expires_at IS NULL OR expires_at > :now)
ORDER BY id;

--! sweep
--- Deletes notes that have expired. What PostgreSQL has goes when it goes there: somebody may have given it longer.
DELETE FROM nodes
WHERE expires_at <= :now AND thread <> '';

--! count
--- How many nodes of the memory and notes are here, and how many of them cannot be searched yet.
SELECT
    count(*) FILTER (WHERE thread = '') AS nodes,
    count(*) FILTER (WHERE thread <> '') AS notes,
    count(*) FILTER (WHERE NOT is_indexed) AS unindexed
FROM nodes;

--! get_last
--- About how many nodes there are, without counting them.
SELECT coalesce(max(id), 0)
FROM nodes;

--! use
--- Notes that nodes were used.
UPDATE nodes
SET used_at = :now
WHERE node_id = :node_id AND thread = '';

--! evict
--- Deletes the nodes of the memory that were not used for longest, down to a number, but none that has yet to come to PostgreSQL.
DELETE FROM nodes
WHERE id IN (
    SELECT id
    FROM nodes
    WHERE
        thread = ''
        AND node_id NOT IN (SELECT node_id FROM journal)
        AND node_id NOT IN (SELECT other_node_id FROM journal WHERE other_node_id IS NOT NULL)
    ORDER BY used_at
    LIMIT max(0, (SELECT count(*) FROM nodes WHERE thread = '') - :most)
);

--! list_unindexed
--- Nodes whose texts are not indexed yet, newest first.
SELECT id
FROM nodes
WHERE NOT is_indexed
ORDER BY id DESC
LIMIT :limit;

--! mark_indexed
--- The text of a node is indexed.
UPDATE nodes
SET is_indexed = 1
WHERE id = :id;

--! list_newest
--- The newest nodes that pass a filter, of the memory and of a thread.
SELECT
    node_id,
    context_type,
    content,
    summary,
    tags,
    base_relevance,
    created_at,
    updated_at,
    last_accessed,
    access_count,
    expires_at,
    metadata,
    entity_system,
    entity_id
FROM nodes
WHERE
    thread IN ('', :thread)
    AND (expires_at IS NULL OR expires_at > :now)
    AND (:context_types IS NULL OR context_type IN (SELECT value FROM json_each(:context_types)))
    AND (:any_tags IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) AS has JOIN json_each(:any_tags) AS wanted ON wanted.value = has.value))
    AND (:all_tags IS NULL OR NOT EXISTS (SELECT value FROM json_each(:all_tags) EXCEPT SELECT value FROM json_each(tags)))
    AND (:entity_type IS NULL OR content ->> 'entity_type' = :entity_type)
    AND (:entity_system IS NULL OR entity_system = :entity_system)
    AND created_at >= :since
    AND created_at < :before
    AND (:containing IS NULL OR contains(content, :containing))
    AND (:conditions IS NULL OR satisfies(content, :conditions))
    AND (:excluded IS NULL OR id NOT IN (SELECT rowid FROM node_text WHERE node_text MATCH :excluded))
ORDER BY created_at DESC, node_id DESC
LIMIT :limit;
