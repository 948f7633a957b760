-- Columns are the events' fields, as in directory-partners; what only the directory keeps is said so.
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
ADD COLUMN told jsonb NOT NULL DEFAULT '{}',
ADD COLUMN contacts jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN organisations.contacts IS 'for professionals only; never published';

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
    territory_ids text[] NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1
);
COMMENT ON COLUMN sites.territory_ids IS 'whose managers may change it; never published';
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
ADD COLUMN told jsonb NOT NULL DEFAULT '{}',
ADD COLUMN contacts jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN offers.contacts IS 'for professionals only; never published';
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

ALTER TABLE sites ENABLE ROW LEVEL SECURITY;
ALTER TABLE sites FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON sites TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY readers ON sites FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
DO $$
DECLARE name text;
BEGIN
    DROP POLICY stewards ON organisations;
    DROP POLICY stewards ON offers;
    FOREACH name IN ARRAY ARRAY['organisations', 'sites', 'offers']
    LOOP
        EXECUTE format('CREATE POLICY stewards ON %I TO maillage_app USING (
            (SELECT maillage_has(''operator'')) AND directory_within(territory_ids, (SELECT maillage_territories(''operator'', ''manager'')))
            OR cardinality(territory_ids) > 0
            AND directory_within(territory_ids, (SELECT maillage_territories(''operator'', ''manager''))))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON sites TO maillage_app, maillage_worker;
