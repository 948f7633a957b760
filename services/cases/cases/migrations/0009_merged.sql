-- Replica of who was found to be the same person; `into_id` NULL: that was undone.
CREATE TABLE same_people (
    person_id uuid PRIMARY KEY,
    into_id uuid,
    sequence bigint NOT NULL
);
CREATE INDEX same_people_into ON same_people (into_id);

-- A dossier that goes on in another one. It closed then, and is read by who read it before.
CREATE TABLE joined_cases (
    case_id uuid PRIMARY KEY,
    into_id uuid NOT NULL,
    CHECK (case_id <> into_id)
);
CREATE INDEX joined_cases_into ON joined_cases (into_id);

ALTER TABLE same_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE same_people FORCE ROW LEVEL SECURITY;
ALTER TABLE joined_cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE joined_cases FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON same_people TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY worker ON joined_cases TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
GRANT SELECT, INSERT, UPDATE ON same_people TO maillage_worker;
GRANT SELECT, INSERT, DELETE ON joined_cases TO maillage_worker;
GRANT SELECT ON same_people, joined_cases TO maillage_app;

CREATE POLICY of_my_dossiers ON same_people FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM case_people WHERE case_people.person_id IN (same_people.person_id, same_people.into_id))
);
CREATE POLICY at_work ON joined_cases FOR SELECT TO maillage_app USING (works_on(case_id));
