-- Who was found to be the same person; `into_id` NULL: that was undone.
CREATE TABLE same_people (
    person_id uuid PRIMARY KEY,
    into_id uuid,
    sequence bigint NOT NULL
);
CREATE INDEX same_people_into ON same_people (into_id);
CREATE TRIGGER news AFTER INSERT OR UPDATE ON same_people FOR EACH STATEMENT EXECUTE FUNCTION notifications_news();
ALTER TABLE same_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE same_people FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON same_people TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
GRANT SELECT, INSERT, UPDATE ON same_people TO maillage_worker;
