-- Counters that are right and a log of changes, both kept by statement-level triggers: one upsert of the
-- user's row for each statement, however many rows it wrote.
--
-- The row lock on user_metadata serialises the commits of one user, so the versions of a user are in
-- commit order without gaps: who has seen version v misses nothing by asking for version > v.

CREATE TABLE memory.user_metadata (
    user_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_activity timestamptz NOT NULL DEFAULT now(),
    total_nodes integer NOT NULL DEFAULT 0,
    total_relationships integer NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    counted_nodes integer NOT NULL DEFAULT 0,
    metadata jsonb NOT NULL DEFAULT '{}',

    CONSTRAINT user_metadata_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_metadata_user_id_check CHECK (octet_length(user_id) BETWEEN 1 AND 256),
    CONSTRAINT user_metadata_totals_check CHECK (total_nodes >= 0 AND total_relationships >= 0),
    CONSTRAINT user_metadata_metadata_check CHECK (jsonb_typeof(metadata) = 'object')
)
-- Updated by every write of its user: room on the page keeps those updates out of the index.
WITH (fillfactor = 50);

COMMENT ON TABLE memory.user_metadata IS 'One row a user: how much there is, and the version of the last change.';
COMMENT ON COLUMN memory.user_metadata.user_id IS 'The user.';
COMMENT ON COLUMN memory.user_metadata.created_at IS 'When the user''s first memory came.';
COMMENT ON COLUMN memory.user_metadata.last_activity IS 'When a memory or a relationship of the user last changed.';
COMMENT ON COLUMN memory.user_metadata.total_nodes IS 'How many nodes the user has.';
COMMENT ON COLUMN memory.user_metadata.total_relationships IS 'How many relationships the user has.';
COMMENT ON COLUMN memory.user_metadata.version IS 'The version of the user''s last change; grows by one with each.';
COMMENT ON COLUMN memory.user_metadata.counted_nodes IS 'How many nodes the user had when the words were last counted; 0 before.';
COMMENT ON COLUMN memory.user_metadata.metadata IS 'What the caller wants to keep about the user, a JSON object.';

CREATE TABLE memory.changes (
    user_id text NOT NULL,
    version bigint NOT NULL,
    op text NOT NULL,
    node_id uuid,
    relationship_id uuid,
    changed_at timestamptz NOT NULL DEFAULT now(),

    -- What changed since a version, in order?
    CONSTRAINT changes_pkey PRIMARY KEY (user_id, version),
    CONSTRAINT changes_op_check CHECK (op IN ('insert', 'update', 'delete')),
    CONSTRAINT changes_subject_check CHECK ((node_id IS NULL) <> (relationship_id IS NULL))
);

-- Which changes are older than anybody needs? They lie in the order of time, so a few pages of BRIN will do.
CREATE INDEX changes_changed_at_idx ON memory.changes USING brin (changed_at);

COMMENT ON TABLE memory.changes IS 'The log of changes: one row for each node or relationship written, in commit order for each user.';
COMMENT ON COLUMN memory.changes.user_id IS 'Whose memory changed.';
COMMENT ON COLUMN memory.changes.version IS 'The number of the change: 1, 2, 3 … for each user.';
COMMENT ON COLUMN memory.changes.op IS 'insert, update or delete.';
COMMENT ON COLUMN memory.changes.node_id IS 'The node that changed, or NULL.';
COMMENT ON COLUMN memory.changes.relationship_id IS 'The relationship that changed, or NULL.';
COMMENT ON COLUMN memory.changes.changed_at IS 'When the transaction that changed it began.';

-- Counts and logs the changes of one user by one statement. Exactly one of the two id lists is given.
CREATE FUNCTION memory.record_changes(
    changed_user text,
    operation text,
    node_ids uuid[],
    relationship_ids uuid[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    added constant integer := CASE operation WHEN 'insert' THEN 1 WHEN 'delete' THEN -1 ELSE 0 END;
    nodes constant integer := coalesce(cardinality(node_ids), 0);
    relationships constant integer := coalesce(cardinality(relationship_ids), 0);
    last_version bigint;
BEGIN
    UPDATE memory.user_metadata AS m
    SET total_nodes = m.total_nodes + added * nodes,
        total_relationships = m.total_relationships + added * relationships,
        version = m.version + nodes + relationships,
        last_activity = greatest(m.last_activity, now())
    WHERE m.user_id = changed_user
    RETURNING m.version INTO last_version;
    IF NOT FOUND THEN
        -- The user's first change, or that of a concurrent transaction which came first.
        INSERT INTO memory.user_metadata AS m (user_id, total_nodes, total_relationships, version, last_activity)
        VALUES (changed_user, added * nodes, added * relationships, nodes + relationships, now())
        ON CONFLICT (user_id) DO UPDATE
        SET total_nodes = m.total_nodes + EXCLUDED.total_nodes,
            total_relationships = m.total_relationships + EXCLUDED.total_relationships,
            version = m.version + EXCLUDED.version,
            last_activity = greatest(m.last_activity, EXCLUDED.last_activity)
        RETURNING m.version INTO last_version;
    END IF;

    INSERT INTO memory.changes (user_id, version, op, node_id, relationship_id)
    SELECT changed_user, last_version - nodes - relationships + changed.position, operation, changed.node_id, changed.relationship_id
    FROM ROWS FROM (unnest(node_ids), unnest(relationship_ids)) WITH ORDINALITY AS changed (node_id, relationship_id, position);
END
$$;

COMMENT ON FUNCTION memory.record_changes(text, text, uuid[], uuid[]) IS
    'Adds to a user''s counters and appends to the user''s log of changes.';

-- An update that changes nothing but accesses is not a change of memory. What changed is found by EXCEPT,
-- not by a join: the first statement of a session may leave a plan for empty tables, which a join would
-- follow row by row ever after.
CREATE FUNCTION memory.nodes_written() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    written record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR written IN
            SELECT n.user_id, array_agg(n.node_id ORDER BY n.node_id) AS ids
            FROM new_rows AS n
            GROUP BY n.user_id
            ORDER BY n.user_id
        LOOP
            PERFORM memory.record_changes(written.user_id, 'insert', written.ids, NULL);
        END LOOP;
    ELSIF TG_OP = 'UPDATE' THEN
        FOR written IN
            SELECT n.user_id, array_agg(n.node_id ORDER BY n.node_id) AS ids
            FROM (
                SELECT user_id, node_id, content, context_type, summary, created_at, base_relevance, tags, metadata, expires_at
                FROM new_rows
                EXCEPT
                SELECT user_id, node_id, content, context_type, summary, created_at, base_relevance, tags, metadata, expires_at
                FROM old_rows
            ) AS n
            GROUP BY n.user_id
            ORDER BY n.user_id
        LOOP
            PERFORM memory.record_changes(written.user_id, 'update', written.ids, NULL);
        END LOOP;
    ELSE
        FOR written IN
            SELECT o.user_id, array_agg(o.node_id ORDER BY o.node_id) AS ids
            FROM old_rows AS o
            GROUP BY o.user_id
            ORDER BY o.user_id
        LOOP
            PERFORM memory.record_changes(written.user_id, 'delete', written.ids, NULL);
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION memory.nodes_written() IS 'Records what a statement wrote to memory.nodes.';

CREATE FUNCTION memory.relationships_written() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    written record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        FOR written IN
            SELECT n.user_id, array_agg(n.id ORDER BY n.id) AS ids
            FROM new_rows AS n
            GROUP BY n.user_id
            ORDER BY n.user_id
        LOOP
            PERFORM memory.record_changes(written.user_id, 'insert', NULL, written.ids);
        END LOOP;
    ELSIF TG_OP = 'UPDATE' THEN
        FOR written IN
            SELECT n.user_id, array_agg(n.id ORDER BY n.id) AS ids
            FROM (
                SELECT user_id, id, strength, metadata, created_at FROM new_rows
                EXCEPT
                SELECT user_id, id, strength, metadata, created_at FROM old_rows
            ) AS n
            GROUP BY n.user_id
            ORDER BY n.user_id
        LOOP
            PERFORM memory.record_changes(written.user_id, 'update', NULL, written.ids);
        END LOOP;
    ELSE
        FOR written IN
            SELECT o.user_id, array_agg(o.id ORDER BY o.id) AS ids
            FROM old_rows AS o
            GROUP BY o.user_id
            ORDER BY o.user_id
        LOOP
            PERFORM memory.record_changes(written.user_id, 'delete', NULL, written.ids);
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION memory.relationships_written() IS 'Records what a statement wrote to memory.relationships.';

CREATE TRIGGER nodes_inserted AFTER INSERT ON memory.nodes
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION memory.nodes_written();

CREATE TRIGGER nodes_updated AFTER UPDATE ON memory.nodes
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION memory.nodes_written();

CREATE TRIGGER nodes_deleted AFTER DELETE ON memory.nodes
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION memory.nodes_written();

CREATE TRIGGER relationships_inserted AFTER INSERT ON memory.relationships
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION memory.relationships_written();

CREATE TRIGGER relationships_updated AFTER UPDATE ON memory.relationships
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION memory.relationships_written();

CREATE TRIGGER relationships_deleted AFTER DELETE ON memory.relationships
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION memory.relationships_written();

-- The counters and the log live by what the triggers see of each row, and TRUNCATE shows them none.
CREATE FUNCTION memory.refuse_truncate() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE would leave the counters and the log of changes wrong'
        USING ERRCODE = 'feature_not_supported', HINT = 'DELETE FROM memory.nodes';
END
$$;

COMMENT ON FUNCTION memory.refuse_truncate() IS 'Keeps TRUNCATE from memory.nodes and memory.relationships.';

CREATE TRIGGER nodes_truncated BEFORE TRUNCATE ON memory.nodes
FOR EACH STATEMENT EXECUTE FUNCTION memory.refuse_truncate();

CREATE TRIGGER relationships_truncated BEFORE TRUNCATE ON memory.relationships
FOR EACH STATEMENT EXECUTE FUNCTION memory.refuse_truncate();
