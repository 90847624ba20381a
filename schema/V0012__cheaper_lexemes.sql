-- The same lexemes as before, so no index has to be built again, in a third to six tenths of the time, most of which was starting a
-- query for each row: a batch of facts is stored in an eighth less time. A row needs none where nothing comes again: then what stands in
-- a name is strong, and nothing else.
CREATE OR REPLACE FUNCTION memory.user_lexemes(user_id text, search tsvector) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    name constant text := left(md5(user_id), 8);
    mark constant text := name || '/';
    -- What is said at a level is said at those below it.
    one constant text := E'\x01' || name || E'1/\x02';
    two constant text := one || E'\x01' || name || E'2/\x02';
    three constant text := two || E'\x01' || name || E'3/\x02';
    marks constant text[] := ARRAY[one, two, three, three || E'\x01' || name || E'4/\x02'];
    titles constant text[] := tsvector_to_array(ts_filter(search, '{a}'));
    -- What is in the name, summary or tags, with all its places.
    labels tsvector := ts_delete(search, tsvector_to_array(ts_delete(search, tsvector_to_array(ts_filter(search, '{a,b,c}')))));
    places constant text := search;
    strong text;
BEGIN
    -- Commas stand between the places of a lexeme; of the rest twelve are needed.
    IF octet_length(places) - octet_length(replace(places, ',', '')) > 10 THEN
        labels := search;
    END IF;
    IF strpos(labels::text, ',') > 0 THEN
        SELECT string_agg(replace(marks[said.level], E'\x02', said.lexeme), '')
        INTO strong
        FROM memory.lexeme_levels(labels) AS said
        WHERE said.level > 0;
    ELSIF cardinality(titles) > 0 THEN
        strong := E'\x01' || name || '1/' || array_to_string(titles, E'\x01' || name || '1/')
            || E'\x01' || name || '2/' || array_to_string(titles, E'\x01' || name || '2/');
    END IF;
    RETURN array_to_tsvector(string_to_array(
        mark || array_to_string(tsvector_to_array(search), E'\x01' || mark) || coalesce(strong, ''),
        E'\x01'
    ));
END
$$;
