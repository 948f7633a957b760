-- The cell may look for anybody: who did, when, and whom they were shown. What was typed is not kept: it may name a child.
-- A year long, and for the cell alone.
CREATE TABLE cell_searches (
    search_id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    agent_id uuid NOT NULL,
    found uuid [] NOT NULL
);
CREATE INDEX cell_searches_at ON cell_searches (at);
ALTER TABLE cell_searches ENABLE ROW LEVEL SECURITY;
ALTER TABLE cell_searches FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON cell_searches TO maillage_app;
CREATE POLICY cell ON cell_searches FOR SELECT TO maillage_app USING ((SELECT maillage_has('cell')));
CREATE POLICY signed ON cell_searches FOR INSERT TO maillage_app WITH CHECK (
    agent_id = (SELECT maillage_agent()) AND (SELECT maillage_has('cell')));
CREATE POLICY forgotten ON cell_searches FOR DELETE TO maillage_app USING (
    at < now() - interval '1 year' AND (SELECT maillage_has('cell')));
