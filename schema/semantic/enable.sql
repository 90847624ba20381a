-- Enables semantic search with pgvector 0.7 or newer: `pgmemory semantic enable` runs it, in one transaction, with the
-- settings pgmemory.model and pgmemory.dimension. By hand:
--
--     BEGIN;
--     SET LOCAL pgmemory.model = 'text-embedding-3-small';
--     SET LOCAL pgmemory.dimension = 1536;
--     \i schema/semantic/enable.sql
--     COMMIT;
--
-- Running it again with the same model brings the functions up to date and keeps the embeddings. SQLSTATE PGM01 means
-- that the server cannot do it, PGM04 that the embeddings of another model are there.

DO $$
DECLARE
    available constant text := (SELECT default_version FROM pg_catalog.pg_available_extensions WHERE name = 'vector');
    installed record;
BEGIN
    SELECT e.extversion AS version, n.nspname AS home
    INTO installed
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
    WHERE e.extname = 'vector';
    IF NOT FOUND AND available IS NULL THEN
        RAISE EXCEPTION 'semantic search needs the extension pgvector, 0.7 or newer, which this server does not have'
            USING ERRCODE = 'PGM01', HINT = format(
                'install it on the server: the package postgresql-%s-pgvector of apt.postgresql.org, or https://github.com/pgvector/pgvector',
                current_setting('server_version_num')::integer / 10000
            );
    END IF;
    IF string_to_array(regexp_replace(coalesce(installed.version, available), '[^0-9.].*', ''), '.')::integer[] < '{0,7}' THEN
        RAISE EXCEPTION 'semantic search needs pgvector 0.7 or newer, this is %', coalesce(installed.version, available)
            USING ERRCODE = 'PGM01', HINT = 'install a newer pgvector on the server, then ALTER EXTENSION vector UPDATE';
    END IF;
    IF installed.home <> 'public' THEN
        RAISE EXCEPTION 'the extension vector is installed in the schema %, pgmemory expects it in public', installed.home
            USING ERRCODE = 'PGM01', HINT = 'ALTER EXTENSION vector SET SCHEMA public';
    END IF;
END
$$;

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

DO $$
DECLARE
    model constant text := current_setting('pgmemory.model');
    dimension constant integer := current_setting('pgmemory.dimension');
    present record;
BEGIN
    SELECT * INTO present FROM memory.semantic_model();
    IF (present.model, present.dimension) <> (model, dimension) THEN
        RAISE EXCEPTION 'the database holds embeddings of %, % numbers each, and those of another model do not compare with them',
            present.model, present.dimension
            USING ERRCODE = 'PGM04', HINT = 'run `pgmemory semantic disable --yes`, which deletes them, then enable the other model';
    END IF;

    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS memory.embeddings (
            user_id text NOT NULL,
            node_id uuid NOT NULL,
            embedding public.vector(%s) NOT NULL,

            CONSTRAINT embeddings_pkey PRIMARY KEY (user_id, node_id),
            CONSTRAINT embeddings_node_fkey FOREIGN KEY (user_id, node_id)
                REFERENCES memory.nodes (user_id, node_id) ON DELETE CASCADE,
            -- A vector of zeros points nowhere.
            CONSTRAINT embeddings_embedding_check CHECK (public.vector_norm(embedding) > 0.9)
        )',
        dimension
    );
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION memory.semantic_model()
        RETURNS TABLE (model text, dimension integer)
        LANGUAGE sql STABLE ROWS 1 AS %L',
        format('SELECT %L::text, %s', model, dimension)
    );
END
$$;

-- Each embedding belongs to its user, as its node does.
SELECT memory.protect_rows('memory.embeddings');
GRANT SELECT ON memory.embeddings TO pgmemory_tenant, pgmemory_readonly;
GRANT SELECT, INSERT, UPDATE, DELETE ON memory.embeddings TO pgmemory_app, pgmemory_tenant_writer, pgmemory_admin;

-- In the rows themselves as long as they fit on a page: out of line, each costs a search in a table of its own.
ALTER TABLE memory.embeddings ALTER COLUMN embedding SET STORAGE MAIN;

-- Which embeddings are nearest to one? Of all users: an index of this kind holds nothing but the embedding.
CREATE INDEX IF NOT EXISTS embeddings_nearest_idx ON memory.embeddings USING hnsw (embedding public.vector_cosine_ops);

COMMENT ON TABLE memory.embeddings IS 'The embedding of a node''s text, of the model that memory.semantic_model() names.';
COMMENT ON COLUMN memory.embeddings.user_id IS 'Whose node it is.';
COMMENT ON COLUMN memory.embeddings.node_id IS 'The node.';
COMMENT ON COLUMN memory.embeddings.embedding IS 'Scaled to the length 1.';

-- An embedding of the model, scaled to the length 1: so no sum of squares overflows later.
CREATE OR REPLACE FUNCTION memory.to_embedding(numbers real[]) RETURNS public.vector
LANGUAGE plpgsql STABLE AS $$
DECLARE
    expected record;
    scaled public.vector;
BEGIN
    SELECT * INTO expected FROM memory.semantic_model();
    IF cardinality(numbers) IS DISTINCT FROM expected.dimension THEN
        RAISE EXCEPTION 'has % numbers, an embedding of % has %', cardinality(numbers), expected.model, expected.dimension
            USING ERRCODE = 'PGM02', COLUMN = 'embedding';
    END IF;
    scaled := public.l2_normalize(numbers::public.vector);
    IF public.vector_norm(scaled) = 0 THEN
        RAISE EXCEPTION 'is all zeros, which is near to nothing' USING ERRCODE = 'PGM02', COLUMN = 'embedding';
    END IF;
    RETURN scaled;
END
$$;

COMMENT ON FUNCTION memory.to_embedding(real[]) IS 'An embedding of the model, scaled to the length 1; an error where it is none.';

CREATE OR REPLACE FUNCTION memory.embed_nodes(for_user text, node_ids uuid[], embeddings real[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    expected record;
    missing uuid;
    written bigint;
BEGIN
    SELECT * INTO expected FROM memory.semantic_model();
    IF cardinality(embeddings) <> cardinality(node_ids) * expected.dimension THEN
        RAISE EXCEPTION 'has % numbers, an embedding of % has %',
            cardinality(embeddings) / cardinality(node_ids), expected.model, expected.dimension
            USING ERRCODE = 'PGM02', COLUMN = 'embedding';
    END IF;

    -- Waits where all writers of the user do, so that it deadlocks with none.
    PERFORM FROM memory.user_metadata AS m WHERE m.user_id = for_user FOR NO KEY UPDATE;

    SELECT item.node_id
    INTO missing
    FROM unnest(node_ids) AS item (node_id)
    WHERE NOT EXISTS (
        SELECT FROM memory.nodes AS n
        WHERE n.user_id = for_user AND n.node_id = item.node_id AND coalesce(n.expires_at, 'infinity') > now()
    )
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'node_id: the user has no node %', missing USING ERRCODE = 'PGM03';
    END IF;

    INSERT INTO memory.embeddings (user_id, node_id, embedding)
    SELECT DISTINCT ON (item.node_id)
        for_user,
        item.node_id,
        memory.to_embedding(
            embeddings[(item.position - 1)::integer * expected.dimension + 1:item.position::integer * expected.dimension]
        )
    FROM unnest(node_ids) WITH ORDINALITY AS item (node_id, position)
    -- The last one of a node counts.
    ORDER BY item.node_id, item.position DESC
    ON CONFLICT (user_id, node_id) DO UPDATE
    SET embedding = EXCLUDED.embedding;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;

-- The index holds the embeddings of all users, so it passes over those of others until it has enough: it is quick for
-- a user who has many of all, slow and inexact for the others, whose own rows are compared one by one. Measured with
-- 100,000 embeddings of 384 numbers: row by row 1 ms a thousand, whoever has the others; by the index 6 ms for a user
-- with 40,000, 16 ms with 10,000 and 108 ms with 1,000, of whose nearest it found a third (docs/SEMANTIC.md).
CREATE OR REPLACE FUNCTION memory.nearest_nodes(for_user text, query_embedding real[], most integer)
RETURNS TABLE (node_id uuid, similarity double precision)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
DECLARE
    target constant public.vector := memory.to_embedding(query_embedding);
    user_nodes constant bigint := (SELECT m.total_nodes FROM memory.user_metadata AS m WHERE m.user_id = for_user);
    all_embeddings constant real := (
        SELECT c.reltuples FROM pg_catalog.pg_class AS c WHERE c.oid = 'memory.embeddings'::regclass
    );
    sorts constant text := current_setting('enable_sort');
    scans constant text := current_setting('hnsw.iterative_scan', true);
    breadth constant text := current_setting('hnsw.ef_search', true);
    found_ids uuid[];
    distances double precision[];
BEGIN
    -- pgvector 0.7 has no iterative scans.
    IF user_nodes > 20000 AND user_nodes > all_embeddings / 10 AND scans IS NOT NULL THEN
        -- Without sorting only the index has this order. The settings end with this block.
        PERFORM
            set_config('enable_sort', 'off', true),
            set_config('hnsw.iterative_scan', 'relaxed_order', true),
            set_config('hnsw.ef_search', '400', true);
        SELECT array_agg(near.node_id), array_agg(near.distance)
        INTO found_ids, distances
        FROM (
            SELECT e.node_id, e.embedding OPERATOR(public.<=>) target AS distance
            FROM memory.embeddings AS e
            WHERE
                e.user_id = for_user
                AND e.node_id NOT IN (SELECT n.node_id FROM memory.nodes AS n WHERE n.user_id = for_user AND n.expires_at <= now())
            ORDER BY e.embedding OPERATOR(public.<=>) target
            LIMIT most
        ) AS near;
        PERFORM
            set_config('enable_sort', sorts, true),
            set_config('hnsw.iterative_scan', scans, true),
            set_config('hnsw.ef_search', breadth, true);
        -- The index gives up after some 20,000 rows of others.
        IF cardinality(found_ids) = most THEN
            RETURN QUERY
                SELECT near.node_id, 1 - near.distance
                FROM unnest(found_ids, distances) AS near (node_id, distance)
                ORDER BY near.distance, near.node_id;
            RETURN;
        END IF;
    END IF;

    RETURN QUERY
        WITH
        -- All of the user's, in no order: so that the index is not asked after all.
        own AS MATERIALIZED (
            SELECT e.node_id, e.embedding OPERATOR(public.<=>) target AS distance
            FROM memory.embeddings AS e
            WHERE
                e.user_id = for_user
                AND e.node_id NOT IN (SELECT n.node_id FROM memory.nodes AS n WHERE n.user_id = for_user AND n.expires_at <= now())
        )
        SELECT own.node_id, 1 - own.distance
        FROM own
        ORDER BY own.distance, own.node_id
        LIMIT most;
END
$$;

CREATE OR REPLACE FUNCTION memory.unembedded_nodes(for_user text, most bigint)
RETURNS TABLE (node_id uuid)
LANGUAGE sql STABLE ROWS 50 AS $$
    SELECT n.node_id
    FROM memory.nodes AS n
    WHERE
        n.user_id = for_user
        AND coalesce(n.expires_at, 'infinity') > now()
        AND NOT EXISTS (SELECT FROM memory.embeddings AS e WHERE e.user_id = for_user AND e.node_id = n.node_id)
    ORDER BY n.node_id
    LIMIT most
$$;

CREATE OR REPLACE FUNCTION memory.embedding_coverage(for_user text)
RETURNS TABLE (nodes bigint, embedded bigint)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    IF for_user IS NULL THEN
        RETURN QUERY
            SELECT count(*), count(e.node_id)
            FROM memory.nodes AS n
            LEFT JOIN memory.embeddings AS e ON e.user_id = n.user_id AND e.node_id = n.node_id
            WHERE coalesce(n.expires_at, 'infinity') > now();
    ELSE
        RETURN QUERY
            SELECT count(*), count(e.node_id)
            FROM memory.nodes AS n
            LEFT JOIN memory.embeddings AS e ON e.user_id = for_user AND e.node_id = n.node_id
            WHERE n.user_id = for_user AND coalesce(n.expires_at, 'infinity') > now();
    END IF;
END
$$;

-- An embedding is that of a text. Where the text changes, the old one must not be found any more, and the node is
-- among those without one. What a store counts and dates is no text.
CREATE OR REPLACE FUNCTION memory.forget_embedding() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM memory.embeddings AS e WHERE e.user_id = NEW.user_id AND e.node_id = NEW.node_id;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION memory.forget_embedding() IS 'Deletes the embedding of a node whose text has changed.';

CREATE OR REPLACE TRIGGER nodes_reworded AFTER UPDATE OF content, summary, tags ON memory.nodes
FOR EACH ROW
WHEN (
    OLD.summary IS DISTINCT FROM NEW.summary
    OR OLD.tags IS DISTINCT FROM NEW.tags
    OR OLD.content - '{last_updated,update_count}'::text[] IS DISTINCT FROM NEW.content - '{last_updated,update_count}'::text[]
)
EXECUTE FUNCTION memory.forget_embedding();
