-- Calls of an SMS gateway heard lately: one told again within the minutes its signature holds changes nothing.
CREATE TABLE sms_calls (
    call_id text PRIMARY KEY,
    heard_at timestamptz NOT NULL
);
CREATE INDEX sms_calls_heard ON sms_calls (heard_at);
ALTER TABLE sms_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE sms_calls FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON sms_calls TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
GRANT SELECT, INSERT, DELETE ON sms_calls TO maillage_worker;

-- What a message cost, in parts: those of its text messages that a gateway took.
ALTER TABLE deliveries ADD COLUMN parts integer NOT NULL DEFAULT 0;
-- A revision is one transaction, where no index is made concurrently: writing waits for the seconds it takes.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX deliveries_parts ON deliveries (event_time) WHERE parts > 0;
