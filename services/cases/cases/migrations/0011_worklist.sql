-- Asked of one dossier, it looks that one up. As a list of all dossiers an agent refers to, it was made anew for every
-- row of a task or an appointment, since their policies ask `cases`. With OFFSET the planner makes no list of it.
ALTER POLICY referent ON cases USING (
    (SELECT maillage_has('social_worker')) AND EXISTS (
        SELECT FROM referents
        WHERE referents.case_id = cases.case_id AND agent_id = ANY ((SELECT acting_as())::uuid [])
        OFFSET 0
    )
);

-- Repeated from the dossier, by the database itself: what an agent refers to is read in the order of an index.
ALTER TABLE referents ADD COLUMN status text, ADD COLUMN opened_at timestamptz;
CREATE FUNCTION referents_as_their_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT cases.status, cases.opened_at INTO NEW.status, NEW.opened_at FROM cases WHERE case_id = NEW.case_id;
    RETURN NEW;
END $$;
CREATE TRIGGER as_their_case BEFORE INSERT ON referents
FOR EACH ROW EXECUTE FUNCTION referents_as_their_case();
CREATE FUNCTION cases_tell_referents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE referents SET status = NEW.status WHERE case_id = NEW.case_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_referents AFTER UPDATE OF status ON cases
FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION cases_tell_referents();
GRANT UPDATE (status) ON referents TO maillage_worker;

-- The owner is subject to row-level security as well: lifted meanwhile.
ALTER TABLE cases NO FORCE ROW LEVEL SECURITY;
ALTER TABLE referents NO FORCE ROW LEVEL SECURITY;
UPDATE referents SET status = cases.status, opened_at = cases.opened_at FROM cases
WHERE cases.case_id = referents.case_id;
ALTER TABLE cases FORCE ROW LEVEL SECURITY;
ALTER TABLE referents FORCE ROW LEVEL SECURITY;

-- A revision is one transaction, where no index is made concurrently: writing waits for the seconds it takes.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX referents_worklist ON referents (agent_id, status, opened_at, case_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX cases_coordinated ON cases (coordinator_id, status, opened_at, case_id) WHERE coordinator_id IS NOT NULL;
