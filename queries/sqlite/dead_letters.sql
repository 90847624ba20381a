--! list
--- What PostgreSQL has refused, oldest first.
SELECT position, entry, remembered_at, refused_at, reason
FROM dead_letters
ORDER BY position;

--! get
--- Why one was refused.
SELECT reason
FROM dead_letters
WHERE position = :position;

--! take
--- Takes one out.
DELETE FROM dead_letters
WHERE position = :position
RETURNING entry, checksum;

--! count
--- How many there are.
SELECT count(*)
FROM dead_letters;
