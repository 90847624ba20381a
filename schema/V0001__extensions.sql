-- The schema of its own and the two extensions that the indexes need.
--
-- Both extensions are trusted: whoever may CREATE in the database may create them. The queries name
-- their operators as OPERATOR(public.…), so that no search_path can change what they mean; extensions
-- that live elsewhere are refused here rather than found missing by a query.

CREATE SCHEMA IF NOT EXISTS memory;

COMMENT ON SCHEMA memory IS 'The memory of AI agents: each user''s nodes and the relationships between them.';

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

DO $$
DECLARE
    misplaced record;
BEGIN
    SELECT e.extname AS name, n.nspname AS home
    INTO misplaced
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname IN ('pg_trgm', 'btree_gin') AND n.nspname <> 'public';
    IF FOUND THEN
        RAISE EXCEPTION 'the extension % is installed in the schema %, pgmemory expects it in public', misplaced.name, misplaced.home
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = format('ALTER EXTENSION %I SET SCHEMA public', misplaced.name);
    END IF;
END
$$;

-- The migrations that were applied. The migration library creates it before the first one, just as it
-- is here; whoever loads these files without it gets the same tables.
CREATE TABLE IF NOT EXISTS memory.schema_history (
    version int4 PRIMARY KEY,
    name varchar(255),
    applied_on varchar(255),
    checksum varchar(255)
);

COMMENT ON TABLE memory.schema_history IS 'The migrations that were applied to this database.';
COMMENT ON COLUMN memory.schema_history.version IS 'The number in the name of the file.';
COMMENT ON COLUMN memory.schema_history.name IS 'The rest of the name of the file.';
COMMENT ON COLUMN memory.schema_history.applied_on IS 'When it was applied, in RFC 3339.';
COMMENT ON COLUMN memory.schema_history.checksum IS 'Of the file as it was applied; a changed file is refused.';
