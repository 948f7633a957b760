-- Somebody asks to be erased, and what is decided: ids, dates and codes, evidence that outlives the person's data.
CREATE TABLE erasures (
    erasure_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    -- No foreign key: it outlives them.
    person_id uuid NOT NULL,
    territory_id text,
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'granted', 'refused')),
    asked_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL,
    ground text,
    -- Under which reference the Archives départementales let it be destroyed.
    visa text,
    decided_at timestamptz,
    decided_by uuid,
    -- All ids of the person, by which they were found to be several.
    person_ids uuid [] NOT NULL DEFAULT '{}',
    CHECK (state = 'asked' OR decided_at IS NOT NULL),
    CHECK (state <> 'granted' OR (visa IS NOT NULL AND cardinality(person_ids) > 0)),
    CHECK (state <> 'refused' OR ground IS NOT NULL)
);
CREATE UNIQUE INDEX erasures_asked ON erasures (person_id) WHERE state = 'asked';

-- Each service's answer.
CREATE TABLE erasure_answers (
    person_id uuid NOT NULL,
    service text NOT NULL,
    done_at timestamptz NOT NULL,
    kept text [] NOT NULL,
    PRIMARY KEY (person_id, service)
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['erasures', 'erasure_answers']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO maillage_worker', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON erasures TO maillage_app;
GRANT SELECT ON erasure_answers TO maillage_app;
CREATE POLICY managers ON erasures FOR SELECT TO maillage_app USING (
    territory_id = ANY ((SELECT maillage_territories('manager'))::text [])
    OR '*' = ANY ((SELECT maillage_territories('manager'))::text []));
CREATE POLICY colleagues_ask ON erasures FOR INSERT TO maillage_app WITH CHECK (
    recorded_by = (SELECT maillage_agent()) AND state = 'asked'
    AND EXISTS (SELECT FROM persons WHERE persons.person_id = erasures.person_id));
CREATE POLICY managers ON erasure_answers FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM erasures WHERE erasure_answers.person_id = ANY (erasures.person_ids)));

GRANT DELETE ON persons, answers TO maillage_worker;
