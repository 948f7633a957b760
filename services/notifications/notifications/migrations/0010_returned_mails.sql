-- Which address a message last left to, as a mark that says nothing without its recipient's key: what comes back stops
-- that one (`stopped_addresses`).
ALTER TABLE deliveries ADD COLUMN address_mark bytea;

-- Reports of mail servers that were read: found again in the mailbox, one changes nothing.
CREATE TABLE mail_reports (
    digest bytea PRIMARY KEY,
    heard_at timestamptz NOT NULL
);
CREATE INDEX mail_reports_heard ON mail_reports (heard_at);
GRANT SELECT, INSERT, DELETE ON mail_reports TO maillage_worker;

-- Telephones that text messages left to, each as a mark under a key of the deployment's: who answers STOP is found by it.
CREATE TABLE texted (
    number_mark bytea NOT NULL,
    person_id uuid NOT NULL,
    PRIMARY KEY (number_mark, person_id)
);
CREATE INDEX texted_person ON texted (person_id);
GRANT SELECT, INSERT, DELETE ON texted TO maillage_worker;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['mail_reports', 'texted']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
