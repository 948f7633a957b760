-- Who does not coordinate in a dossier: they declined, or the family objected, which it may once. Read and written by
-- the service alone: a tie says as much of a family as of the agent.
CREATE TABLE coordinators_set_aside (
    case_id uuid NOT NULL REFERENCES cases,
    agent_id uuid NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (case_id, agent_id)
);
CREATE UNIQUE INDEX coordinators_objected_to ON coordinators_set_aside (case_id) WHERE reason = 'objection';

-- Whom a coordinator said to know, whatever dossier they are in.
CREATE TABLE coordinator_ties (
    agent_id uuid NOT NULL,
    person_id uuid NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (agent_id, person_id)
);

GRANT SELECT, INSERT, UPDATE ON coordinators_set_aside TO maillage_worker;
GRANT SELECT, INSERT ON coordinator_ties TO maillage_worker;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['coordinators_set_aside', 'coordinator_ties']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
