-- The file of the Python system, which is only read: as that system makes it, with texts where its programs write JSON. Times are
-- texts with an offset or without, or seconds since 1970.

CREATE TABLE memory_threads (
    thread_id TEXT PRIMARY KEY,
    created_at TIMESTAMP NOT NULL,
    last_activity TIMESTAMP NOT NULL,
    agent_name TEXT,
    task_id TEXT,
    metadata TEXT
);

CREATE TABLE memory_nodes (
    node_id TEXT PRIMARY KEY,
    thread_id TEXT,
    content TEXT,
    context_type TEXT NOT NULL,
    summary TEXT,
    created_at TIMESTAMP,
    last_accessed TIMESTAMP,
    access_count INTEGER,
    base_relevance REAL,
    tags TEXT,
    metadata TEXT,
    entity_id TEXT,
    entity_type TEXT,
    entity_system TEXT
);

CREATE TABLE memory_relationships (
    from_node_id TEXT NOT NULL,
    to_node_id TEXT NOT NULL,
    relationship_type TEXT NOT NULL,
    strength REAL,
    created_at TIMESTAMP,
    metadata TEXT,
    PRIMARY KEY (from_node_id, to_node_id, relationship_type)
);
