-- Replica of the directory's organisations and offers: whom a person can be oriented to.
CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    name text NOT NULL,
    phone text,
    -- Whether the directory knows an e-mail address; the address itself is for those who write to it.
    reachable boolean NOT NULL,
    retired boolean NOT NULL,
    sequence bigint NOT NULL
);
CREATE TABLE offers (
    offer_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    name text NOT NULL,
    themes text[] NOT NULL,
    territory_ids text[] NOT NULL,
    age_from integer,
    age_to integer,
    retired boolean NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX offers_territories ON offers USING gin (territory_ids);

-- Replica of the consents to share with one organisation. A withdrawal that comes first names no organisation.
CREATE TABLE sharing_consents (
    consent_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    organisation_id uuid,
    given_by uuid,
    given_at timestamptz,
    withdrawn_at timestamptz
);
CREATE INDEX sharing_consents_person ON sharing_consents (person_id);

-- A question to another organisation. The row is all that the organisation reads: what is said of the person is sealed,
-- and absent where sharing it has no ground.
CREATE TABLE orientations (
    orientation_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases,
    version bigint NOT NULL,
    offer_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    proposed_by uuid NOT NULL,
    proposing_organisation_id uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    answer_by date NOT NULL,
    state text NOT NULL,
    reason text,
    answered_at timestamptz,
    ground text NOT NULL,
    first_name jsonb,
    asked jsonb,
    reach jsonb,
    instead uuid
);
CREATE INDEX orientations_case ON orientations (case_id);
CREATE INDEX orientations_received ON orientations (organisation_id, orientation_id);

-- How the organisation answers without an account. Link and code are kept as keyed hashes only.
CREATE TABLE orientation_links (
    orientation_id uuid PRIMARY KEY REFERENCES orientations,
    case_id uuid NOT NULL,
    link_hash bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    codes_left integer NOT NULL,
    code_hash bytea,
    code_asked_at timestamptz,
    tries_left integer NOT NULL
);

GRANT SELECT ON organisations, offers, sharing_consents TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON organisations, offers, sharing_consents TO maillage_worker;
GRANT SELECT, INSERT, UPDATE ON orientations, orientation_links TO maillage_app, maillage_worker;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['organisations', 'offers', 'sharing_consents', 'orientations', 'orientation_links']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;

-- What the public directory shows to everybody.
CREATE POLICY everybody ON organisations FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY everybody ON offers FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY of_my_dossiers ON sharing_consents FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM case_people WHERE case_people.person_id = sharing_consents.person_id)
);
CREATE POLICY at_work ON orientations TO maillage_app USING (works_on(case_id));
-- The organisation that is asked sees the question, never the dossier.
CREATE POLICY receiving ON orientations FOR SELECT TO maillage_app USING (
    organisation_id = (SELECT maillage_organisation()) AND (SELECT maillage_has('social_worker', 'manager'))
);
CREATE POLICY at_work ON orientation_links TO maillage_app USING (works_on(case_id));
-- Who holds a link sees it, and the orientation it belongs to.
CREATE POLICY held ON orientation_links FOR SELECT TO maillage_app USING (
    link_hash = decode(nullif(current_setting('maillage.orientation_link', true), ''), 'hex')
);
CREATE POLICY held ON orientations FOR SELECT TO maillage_app USING (
    orientation_id IN (
        SELECT held.orientation_id FROM orientation_links AS held
        WHERE link_hash = decode(nullif(current_setting('maillage.orientation_link', true), ''), 'hex')
    )
);
