-- How common a user's words are. A search must know before it looks: of a large memory it ranks only the nodes with
-- the telling words. Counted now and then, not with every write, so the numbers are those of the last count.
CREATE TABLE memory.lexemes (
    user_id text NOT NULL,
    lexeme text NOT NULL,
    nodes integer NOT NULL,
    strong_nodes integer[] NOT NULL,

    -- How many of a user's nodes have this word?
    CONSTRAINT lexemes_pkey PRIMARY KEY (user_id, lexeme),
    CONSTRAINT lexemes_nodes_check CHECK (nodes > 0),
    CONSTRAINT lexemes_strong_nodes_check CHECK (cardinality(strong_nodes) = 4)
);

-- Which words of a user look like this one, typing errors included?
CREATE INDEX lexemes_alike_idx ON memory.lexemes USING gin (user_id, lexeme public.gin_trgm_ops);

COMMENT ON TABLE memory.lexemes IS 'The common words of each user with more than a few hundred nodes, as of the last count.';
COMMENT ON COLUMN memory.lexemes.user_id IS 'Whose word it is.';
COMMENT ON COLUMN memory.lexemes.lexeme IS 'The word as the text search has it: lower case, without its ending.';
COMMENT ON COLUMN memory.lexemes.nodes IS 'How many of the user''s nodes have it; 10 or more.';
COMMENT ON COLUMN memory.lexemes.strong_nodes IS 'How many of these say it at level 1 or more, 2 or more, and so on to 4.';
