-- A dossier: one per request. What was said, and all free text, lies sealed in its timeline.
CREATE TABLE cases (
    case_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    correlation_id uuid NOT NULL,
    request_id uuid,
    reference text NOT NULL,
    programme text NOT NULL,
    programme_version integer NOT NULL,
    territory_id text,
    commune text NOT NULL,
    channel text NOT NULL,
    themes text[] NOT NULL,
    urgency text NOT NULL,
    minor boolean NOT NULL,
    promised_on date NOT NULL,
    opened_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    closed_on date,
    close_reason text,
    legal_duty boolean NOT NULL DEFAULT false,
    -- A family is alone in its private time: nothing is recorded in the dossier until it ends.
    private_time boolean NOT NULL DEFAULT false,
    coordinator_id uuid
);
CREATE INDEX cases_worklist ON cases (territory_id, status, opened_at, case_id);
CREATE INDEX cases_everywhere ON cases (status, opened_at, case_id);
CREATE INDEX cases_reference ON cases (reference);
CREATE INDEX cases_coordinator ON cases (coordinator_id) WHERE coordinator_id IS NOT NULL;

-- Agents who work on a dossier, wherever their territory is. A table of its own, not an array of `cases`: under
-- row-level security an index can only be searched by what cannot leak, and containment in arrays is not of that kind.
CREATE TABLE referents (
    case_id uuid NOT NULL REFERENCES cases,
    agent_id uuid NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (case_id, agent_id)
);
CREATE INDEX referents_agent ON referents (agent_id);

-- As whom the actor reads a dossier: the roles held on its territory, `coordinator` for its coordinator alone,
-- `social_worker` for its referents too.
CREATE FUNCTION roles_in_dossier(dossier uuid, territory_id text, coordinator_id uuid) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT held ->> 0), '{}')
    FROM jsonb_array_elements(coalesce(nullif(current_setting('maillage.actor', true), '')::jsonb -> 'grants', '[]')) AS held
    WHERE CASE held ->> 0
        WHEN 'reception' THEN held ->> 1 IN (territory_id, '*')
        WHEN 'manager' THEN held ->> 1 IN (territory_id, '*')
        WHEN 'social_worker' THEN held ->> 1 IN (territory_id, '*') OR EXISTS (
            SELECT FROM referents WHERE referents.case_id = dossier AND agent_id = maillage_agent())
        WHEN 'coordinator' THEN maillage_agent() = coordinator_id
    END
);

-- Whether the actor works on that dossier: more than reception, which only sees that it exists.
CREATE FUNCTION works_on(dossier uuid) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM cases
    WHERE case_id = dossier
    AND roles_in_dossier(case_id, territory_id, coordinator_id) && '{social_worker,coordinator,manager}'
);

-- No foreign key here nor in `timeline`: their rows are written in the statement that opens the dossier, thousands a second.
CREATE TABLE case_people (
    case_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    PRIMARY KEY (case_id, person_id, role)
);
CREATE INDEX case_people_person ON case_people (person_id);

-- Append-only. Each entry names the roles that may read it; its author always may.
CREATE TABLE timeline (
    case_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    readers text[] NOT NULL,
    agent_id uuid,
    text jsonb,
    details jsonb,
    -- Entries of one moment stay in the order they were written in.
    position bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (case_id, entry_id)
);

-- Replica of people's names, sealed.
CREATE TABLE persons (
    person_id uuid PRIMARY KEY,
    name jsonb,
    sequence bigint NOT NULL
);

-- Replica of what territories are called.
CREATE TABLE territories (
    territory_id text PRIMARY KEY,
    name text NOT NULL,
    sequence bigint NOT NULL
);

-- Replica of the consents to a programme: a conference stops when the person concerned withdraws theirs.
CREATE TABLE consents (
    consent_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    given_at timestamptz,
    withdrawn_at timestamptz
);
CREATE INDEX consents_person ON consents (person_id);

-- One row per conference, loaded and saved whole: `state` is the model's, free text in it is sealed.
CREATE TABLE conferences (
    conference_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases,
    phase text NOT NULL,
    meeting_at timestamptz,
    state jsonb NOT NULL
);
CREATE UNIQUE INDEX conferences_under_way ON conferences (case_id) WHERE phase NOT IN ('followed_up', 'stopped');
CREATE INDEX conferences_case ON conferences (case_id);

CREATE TABLE follow_ups (
    conference_id uuid PRIMARY KEY REFERENCES conferences,
    case_id uuid NOT NULL,
    due_on date NOT NULL,
    recorded_on date,
    state jsonb NOT NULL
);
CREATE INDEX follow_ups_case ON follow_ups (case_id);

GRANT SELECT, UPDATE ON cases TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON cases TO maillage_worker;
GRANT SELECT, INSERT, DELETE ON referents TO maillage_app;
GRANT SELECT ON referents TO maillage_worker;
GRANT SELECT, INSERT ON case_people, timeline TO maillage_app, maillage_worker;
GRANT SELECT ON territories TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON territories TO maillage_worker;
GRANT SELECT, INSERT ON persons TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON persons TO maillage_worker;
GRANT SELECT ON consents TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON consents TO maillage_worker;
GRANT SELECT, INSERT, UPDATE ON conferences, follow_ups TO maillage_app, maillage_worker;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['cases', 'referents', 'case_people', 'timeline', 'persons', 'consents', 'conferences',
        'follow_ups', 'territories']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        -- Inside a subquery the actor is looked at once per statement, not once per row.
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;

-- Compared with the column, not within an array: the planner knows how many rows that leaves and reads lists in order.
CREATE POLICY reception ON cases FOR SELECT TO maillage_app USING (
    territory_id = ANY ((SELECT maillage_territories('reception'))::text[])
    OR '*' = ANY ((SELECT maillage_territories('reception'))::text[])
);
CREATE POLICY territory ON cases TO maillage_app USING (
    territory_id = ANY ((SELECT maillage_territories('social_worker', 'manager'))::text[])
    OR '*' = ANY ((SELECT maillage_territories('social_worker', 'manager'))::text[])
);
CREATE POLICY coordinator ON cases TO maillage_app USING (
    coordinator_id = (SELECT maillage_agent()) AND (SELECT maillage_has('coordinator'))
);
CREATE POLICY referent ON cases TO maillage_app USING (
    (SELECT maillage_has('social_worker'))
    AND case_id IN (SELECT referents.case_id FROM referents WHERE agent_id = (SELECT maillage_agent()))
);
-- Who works where is no secret among agents, and `cases` asks it: a narrower rule would ask `cases` in its turn.
CREATE POLICY agents ON referents FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) = 'agent');
CREATE POLICY assigned ON referents FOR INSERT TO maillage_app WITH CHECK (works_on(case_id));
CREATE POLICY released ON referents FOR DELETE TO maillage_app USING (works_on(case_id));
CREATE POLICY agents ON territories FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) = 'agent');
CREATE POLICY at_work ON case_people TO maillage_app USING (works_on(case_id));
CREATE POLICY at_work ON conferences TO maillage_app USING (works_on(case_id));
CREATE POLICY at_work ON follow_ups TO maillage_app USING (works_on(case_id));
CREATE POLICY readers ON timeline FOR SELECT TO maillage_app USING (
    agent_id = (SELECT maillage_agent()) AND works_on(case_id)
    OR EXISTS (
        SELECT FROM cases
        WHERE cases.case_id = timeline.case_id
        AND roles_in_dossier(cases.case_id, territory_id, coordinator_id) && readers
    )
);
CREATE POLICY at_work ON timeline FOR INSERT TO maillage_app WITH CHECK (works_on(case_id));
CREATE POLICY of_my_dossiers ON persons FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM case_people WHERE case_people.person_id = persons.person_id)
);
CREATE POLICY introduced_here ON persons FOR INSERT TO maillage_app WITH CHECK ((SELECT maillage_kind()) = 'agent');
CREATE POLICY of_my_dossiers ON consents FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM case_people WHERE case_people.person_id = consents.person_id)
);
