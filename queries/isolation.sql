--! begin
--- Begins a transaction that may write.
---
--- Access path: none.
--- Invariant: touches no table.
BEGIN;

--! begin_reading
--- Begins a transaction that may not write.
---
--- Access path: none.
--- Invariant: touches no table.
BEGIN READ ONLY;

--! begin_snapshot
--- The same, whose statements all see what was there at one moment.
---
--- Access path: none.
--- Invariant: touches no table.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

--! plan_for_parameters
--- Has the rest of the transaction plan each statement for its parameters, and not once for any: how to read all that a user has
--- depends on whether that is little of a table or most of it.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true) AS mode;

--! enter
--- Makes the rest of the transaction that of one user: the role whose policies show that user's rows alone, and whose
--- they are. Both end with the transaction, however it ends.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT
    set_config('role', 'pgmemory_tenant_writer', true) AS role,
    set_config('pgmemory.user_id', :user_id, true) AS user_id;

--! commit
--- Ends a transaction and keeps what it wrote.
---
--- Access path: none.
--- Invariant: touches no table.
COMMIT;

--! rollback
--- Ends a transaction, and keeps nothing of it.
---
--- Access path: none.
--- Invariant: touches no table.
ROLLBACK;

--! get_role
--- Whether row-level security binds the present role at all, and if not, why.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT
    current_user::text AS name,
    r.rolsuper AS is_superuser,
    r.rolbypassrls AS bypasses,
    coalesce((
        SELECT pg_has_role(c.relowner, 'USAGE')
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
        WHERE s.nspname = 'memory' AND c.relname = 'nodes'
    ), false) AS owns_tables
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = current_user;
