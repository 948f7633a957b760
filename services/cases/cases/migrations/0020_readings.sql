-- Who read which dossier, as what, on which day: told to the person concerned, and kept twelve months. Once a day for
-- each reader, however often they come back.
CREATE TABLE dossier_readings (
    case_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    read_on date NOT NULL,
    organisation_id uuid,
    role text NOT NULL,
    PRIMARY KEY (case_id, agent_id, read_on)
);
GRANT INSERT ON dossier_readings TO maillage_app;
GRANT SELECT, DELETE ON dossier_readings TO maillage_worker;

ALTER TABLE dossier_readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE dossier_readings FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON dossier_readings TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
-- Nobody signs for somebody else, and who is noted cannot take it back.
CREATE POLICY own ON dossier_readings FOR INSERT TO maillage_app WITH CHECK (agent_id = (SELECT maillage_agent()));
