--! claim
--- Makes the file that of a user, unless it is somebody's.
INSERT INTO session (id, user_id)
VALUES (1, :user_id)
ON CONFLICT (id) DO NOTHING;

--! get
--- Whose file it is, and what of the user's memory is in it.
SELECT user_id, seen_version, memory_created_at, is_whole
FROM session;

--! advance
--- The changes up to a version are in the file.
UPDATE session
SET seen_version = :seen_version;

--! load
--- The memory was loaded as of a version.
UPDATE session
SET seen_version = :seen_version, memory_created_at = :memory_created_at, is_whole = :is_whole;

--! evict
--- Part of the memory has left the file.
UPDATE session
SET is_whole = 0;
