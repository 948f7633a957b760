-- Columns are the events' fields, as in directory-partners: what is never published has tables of its own.
ALTER TABLE organisations
ADD COLUMN description text,
ADD COLUMN website text,
ADD COLUMN networks text[] NOT NULL DEFAULT '{}',
ADD COLUMN site_id uuid,
ADD COLUMN source text,
ADD COLUMN source_id text,
ADD COLUMN source_link text,
ADD COLUMN updated_on date,
ADD COLUMN unknown_values jsonb NOT NULL DEFAULT '{}',
ADD COLUMN assured jsonb,
ADD COLUMN told jsonb NOT NULL DEFAULT '{}';

CREATE TABLE sites (
    site_id uuid PRIMARY KEY,
    organisation_id uuid,
    name text,
    address text,
    address_more text,
    postal_code text,
    locality text,
    commune text,
    commune_told text,
    latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    accessibility text[] NOT NULL DEFAULT '{}',
    accessibility_link text,
    hours text,
    closures jsonb NOT NULL DEFAULT '[]',
    phone text,
    told jsonb NOT NULL DEFAULT '{}',
    retired boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1
);
CREATE INDEX sites_organisation ON sites (organisation_id);
CREATE INDEX sites_commune ON sites (commune) WHERE NOT retired;

ALTER TABLE offers
ADD COLUMN description text,
ADD COLUMN kind text,
ADD COLUMN publics text[] NOT NULL DEFAULT '{}',
ADD COLUMN conditions text,
ADD COLUMN fees text,
ADD COLUMN fees_note text,
ADD COLUMN reception text[] NOT NULL DEFAULT '{}',
ADD COLUMN mobilisation text[] NOT NULL DEFAULT '{}',
ADD COLUMN mobilised_by text[] NOT NULL DEFAULT '{}',
ADD COLUMN mobilisation_note text,
ADD COLUMN mobilisation_link text,
ADD COLUMN languages text[] NOT NULL DEFAULT '{}',
ADD COLUMN area text[] NOT NULL DEFAULT '{}',
ADD COLUMN places jsonb NOT NULL DEFAULT '[]',
ADD COLUMN capacity jsonb,
ADD COLUMN closures jsonb NOT NULL DEFAULT '[]',
ADD COLUMN notices jsonb NOT NULL DEFAULT '[]',
ADD COLUMN weekly_hours double precision,
ADD COLUMN weeks bigint,
ADD COLUMN legal_access jsonb,
ADD COLUMN agreement_id uuid,
ADD COLUMN starts_on date,
ADD COLUMN ends_on date,
ADD COLUMN source text,
ADD COLUMN source_id text,
ADD COLUMN source_link text,
ADD COLUMN updated_on date,
ADD COLUMN unknown_values jsonb NOT NULL DEFAULT '{}',
ADD COLUMN assured jsonb,
ADD COLUMN told jsonb NOT NULL DEFAULT '{}';
-- What was typed by hand until now is few, and indexed at once.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offers_agreement ON offers (agreement_id) WHERE agreement_id IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offers_places ON offers USING gin (places jsonb_path_ops);

-- What is imported from all over the country may lie in none of our territories: operators alone change it. Who
-- runs the version before keeps refusing an empty list at its edge, and reads it as a place nobody serves.
-- squawk-ignore ban-drop-constraint
ALTER TABLE organisations DROP CONSTRAINT organisations_territory_ids_check;
-- squawk-ignore ban-drop-constraint
ALTER TABLE offers DROP CONSTRAINT offers_territory_ids_check;

-- People to call or write to, for professionals only.
CREATE TABLE professional_contacts (
    aggregate_id uuid PRIMARY KEY,
    contacts jsonb NOT NULL
);
COMMENT ON COLUMN professional_contacts.aggregate_id IS 'of an organisation or an offer';

-- Whether the actor, who is operator or not and holds these territories, may change what concerns some.
CREATE FUNCTION directory_stewarded(territories text[], operates boolean, held text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN operates OR cardinality(territories) > 0 AND directory_within(territories, held);

-- Premises are stewarded by the territory their commune is in today.
CREATE FUNCTION directory_around(place text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN ARRAY(SELECT territory_id FROM territory_communes WHERE commune = place AND validity @> current_date);

DO $$
DECLARE
    name text;
    stewarded text := 'directory_stewarded(%s, (SELECT maillage_has(''operator'')),
        (SELECT maillage_territories(''operator'', ''manager'')))';
BEGIN
    FOREACH name IN ARRAY ARRAY['sites', 'professional_contacts']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['organisations', 'offers']
    LOOP
        EXECUTE format('DROP POLICY stewards ON %I', name);
        EXECUTE format('CREATE POLICY stewards ON %I TO maillage_app USING (' || format(stewarded, 'territory_ids') || ')', name);
    END LOOP;
    EXECUTE 'CREATE POLICY stewards ON sites TO maillage_app USING (' || format(stewarded, 'directory_around(commune)') || ')';
    EXECUTE 'CREATE POLICY stewards ON professional_contacts TO maillage_app USING (
        EXISTS (SELECT FROM organisations WHERE organisation_id = aggregate_id AND ' || format(stewarded, 'territory_ids') || ')
        OR EXISTS (SELECT FROM offers WHERE offer_id = aggregate_id AND ' || format(stewarded, 'territory_ids') || '))';
END $$;
CREATE POLICY readers ON sites FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY readers ON professional_contacts FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) = 'agent');
GRANT SELECT, INSERT, UPDATE ON sites, professional_contacts TO maillage_app, maillage_worker;
