CREATE TABLE calls (
    call_id uuid PRIMARY KEY,
    title text NOT NULL,
    kind text NOT NULL,
    about text NOT NULL,
    organisation_id uuid NOT NULL,
    territory_ids text[] NOT NULL CHECK (cardinality(territory_ids) > 0),
    opens_on date NOT NULL,
    closes_on date NOT NULL,
    envelope_cents bigint NOT NULL CHECK (envelope_cents > 0),
    sharing text NOT NULL,
    parts jsonb NOT NULL DEFAULT '{}',
    people jsonb NOT NULL DEFAULT '{}',
    criteria jsonb NOT NULL DEFAULT '[]',
    report_due_on date NOT NULL,
    retired boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    CHECK (closes_on >= opens_on)
);
COMMENT ON COLUMN calls.organisation_id IS 'whose call it is: its agents read the projects';
COMMENT ON COLUMN calls.parts IS 'territory → part of the envelope, in any unit';
COMMENT ON COLUMN calls.people IS 'territory → inhabitants, when the call was last written';
CREATE INDEX calls_in_order ON calls (closes_on DESC, call_id);

CREATE TABLE projects (
    project_id uuid PRIMARY KEY,
    call_id uuid NOT NULL REFERENCES calls,
    organisation_id uuid NOT NULL,
    title text NOT NULL,
    about text NOT NULL,
    territory_id text NOT NULL,
    budget jsonb NOT NULL,
    asked_cents bigint NOT NULL CHECK (asked_cents > 0),
    deposited_by uuid NOT NULL,
    deposited_at timestamptz NOT NULL,
    documents jsonb NOT NULL DEFAULT '[]',
    state text NOT NULL CHECK (state IN ('deposited', 'withdrawn', 'granted', 'refused')),
    granted_cents bigint CHECK (granted_cents BETWEEN 1 AND asked_cents),
    reason text,
    decided_on date,
    decided_by uuid,
    payments jsonb NOT NULL DEFAULT '[]',
    report_due_on date,
    report_received_on date,
    report_received_by uuid,
    agreement_id uuid,
    version bigint NOT NULL DEFAULT 1,
    CHECK ((state = 'granted') = (granted_cents IS NOT NULL)),
    CHECK (state <> 'refused' OR reason IS NOT NULL)
);
CREATE INDEX projects_call ON projects (call_id, project_id);
CREATE INDEX projects_organisation ON projects (organisation_id, project_id);

CREATE TABLE project_readings (
    project_id uuid NOT NULL REFERENCES projects,
    call_id uuid NOT NULL REFERENCES calls,
    agent_id uuid NOT NULL,
    scores jsonb NOT NULL,
    opinion text NOT NULL,
    comment text NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, agent_id)
);
CREATE INDEX project_readings_call ON project_readings (call_id);

-- Who runs a call: operators, and managers of all its territories.
CREATE FUNCTION directory_runs_call(wanted uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
    SELECT FROM calls
    WHERE call_id = wanted AND directory_within(territory_ids, maillage_territories('operator', 'manager')));

-- Who reads its projects: those, and the agents of the organisation whose call it is.
CREATE FUNCTION directory_reads_call(wanted uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN directory_runs_call(wanted) OR EXISTS (
    SELECT FROM calls WHERE call_id = wanted AND organisation_id = maillage_organisation());

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['calls', 'projects', 'project_readings']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
CREATE POLICY readers ON calls FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) = 'agent');
CREATE POLICY stewards ON calls TO maillage_app USING (
    directory_within(territory_ids, (SELECT maillage_territories('operator', 'manager'))));

CREATE POLICY readers ON projects FOR SELECT TO maillage_app USING (
    organisation_id = (SELECT maillage_organisation()) OR directory_reads_call(call_id));
-- Those who ask write what they ask, and never what is decided of it.
CREATE POLICY askers_deposit ON projects FOR INSERT TO maillage_app WITH CHECK (
    organisation_id = (SELECT maillage_organisation()) AND state = 'deposited');
CREATE POLICY askers_change ON projects FOR UPDATE TO maillage_app USING (
    organisation_id = (SELECT maillage_organisation()) AND state = 'deposited')
WITH CHECK (organisation_id = (SELECT maillage_organisation()) AND state IN ('deposited', 'withdrawn'));
CREATE POLICY stewards_deposit ON projects FOR INSERT TO maillage_app WITH CHECK (directory_runs_call(call_id));
CREATE POLICY stewards_change ON projects FOR UPDATE TO maillage_app USING (directory_runs_call(call_id));

CREATE POLICY readers ON project_readings FOR SELECT TO maillage_app USING (directory_reads_call(call_id));
CREATE POLICY one_s_own ON project_readings FOR INSERT TO maillage_app WITH CHECK (
    agent_id = (SELECT maillage_agent()) AND directory_reads_call(call_id));
CREATE POLICY one_s_own_again ON project_readings FOR UPDATE TO maillage_app USING (
    agent_id = (SELECT maillage_agent()) AND directory_reads_call(call_id));

GRANT SELECT, INSERT, UPDATE ON calls, projects, project_readings TO maillage_app, maillage_worker;
