-- What a session keeps in its file: a cache of one user's memory, the journal of what has yet to come to PostgreSQL,
-- and notes, which never do. Times are microseconds since 1970 in UTC, ids their 16 bytes.

CREATE TABLE session (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Whose memory it is: one file, one user.
    user_id TEXT NOT NULL,
    -- The last change of the user's memory that is in here; NULL before the first load.
    seen_version INTEGER,
    -- Since when the user has a memory there: another time is another memory. NULL without one.
    memory_created_at INTEGER,
    -- Whether the whole memory was loaded, and nothing evicted since.
    is_whole INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE nodes (
    id INTEGER PRIMARY KEY,
    node_id BLOB NOT NULL,
    -- The thread that a note belongs to; empty for what is in PostgreSQL, or is to be.
    thread TEXT NOT NULL DEFAULT '',
    context_type TEXT NOT NULL,
    content TEXT NOT NULL,
    summary TEXT,
    tags TEXT NOT NULL,
    base_relevance REAL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER,
    last_accessed INTEGER NOT NULL,
    access_count INTEGER NOT NULL,
    expires_at INTEGER,
    metadata TEXT NOT NULL,
    entity_system TEXT,
    entity_id TEXT,
    -- When a session last wrote or read it.
    used_at INTEGER NOT NULL,
    -- Whether its text is in node_text.
    is_indexed INTEGER NOT NULL DEFAULT 0,

    -- Which node is this?
    CONSTRAINT nodes_node_id_key UNIQUE (node_id),
    -- Which node is this entity?
    CONSTRAINT nodes_entity_key UNIQUE (thread, entity_system, entity_id)
) STRICT;

-- Which texts have yet to be indexed?
CREATE INDEX nodes_unindexed_idx ON nodes (id) WHERE NOT is_indexed;

-- Which were not used for longest?
CREATE INDEX nodes_used_idx ON nodes (used_at) WHERE thread = '';

-- What has expired?
CREATE INDEX nodes_expires_idx ON nodes (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE relationships (
    id INTEGER PRIMARY KEY,
    relationship_id BLOB NOT NULL,
    from_node_id BLOB NOT NULL,
    to_node_id BLOB NOT NULL,
    relationship_type TEXT NOT NULL,
    strength REAL NOT NULL,
    created_at INTEGER NOT NULL,
    metadata TEXT NOT NULL,

    CONSTRAINT relationships_relationship_id_key UNIQUE (relationship_id),
    -- Two nodes are related in one way once. Which relationships leave a node?
    CONSTRAINT relationships_ends_key UNIQUE (from_node_id, to_node_id, relationship_type)
) STRICT;

-- Which arrive at it?
CREATE INDEX relationships_to_idx ON relationships (to_node_id);

-- Nodes that turned out to be entities that PostgreSQL has under another id.
CREATE TABLE aliases (
    node_id BLOB PRIMARY KEY,
    now_node_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was remembered and is not known to be in PostgreSQL, in the order in which it has to come there.
CREATE TABLE journal (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Another one each time that the file is opened: so no number is given twice, even where the machine lost what was not yet on
    -- its disk, or the file was copied, or is an older one that came back.
    journal_id BLOB NOT NULL,
    -- What PostgreSQL tells it by, together with the journal.
    seq INTEGER NOT NULL,
    entry TEXT NOT NULL,
    -- Of the entry, so that a damaged one is never sent.
    checksum INTEGER NOT NULL,
    -- The nodes that it is about.
    node_id BLOB NOT NULL,
    other_node_id BLOB,
    remembered_at INTEGER NOT NULL,

    -- Which entries does a journal have?
    CONSTRAINT journal_seq_key UNIQUE (journal_id, seq)
) STRICT;

-- Which entries are about a node?
CREATE INDEX journal_node_idx ON journal (node_id);
CREATE INDEX journal_other_node_idx ON journal (other_node_id) WHERE other_node_id IS NOT NULL;

-- What PostgreSQL refused for good.
CREATE TABLE dead_letters (
    position INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    -- As the journal had it.
    checksum INTEGER NOT NULL,
    node_id BLOB NOT NULL,
    other_node_id BLOB,
    remembered_at INTEGER NOT NULL,
    refused_at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE threads (
    thread TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    last_activity INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The texts that search finds nodes by.
CREATE VIRTUAL TABLE node_text USING fts5 (
    name, summary, tags, body,
    tokenize = 'porter unicode61 remove_diacritics 2'
);

-- An id that a node has is no name of another.
CREATE TRIGGER nodes_inserted AFTER INSERT ON nodes
BEGIN
    DELETE FROM aliases WHERE node_id = new.node_id;
END;

CREATE TRIGGER nodes_renamed AFTER UPDATE OF node_id ON nodes
BEGIN
    DELETE FROM aliases WHERE node_id = new.node_id;
END;

CREATE TRIGGER nodes_deleted AFTER DELETE ON nodes
BEGIN
    DELETE FROM node_text WHERE rowid = old.id;
    DELETE FROM relationships WHERE from_node_id = old.node_id;
    DELETE FROM relationships WHERE to_node_id = old.node_id;
END;
