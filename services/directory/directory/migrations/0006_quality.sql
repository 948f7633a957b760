-- How each entry in function stands: since when nobody is sure of it, and the national score of an offer. Made again
-- every night, after each import, and when its organisation answers.
CREATE TABLE entry_quality (
    aggregate_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('organisation', 'offer')),
    organisation_id uuid NOT NULL,
    name text NOT NULL,
    territory_ids text[] NOT NULL,
    sure_on date,
    stale_on date NOT NULL,
    score double precision,
    lacking text[] NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN entry_quality.sure_on IS 'when somebody last checked it, or else when it last changed';
COMMENT ON COLUMN entry_quality.stale_on IS 'from when it is to be checked again';
COMMENT ON COLUMN entry_quality.lacking IS 'the criteria of the score it does not meet in full';
CREATE INDEX entry_quality_stalest ON entry_quality (stale_on, aggregate_id);
CREATE INDEX entry_quality_lowest ON entry_quality (score, aggregate_id) WHERE score IS NOT NULL;

-- How often an organisation is asked to confirm its entry, and the last link it was sent.
CREATE TABLE confirmations (
    organisation_id uuid PRIMARY KEY,
    every_months bigint CHECK (every_months BETWEEN 1 AND 60),
    link_hash text UNIQUE,
    asked_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    answered_at timestamptz,
    version bigint NOT NULL DEFAULT 1
);
COMMENT ON COLUMN confirmations.every_months IS 'null: never';
COMMENT ON COLUMN confirmations.link_hash IS 'keyed hash of the secret end of its address';

-- What organisations say is otherwise, field by field, and what a steward made of it.
CREATE TABLE corrections (
    correction_id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('organisation', 'offer')),
    aggregate_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    field text NOT NULL,
    before jsonb,
    after jsonb,
    proposed_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    accepted boolean
);
CREATE UNIQUE INDEX corrections_open ON corrections (aggregate_id, field) WHERE decided_at IS NULL;
CREATE INDEX corrections_in_order ON corrections (proposed_at, correction_id) WHERE decided_at IS NULL;

-- Entries that look the same, and why. Never merged but by a steward.
CREATE TABLE duplicates (
    first_id uuid NOT NULL,
    second_id uuid NOT NULL CHECK (second_id > first_id),
    kind text NOT NULL CHECK (kind IN ('organisation', 'offer')),
    reasons text[] NOT NULL,
    weight bigint NOT NULL,
    territory_ids text[] NOT NULL,
    dismissed_at timestamptz,
    dismissed_by uuid,
    PRIMARY KEY (first_id, second_id)
);
COMMENT ON COLUMN duplicates.territory_ids IS 'of both';
CREATE INDEX duplicates_likeliest ON duplicates (weight DESC, first_id, second_id) WHERE dismissed_at IS NULL;
CREATE INDEX duplicates_second ON duplicates (second_id);

-- What a retired entry was merged into.
CREATE TABLE merged_entries (
    aggregate_id uuid PRIMARY KEY,
    into_id uuid NOT NULL,
    merged_at timestamptz NOT NULL,
    merged_by uuid NOT NULL
);

-- Whether the actor stewards the organisation or the offer of that id.
CREATE FUNCTION directory_stewards_entry(wanted uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (SELECT FROM organisations WHERE organisation_id = wanted AND directory_stewarded(
        territory_ids, maillage_has('operator'), maillage_territories('operator', 'manager')))
    OR EXISTS (SELECT FROM offers WHERE offer_id = wanted AND directory_stewarded(
        territory_ids, maillage_has('operator'), maillage_territories('operator', 'manager')));

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['entry_quality', 'confirmations', 'corrections', 'duplicates', 'merged_entries']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
CREATE POLICY stewards ON entry_quality FOR SELECT TO maillage_app USING (directory_stewarded(
    territory_ids, (SELECT maillage_has('operator')), (SELECT maillage_territories('operator', 'manager'))));
CREATE POLICY stewards ON confirmations TO maillage_app USING (directory_stewards_entry(organisation_id));
CREATE POLICY stewards ON corrections TO maillage_app USING (directory_stewards_entry(aggregate_id));
-- Who stewards one of two sees that they look the same; merging asks for both.
CREATE POLICY stewards ON duplicates TO maillage_app
USING ((SELECT maillage_has('operator'))
    OR territory_ids && (SELECT maillage_territories('operator', 'manager'))
    OR '*' = ANY ((SELECT maillage_territories('operator', 'manager'))::text[]));
CREATE POLICY readers ON merged_entries FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY stewards ON merged_entries FOR INSERT TO maillage_app
WITH CHECK (merged_by = maillage_agent() AND directory_stewards_entry(aggregate_id));

GRANT SELECT, INSERT, UPDATE, DELETE ON entry_quality, confirmations, corrections, duplicates TO maillage_worker;
GRANT SELECT ON merged_entries TO maillage_worker;
GRANT SELECT ON entry_quality TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON confirmations TO maillage_app;
GRANT SELECT, UPDATE ON corrections TO maillage_app;
GRANT SELECT, UPDATE, DELETE ON duplicates TO maillage_app;
GRANT SELECT, INSERT ON merged_entries TO maillage_app;
