--: Model (model, dimension)

--! get_model : Model
--- The model whose embeddings the database holds. No row while semantic search is not enabled.
---
--- Access path: none, the function knows.
--- Invariant: reads no memory.
SELECT m.model, m.dimension
FROM memory.semantic_model() AS m;

--! refuse
--- Fails, and says how semantic search is enabled.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT true AS refused
FROM memory.refuse_semantic();

--! set_parameters
--- Says what schema/semantic/enable.sql is to enable, until the transaction ends.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT
    set_config('pgmemory.model', :model, true) AS model,
    set_config('pgmemory.dimension', :dimension::integer::text, true) AS dimension;

--! embed_many
--- Stores the embeddings of nodes, one after the other in :embeddings; replaces those that are there. Changes no
--- memory, so the log of changes does not tell of it.
---
--- Access path: nodes_pkey and embeddings_pkey, one probe a node; embeddings_nearest_idx.
--- Invariant: writes rows of :user_id only; the user has all of the nodes, or nothing is written.
SELECT memory.embed_nodes(:user_id, :node_ids, :embeddings) AS embedded;

--! nearest : Similar (summary?, base_relevance?, entity_id?, entity_system?, entity_type?, entity_name?, updated_at?, expires_at?)
--- The nodes of a user whose embeddings are nearest to one, best first.
---
--- Access path: all of the user's entries in embeddings_pkey; embeddings_nearest_idx for a user who has more than
--- 20,000 nodes and a tenth of all embeddings; nodes_pkey, one probe a result.
--- Invariant: never another user's rows.
SELECT
    near.similarity,
    n.node_id,
    n.content,
    n.context_type,
    n.summary,
    n.created_at,
    n.last_accessed,
    n.access_count,
    n.base_relevance,
    n.tags,
    n.metadata,
    n.entity_id,
    n.entity_system,
    n.entity_type,
    n.entity_name,
    n.updated_at,
    n.expires_at
FROM memory.nearest_nodes(:user_id, :embedding, :limit) AS near
JOIN memory.nodes AS n ON n.user_id = :user_id AND n.node_id = near.node_id
ORDER BY near.similarity DESC, near.node_id;

--! list_unembedded
--- The nodes of a user that have no embedding, in the order of their ids, at most :limit.
---
--- Access path: nodes_pkey and embeddings_pkey side by side.
--- Invariant: never another user's rows.
SELECT u.node_id
FROM memory.unembedded_nodes(:user_id, :limit) AS u
ORDER BY u.node_id;

--! get_coverage (user_id?)
--- How many nodes a user has, and how many of them have an embedding. :user_id NULL means all users together:
--- administration, across users.
---
--- Access path: all of the user's entries in nodes_pkey and embeddings_pkey.
--- Invariant: never another user's rows, but where all are asked for.
SELECT c.nodes, c.embedded
FROM memory.embedding_coverage(:user_id) AS c;
