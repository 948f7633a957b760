-- What is to be done in a dossier: tasks, and the actions of a shared plan. `agent_id` answers for it and is told when
-- it falls due: who does a task, who checks an action. `who` carries an action out: a person of the dossier or an agent.
CREATE TABLE tasks (
    task_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases,
    kind text NOT NULL,
    what jsonb NOT NULL,
    agent_id uuid NOT NULL,
    who uuid,
    due_on date NOT NULL,
    state text NOT NULL,
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    ended_on date
);
CREATE INDEX tasks_case ON tasks (case_id);
CREATE INDEX tasks_of_agent ON tasks (agent_id, due_on, task_id) WHERE state = 'open';

-- Who stands in for a referent, from one instant to another. Why they are away is nobody's business here.
CREATE TABLE absences (
    absence_id uuid PRIMARY KEY,
    agent_id uuid NOT NULL,
    substitute_id uuid NOT NULL,
    named_by uuid NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX absences_agent ON absences (agent_id, ends_at);
CREATE INDEX absences_substitute ON absences (substitute_id, ends_at);

-- What another organisation reads of a dossier: only what is said here, only until it ends.
CREATE TABLE shares (
    share_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases,
    reference text NOT NULL,
    programme text NOT NULL,
    organisation_id uuid NOT NULL,
    parts text[] NOT NULL,
    why jsonb NOT NULL,
    ground text NOT NULL,
    legal_ground text,
    shared_by uuid NOT NULL,
    sharing_organisation_id uuid NOT NULL,
    shared_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX shares_case ON shares (case_id);
CREATE INDEX shares_received ON shares (organisation_id, share_id) WHERE ended_at IS NULL;

-- Which of the referents a programme asks for an agent is; NULL: none in particular.
ALTER TABLE referents ADD COLUMN code text;

-- What was answered to the programme's questions, except what is sealed: some referents are wanted by an answer alone.
ALTER TABLE cases ADD COLUMN answers jsonb;

-- What a protected adult says themself, in this dossier. Whoever protects them agrees beside them, never instead.
CREATE TABLE own_agreements (
    case_id uuid NOT NULL REFERENCES cases,
    person_id uuid NOT NULL,
    agreement text NOT NULL,
    said_on date NOT NULL,
    recorded_by uuid NOT NULL,
    PRIMARY KEY (case_id, person_id)
);

-- Files lie in the object store under the id, encrypted under the dossier's key. A deleted one keeps its row, unnamed.
CREATE TABLE documents (
    document_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases,
    name jsonb,
    media_type text NOT NULL,
    size bigint NOT NULL,
    readers text[] NOT NULL,
    added_by uuid NOT NULL,
    added_at timestamptz NOT NULL,
    deleted_by uuid,
    deleted_at timestamptz
);
CREATE INDEX documents_case ON documents (case_id);

GRANT SELECT, INSERT, UPDATE ON tasks, shares, own_agreements, documents, absences TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON tasks, shares TO maillage_worker;
GRANT SELECT ON absences, own_agreements, documents TO maillage_worker;
GRANT UPDATE ON referents TO maillage_app;
-- A dossier that another organisation takes over changes its territory, which nobody of either side may do alone.
GRANT DELETE ON referents TO maillage_worker;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tasks', 'absences', 'shares', 'own_agreements', 'documents']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;

-- The actor, and the agents they stand in for at this moment.
CREATE FUNCTION acting_as() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT array_append(coalesce(array_agg(agent_id), '{}'), maillage_agent()) FROM absences
    WHERE substitute_id = maillage_agent() AND begins_at <= now() AND now() < ends_at
);

-- Nobody stands in for a referent in a dossier they coordinate: its coordinator is independent.
CREATE OR REPLACE FUNCTION roles_in_dossier(dossier uuid, territory_id text, coordinator_id uuid) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT held ->> 0), '{}')
    FROM jsonb_array_elements(coalesce(nullif(current_setting('maillage.actor', true), '')::jsonb -> 'grants', '[]')) AS held
    WHERE CASE held ->> 0
        WHEN 'reception' THEN territory_id IS NULL OR held ->> 1 IN (territory_id, '*')
        WHEN 'manager' THEN territory_id IS NULL OR held ->> 1 IN (territory_id, '*')
        WHEN 'social_worker' THEN territory_id IS NULL OR held ->> 1 IN (territory_id, '*') OR EXISTS (
            SELECT FROM referents WHERE referents.case_id = dossier AND (agent_id = maillage_agent()
                OR agent_id = ANY (acting_as()) AND coordinator_id IS DISTINCT FROM maillage_agent()))
        WHEN 'coordinator' THEN maillage_agent() = coordinator_id
    END
);
ALTER POLICY referent ON cases USING (
    (SELECT maillage_has('social_worker'))
    AND case_id IN (SELECT referents.case_id FROM referents WHERE agent_id = ANY ((SELECT acting_as())::uuid[]))
);

CREATE FUNCTION shared_with_mine(dossier uuid, part text) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM shares
    WHERE case_id = dossier AND organisation_id = maillage_organisation() AND ended_at IS NULL AND part = ANY (parts)
) AND maillage_has('social_worker', 'manager');

CREATE POLICY at_work ON tasks TO maillage_app USING (works_on(case_id));
CREATE POLICY shared ON tasks FOR SELECT TO maillage_app USING (kind = 'action' AND shared_with_mine(case_id, 'plan'));
CREATE POLICY at_work ON own_agreements TO maillage_app USING (works_on(case_id));
CREATE POLICY renamed ON referents FOR UPDATE TO maillage_app USING (works_on(case_id));

-- Who stands in for whom is no secret among agents, and `cases` asks it.
CREATE POLICY agents ON absences FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) = 'agent');
CREATE POLICY managers ON absences TO maillage_app USING ((SELECT maillage_has('manager')));

CREATE POLICY at_work ON shares TO maillage_app USING (works_on(case_id));
CREATE POLICY receiving ON shares FOR SELECT TO maillage_app USING (
    organisation_id = (SELECT maillage_organisation()) AND ended_at IS NULL
    AND (SELECT maillage_has('social_worker', 'manager'))
);
CREATE POLICY shared ON case_people FOR SELECT TO maillage_app USING (shared_with_mine(case_id, 'people'));
CREATE POLICY shared ON timeline FOR SELECT TO maillage_app USING (
    kind = 'note' AND 'social_worker' = ANY (readers) AND shared_with_mine(case_id, 'notes')
);
-- Names go with a share; what people agreed to does not.
ALTER POLICY of_my_dossiers ON consents USING (
    EXISTS (SELECT FROM case_people WHERE case_people.person_id = consents.person_id AND works_on(case_people.case_id))
);
ALTER POLICY of_my_dossiers ON sharing_consents USING (
    EXISTS (
        SELECT FROM case_people
        WHERE case_people.person_id = sharing_consents.person_id AND works_on(case_people.case_id)
    )
);
ALTER POLICY of_my_dossiers ON measure_periods USING (
    (SELECT maillage_has('social_worker', 'manager'))
    AND EXISTS (
        SELECT FROM case_people
        WHERE case_people.person_id = measure_periods.person_id AND works_on(case_people.case_id)
    )
);

CREATE POLICY readers ON documents FOR SELECT TO maillage_app USING (
    added_by = (SELECT maillage_agent()) AND works_on(case_id)
    OR EXISTS (
        SELECT FROM cases
        WHERE cases.case_id = documents.case_id
        AND roles_in_dossier(cases.case_id, territory_id, coordinator_id) && readers
    )
);
CREATE POLICY shared ON documents FOR SELECT TO maillage_app USING (
    'social_worker' = ANY (readers) AND shared_with_mine(case_id, 'documents')
);
CREATE POLICY at_work ON documents FOR INSERT TO maillage_app WITH CHECK (works_on(case_id));
CREATE POLICY deleted ON documents FOR UPDATE TO maillage_app USING (works_on(case_id));
