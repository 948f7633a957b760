-- French words as people type them: accents do not count, endings neither.
CREATE TEXT SEARCH CONFIGURATION maillage_french (COPY = french);
ALTER TEXT SEARCH CONFIGURATION maillage_french
ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, hword, hword_part, word WITH unaccent, french_stem;

-- unaccent() is only STABLE, since its rules could change; ours are those of the extension.
CREATE FUNCTION directory_fold(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN lower(public.unaccent('public.unaccent', given));

-- Any of the words: what holds more of them ranks higher.
CREATE FUNCTION directory_words(given text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN replace(plainto_tsquery('public.maillage_french', given)::text, '&', '|')::tsquery;

-- Whether the actor is operator or manager on all of these territories.
CREATE FUNCTION directory_within(territories text[], held text[]) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '*' = ANY (held) OR territories <@ held;

CREATE TABLE territories (
    territory_id text PRIMARY KEY CHECK (territory_id ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    retired boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    CHECK (valid_to >= valid_from)
);

-- An address leads to one team: the days of a commune in two territories never overlap. A retired one has none.
CREATE TABLE territory_communes (
    territory_id text NOT NULL REFERENCES territories,
    commune text NOT NULL,
    validity daterange NOT NULL,
    PRIMARY KEY (territory_id, commune),
    EXCLUDE USING gist (commune WITH =, validity WITH &&)
);

CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    name text NOT NULL,
    siret text,
    kind text NOT NULL,
    themes text[] NOT NULL,
    territory_ids text[] NOT NULL CHECK (cardinality(territory_ids) > 0),
    email text,
    phone text,
    request_keys jsonb,
    retired boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    sort_name text NOT NULL GENERATED ALWAYS AS (directory_fold(name)) STORED,
    search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('public.maillage_french', name)) STORED
);
CREATE INDEX organisations_in_order ON organisations (sort_name, organisation_id) WHERE NOT retired;
CREATE INDEX organisations_search ON organisations USING gin (search);

-- No foreign key to organisations, which are retired but never deleted: after a restore the directory hears what it had
-- told, and offers may come first.
CREATE TABLE offers (
    offer_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    name text NOT NULL,
    themes text[] NOT NULL,
    territory_ids text[] NOT NULL CHECK (cardinality(territory_ids) > 0),
    audience text,
    age_from bigint,
    age_to bigint,
    address text,
    opening_hours text,
    email text,
    phone text,
    retired boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    words text NOT NULL,
    sort_name text NOT NULL GENERATED ALWAYS AS (directory_fold(name)) STORED,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('public.maillage_french', name), 'A')
        || setweight(to_tsvector('public.maillage_french', words), 'B')
        || setweight(to_tsvector('public.maillage_french', coalesce(audience, '') || ' ' || coalesce(address, '')), 'C')
    ) STORED,
    CHECK (age_to >= age_from)
);
CREATE INDEX offers_organisation ON offers (organisation_id);
CREATE INDEX offers_in_order ON offers (sort_name, offer_id) WHERE NOT retired;
CREATE INDEX offers_search ON offers USING gin (search);
CREATE INDEX offers_themes ON offers USING gin (themes);

-- Who gave or took which grants, and when. Nobody may change or delete a line.
CREATE TABLE agent_changes (
    change_id uuid PRIMARY KEY,
    agent_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    what text NOT NULL CHECK (what IN ('created', 'identity', 'grants', 'retired')),
    grants jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid
);
COMMENT ON COLUMN agent_changes.grants IS 'as they stand after the change';
COMMENT ON COLUMN agent_changes.changed_by IS 'an agent; null for the command that founds the directory';
CREATE INDEX agent_changes_agent ON agent_changes (agent_id, changed_at);

-- Here the chassis's table is no replica but the agents themselves; it is empty when this runs.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX agents_subject_in_function ON agents (subject) WHERE NOT retired;

-- Operators steward every agent; a manager those of the own organisation who hold nothing but what a manager may
-- give: reception, social work and coordination on the manager's own territories.
CREATE FUNCTION directory_stewards(organisation uuid, held jsonb) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN maillage_has('operator') OR (
    maillage_has('manager') AND organisation = maillage_organisation() AND NOT EXISTS (
        SELECT FROM jsonb_array_elements(held) AS one
        WHERE one ->> 'role' NOT IN ('reception', 'social_worker', 'coordinator')
        OR NOT directory_within(ARRAY[one ->> 'territory_id'], maillage_territories('manager'))));

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['territories', 'territory_communes', 'organisations', 'offers', 'agent_changes']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['territories', 'territory_communes', 'organisations', 'offers']
    LOOP
        -- The annuaire is public.
        EXECUTE format('CREATE POLICY readers ON %I FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['territories', 'territory_communes']
    LOOP
        EXECUTE format('CREATE POLICY operators ON %I TO maillage_app USING ((SELECT maillage_has(''operator'')))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['organisations', 'offers']
    LOOP
        EXECUTE format('CREATE POLICY stewards ON %I TO maillage_app USING (
            directory_within(territory_ids, (SELECT maillage_territories(''operator'', ''manager''))))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON territories, organisations, offers TO maillage_app;
GRANT SELECT, INSERT, DELETE ON territory_communes TO maillage_app;
GRANT SELECT, INSERT ON agent_changes TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON territories, organisations, offers TO maillage_worker;
GRANT SELECT, INSERT, DELETE ON territory_communes TO maillage_worker;
GRANT SELECT, INSERT ON agent_changes TO maillage_worker;

DROP POLICY actors ON agents;
CREATE POLICY readers ON agents FOR SELECT TO maillage_app
USING (maillage_has('operator') OR (maillage_has('manager') AND organisation_id = maillage_organisation()));
CREATE POLICY stewards ON agents TO maillage_app USING (directory_stewards(organisation_id, grants));

CREATE POLICY readers ON agent_changes FOR SELECT TO maillage_app
USING (maillage_has('operator') OR (maillage_has('manager') AND organisation_id = maillage_organisation()));
CREATE POLICY stewards ON agent_changes FOR INSERT TO maillage_app
WITH CHECK (changed_by = maillage_agent() AND directory_stewards(organisation_id, grants));
