--! sample : (value?)
--- Values for the parameters of the queries, as texts, from rows of one user: the 20 newest nodes, and the relationships at the
--- node that has the most of some thousand. A name that stands for something else in one query is there once more behind
--- the name of that query; a parameter that is missing is NULL. Beside them how much there is: nodes and relationships of
--- the user, nodes and users in all, each a fifth and 100 more, for what is deleted and not yet vacuumed.
---
--- Access path: user_metadata_pkey; nodes_created_idx; relationships_ends_key.
--- Bounds: reads 1021, sorts 3200.
--- Invariant: never another user's rows.
WITH
owner AS MATERIALIZED (
    SELECT total_nodes, total_relationships
    FROM memory.user_metadata
    WHERE user_id = :user_id
),
newest AS MATERIALIZED (
    SELECT node_id, context_type, content, summary, entity_system, entity_id, entity_name, created_at
    FROM memory.nodes
    WHERE user_id = :user_id
    ORDER BY created_at DESC, node_id DESC
    LIMIT 20
),
related AS MATERIALIZED (
    SELECT from_node_id, to_node_id, relationship_type, strength
    FROM memory.relationships
    WHERE user_id = :user_id
    ORDER BY from_node_id, to_node_id, relationship_type
    LIMIT 1000
),
hub AS MATERIALIZED (
    SELECT ends.node_id
    FROM related
    CROSS JOIN LATERAL (VALUES (related.from_node_id), (related.to_node_id)) AS ends (node_id)
    GROUP BY ends.node_id
    ORDER BY count(*) DESC, ends.node_id
    LIMIT 1
),
node AS (
    SELECT
        count(*)::integer AS number,
        array_agg(node_id) AS node_ids,
        array_agg(content)::text AS contents,
        array_agg(context_type)::text AS context_types,
        array_agg(summary)::text AS summaries,
        array_agg(entity_system)::text AS entity_systems,
        array_agg(entity_id)::text AS entity_ids,
        array_agg(gen_random_uuid())::text AS new_node_ids,
        (array_agg(node_id))[1]::text AS node_id,
        (array_agg(coalesce(summary, entity_name, content ->> 'text', 'memory')))[1] AS words
    FROM newest
),
entity AS (
    SELECT entity_system, entity_id, coalesce(entity_name, entity_id) AS name
    FROM newest
    WHERE entity_id IS NOT NULL
    ORDER BY created_at DESC, node_id DESC
    LIMIT 1
),
relationship AS (
    SELECT
        count(*)::integer AS number,
        array_agg(gen_random_uuid())::text AS new_ids,
        array_agg(from_node_id)::text AS from_node_ids,
        array_agg(to_node_id)::text AS to_node_ids,
        array_agg(relationship_type)::text AS relationship_types,
        array_agg(strength)::text AS strengths,
        (array_agg(from_node_id))[1]::text AS from_node_id,
        (array_agg(to_node_id))[1]::text AS to_node_id
    FROM (SELECT from_node_id, to_node_id, relationship_type, strength FROM related LIMIT 20) AS few
)
SELECT parameter.name, parameter.value
FROM node
CROSS JOIN relationship
LEFT JOIN owner ON true
LEFT JOIN hub ON true
LEFT JOIN entity ON true
CROSS JOIN LATERAL (
    SELECT
        max((greatest(c.reltuples, 0) * 1.2 + 100)::bigint) FILTER (WHERE c.relname = 'nodes')::text AS nodes,
        max((greatest(c.reltuples, 0) * 1.2 + 100)::bigint) FILTER (WHERE c.relname = 'user_metadata')::text AS users
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = 'memory'::regnamespace
) AS everybody
CROSS JOIN LATERAL (
    VALUES
        ('nodes', (coalesce(owner.total_nodes, 0) * 1.2 + 100)::bigint::text),
        ('relationships', (coalesce(owner.total_relationships, 0) * 1.2 + 100)::bigint::text),
        ('all_nodes', everybody.nodes),
        ('users', everybody.users),
        ('user_id', :user_id::text),
        ('node_id', coalesce(hub.node_id::text, node.node_id)),
        ('nodes::update::node_id', node.node_id),
        ('node_ids', coalesce((node.node_ids || hub.node_id)::text, '{}')),
        ('nodes::insert_missing_many::node_ids', coalesce(node.node_ids::text, '{}')),
        ('nodes::delete_many::node_ids', coalesce(node.node_ids::text, '{}')),
        ('nodes::find_many::node_ids', coalesce(node.node_ids::text, '{}')),
        ('nodes::upsert_many::node_ids', coalesce(node.new_node_ids, '{}')),
        ('coalesced::store::node_ids', coalesce(node.new_node_ids, '{}')),
        ('coalesced::store::user_ids', array_fill(:user_id::text, ARRAY[node.number])::text),
        ('coalesced::relate::user_ids', array_fill(:user_id::text, ARRAY[relationship.number])::text),
        ('contents', coalesce(node.contents, '{}')),
        ('nodes::insert_missing_many::contents', array_fill('{"text": "explained"}'::text, ARRAY[node.number])::text),
        ('summaries', coalesce(node.summaries, '{}')),
        ('nodes::upsert_many::context_types', coalesce(node.context_types, '{}')),
        ('coalesced::store::context_types', coalesce(node.context_types, '{}')),
        ('nodes::insert_missing_many::context_types', coalesce(node.context_types, '{}')),
        ('created_ats', array_fill(NULL::text, ARRAY[node.number])::text),
        ('last_accesseds', array_fill(NULL::text, ARRAY[node.number])::text),
        ('access_counts', array_fill(NULL::text, ARRAY[node.number])::text),
        ('base_relevances', array_fill(NULL::text, ARRAY[node.number])::text),
        ('expires_ats', array_fill(NULL::text, ARRAY[node.number])::text),
        ('coalesced::store::tags', array_fill('["explain"]'::text, ARRAY[node.number])::text),
        ('nodes::upsert_many::tags', array_fill('["explain"]'::text, ARRAY[node.number])::text),
        ('nodes::insert_missing_many::tags', array_fill('["explain"]'::text, ARRAY[node.number])::text),
        ('metadatas', array_fill('{}'::text, ARRAY[node.number])::text),
        ('nodes::update::summary', 'explained'),
        ('query', left(node.words, 100)),
        ('prefix', left(coalesce(entity.name, node.words), 3)),
        ('nodes::get_by_entity::entity_system', entity.entity_system),
        ('entity_id', entity.entity_id),
        ('entity_systems', coalesce(node.entity_systems, '{}')),
        ('entity_ids', coalesce(node.entity_ids, '{}')),
        ('ids', coalesce(relationship.new_ids, '{}')),
        ('from_node_id', coalesce(relationship.from_node_id, node.node_id)),
        ('to_node_id', coalesce(relationship.to_node_id, node.node_id)),
        ('from_node_ids', coalesce(relationship.from_node_ids, '{}')),
        ('to_node_ids', coalesce(relationship.to_node_ids, '{}')),
        ('relationships::upsert_many::relationship_types', coalesce(relationship.relationship_types, '{}')),
        ('coalesced::relate::relationship_types', coalesce(relationship.relationship_types, '{}')),
        ('relationships::upsert_many::metadatas', array_fill('{}'::text, ARRAY[relationship.number])::text),
        ('coalesced::relate::metadatas', array_fill('{}'::text, ARRAY[relationship.number])::text),
        ('relationships::upsert_many::created_ats', array_fill(NULL::text, ARRAY[relationship.number])::text),
        ('coalesced::relate::created_ats', array_fill(NULL::text, ARRAY[relationship.number])::text),
        ('strengths', coalesce(relationship.strengths, '{}')),
        ('maintenance::cleanup::context_types', '{search_result,tool_output,temporary_state}'),
        ('user_ids', ARRAY[:user_id]::text),
        ('now', now()::text),
        ('last_updated', now()::text),
        ('since', '-infinity'),
        ('changes::list::since', '0'),
        ('before', 'infinity'),
        ('before_created_at', 'infinity'),
        ('before_node_id', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
        ('before_id', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
        ('created_before', (now() - interval '90 days')::text),
        ('changed_before', (now() - interval '90 days')::text),
        ('advanced_before', (now() - interval '1 year')::text),
        ('after_user_id', ''),
        ('after_node_id', '00000000-0000-0000-0000-000000000000'),
        ('paths', '{}'),
        ('operators', '{}'),
        ('operands', '{}'),
        ('outgoing', 'true'),
        ('incoming', 'true'),
        ('sets_expires_at', 'false'),
        ('dry_run', 'false'),
        ('with_snippet', 'true'),
        ('depth', '2'),
        ('limit', '20'),
        ('journal_id', '00000000-0000-0000-0000-000000000000'),
        ('journal_ids', '{00000000-0000-0000-0000-000000000000}'),
        ('first_seq', '1'),
        ('last_seq', '20'),
        ('unit', 'day'),
        ('time_zone', 'UTC')
) AS parameter (name, value)
ORDER BY parameter.name;

--! write_statements (values[?])
--- What has to be run, in order and on one connection, to see the plan of a query with these values. The server takes a
--- query apart only by such statements, of which it prepares none.
---
--- Access path: none.
--- Invariant: touches no table.
SELECT
    format('PREPARE pgmemory_explained%s AS %s', '(' || nullif(array_to_string(:types::text[], ', '), '') || ')', :query::text) AS prepare,
    format(
        'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE pgmemory_explained%s',
        (
            SELECT '(' || string_agg(coalesce(quote_literal(item.value), 'NULL'), ', ' ORDER BY item.position) || ')'
            FROM unnest(:values::text[]) WITH ORDINALITY AS item (value, position)
        )
    ) AS explain,
    'DEALLOCATE pgmemory_explained' AS deallocate;

--! choose_plans
--- Has the rest of the transaction plan for the values at hand (`force_custom_plan`) or for any (`force_generic_plan`).
---
--- Access path: none.
--- Invariant: touches no table.
SELECT set_config('plan_cache_mode', :mode, true) AS mode;

--! list_tables : (parent?)
--- The tables and indexes of the store, and those of their partitions with the name that they stand for. Large are those with
--- about 10,000 rows or more, as of the last VACUUM or ANALYZE: of smaller ones it does not matter how they are read.
---
--- Access path: the catalog.
--- Invariant: reads no memory.
SELECT
    c.relname::text AS name,
    parent.relname::text AS parent,
    c.relkind IN ('r', 'p', 'm') AS is_table,
    greatest(c.reltuples, (
        SELECT sum(greatest(part.reltuples, 0))
        FROM pg_catalog.pg_inherits AS child
        JOIN pg_catalog.pg_class AS part ON part.oid = child.inhrelid
        WHERE child.inhparent = c.oid
    )) >= 10000 AS is_large
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS parent ON parent.oid = i.inhparent
WHERE coalesce(parent.relnamespace, c.relnamespace) = 'memory'::regnamespace;
