--! try_lock
--- Keeps other instances from migrating this database until the end of the connection; false while one of
--- them does. A statement that waited for the lock would hold a snapshot, and CREATE INDEX CONCURRENTLY of the
--- one that has it waits for the end of all older snapshots.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT pg_try_advisory_lock(hashtextextended('pgmemory migrations', 0)) AS locked;

--! lift_timeout
--- Lets the statements of this connection take as long as they need: building an index.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT set_config('statement_timeout', '0', false) AS timeout;

--! drop_unfinished
--- What has to be run before a migration that builds indexes concurrently is begun again: for each index that
--- an interrupted build left invalid, and that the text of the migration names, the statement that drops it.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT format('DROP INDEX CONCURRENTLY memory.%I', unfinished.relname) AS statement
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS unfinished ON unfinished.oid = i.indexrelid
WHERE
    NOT i.indisvalid
    AND unfinished.relnamespace = to_regnamespace('memory')
    AND strpos(:migration::text, format(' %I ON ', unfinished.relname)) > 0;

--! create_schema
--- Makes the home of the history, which the migration library writes before the first migration.
---
--- Access path: none.
--- Invariant: changes nothing where the schema exists.
CREATE SCHEMA IF NOT EXISTS memory;

--! get_state : (some_table?)
--- What is there before a migration: a history of ours, or tables of somebody else under our names.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT
    current_setting('server_version_num')::integer AS server_version,
    to_regnamespace('memory') IS NOT NULL AS has_schema,
    to_regclass('memory.schema_history') IS NOT NULL AS has_history,
    (
        SELECT min(relname)
        FROM pg_catalog.pg_class
        WHERE relnamespace = to_regnamespace('memory') AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relname <> 'schema_history'
    )::text AS some_table;

--! get_version
--- The number of the newest migration that was applied; 0 where there is none.
---
--- Access path: all of schema_history, one row a migration.
--- Invariant: reads no memory.
SELECT coalesce(max(version), 0) AS version
FROM memory.schema_history;

--! record
--- Records a migration that was applied within a transaction of ours, as the migration library does.
---
--- Access path: schema_history, one row.
--- Invariant: writes no memory.
INSERT INTO memory.schema_history (version, name, applied_on, checksum)
VALUES (:version, :name, :applied_on, :checksum)
RETURNING version;
