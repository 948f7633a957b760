-- The chassis lets nobody's request write agents: here alone it may, under the policies of directory_0001.
GRANT INSERT, UPDATE ON agents TO maillage_app;

-- After a restore, states come back key by key: of an account given to another record, the new record perhaps before the
-- old one's retirement. What is heard was checked when it was decided, and waits beside the one it replaces.
ALTER TABLE agents ADD COLUMN heard boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN agents.heard IS 'heard of while another record still holds the same account';

CREATE FUNCTION directory_agent_heard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.heard := maillage_kind() = 'worker' AND EXISTS (
        SELECT FROM agents AS other
        WHERE other.subject = NEW.subject AND NOT other.retired AND NOT other.heard AND other.agent_id <> NEW.agent_id);
    RETURN NEW;
END $$;
CREATE TRIGGER heard BEFORE INSERT OR UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION directory_agent_heard();

-- The account is free: from now on the one who waited holds it as if it had been decided here.
CREATE FUNCTION directory_account_freed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE agents SET sequence = sequence WHERE subject = OLD.subject AND heard;
    RETURN NULL;
END $$;
CREATE TRIGGER freed AFTER UPDATE ON agents FOR EACH ROW
WHEN (NOT OLD.retired AND (NEW.retired OR NEW.subject <> OLD.subject))
EXECUTE FUNCTION directory_account_freed();

-- A small table that only operators and managers write to.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX agents_subject_in_function;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX agents_subject_in_function ON agents (subject) WHERE NOT retired AND NOT heard;
