-- People erased once and for all: an id, and when it was decided. Nothing is kept of them from then on.
CREATE TABLE erased_people (
    person_id uuid PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON erased_people TO maillage_worker;
ALTER TABLE erased_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_people FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON erased_people TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
