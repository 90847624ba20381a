-- Where new versions of rows and new words are kept, decided by measurement (benches/README.md); partitions each have their own storage.
--
-- A fifth of each page of nodes stays free. A touch, or a merge that says the same again, then finds room beside the old version and
-- leaves the indexes alone: all of them instead of a third and a half, with half the WAL. 70 gave no more, 90 next to nothing.
-- Relationships are smaller: 96 % of their merges find room in full pages. Autovacuum keeps its defaults: the rows that are written
-- most, users' counters, are pruned by the next write.
--
-- New words wait in a list, which a search reads once for each of its words, until it is this long. With the default of 4 MB a search
-- after many writes took up to twice as long, and writes no less; with 128 kB writes took a fifth more.
DO $$
DECLARE
    leaf regclass;
    index regclass;
BEGIN
    FOR leaf IN
        SELECT oid
        FROM pg_catalog.pg_class
        WHERE
            relkind = 'r'
            AND (oid = 'memory.nodes'::regclass OR oid IN (SELECT relid FROM pg_catalog.pg_partition_tree('memory.nodes')))
    LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 80)', leaf);
        FOR index IN
            SELECT i.indexrelid
            FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_am AS a ON a.oid = c.relam
            WHERE i.indrelid = leaf AND a.amname = 'gin'
        LOOP
            EXECUTE format('ALTER INDEX %s SET (gin_pending_list_limit = 256)', index);
        END LOOP;
    END LOOP;
END
$$;
