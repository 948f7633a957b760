-- Whether a guest is safe, and the visits that told: for the dossier's coordinator and its managers alone, hence a
-- table of its own. Who endangers the guest may be another reader's client.
CREATE TABLE safety_checks (
    conference_id uuid NOT NULL REFERENCES conferences,
    case_id uuid NOT NULL,
    person_id uuid NOT NULL,
    safety text NOT NULL,
    met_on date,
    PRIMARY KEY (conference_id, person_id)
);
-- The owner is subject to row-level security as well: lifted meanwhile.
ALTER TABLE conferences NO FORCE ROW LEVEL SECURITY;
INSERT INTO safety_checks (conference_id, case_id, person_id, safety, met_on)
SELECT conference_id, case_id, (guest ->> 'person_id')::uuid, guest ->> 'safety', (guest ->> 'met_on')::date
FROM conferences, jsonb_array_elements(state -> 'guests') AS guest
WHERE guest ->> 'safety' <> 'unchecked' OR guest ->> 'met_on' IS NOT NULL;
-- Not left for a release later: it can be read meanwhile. The release before takes a guest for unchecked, which
-- only delays a meeting.
UPDATE conferences SET state = jsonb_set(state, '{guests}', (
    SELECT coalesce(jsonb_agg(guest - 'safety' - 'met_on' ORDER BY place), '[]')
    FROM jsonb_array_elements(state -> 'guests') WITH ORDINALITY AS g (guest, place)
)) WHERE state ? 'guests';
ALTER TABLE conferences FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON safety_checks TO maillage_app;
GRANT SELECT ON safety_checks TO maillage_worker;
ALTER TABLE safety_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE safety_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON safety_checks TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY entitled ON safety_checks TO maillage_app USING (
    EXISTS (
        SELECT FROM cases
        WHERE cases.case_id = safety_checks.case_id
        AND roles_in_dossier(cases.case_id, territory_id, coordinator_id) && '{coordinator,manager}'
    )
);

-- Whose agreement it is and to what: each holder of parental authority counts alone, for that programme alone.
-- NULL: not known (a consent heard of before, or only when it was withdrawn).
ALTER TABLE consents ADD COLUMN programme text, ADD COLUMN given_by uuid;

-- A place that came with an invitation goes with it.
GRANT DELETE ON case_people TO maillage_app;

-- A dossier without a territory is seen, as its request in intake, by all who hold the role anywhere.
CREATE OR REPLACE FUNCTION roles_in_dossier(dossier uuid, territory_id text, coordinator_id uuid) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT held ->> 0), '{}')
    FROM jsonb_array_elements(coalesce(nullif(current_setting('maillage.actor', true), '')::jsonb -> 'grants', '[]')) AS held
    WHERE CASE held ->> 0
        WHEN 'reception' THEN territory_id IS NULL OR held ->> 1 IN (territory_id, '*')
        WHEN 'manager' THEN territory_id IS NULL OR held ->> 1 IN (territory_id, '*')
        WHEN 'social_worker' THEN territory_id IS NULL OR held ->> 1 IN (territory_id, '*') OR EXISTS (
            SELECT FROM referents WHERE referents.case_id = dossier AND agent_id = maillage_agent())
        WHEN 'coordinator' THEN maillage_agent() = coordinator_id
    END
);
ALTER POLICY reception ON cases USING (
    territory_id = ANY ((SELECT maillage_territories('reception'))::text[])
    OR '*' = ANY ((SELECT maillage_territories('reception'))::text[])
    OR territory_id IS NULL AND (SELECT maillage_has('reception'))
);
ALTER POLICY territory ON cases USING (
    territory_id = ANY ((SELECT maillage_territories('social_worker', 'manager'))::text[])
    OR '*' = ANY ((SELECT maillage_territories('social_worker', 'manager'))::text[])
    OR territory_id IS NULL AND (SELECT maillage_has('social_worker', 'manager'))
);
