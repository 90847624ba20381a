--! append
--- Adds an entry.
INSERT INTO journal (journal_id, seq, entry, checksum, node_id, other_node_id, remembered_at)
VALUES (:journal_id, :seq, :entry, :checksum, :node_id, :other_node_id, :remembered_at)
RETURNING position;

--! list
--- The oldest entries after a place, in their order, without those of a journal that were sent and are about to be deleted.
SELECT position, journal_id, seq, entry, checksum, node_id, other_node_id
FROM journal
WHERE position > :after AND NOT (journal_id = :journal_id AND seq <= :last_sent)
ORDER BY position
LIMIT :limit;

--! list_about
--- The entries about a node, in their order.
SELECT position, journal_id, seq, entry, checksum, node_id, other_node_id
FROM journal
WHERE node_id = :node_id OR other_node_id = :node_id
ORDER BY position;

--! has_others
--- Whether another journal has entries.
SELECT 1
WHERE
    EXISTS (SELECT 1 FROM journal WHERE journal_id < :journal_id)
    OR EXISTS (SELECT 1 FROM journal WHERE journal_id > :journal_id);

--! list_journals
--- The journals that have entries.
SELECT DISTINCT journal_id
FROM journal;

--! list_nodes
--- The nodes that entries are about.
SELECT node_id
FROM journal
UNION
SELECT other_node_id
FROM journal
WHERE other_node_id IS NOT NULL;

--! settle
--- Forgets the entries of a journal that are in PostgreSQL.
DELETE FROM journal
WHERE journal_id = :journal_id AND seq <= :last_seq;

--! bury
--- Moves an entry to those that PostgreSQL has refused, the first half.
INSERT INTO dead_letters (position, entry, checksum, node_id, other_node_id, remembered_at, refused_at, reason)
SELECT position, entry, checksum, node_id, other_node_id, remembered_at, :refused_at, :reason
FROM journal
WHERE journal_id = :journal_id AND seq = :seq;

--! delete
--- Forgets an entry, the second half.
DELETE FROM journal
WHERE journal_id = :journal_id AND seq = :seq;

--! rename
--- A node has another id in PostgreSQL.
UPDATE journal
SET
    node_id = iif(node_id = :node_id, :now_node_id, node_id),
    other_node_id = iif(other_node_id = :node_id, :now_node_id, other_node_id)
WHERE node_id = :node_id OR other_node_id = :node_id;

--! aim
--- An entry is about other nodes than it was.
UPDATE journal
SET node_id = :node_id, other_node_id = :other_node_id
WHERE position = :position;

--! count
--- How many entries there are, and since when the oldest waits.
SELECT count(*), min(remembered_at)
FROM journal;

--! get_settled
--- The last place up to which no entry is waiting.
SELECT coalesce(
    (SELECT min(position) - 1 FROM journal),
    (SELECT seq FROM sqlite_sequence WHERE name = 'journal'),
    0
);
