-- Whose day changed, as with `work_changed`; nothing of anybody is said.
CREATE OR REPLACE FUNCTION engagement_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('work', coalesce(NEW.agent_id, OLD.agent_id)::text);
    RETURN NULL;
END $$;

-- Who asked waits for the answer, and the organisation asked owes it.
CREATE OR REPLACE FUNCTION orientation_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('work', NEW.proposed_by::text), pg_notify('work', NEW.organisation_id::text);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON engagements
FOR EACH ROW EXECUTE FUNCTION engagement_changed();

CREATE OR REPLACE TRIGGER told AFTER INSERT OR UPDATE OF state ON orientations
FOR EACH ROW EXECUTE FUNCTION orientation_changed();
