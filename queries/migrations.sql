--! lock
--- Waits until no other instance migrates this database, and keeps others out until `unlock` or the end
--- of the connection.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT true AS locked
FROM pg_advisory_lock(hashtextextended('pgmemory migrations', 0));

--! unlock
--- Lets other instances migrate.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT pg_advisory_unlock(hashtextextended('pgmemory migrations', 0)) AS unlocked;

--! create_schema
--- Makes the home of the history, which the migration library writes before the first migration.
---
--- Access path: none.
--- Invariant: changes nothing where the schema exists.
CREATE SCHEMA IF NOT EXISTS memory;

--! get_state
--- What is there before a migration: a history of ours, or tables of somebody else under our names.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT
    current_setting('server_version_num')::integer AS server_version,
    to_regnamespace('memory') IS NOT NULL AS has_schema,
    to_regclass('memory.schema_history') IS NOT NULL AS has_history,
    to_regclass('memory.nodes') IS NOT NULL AS has_nodes;

--! get_version
--- The number of the newest migration that was applied; 0 where there is none.
---
--- Access path: all of schema_history, one row a migration.
--- Invariant: reads no memory.
SELECT coalesce(max(version), 0) AS version
FROM memory.schema_history;
