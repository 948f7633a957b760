-- By which links members of a family group read the plan they agreed to. Kept as keyed hashes only.
CREATE TABLE plan_links (
    link_hash bytea PRIMARY KEY,
    case_id uuid NOT NULL,
    conference_id uuid NOT NULL,
    person_id uuid NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX plan_links_person ON plan_links (person_id);
GRANT INSERT ON plan_links TO maillage_app;
-- The service looks a link up for whoever holds it; who is erased loses theirs.
GRANT SELECT, DELETE ON plan_links TO maillage_worker;

ALTER TABLE plan_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_links FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON plan_links TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY at_work ON plan_links FOR INSERT TO maillage_app WITH CHECK (works_on(case_id));
