-- A stage whose event could not be written keeps the instant it fires at: only so is the same deadline known again.
ALTER TABLE due_dates ADD COLUMN not_before timestamptz;
COMMENT ON COLUMN due_dates.not_before IS 'when a stage that failed is tried again';

-- Agents are heard of, by the worker; the directory, which writes them itself, grants itself what that takes.
REVOKE INSERT, UPDATE ON agents FROM maillage_app;
-- A key is recorded once; only the worker erases one.
REVOKE UPDATE ON subject_keys FROM maillage_app;

DO $$
BEGIN
    -- The directory may have put policies of its own in its place.
    IF EXISTS (SELECT FROM pg_policies WHERE schemaname = 'public' AND tablename = 'agents' AND policyname = 'actors') THEN
        ALTER POLICY actors ON agents USING ((SELECT maillage_kind()) = 'agent');
    END IF;
END $$;

-- Whoever asks is promised an answer by a date; agents alone see dates, and move or cancel them.
DROP POLICY actors ON due_dates;
CREATE POLICY promises ON due_dates FOR INSERT TO maillage_app WITH CHECK ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY agents ON due_dates TO maillage_app USING ((SELECT maillage_kind()) = 'agent');
