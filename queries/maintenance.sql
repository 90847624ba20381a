--! lock_user
--- Waits until nobody else writes for the user, and keeps others out until the transaction ends. No row for a
--- user without memories.
---
--- Access path: user_metadata_pkey.
--- Invariant: changes nothing.
SELECT version
FROM memory.user_metadata
WHERE user_id = :user_id
FOR NO KEY UPDATE;

--! cleanup (keep_relevance?, keep_accessed_since?)
--- Deletes a user's oldest nodes that were created before a time, of some context types, at most :limit of
--- them, and counts them and the relationships that go with them. Those with at least the relevance
--- :keep_relevance (0.5 where nobody said) or touched since :keep_accessed_since stay; NULL keeps none. A dry
--- run counts the same and deletes nothing. After `lock_user`, so that no touch comes in between.
---
--- Access path: the user's entries in nodes_created_idx before the time, from the oldest on;
--- relationships_ends_key and relationships_to_idx.
--- Invariant: never another user's rows; a dry run writes and locks nothing.
WITH
stale AS MATERIALIZED (
    SELECT node_id, context_type, entity_id
    FROM memory.nodes
    WHERE
        user_id = :user_id
        AND created_at < :created_before
        AND context_type = ANY(:context_types)
        AND (:keep_relevance::real IS NULL OR coalesce(base_relevance, 0.5) < :keep_relevance)
        AND (:keep_accessed_since::timestamptz IS NULL OR access_count = 0 OR last_accessed < :keep_accessed_since)
    ORDER BY created_at, node_id
    LIMIT :limit
),
-- Those that leave a stale node, and those that arrive at one; many do both.
cut AS (
    SELECT r.id
    FROM stale
    JOIN memory.relationships AS r ON r.user_id = :user_id AND r.from_node_id = stale.node_id
    UNION
    SELECT r.id
    FROM stale
    JOIN memory.relationships AS r ON r.user_id = :user_id AND r.to_node_id = stale.node_id
),
deleted AS (
    DELETE FROM memory.nodes
    WHERE user_id = :user_id AND NOT :dry_run AND node_id IN (SELECT node_id FROM stale)
    RETURNING node_id
)
SELECT
    stale.context_type,
    count(*) AS nodes,
    count(stale.entity_id) AS entities,
    (SELECT count(*) FROM cut) AS relationships
FROM stale
GROUP BY stale.context_type;

--! sweep_nodes
--- Deletes nodes that have expired, of any user, at most :limit of them: administration, across users. A user
--- whom somebody else is writing for is left to the next sweep, so that several instances share the work.
---
--- Access path: nodes_expires_idx; user_metadata_pkey, one probe a user; nodes_pkey, one probe a node.
--- Invariant: deletes nothing that has not expired.
WITH
due AS MATERIALIZED (
    SELECT user_id, node_id
    FROM memory.nodes
    WHERE expires_at <= now()
    ORDER BY expires_at
    LIMIT :limit
),
-- Locks the users as their writers do, but waits for none.
owner AS MATERIALIZED (
    SELECT user_id
    FROM memory.user_metadata
    WHERE user_id IN (SELECT user_id FROM due)
    FOR NO KEY UPDATE SKIP LOCKED
)
DELETE FROM memory.nodes AS n
USING due
WHERE
    n.user_id = due.user_id
    AND n.node_id = due.node_id
    AND n.user_id IN (SELECT user_id FROM owner)
    AND n.expires_at <= now()
RETURNING n.node_id;

--! sweep_changes
--- Deletes entries of the log of changes from before a time, of any user, at most :limit of them:
--- administration, across users.
---
--- Access path: changes_changed_at_idx, changes_pkey.
--- Invariant: a reader that asks for newer changes than those deleted misses nothing.
DELETE FROM memory.changes
WHERE (user_id, version) IN (
    SELECT user_id, version
    FROM memory.changes
    WHERE changed_at < :changed_before
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
RETURNING version;

--! sweep_journals
--- Deletes how far journals had come that were written last before a time, of any user: administration, across users.
---
--- Access path: all of journals: an index would cost every write of a session more than this scan costs a day.
--- Invariant: no entry of a journal that was written since is written again.
DELETE FROM memory.journals
WHERE advanced_at < :advanced_before;

--! claim_user
--- As `lock_user`, of a user without memories, too: whoever is about to write the first must wait.
---
--- Access path: user_metadata_pkey.
--- Invariant: never another user's row.
INSERT INTO memory.user_metadata AS m (user_id)
VALUES (:user_id)
ON CONFLICT (user_id) DO UPDATE
SET version = m.version
RETURNING version;

--! delete_nodes
--- Deletes all nodes and relationships of a user, and counts everything that the user has. After `claim_user`:
--- what is written meanwhile would keep its nodes and lose its counters.
---
--- Access path: all of the user's entries in nodes, relationships and changes.
--- Invariant: never another user's rows.
WITH
deleted AS (
    DELETE FROM memory.nodes
    WHERE user_id = :user_id
    RETURNING node_id
)
SELECT
    (SELECT count(*) FROM deleted) AS nodes,
    (SELECT count(*) FROM memory.relationships WHERE user_id = :user_id) AS relationships,
    (SELECT count(*) FROM memory.changes WHERE user_id = :user_id) AS changes;

--! delete_traces
--- Deletes what is left of a user without nodes: the log of changes, the counters, the counted words, how far journals
--- have come and which logins are the user's. Says whether the view user_stats still knows the user.
---
--- Access path: changes_pkey, user_metadata_pkey, lexemes_pkey, journals_pkey, user_stats_user_id_idx; all of tenant_logins.
--- Invariant: never another user's rows.
WITH
changes AS (
    DELETE FROM memory.changes
    WHERE user_id = :user_id
    RETURNING version
),
counters AS (
    DELETE FROM memory.user_metadata
    WHERE user_id = :user_id
    RETURNING version
),
words AS (
    DELETE FROM memory.lexemes
    WHERE user_id = :user_id
    RETURNING lexeme
),
journals AS (
    DELETE FROM memory.journals
    WHERE user_id = :user_id
    RETURNING journal_id
),
logins AS (
    DELETE FROM memory.tenant_logins
    WHERE user_id = :user_id
    RETURNING login
)
SELECT EXISTS (SELECT FROM memory.user_stats WHERE user_id = :user_id) AS is_in_user_stats;

--! list_uncounted
--- Users whose words want counting: more than a few hundred nodes, and a tenth more or less than at the last count.
---
--- Access path: all of user_metadata.
--- Invariant: changes nothing.
SELECT user_id
FROM memory.user_metadata
WHERE
    greatest(total_nodes, counted_nodes) > 500
    AND abs(total_nodes - counted_nodes) > counted_nodes / 10
ORDER BY user_id;

--! count_lexemes
--- Counts the words of a user, for searches to know which are common; the rare ones are looked up when they are asked
--- for. Returns how many nodes the user has, or no row while another instance counts.
---
--- Access path: all nodes of the user, and all of the user's lexemes.
--- Invariant: writes one user's counts only, and waits for nobody.
WITH
owner AS MATERIALIZED (
    SELECT total_nodes
    FROM memory.user_metadata
    WHERE user_id = :user_id AND pg_try_advisory_xact_lock(hashtextextended('pgmemory lexemes ' || :user_id, 0))
),
counted AS MATERIALIZED (
    SELECT
        said.lexeme,
        count(*)::integer AS nodes,
        ARRAY[
            count(*) FILTER (WHERE said.level >= 1),
            count(*) FILTER (WHERE said.level >= 2),
            count(*) FILTER (WHERE said.level >= 3),
            count(*) FILTER (WHERE said.level >= 4)
        ]::integer[] AS strong_nodes
    FROM memory.nodes AS n
    CROSS JOIN LATERAL memory.lexeme_levels(n.search) AS said
    WHERE n.user_id = :user_id AND (SELECT total_nodes > 500 FROM owner) AND octet_length(said.lexeme) <= 512
    GROUP BY said.lexeme
    HAVING count(*) >= 10
),
forgotten AS (
    DELETE FROM memory.lexemes AS old
    WHERE old.user_id = :user_id AND EXISTS (SELECT FROM owner) AND old.lexeme NOT IN (SELECT lexeme FROM counted)
),
written AS (
    INSERT INTO memory.lexemes AS old (user_id, lexeme, nodes, strong_nodes)
    SELECT :user_id, lexeme, nodes, strong_nodes
    FROM counted
    ORDER BY lexeme
    ON CONFLICT (user_id, lexeme) DO UPDATE
    SET nodes = EXCLUDED.nodes, strong_nodes = EXCLUDED.strong_nodes
    WHERE (old.nodes, old.strong_nodes) IS DISTINCT FROM (EXCLUDED.nodes, EXCLUDED.strong_nodes)
)
SELECT total_nodes AS nodes
FROM owner;

--! record_count
--- Notes how many nodes the user had when the words were counted.
---
--- Access path: user_metadata_pkey.
--- Invariant: one user's row, unless somebody writes for the user; then the next sweep counts again.
UPDATE memory.user_metadata
SET counted_nodes = :nodes
WHERE user_id = :user_id AND user_id IN (SELECT m.user_id FROM memory.user_metadata AS m WHERE m.user_id = :user_id FOR UPDATE SKIP LOCKED)
RETURNING user_id;
