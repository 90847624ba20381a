-- How far the journals of sessions have come: each session keeps what it remembers in a file until it is here, and what
-- is sent again, since nobody knew whether it had arrived, is told by its number.

CREATE TABLE memory.journals (
    user_id text NOT NULL,
    journal_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    advanced_at timestamptz NOT NULL DEFAULT now(),

    -- How far has this journal come?
    CONSTRAINT journals_pkey PRIMARY KEY (user_id, journal_id),
    CONSTRAINT journals_last_seq_check CHECK (last_seq > 0)
);

COMMENT ON TABLE memory.journals IS 'How much of each session''s journal is in memory.nodes and memory.relationships.';
COMMENT ON COLUMN memory.journals.user_id IS 'Whose memory it was written for.';
COMMENT ON COLUMN memory.journals.journal_id IS 'The journal: one of a file, used by one process at a time.';
COMMENT ON COLUMN memory.journals.last_seq IS 'The number of the last entry that was written; no entry up to it is written again.';
COMMENT ON COLUMN memory.journals.advanced_at IS 'When that was.';

GRANT SELECT, INSERT, UPDATE, DELETE ON memory.journals TO pgmemory_app;
GRANT SELECT ON memory.journals TO pgmemory_tenant, pgmemory_readonly;
GRANT INSERT, UPDATE ON memory.journals TO pgmemory_tenant_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON memory.journals TO pgmemory_admin;

SELECT memory.protect_rows('memory.journals');
