-- How the memories of one user hang together. The foreign keys hold the user, so that two users' nodes
-- can never be linked.

CREATE TABLE memory.relationships (
    user_id text NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    from_node_id uuid NOT NULL,
    to_node_id uuid NOT NULL,
    relationship_type text NOT NULL,
    strength real NOT NULL DEFAULT 1.0,
    created_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}',

    CONSTRAINT relationships_pkey PRIMARY KEY (user_id, id),
    -- Two nodes are related in one way once: the arbiter of relating them again.
    CONSTRAINT relationships_ends_key UNIQUE (user_id, from_node_id, to_node_id, relationship_type),
    CONSTRAINT relationships_from_fkey FOREIGN KEY (user_id, from_node_id)
        REFERENCES memory.nodes (user_id, node_id) ON DELETE CASCADE,
    CONSTRAINT relationships_to_fkey FOREIGN KEY (user_id, to_node_id)
        REFERENCES memory.nodes (user_id, node_id) ON DELETE CASCADE,
    CONSTRAINT relationships_type_check CHECK (relationship_type IN (
        'led_to', 'relates_to', 'depends_on', 'produces', 'belongs_to', 'contradicts', 'refines', 'answers'
    )),
    CONSTRAINT relationships_strength_check CHECK (strength BETWEEN 0 AND 1),
    CONSTRAINT relationships_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT relationships_metadata_size_check CHECK (octet_length(metadata::text) <= 1048576),
    CONSTRAINT relationships_created_at_check CHECK (
        created_at >= '0001-01-01 00:00:00+00' AND created_at < '10000-01-01 00:00:00+00'
    )
);

-- Which are the newest relationships that leave a node, page by page, even at a hub?
CREATE INDEX relationships_from_idx ON memory.relationships (user_id, from_node_id, created_at DESC, id DESC);

-- Which are the newest that arrive at it? Also serves the cascade when a node is deleted.
CREATE INDEX relationships_to_idx ON memory.relationships (user_id, to_node_id, created_at DESC, id DESC);

COMMENT ON TABLE memory.relationships IS 'A directed, typed, weighted link between two memories of one user.';
COMMENT ON COLUMN memory.relationships.user_id IS 'Whose memories it links.';
COMMENT ON COLUMN memory.relationships.id IS 'Unique for the user; a UUIDv7 when the service made it.';
COMMENT ON COLUMN memory.relationships.from_node_id IS 'The node it leaves.';
COMMENT ON COLUMN memory.relationships.to_node_id IS 'The node it arrives at; may be the same.';
COMMENT ON COLUMN memory.relationships.relationship_type IS 'In which way the one is related to the other.';
COMMENT ON COLUMN memory.relationships.strength IS 'Between 0 and 1; the newest one given.';
COMMENT ON COLUMN memory.relationships.created_at IS 'When they were first related.';
COMMENT ON COLUMN memory.relationships.metadata IS 'What the caller wants to keep with it, a JSON object of at most 1 MiB.';
