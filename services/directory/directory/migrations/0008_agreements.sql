-- Agreements are loaded and saved whole; columns beside `state` are what they are found by.
CREATE TABLE agreements (
    agreement_id uuid PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('draft', 'negotiated', 'approved', 'signed', 'in_force', 'ended')),
    territory_ids text[] NOT NULL CHECK (cardinality(territory_ids) > 0),
    party_ids uuid[] NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    state jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CHECK (ends_on >= starts_on)
);
COMMENT ON COLUMN agreements.ends_on IS 'last day, as it is known today: renewed or denounced';
CREATE INDEX agreements_in_order ON agreements (ends_on, agreement_id);
CREATE INDEX agreements_parties ON agreements USING gin (party_ids);

-- What was done with an agreement, one line for each of its versions. Nobody may change or delete one.
CREATE TABLE agreement_changes (
    agreement_id uuid NOT NULL REFERENCES agreements,
    version bigint NOT NULL,
    what text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL,
    changed_by uuid,
    PRIMARY KEY (agreement_id, version)
);
COMMENT ON COLUMN agreement_changes.changed_by IS 'an agent; null for what the clock does';

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['agreements', 'agreement_changes']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
        EXECUTE format('CREATE POLICY readers ON %I FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) = ''agent'')', name);
    END LOOP;
END $$;
CREATE POLICY stewards ON agreements TO maillage_app USING (
    directory_within(territory_ids, (SELECT maillage_territories('operator', 'manager'))));
CREATE POLICY stewards ON agreement_changes FOR INSERT TO maillage_app WITH CHECK (
    changed_by = maillage_agent() AND EXISTS (
        SELECT FROM agreements AS changed WHERE changed.agreement_id = agreement_changes.agreement_id
        AND directory_within(changed.territory_ids, maillage_territories('operator', 'manager'))));

GRANT SELECT, INSERT, UPDATE ON agreements TO maillage_app, maillage_worker;
GRANT SELECT, INSERT ON agreement_changes TO maillage_app, maillage_worker;
