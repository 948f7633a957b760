-- What agents are to look at: one row per event, rule and agent. Where to look and since when; no personal data.
CREATE TABLE tasks (
    task_id uuid PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    agent_id uuid NOT NULL,
    kind text NOT NULL,
    link text NOT NULL,
    due_on date,
    late boolean NOT NULL,
    subject uuid NOT NULL,
    caused_at timestamptz NOT NULL,
    seen_at timestamptz,
    done_at timestamptz,
    void_at timestamptz,
    told_at timestamptz
);
COMMENT ON COLUMN tasks.void_at IS 'when something made it untrue';
COMMENT ON COLUMN tasks.told_at IS 'when a morning mail counted it as new';
CREATE INDEX tasks_pending ON tasks (agent_id, place) WHERE done_at IS NULL AND void_at IS NULL;
CREATE INDEX tasks_done ON tasks (agent_id, place) WHERE done_at IS NOT NULL AND void_at IS NULL;
CREATE INDEX tasks_subject ON tasks (subject) WHERE done_at IS NULL AND void_at IS NULL;

-- One row per agent who was ever told something; `version` rises with each change of what they see.
CREATE TABLE inboxes (
    agent_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    digest boolean NOT NULL DEFAULT true
);

-- Whom a case's undelivered messages concern: the agent last named by its events.
CREATE TABLE case_agents (
    case_id uuid PRIMARY KEY,
    agent_id uuid NOT NULL,
    named_at timestamptz NOT NULL
);

-- Wakes the pages of the agents concerned. Ordered, so that two writers of several inboxes wait for one another once.
CREATE FUNCTION notifications_inboxes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inboxes AS known (agent_id)
    SELECT DISTINCT agent_id FROM changed ORDER BY agent_id
    ON CONFLICT (agent_id) DO UPDATE SET version = known.version + 1;
    PERFORM pg_notify('inboxes', agent_id::text) FROM (SELECT DISTINCT agent_id FROM changed) AS agents;
    RETURN NULL;
END $$;
CREATE TRIGGER arrived AFTER INSERT ON tasks REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION notifications_inboxes();
CREATE TRIGGER changed AFTER UPDATE ON tasks REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION notifications_inboxes();

GRANT SELECT, INSERT, UPDATE ON tasks, inboxes, case_agents TO maillage_worker;
GRANT DELETE ON tasks TO maillage_worker;
GRANT SELECT, UPDATE (seen_at, done_at) ON tasks TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON inboxes TO maillage_app;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tasks', 'inboxes', 'case_agents']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
CREATE POLICY own ON tasks TO maillage_app USING (agent_id = (SELECT maillage_agent()));
CREATE POLICY own ON inboxes TO maillage_app USING (agent_id = (SELECT maillage_agent()));
