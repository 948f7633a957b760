-- Repeated by the database itself, so that a territory's work is counted and listed without looking through it: of the
-- dossier, its territory, on the rows of its referents and (while it is open) tasks; of its referents, on the dossier,
-- whether there are any. NULL: not filled in yet.
ALTER TABLE cases ADD COLUMN referred boolean;
ALTER TABLE cases ALTER COLUMN referred SET DEFAULT false;
ALTER TABLE referents ADD COLUMN territory_id text;
ALTER TABLE tasks ADD COLUMN territory_id text;
GRANT UPDATE (territory_id) ON referents TO maillage_worker;

-- The dossier is held: whoever else changes it waits, and what is repeated of it stays true.
CREATE OR REPLACE FUNCTION referents_as_their_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT cases.status, cases.opened_at, cases.territory_id INTO NEW.status, NEW.opened_at, NEW.territory_id
    FROM cases WHERE case_id = NEW.case_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;
CREATE FUNCTION tasks_as_their_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE cases.status WHEN 'open' THEN cases.territory_id END INTO NEW.territory_id
    FROM cases WHERE case_id = NEW.case_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;
CREATE TRIGGER as_their_case BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION tasks_as_their_case();

CREATE OR REPLACE FUNCTION cases_tell_referents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE referents SET status = NEW.status, territory_id = NEW.territory_id
    WHERE case_id = NEW.case_id AND (status, territory_id) IS DISTINCT FROM (NEW.status, NEW.territory_id);
    UPDATE tasks SET territory_id = CASE NEW.status WHEN 'open' THEN NEW.territory_id END
    WHERE case_id = NEW.case_id
        AND territory_id IS DISTINCT FROM CASE NEW.status WHEN 'open' THEN NEW.territory_id END;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tell_referents AFTER UPDATE OF status, territory_id ON cases
FOR EACH ROW EXECUTE FUNCTION cases_tell_referents();

-- Looked at once the dossier is held, so as to see what whoever held it before has done.
CREATE FUNCTION referents_tell_their_case() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed uuid := coalesce(NEW.case_id, OLD.case_id);
    there_are boolean;
BEGIN
    PERFORM FROM cases WHERE case_id = changed FOR NO KEY UPDATE;
    there_are := EXISTS (SELECT FROM referents WHERE case_id = changed);
    UPDATE cases SET referred = there_are WHERE case_id = changed AND referred IS DISTINCT FROM there_are;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_their_case AFTER INSERT OR DELETE ON referents
FOR EACH ROW EXECUTE FUNCTION referents_tell_their_case();
-- What was closed before all this is filled in once it goes on.
CREATE FUNCTION cases_as_their_referents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.referred := EXISTS (SELECT FROM referents WHERE referents.case_id = NEW.case_id);
    RETURN NEW;
END $$;
CREATE TRIGGER as_their_referents BEFORE UPDATE OF status ON cases
FOR EACH ROW EXECUTE FUNCTION cases_as_their_referents();

-- How much work there is on a territory: open dossiers of each referent and of nobody (the nil UUID), which have no day
-- (infinity), and open tasks of each agent by the day they are due. The sum of the rows of a key counts; they are as
-- many as once changed it at the same time, since nobody waits for anybody to count.
CREATE TABLE workloads (
    slot bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    territory_id text NOT NULL,
    agent_id uuid NOT NULL,
    due_on date NOT NULL,
    many bigint NOT NULL
);
CREATE INDEX workloads_key ON workloads (territory_id, due_on, agent_id);
ALTER TABLE workloads ENABLE ROW LEVEL SECURITY;
ALTER TABLE workloads FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON workloads TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY counted ON workloads TO CURRENT_USER USING (true);
GRANT SELECT ON workloads TO maillage_worker;

CREATE FUNCTION count_work(territory text, agent uuid, due date, more bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    mine bigint;
    made bigint;
BEGIN
    SELECT slot INTO mine FROM workloads WHERE territory_id = territory AND agent_id = agent AND due_on = due
    LIMIT 1 FOR UPDATE SKIP LOCKED;
    UPDATE workloads SET many = many + more WHERE slot = mine RETURNING many INTO made;
    IF made = 0 THEN
        DELETE FROM workloads WHERE slot = mine;
    ELSIF made IS NULL AND territory IS NOT NULL THEN
        INSERT INTO workloads (territory_id, agent_id, due_on, many) VALUES (territory, agent, due, more);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION count_work(text, uuid, date, bigint) FROM PUBLIC;

-- Each row is counted by what it says of itself, as it was and as it is.
CREATE FUNCTION referents_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM count_work(OLD.territory_id, OLD.agent_id, 'infinity', -1) WHERE OLD.status = 'open';
    PERFORM count_work(NEW.territory_id, NEW.agent_id, 'infinity', 1) WHERE NEW.status = 'open';
    RETURN NULL;
END $$;
CREATE TRIGGER counted AFTER INSERT OR DELETE OR UPDATE OF status, territory_id, agent_id ON referents
FOR EACH ROW EXECUTE FUNCTION referents_counted();
CREATE FUNCTION tasks_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM count_work(OLD.territory_id, OLD.agent_id, OLD.due_on, -1) WHERE OLD.state = 'open';
    PERFORM count_work(NEW.territory_id, NEW.agent_id, NEW.due_on, 1) WHERE NEW.state = 'open';
    RETURN NULL;
END $$;
CREATE TRIGGER counted AFTER INSERT OR UPDATE OF state, territory_id, agent_id, due_on ON tasks
FOR EACH ROW EXECUTE FUNCTION tasks_counted();
CREATE FUNCTION cases_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE nobody uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    PERFORM count_work(OLD.territory_id, nobody, 'infinity', -1) WHERE OLD.status = 'open' AND NOT OLD.referred;
    PERFORM count_work(NEW.territory_id, nobody, 'infinity', 1) WHERE NEW.status = 'open' AND NOT NEW.referred;
    RETURN NULL;
END $$;
CREATE TRIGGER counted AFTER UPDATE OF status, territory_id, referred ON cases
FOR EACH ROW EXECUTE FUNCTION cases_counted();
-- Dossiers are opened by the thousand, and nobody refers to one from the start.
CREATE FUNCTION opened_counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM count_work(territory_id, '00000000-0000-0000-0000-000000000000', 'infinity', count(*))
    FROM opened WHERE status = 'open' GROUP BY territory_id;
    RETURN NULL;
END $$;
CREATE TRIGGER opened_counted AFTER INSERT ON cases REFERENCING NEW TABLE AS opened
FOR EACH STATEMENT EXECUTE FUNCTION opened_counted();

-- Asked of every row of a dossier: the roles held in it say it all. Looked at as its owner, who sees the dossier, they
-- are found without the policies of `cases`, which say the same again and took ten times as long.
CREATE POLICY looked_up ON cases FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY looked_up ON referents FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY looked_up ON absences FOR SELECT TO CURRENT_USER USING (true);
CREATE OR REPLACE FUNCTION works_on(dossier uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
RETURN EXISTS (
    SELECT FROM cases
    WHERE case_id = dossier
    AND roles_in_dossier(case_id, territory_id, coordinator_id) && '{social_worker,coordinator,manager}'
);
