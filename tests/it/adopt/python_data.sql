-- What the Python system lets happen: duplicates of an entity without a system, keys in the column or the
-- content only, relationships between two users, counters that are off.

INSERT INTO memory.nodes (node_id, user_id, context_type, content, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata, entity_id, entity_type, entity_system)
VALUES
    -- An entity as it should be, merged twice by the Python system.
    ('00000000-0000-4000-8000-000000000001', 'alice', 'domain_entity',
     '{"entity_id": "001", "entity_system": "salesforce", "entity_type": "Account", "entity_name": "Acme Corp", "entity_data": {"industry": "Technology"}, "last_updated": "2024-01-15T10:30:00Z", "update_count": 2}',
     'The account of Acme', '2024-01-01T00:00:00Z', '2024-02-01T00:00:00Z', 7, 0.5, '{customer}', '{"source": "crm"}', '001', 'Account', 'salesforce'),
    -- One entity three times, the oldest not stored first; its data lie at several depths.
    ('00000000-0000-4000-8000-000000000012', 'alice', 'domain_entity',
     '{"entity_id": "T-1", "entity_type": "Ticket", "entity_data": {"state": {"name": "open", "since": 1}, "tags": ["a", "b"]}, "update_count": "4"}',
     'Ticket, opened', '2024-01-03T00:00:00Z', '2024-01-03T00:00:00Z', 2, 0.9, '{urgent,new}', '{"by": {"x": 1}}', 'T-1', 'Ticket', NULL),
    ('00000000-0000-4000-8000-000000000011', 'alice', 'tool_output',
     '{"entity_id": "T-1", "entity_name": "Checkout outage", "entity_data": {"state": {"name": "new", "by": "bob"}, "deep": {"a": {"b": {"c": [1, {"d": 2}]}}}}}',
     'Ticket, created', '2024-01-02T00:00:00Z', '2024-01-05T00:00:00Z', 3, 0.2, '{new}', '{"by": {"y": 2}}', 'T-1', 'Ticket', NULL),
    ('00000000-0000-4000-8000-000000000013', 'alice', 'search_result',
     '{"entity_id": "T-1", "entity_type": null, "entity_data": {"state": {"name": "closed"}, "deep": {"a": {"b": {"e": 5}}}}, "seen": true}',
     NULL, '2024-01-04T00:00:00Z', '2024-01-04T00:00:00Z', 1, NULL, '{done}', NULL, 'T-1', NULL, ''),
    -- The same id in a system is another entity.
    ('00000000-0000-4000-8000-000000000014', 'alice', 'domain_entity',
     '{"entity_id": "T-1", "entity_system": "jira"}', NULL, '2024-01-04T00:00:00Z', '2024-01-04T00:00:00Z', 1, 0.5, '{}', '{}', 'T-1', NULL, 'jira'),
    -- The keys in the columns only, then in the content only: one entity.
    ('00000000-0000-4000-8000-000000000021', 'alice', 'domain_entity',
     '{"entity_data": {"n": 1}}', 'only columns', '2024-02-01T00:00:00Z', '2024-02-01T00:00:00Z', NULL, 1.5, NULL, '{}', '42', 'Row', 'db'),
    ('00000000-0000-4000-8000-000000000022', 'alice', 'domain_entity',
     '{"entity_id": 42, "entity_system": "db", "entity_name": 4711, "entity_type": "Record", "entity_data": null}', 'only content', '2024-02-02T00:00:00Z', '2024-02-02T00:00:00Z', 1, 'NaN', '{a,NULL,b}', '"{\"k\": 1}"', NULL, 'Row', NULL),
    -- No entities: a fact, encoded twice, and a result that names a system.
    ('00000000-0000-4000-8000-000000000031', 'alice', 'conversation_fact',
     '"{\"text\": \"Acme renews in March\"}"', 'Acme renews', '2024-03-01T00:00:00Z', '2024-03-01T00:00:00Z', 1, 0.5, '{{a,b},{c,d}}', '{}', NULL, NULL, NULL),
    ('00000000-0000-4000-8000-000000000032', 'alice', 'tool_output',
     '{"entity_system": "salesforce", "entity_id": "", "rows": 3}', NULL, '2024-03-02T00:00:00Z', '2024-03-02T00:00:00Z', 1, -0.5, '{}', '{}', NULL, NULL, 'salesforce'),
    -- Another user has the same entity.
    ('00000000-0000-4000-8000-000000000041', 'bob', 'domain_entity',
     '{"entity_id": "T-1", "entity_name": "Bob''s own"}', NULL, '2024-01-02T00:00:00Z', '2024-01-02T00:00:00Z', 1, 0.5, '{}', '{}', 'T-1', NULL, NULL),
    ('00000000-0000-4000-8000-000000000042', 'bob', 'conversation_fact',
     '{"text": "Bob likes tea"}', NULL, '2024-01-03T00:00:00Z', '2024-01-03T00:00:00Z', 1, 0.5, '{}', '{}', NULL, NULL, NULL);

INSERT INTO memory.relationships (id, user_id, from_node_id, to_node_id, relationship_type, strength, created_at, metadata)
VALUES
    ('00000000-0000-4000-9000-000000000001', 'alice', '00000000-0000-4000-8000-000000000013', '00000000-0000-4000-8000-000000000001', 'relates_to', 0.9, '2024-01-05T00:00:00Z', '{"by": {"newest": true}}'),
    ('00000000-0000-4000-9000-000000000002', 'alice', '00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001', 'relates_to', 0.1, '2024-01-04T00:00:00Z', '{"by": {"oldest": true}}'),
    ('00000000-0000-4000-9000-000000000003', 'alice', '00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000001', 'led_to', NULL, '2024-01-05T00:00:00Z', NULL),
    ('00000000-0000-4000-9000-000000000004', 'alice', '00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000013', 'produces', 7, '2024-01-05T00:00:00Z', '{}'),
    ('00000000-0000-4000-9000-000000000005', 'alice', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000041', 'relates_to', 1, '2024-01-05T00:00:00Z', '{}'),
    ('00000000-0000-4000-9000-000000000006', 'bob', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000031', 'relates_to', 1, '2024-01-05T00:00:00Z', '{}'),
    ('00000000-0000-4000-9000-000000000007', 'bob', '00000000-0000-4000-8000-000000000042', '00000000-0000-4000-8000-000000000041', 'relates_to', 1, '2024-01-05T00:00:00Z', '{}');

-- carol has a row and no memories; bob has memories and no row.
INSERT INTO memory.user_metadata VALUES ('carol', '2023-05-01T00:00:00Z', '2023-05-02T00:00:00Z', 12, NULL, '{"plan": "free"}');
DELETE FROM memory.user_metadata WHERE user_id = 'bob';
UPDATE memory.user_metadata
SET total_nodes = 99, created_at = '2023-12-01T00:00:00Z', last_activity = '2024-03-03T00:00:00Z', metadata = NULL
WHERE user_id = 'alice';
REFRESH MATERIALIZED VIEW memory.user_stats;
