-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
-- What an interruption left of an index is of no use: made anew.
DROP INDEX CONCURRENTLY IF EXISTS orientations_awaited;

-- Answers an agent waits for, or never had.
CREATE INDEX CONCURRENTLY IF NOT EXISTS orientations_awaited ON orientations (proposed_by, answer_by, orientation_id)
WHERE state IN ('proposed', 'under_study', 'expired');

DROP INDEX CONCURRENTLY IF EXISTS orientations_to_answer;

-- Answers an organisation owes.
CREATE INDEX CONCURRENTLY IF NOT EXISTS orientations_to_answer ON orientations (organisation_id, answer_by, orientation_id)
WHERE state IN ('proposed', 'under_study');

-- Whose work changed: an agent, or for dossiers of nobody (the nil UUID) their territory and whoever looks at them all.
-- Nothing of anybody is said. Told once in a transaction, which wakes the relay in the same way.
CREATE OR REPLACE FUNCTION work_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agent uuid := coalesce(NEW.agent_id, OLD.agent_id);
BEGIN
    IF agent <> '00000000-0000-0000-0000-000000000000' THEN
        PERFORM pg_notify('work', agent::text);
    ELSE
        PERFORM pg_notify('work', coalesce(NEW.territory_id, OLD.territory_id)), pg_notify('work', '*');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER changed AFTER INSERT OR UPDATE OR DELETE ON workloads
FOR EACH ROW EXECUTE FUNCTION work_changed();
