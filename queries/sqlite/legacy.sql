--! list_tables
--- The tables of a file, which tell whose it is.
SELECT name
FROM sqlite_schema
WHERE type = 'table';

--! list_threads
--- The threads of the Python system, and whether they have nodes.
SELECT CAST(thread_id AS text), max(has_nodes)
FROM (
    SELECT DISTINCT coalesce(thread_id, '') AS thread_id, 1 AS has_nodes
    FROM memory_nodes
    UNION ALL
    SELECT thread_id, 0
    FROM memory_threads
)
GROUP BY thread_id
ORDER BY thread_id;

--! list_nodes
--- The nodes of the Python system, in the order of their creation.
SELECT
    node_id,
    coalesce(thread_id, '') AS thread_id,
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
    entity_type,
    entity_system
FROM memory_nodes
ORDER BY instant(created_at), node_id;

--! list_relationships
--- The relationships of the Python system in the order of their creation, with the threads of the nodes at their ends: NULL for one
--- that is not there.
SELECT
    r.from_node_id,
    r.to_node_id,
    r.relationship_type,
    r.strength,
    r.created_at,
    r.metadata,
    iif(f.node_id IS NULL, NULL, coalesce(f.thread_id, '')) AS from_thread,
    iif(t.node_id IS NULL, NULL, coalesce(t.thread_id, '')) AS to_thread
FROM memory_relationships AS r
LEFT JOIN memory_nodes AS f ON f.node_id = r.from_node_id
LEFT JOIN memory_nodes AS t ON t.node_id = r.to_node_id
ORDER BY instant(r.created_at), r.from_node_id, r.to_node_id, r.relationship_type;
