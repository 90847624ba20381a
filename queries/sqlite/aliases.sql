--! put
--- A node has another id in PostgreSQL.
INSERT OR REPLACE INTO aliases (node_id, now_node_id)
VALUES (:node_id, :now_node_id);

--! follow
--- Those that were names of it are names of what it is now.
UPDATE aliases
SET now_node_id = :now_node_id
WHERE now_node_id = :node_id;

--! get
--- The present id of a node that had this one.
SELECT now_node_id
FROM aliases
WHERE node_id = :node_id;
