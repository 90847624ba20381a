-- Who may do what, and a second wall between users: row-level security. The statements of the program bind every row to
-- its user; here the server does, for whoever comes otherwise.
--
-- Not FORCE: then the owner, too, would see no rows, and with it the materialized view, pg_dump and the migrations.

-- The roles belong to the whole cluster, so they may be there, and another database may be migrated at this moment.
-- pgmemory_app does not inherit: the service becomes pgmemory_tenant_writer only where it says so (SET LOCAL ROLE).
DO $$
DECLARE
    statement text;
    missing constant text[] := ARRAY(
        SELECT step.statement
        FROM (
            VALUES
                (1, 'CREATE ROLE pgmemory_tenant NOLOGIN', 'pgmemory_tenant', NULL),
                (2, 'CREATE ROLE pgmemory_tenant_writer NOLOGIN', 'pgmemory_tenant_writer', NULL),
                (3, 'CREATE ROLE pgmemory_app NOLOGIN NOINHERIT', 'pgmemory_app', NULL),
                (4, 'CREATE ROLE pgmemory_readonly NOLOGIN', 'pgmemory_readonly', NULL),
                (5, 'CREATE ROLE pgmemory_admin NOLOGIN', 'pgmemory_admin', NULL),
                (6, 'GRANT pgmemory_tenant TO pgmemory_tenant_writer', 'pgmemory_tenant', 'pgmemory_tenant_writer'),
                (7, 'GRANT pgmemory_tenant_writer TO pgmemory_app', 'pgmemory_tenant_writer', 'pgmemory_app')
        ) AS step (place, statement, role, member)
        WHERE CASE
            WHEN step.member IS NULL THEN to_regrole(step.role) IS NULL
            ELSE NOT EXISTS (
                SELECT
                FROM pg_catalog.pg_auth_members AS m
                WHERE m.roleid = to_regrole(step.role) AND m.member = to_regrole(step.member)
            )
        END
        ORDER BY step.place
    );
BEGIN
    FOREACH statement IN ARRAY missing LOOP
        BEGIN
            EXECUTE statement;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the role % may not create the roles that pgmemory needs', current_user
                    USING ERRCODE = 'insufficient_privilege', HINT = 'as a superuser: ' || array_to_string(missing, '; ');
        END;
    END LOOP;
END
$$;

-- Roles that were granted the tables one by one serve users: without a policy they would see no rows from now on.
DO $$
DECLARE
    service record;
BEGIN
    FOR service IN
        SELECT DISTINCT r.rolname AS name
        FROM pg_catalog.pg_class AS c
        CROSS JOIN LATERAL aclexplode(c.relacl) AS granted
        JOIN pg_catalog.pg_roles AS r ON r.oid = granted.grantee
        WHERE
            c.oid = 'memory.nodes'::regclass
            AND granted.privilege_type = 'INSERT'
            AND r.oid <> c.relowner
            AND NOT pg_has_role(r.oid, 'pgmemory_app', 'MEMBER')
    LOOP
        BEGIN
            EXECUTE format('GRANT pgmemory_app TO %I', service.name);
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION '% serves users, and % may not make it a member of pgmemory_app', service.name, current_user
                    USING ERRCODE = 'insufficient_privilege', HINT = format('as a superuser: GRANT pgmemory_app TO %I', service.name);
        END;
    END LOOP;
END
$$;

-- One row a login that is a user's own: a reporting tool, a shell. Not a table of users' rows, so it is never partitioned.
CREATE TABLE IF NOT EXISTS memory.tenant_logins (
    login name NOT NULL,
    user_id text NOT NULL,

    -- Whose is this login?
    CONSTRAINT tenant_logins_pkey PRIMARY KEY (login),
    CONSTRAINT tenant_logins_user_id_check CHECK (octet_length(user_id) BETWEEN 1 AND 256)
);

COMMENT ON TABLE memory.tenant_logins IS 'Which user''s memory a member of pgmemory_tenant sees.';
COMMENT ON COLUMN memory.tenant_logins.login IS 'The role that logs in.';
COMMENT ON COLUMN memory.tenant_logins.user_id IS 'The one user whose rows it sees.';

-- Anybody can SET pgmemory.user_id, so it counts in the service's sessions alone. session_user is who logged in,
-- whatever SET ROLE says.
CREATE FUNCTION memory.tenant_user() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN pg_has_role(session_user, 'pgmemory_app', 'MEMBER') THEN nullif(current_setting('pgmemory.user_id', true), '')
        ELSE (SELECT t.user_id FROM memory.tenant_logins AS t WHERE t.login = session_user)
    END
$$;

COMMENT ON FUNCTION memory.tenant_user() IS
    'The user whose rows this session may see as pgmemory_tenant: for the service the one it names, else the one of its login; or NULL.';

-- The policies of a table, made anew if they are there. A real predicate would cost the service its text indexes, whose
-- operators are not leakproof. The subquery is evaluated once a statement, and USING checks what is written, too.
CREATE FUNCTION memory.protect_rows(users_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    table_name constant text := (SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.oid = users_table);
    policy record;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', users_table);
    FOR policy IN
        SELECT
            wanted.name,
            wanted.rule,
            EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = users_table AND p.polname = wanted.name) AS is_there
        FROM (
            VALUES
                (table_name || '_app', 'FOR ALL TO pgmemory_app USING (true)'),
                (table_name || '_admin', 'FOR ALL TO pgmemory_admin USING (true)'),
                (table_name || '_readonly', 'FOR SELECT TO pgmemory_readonly USING (true)'),
                (table_name || '_tenant', 'FOR ALL TO pgmemory_tenant USING (user_id = (SELECT memory.tenant_user()))')
        ) AS wanted (name, rule)
    LOOP
        IF policy.is_there THEN
            EXECUTE format('DROP POLICY %I ON %s', policy.name, users_table);
        END IF;
        EXECUTE format('CREATE POLICY %I ON %s %s', policy.name, users_table, policy.rule);
    END LOOP;
END
$$;

COMMENT ON FUNCTION memory.protect_rows(regclass) IS
    'Enables row-level security on a table of users'' rows: a tenant sees its own, service, administrators and readers all.';

-- What statistics of the server tell is for those who serve or administer; to make policies is the owner's.
REVOKE EXECUTE ON FUNCTION memory.protect_rows(regclass), memory.slow_statements(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION memory.slow_statements(bigint) TO pgmemory_app, pgmemory_readonly, pgmemory_admin;

GRANT USAGE ON SCHEMA memory TO pgmemory_app, pgmemory_tenant, pgmemory_tenant_writer, pgmemory_readonly, pgmemory_admin;

GRANT SELECT, INSERT, UPDATE, DELETE ON memory.nodes, memory.relationships, memory.lexemes TO pgmemory_app;
GRANT SELECT, INSERT, UPDATE ON memory.user_metadata TO pgmemory_app;
GRANT SELECT, INSERT ON memory.changes TO pgmemory_app;
GRANT SELECT ON memory.schema_history TO pgmemory_app;

-- Reading takes no lock that another user could meet; LOCK TABLE of whoever may update does.
GRANT SELECT ON memory.nodes, memory.relationships, memory.lexemes, memory.user_metadata, memory.changes TO pgmemory_tenant;
GRANT INSERT, UPDATE, DELETE ON memory.nodes, memory.relationships TO pgmemory_tenant_writer;
GRANT INSERT, UPDATE ON memory.user_metadata TO pgmemory_tenant_writer;
GRANT INSERT ON memory.changes TO pgmemory_tenant_writer;

-- No policy guards a materialized view: no tenant may read user_stats.
GRANT SELECT ON memory.nodes, memory.relationships, memory.lexemes, memory.user_metadata, memory.changes, memory.user_stats,
    memory.schema_history
TO pgmemory_readonly;

GRANT SELECT, INSERT, UPDATE, DELETE
ON memory.nodes, memory.relationships, memory.lexemes, memory.user_metadata, memory.changes, memory.tenant_logins
TO pgmemory_admin;
GRANT SELECT ON memory.user_stats, memory.schema_history TO pgmemory_admin;

SELECT memory.protect_rows('memory.nodes');
SELECT memory.protect_rows('memory.relationships');
SELECT memory.protect_rows('memory.lexemes');
SELECT memory.protect_rows('memory.user_metadata');
SELECT memory.protect_rows('memory.changes');

-- Semantic search may have been enabled before; schema/semantic/enable.sql says the same.
DO $$
BEGIN
    IF to_regclass('memory.embeddings') IS NOT NULL THEN
        PERFORM memory.protect_rows('memory.embeddings');
        GRANT SELECT ON memory.embeddings TO pgmemory_tenant, pgmemory_readonly;
        GRANT SELECT, INSERT, UPDATE, DELETE ON memory.embeddings TO pgmemory_app, pgmemory_tenant_writer, pgmemory_admin;
    END IF;
END
$$;

-- The planner's estimates come from samples of all users' rows, and whoever may EXPLAIN a query could find out what these
-- hold, value by value. So nothing is sampled of what memories say, and no query needs it: a list looks through the newest
-- nodes before it trusts an estimate of how many have a tag.
ALTER TABLE memory.nodes
    ALTER COLUMN content SET STATISTICS 0,
    ALTER COLUMN summary SET STATISTICS 0,
    ALTER COLUMN tags SET STATISTICS 0,
    ALTER COLUMN metadata SET STATISTICS 0,
    ALTER COLUMN entity_id SET STATISTICS 0,
    ALTER COLUMN entity_name SET STATISTICS 0,
    ALTER COLUMN search SET STATISTICS 0;
ALTER TABLE memory.relationships ALTER COLUMN metadata SET STATISTICS 0;
ALTER TABLE memory.user_metadata ALTER COLUMN metadata SET STATISTICS 0;
ALTER TABLE memory.lexemes ALTER COLUMN lexeme SET STATISTICS 0;

-- The same of what their indexes are made of, those of partitions included.
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN
        SELECT indexes.name::regclass
        FROM (VALUES ('memory.nodes_search_idx'), ('memory.nodes_label_idx')) AS indexes (name)
        UNION
        SELECT tree.relid
        FROM (VALUES ('memory.nodes_search_idx'), ('memory.nodes_label_idx')) AS indexes (name)
        CROSS JOIN LATERAL pg_partition_tree(indexes.name::regclass) AS tree
    LOOP
        EXECUTE format('ALTER INDEX %s ALTER COLUMN 2 SET STATISTICS 0', part);
    END LOOP;
END
$$;
