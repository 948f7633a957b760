CREATE FUNCTION directory_department(commune text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN left(commune, CASE WHEN commune ~ '^9[78]' THEN 3 ELSE 2 END);

-- What is searched: every offer in function, once per place where it is held, or once when it has none. All of it is
-- made from offers, sites and organisations, in the transaction that changes them.
CREATE TABLE findable (
    offer_id uuid NOT NULL,
    place bigint NOT NULL,
    site_id uuid,
    sort_name text NOT NULL,
    search tsvector NOT NULL,
    area text[] NOT NULL,
    themes text[] NOT NULL,
    publics text[] NOT NULL,
    age_from bigint,
    age_to bigint,
    free boolean NOT NULL,
    remote boolean NOT NULL,
    on_site boolean NOT NULL,
    languages text[] NOT NULL,
    accessibility text[] NOT NULL,
    places_left bigint,
    agreed boolean NOT NULL,
    commune text,
    latitude double precision,
    longitude double precision,
    cell bigint,
    hours text,
    timetable_id uuid GENERATED ALWAYS AS (md5(coalesce(directory_department(commune), '') || '|' || hours)::uuid) STORED,
    closed tstzmultirange NOT NULL,
    days daterange NOT NULL,
    sure_on date,
    PRIMARY KEY (offer_id, place)
);
COMMENT ON COLUMN findable.place IS 'its rank among the places of the offer';
COMMENT ON COLUMN findable.search IS 'words by weight: A name, B description, C themes, D who and where; themes as « theme:value »';
COMMENT ON COLUMN findable.area IS 'codes of the places served, and « territory:id » of those it is stewarded on';
COMMENT ON COLUMN findable.cell IS 'square of a tenth of a degree: directory_cell';
COMMENT ON COLUMN findable.days IS 'between which days it exists';
COMMENT ON COLUMN findable.sure_on IS 'when somebody last checked it, or else when it last changed';

-- What is written is indexed by the hundred (three times faster when thousands come in), and a search reads little that
-- is not indexed yet: 128 kB at most, some tenths of a millisecond.
CREATE INDEX findable_words ON findable USING gin (area, search) WITH (gin_pending_list_limit = 128);
CREATE INDEX findable_cell ON findable (cell);
CREATE INDEX findable_site ON findable (site_id);
CREATE INDEX findable_in_order ON findable (sort_name, offer_id, place);

-- When offers are open, for the days ahead: one row per expression and département, however many offers have it.
CREATE TABLE timetables (
    timetable_id uuid PRIMARY KEY,
    hours text NOT NULL,
    department text NOT NULL,
    openings tstzmultirange NOT NULL
);

-- Words by which offers can be found, folded, as typed ones are corrected to them; `share` of the offers hold it.
CREATE TABLE search_words (
    word text PRIMARY KEY,
    stem text NOT NULL,
    share double precision NOT NULL DEFAULT 0
);
CREATE INDEX search_words_alike ON search_words USING gin (word gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX search_words_stem ON search_words (stem);

CREATE FUNCTION directory_cell(latitude double precision, longitude double precision) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (floor((latitude + 90) * 10) * 3600 + floor((longitude + 180) * 10))::bigint;

-- Kilometres between two points, on a sphere.
CREATE FUNCTION directory_kilometres(
    latitude double precision, longitude double precision, latitude2 double precision, longitude2 double precision
) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN 12742 * asin(sqrt(least(1, power(sind((latitude2 - latitude) / 2), 2)
    + cosd(latitude) * cosd(latitude2) * power(sind((longitude2 - longitude) / 2), 2))));

-- The clock of a département; overseas ones have their own.
CREATE FUNCTION directory_zone(department text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE department
    WHEN '971' THEN 'America/Guadeloupe' WHEN '972' THEN 'America/Martinique' WHEN '973' THEN 'America/Cayenne'
    WHEN '974' THEN 'Indian/Reunion' WHEN '975' THEN 'America/Miquelon' WHEN '976' THEN 'Indian/Mayotte'
    WHEN '977' THEN 'America/St_Barthelemy' WHEN '978' THEN 'America/Marigot' WHEN '986' THEN 'Pacific/Wallis'
    WHEN '987' THEN 'Pacific/Tahiti' WHEN '988' THEN 'Pacific/Noumea' ELSE 'Europe/Paris' END;

-- Exceptional closures, given as days of that clock, as instants.
CREATE FUNCTION directory_closed(closures jsonb, zone text) RETURNS tstzmultirange LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce((
    SELECT range_agg(tstzrange(
        (one ->> 'first')::date::timestamp AT TIME ZONE zone, ((one ->> 'last')::date + 1)::timestamp AT TIME ZONE zone))
    FROM jsonb_array_elements(closures) AS one), '{}');

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['findable', 'timetables', 'search_words']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
        -- The annuaire is public, and nothing else is here. No condition: behind one, PostgreSQL keeps the conditions
        -- of a search away from the index.
        EXECUTE format('CREATE POLICY readers ON %I FOR SELECT TO maillage_app USING (true)', name);
        -- Copies of what is checked where it is written, and often of several stewards: who is one may renew them.
        EXECUTE format('CREATE POLICY stewards ON %I TO maillage_app USING (
            cardinality((SELECT maillage_territories(''operator'', ''manager''))) > 0)', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON findable, timetables, search_words TO maillage_app, maillage_worker;

-- Nothing searches these any more; their columns go when no running version reads them.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX offers_search, offers_themes, organisations_search;
