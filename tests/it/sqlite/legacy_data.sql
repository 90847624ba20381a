-- What the Python system's file may hold.

INSERT INTO memory_threads (thread_id, created_at, last_activity, agent_name)
VALUES
    ('t-1', '2024-01-01T08:00:00', '2024-02-01T08:00:00', 'sales'),
    ('t-2', '2024-01-01T08:00:00', '2024-02-01T08:00:00', 'support'),
    ('t-bob', '2024-01-01T08:00:00', '2024-02-01T08:00:00', 'sales'),
    ('t-idle', '2024-01-01T08:00:00', '2024-02-01T08:00:00', NULL);

INSERT INTO memory_nodes (
    node_id, thread_id, content, context_type, summary, created_at, last_accessed, access_count, base_relevance, tags, metadata,
    entity_id, entity_type, entity_system
)
VALUES
    -- An entity of a second thread, newer though it stands first; its time has no offset, and its id is no UUID.
    ('acme-again', 't-2',
     '{"entity_id": "001", "entity_system": "salesforce", "entity_data": {"state": {"name": "won"}}, "update_count": 9}',
     'domain_entity', 'Won', '2024-01-03T08:00:00', '2024-01-03 08:00:00', 1, 1.5, '["won"]', '{}', '001', NULL, 'salesforce'),
    -- As it should be.
    ('00000000-0000-4000-8000-000000000001', 't-1',
     '{"entity_id": "001", "entity_system": "salesforce", "entity_type": "Account", "entity_name": "Acme Corp", "entity_data": {"industry": "Technology", "state": {"by": "jane", "name": "open"}}, "last_updated": "2024-01-15T10:30:00Z", "update_count": 2}',
     'domain_entity', 'The account of Acme', '2024-01-01T08:00:00+00:00', '2024-02-01T00:00:00Z', 7, 0.5, '["customer"]', '{"source": "crm"}',
     '001', 'Account', 'salesforce'),
    -- The same entity of another user.
    ('bobs-acme', 't-bob', '{"entity_id": "001", "entity_system": "salesforce", "entity_data": {"secret": true}}',
     'domain_entity', NULL, '2024-01-02T00:00:00Z', '2024-01-02T00:00:00Z', 1, 0.5, '[]', '{}', '001', NULL, 'salesforce'),
    -- Without a system; what the Python system updated has another type in its column.
    ('ticket-1', 't-1', '{"entity_id": "T-1", "entity_type": "Ticket", "update_count": "4"}',
     'tool_output', NULL, 1704153600, 1704153600.5, 1, 0.5, '[]', NULL, 'T-1', 'Incident', ''),
    -- The keys in the columns only, or as numbers; a name and tags that are no texts.
    ('row-42', 't-2', '{"entity_id": 42, "entity_name": 4711, "entity_data": null}',
     'domain_entity', NULL, '2024-02-01 00:00:00', '2024-02-01 00:00:00', NULL, NULL, '["a", [1, null], "b"]', 'null', '42', 'Row', 'db'),
    -- No entities: a fact, encoded twice, that was never accessed, and a result that names a system.
    ('fact-1', 't-1', '"{\"text\": \"Acme renews in March\"}"',
     'conversation_fact', 'Acme renews', 1705314600.5, NULL, 1, 0.5, NULL, '"{\"k\": 1}"', NULL, NULL, NULL),
    ('result-1', 't-2', '{"entity_system": "salesforce", "entity_id": "", "rows": 3}',
     'tool_output', NULL, '2024-01-02T08:30:00+01:00', '2024-01-02T07:30:00Z', 1, -0.5, '[]', '{}', NULL, NULL, 'salesforce');

INSERT INTO memory_relationships (from_node_id, to_node_id, relationship_type, strength, created_at, metadata)
VALUES
    ('ticket-1', 'acme-again', 'relates_to', 0.5, '2024-01-05T00:00:00', '{}'),
    ('fact-1', '00000000-0000-4000-8000-000000000001', 'contradicts', NULL, 1704499200, '{"by": "hand"}'),
    -- Between two users, and to a node that was deleted.
    ('ticket-1', 'bobs-acme', 'led_to', 1, '2024-01-07T00:00:00', '{}'),
    ('bobs-acme', '00000000-0000-4000-8000-000000000001', 'relates_to', 1, '2024-01-08T00:00:00', '{}'),
    ('ticket-1', 'gone', 'relates_to', 1, '2024-01-09T00:00:00', '{}');
