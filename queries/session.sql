--! get_state : (last_version?, memory_created_at?, journal_id?, last_seq?)
--- The version of a user's last change, since when the user has a memory, and how far each of some journals has come: one
--- row for each journal, or one without. NULL for what is not there.
---
--- Access path: user_metadata_pkey; journals_pkey.
--- Bounds: reads 1 + :journal_ids, sorts 0.
--- Invariant: never another user's rows.
SELECT
    m.version AS last_version,
    m.created_at AS memory_created_at,
    j.journal_id,
    j.last_seq
FROM (SELECT 1) AS one
LEFT JOIN memory.user_metadata AS m ON m.user_id = :user_id
LEFT JOIN memory.journals AS j ON j.user_id = :user_id AND j.journal_id = ANY(:journal_ids::uuid[]);

--! advance
--- Takes down that the entries of a journal from :first_seq to :last_seq are being written, by the transaction in which
--- they are, as nodes::upsert_many does itself. It is refused when one of them was written before: then none may be written again.
---
--- Access path: user_metadata_pkey; journals_pkey.
--- Bounds: reads 2, sorts 0.
--- Invariant: never another user's rows; a number never goes back.
WITH
-- Whoever writes for this user waits here, before anything else is locked: so no two writers deadlock.
owner AS MATERIALIZED (
    SELECT version
    FROM memory.user_metadata
    WHERE user_id = :user_id
    FOR NO KEY UPDATE
)
INSERT INTO memory.journals AS j (user_id, journal_id, last_seq, advanced_at)
SELECT :user_id::text, :journal_id::uuid, :last_seq::bigint, :now::timestamptz
WHERE (SELECT count(*) FROM owner) >= 0
ON CONFLICT (user_id, journal_id) DO UPDATE
-- A number never goes back: 0 violates journals_last_seq_check.
SET last_seq = CASE WHEN j.last_seq < :first_seq::bigint THEN EXCLUDED.last_seq ELSE 0 END, advanced_at = EXCLUDED.advanced_at
RETURNING j.last_seq;

--! list_recent
--- The ids of a user's newest nodes.
---
--- Access path: nodes_created_idx.
--- Bounds: reads :limit, sorts :limit.
--- Invariant: never another user's rows.
SELECT node_id
FROM memory.nodes
WHERE user_id = :user_id AND coalesce(expires_at, 'infinity') > now()
ORDER BY created_at DESC, node_id DESC
LIMIT :limit;

--! list_relevant
--- The ids of a user's nodes of the highest base relevance, the most accessed and newest of these first.
---
--- Access path: all of the user's nodes, by an index that begins with user_id; all of nodes where the user has most of them.
--- Bounds: reads 3 * nodes, sorts nodes.
--- Invariant: never another user's rows.
SELECT node_id
FROM memory.nodes
WHERE user_id = :user_id AND coalesce(expires_at, 'infinity') > now()
ORDER BY coalesce(base_relevance, 0.5) DESC, access_count DESC, created_at DESC, node_id DESC
LIMIT :limit;

--! listen
--- Has the connection hear of what notify tells, for as long as it lives.
---
--- Access path: none.
--- Invariant: touches no table.
LISTEN pgmemory;

--! notify
--- Tells all that listen that something changed. Never within a transaction that writes: those that notify commit one after
--- the other, and here no commit waits for the disk.
---
--- Access path: none.
--- Invariant: touches no table; the payloads are the caller's, and name no user.
SELECT
FROM set_config('synchronous_commit', 'off', true)
CROSS JOIN unnest(:payloads::text[]) AS payload
CROSS JOIN LATERAL pg_notify('pgmemory', payload);
