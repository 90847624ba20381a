-- What semantic search is asked by. It is an option of the database, for servers with the extension pgvector:
-- until `pgmemory semantic enable` runs schema/semantic/enable.sql, which replaces these functions, each says that
-- it is not enabled; to disable it again, this file runs once more. Embeddings are real[] here, so that nothing else
-- has to name a type of the extension.

-- SQLSTATE PGM01 means it is not enabled; PGM02 that an embedding is not one of the model; PGM03 that the user has
-- no such node.
CREATE OR REPLACE FUNCTION memory.refuse_semantic() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'semantic search is not enabled in this database'
        USING ERRCODE = 'PGM01', HINT = 'run `pgmemory semantic enable`; it needs the extension pgvector, 0.7 or newer';
END
$$;

COMMENT ON FUNCTION memory.refuse_semantic() IS 'Says that semantic search is not enabled, and how to enable it.';

CREATE OR REPLACE FUNCTION memory.semantic_model()
RETURNS TABLE (model text, dimension integer)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT NULL::text, NULL::integer WHERE false
$$;

COMMENT ON FUNCTION memory.semantic_model() IS
    'The model whose embeddings the database holds, and how many numbers each has; no row while semantic search is not enabled.';

CREATE OR REPLACE FUNCTION memory.embed_nodes(for_user text, node_ids uuid[], embeddings real[]) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM memory.refuse_semantic();
END
$$;

COMMENT ON FUNCTION memory.embed_nodes(text, uuid[], real[]) IS
    'Stores the embeddings of a user''s nodes, one after the other in one array; returns how many nodes have one now.';

CREATE OR REPLACE FUNCTION memory.nearest_nodes(for_user text, query_embedding real[], most integer)
RETURNS TABLE (node_id uuid, similarity double precision)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    PERFORM memory.refuse_semantic();
END
$$;

COMMENT ON FUNCTION memory.nearest_nodes(text, real[], integer) IS
    'The nodes of a user whose embeddings are nearest to one, best first, with the cosine similarity, between -1 and 1.';

CREATE OR REPLACE FUNCTION memory.unembedded_nodes(for_user text, most bigint)
RETURNS TABLE (node_id uuid)
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    PERFORM memory.refuse_semantic();
END
$$;

COMMENT ON FUNCTION memory.unembedded_nodes(text, bigint) IS
    'The nodes of a user that have no embedding: new ones, and those whose text has changed since they had one.';

CREATE OR REPLACE FUNCTION memory.embedding_coverage(for_user text)
RETURNS TABLE (nodes bigint, embedded bigint)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    PERFORM memory.refuse_semantic();
END
$$;

COMMENT ON FUNCTION memory.embedding_coverage(text) IS
    'How many nodes a user has, and how many of them have an embedding; of all users together where the user is NULL.';
