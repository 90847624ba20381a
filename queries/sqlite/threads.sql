--! touch
--- A thread is active.
INSERT INTO threads (thread, created_at, last_activity)
VALUES (:thread, :now, :now)
ON CONFLICT (thread) DO UPDATE
SET last_activity = max(last_activity, excluded.last_activity);

--! delete_notes
--- Deletes the notes of threads that were idle since a time.
DELETE FROM nodes
WHERE thread IN (SELECT thread FROM threads WHERE last_activity < :idle_since);

--! delete
--- Deletes the threads, after their notes.
DELETE FROM threads
WHERE last_activity < :idle_since
RETURNING thread;

--! list
--- The threads, most recently active first, and how many notes each has.
SELECT t.thread, t.created_at, t.last_activity, (SELECT count(*) FROM nodes AS n WHERE n.thread = t.thread) AS notes
FROM threads AS t
ORDER BY t.last_activity DESC, t.thread;
