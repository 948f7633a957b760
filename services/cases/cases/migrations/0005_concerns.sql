-- A worry about a child: an id and dates in clear, all else sealed to the cell, whose key no database holds.
CREATE TABLE concerns (
    case_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    received_on date NOT NULL,
    closed_on date,
    report text NOT NULL,
    -- What the cell has made of it; none until it first opened the report.
    state text
);
CREATE INDEX concerns_received ON concerns (received_on, case_id);
GRANT SELECT, UPDATE ON concerns TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON concerns TO maillage_worker;
ALTER TABLE concerns ENABLE ROW LEVEL SECURITY;
ALTER TABLE concerns FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON concerns TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY cell ON concerns TO maillage_app USING ((SELECT maillage_has('cell')));

-- The cell may look into ordinary dossiers; nobody else into the cell's.
CREATE POLICY cell ON cases FOR SELECT TO maillage_app USING ((SELECT maillage_has('cell')));
CREATE POLICY cell ON case_people FOR SELECT TO maillage_app USING ((SELECT maillage_has('cell')));
