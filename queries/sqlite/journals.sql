--! reopen
--- Takes over a journal that was closed in order.
UPDATE journals
SET is_open = 1
WHERE journal_id = (SELECT journal_id FROM journals WHERE NOT is_open LIMIT 1)
RETURNING journal_id, last_seq;

--! open
--- Begins a journal.
INSERT INTO journals (journal_id, is_open)
VALUES (:journal_id, 1);

--! close
--- Leaves a journal to whoever opens the file next.
UPDATE journals
SET is_open = 0, last_seq = :last_seq
WHERE journal_id = :journal_id;
