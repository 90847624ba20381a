-- Disables semantic search and deletes all embeddings: `pgmemory semantic disable --yes` runs it, in one transaction,
-- and then V0006__semantic.sql again, which puts back the functions that say so. The extension stays.

DROP TRIGGER IF EXISTS nodes_reworded ON memory.nodes;
DROP FUNCTION IF EXISTS memory.forget_embedding();
DROP FUNCTION IF EXISTS memory.to_embedding(real[]);
DROP TABLE IF EXISTS memory.embeddings;
