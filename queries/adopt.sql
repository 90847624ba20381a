--! try_lock
--- Keeps migrations and other adoptions of this database out until the transaction ends, as `migrations::try_lock`
--- does for a connection; false while there is one.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT pg_try_advisory_xact_lock(hashtextextended('pgmemory migrations', 0)) AS locked;

--! list_differences
--- In what the tables in the database are not those of the Python system: columns that are missing, of
--- another type, or unknown, which would be lost.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT
    coalesce(expected.relation, found.relation) || '.' || coalesce(expected.name, found.name)
    || CASE
        WHEN found.name IS NULL THEN ' is missing'
        WHEN expected.name IS NULL THEN ' is unknown'
        ELSE ' is ' || found.type || ', not ' || expected.type
    END AS difference
FROM (
    VALUES
        ('nodes', 'node_id', 'uuid'),
        ('nodes', 'user_id', 'text'),
        ('nodes', 'content', 'jsonb'),
        ('nodes', 'context_type', 'text'),
        ('nodes', 'summary', 'text'),
        ('nodes', 'created_at', 'timestamp with time zone'),
        ('nodes', 'last_accessed', 'timestamp with time zone'),
        ('nodes', 'access_count', 'integer'),
        ('nodes', 'base_relevance', 'real'),
        ('nodes', 'tags', 'text[]'),
        ('nodes', 'metadata', 'jsonb'),
        ('nodes', 'entity_id', 'text'),
        ('nodes', 'entity_type', 'text'),
        ('nodes', 'entity_system', 'text'),
        ('relationships', 'id', 'uuid'),
        ('relationships', 'user_id', 'text'),
        ('relationships', 'from_node_id', 'uuid'),
        ('relationships', 'to_node_id', 'uuid'),
        ('relationships', 'relationship_type', 'text'),
        ('relationships', 'strength', 'real'),
        ('relationships', 'created_at', 'timestamp with time zone'),
        ('relationships', 'metadata', 'jsonb'),
        ('user_metadata', 'user_id', 'text'),
        ('user_metadata', 'created_at', 'timestamp with time zone'),
        ('user_metadata', 'last_activity', 'timestamp with time zone'),
        ('user_metadata', 'total_nodes', 'integer'),
        ('user_metadata', 'total_relationships', 'integer'),
        ('user_metadata', 'metadata', 'jsonb')
) AS expected (relation, name, type)
FULL JOIN (
    SELECT c.relname::text AS relation, a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
    WHERE
        c.relnamespace = to_regnamespace('memory')
        AND c.relname IN ('nodes', 'relationships', 'user_metadata')
        AND c.relkind = 'r'
        AND a.attnum > 0
        AND NOT a.attisdropped
) AS found ON found.relation = expected.relation AND found.name = expected.name
WHERE found.type IS DISTINCT FROM expected.type
ORDER BY difference;

--! lock_tables
--- Keeps everybody out of the old tables until the transaction ends: what is written to them while they are
--- read would be lost.
---
--- Access path: none.
--- Invariant: reads no memory.
LOCK TABLE memory.nodes, memory.relationships, memory.user_metadata IN ACCESS EXCLUSIVE MODE;

--! lift_limits
--- Lets the statements of this transaction take as long as they need, and makes a policy that hides rows of the
--- old tables an error.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT set_config('statement_timeout', '0', true) AS timeout, set_config('row_security', 'off', true) AS row_security;
