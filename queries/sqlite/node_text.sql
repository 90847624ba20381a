--! insert
--- Indexes the text of a node.
INSERT OR REPLACE INTO node_text (rowid, name, summary, tags, body)
SELECT
    id,
    coalesce(content ->> 'entity_name', ''),
    coalesce(summary, ''),
    (SELECT coalesce(group_concat(value, ' '), '') FROM json_each(tags)),
    content_text(content)
FROM nodes
WHERE id = :id;

--! search
--- The nodes of the memory and of a thread that match and pass a filter, best first; of those that match, the newest
--- :newest, or with -1 all, are looked at. The weights are those of a word in the name, the summary, the tags and the content.
SELECT
    n.node_id,
    n.context_type,
    n.content,
    n.summary,
    n.tags,
    n.base_relevance,
    n.created_at,
    n.updated_at,
    n.last_accessed,
    n.access_count,
    n.expires_at,
    n.metadata,
    n.entity_system,
    n.entity_id,
    best.score,
    best.snippet
FROM (
    SELECT said.id, said.score, said.snippet
    FROM (
        SELECT
            t.rowid AS id,
            n.node_id,
            -bm25(node_text, :name, :summary, :tags, :body) AS score,
            iif(:with_snippet, snippet(node_text, -1, '**', '**', ' … ', 30), NULL) AS snippet
        FROM node_text AS t
        CROSS JOIN nodes AS n ON n.id = t.rowid
        WHERE
            t.node_text MATCH :query
            AND n.thread IN ('', :thread)
            AND (n.expires_at IS NULL OR n.expires_at > :now)
            AND (:context_types IS NULL OR n.context_type IN (SELECT value FROM json_each(:context_types)))
            AND (
                :any_tags IS NULL
                OR EXISTS (SELECT 1 FROM json_each(n.tags) AS has JOIN json_each(:any_tags) AS wanted ON wanted.value = has.value)
            )
            AND (:all_tags IS NULL OR NOT EXISTS (SELECT value FROM json_each(:all_tags) EXCEPT SELECT value FROM json_each(n.tags)))
            AND (:entity_type IS NULL OR n.content ->> 'entity_type' = :entity_type)
            AND (:entity_system IS NULL OR n.entity_system = :entity_system)
            AND n.created_at >= :since
            AND n.created_at < :before
            AND (:containing IS NULL OR contains(n.content, :containing))
            AND (:conditions IS NULL OR satisfies(n.content, :conditions))
        ORDER BY t.rowid DESC
        LIMIT :newest
    ) AS said
    ORDER BY said.score DESC, said.node_id DESC
    LIMIT :limit
) AS best
JOIN nodes AS n ON n.id = best.id
ORDER BY best.score DESC, n.node_id DESC;

--! count
--- How many nodes match, as far as :limit.
SELECT count(*)
FROM (
    SELECT 1
    FROM node_text
    WHERE node_text MATCH :query
    LIMIT :limit
);
