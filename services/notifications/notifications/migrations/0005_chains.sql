-- A message goes by one channel after another. `channels`: its rule's, in the order they are tried (none: `channel`
-- alone, as planned before); `steps`: those left behind, each with its reason; `reference`: the gateway's own name.
ALTER TABLE deliveries
    ADD COLUMN channels text[] NOT NULL DEFAULT '{}',
    ADD COLUMN steps jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN urgent boolean NOT NULL DEFAULT false,
    ADD COLUMN reference text;
-- A wider one takes its place in the same transaction; what is there already held the narrower.
-- squawk-ignore ban-drop-constraint
ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check CHECK (state IN (
    'planned', 'waiting', 'held', 'sending', 'sent', 'delivered', 'failed', 'bounced', 'returned', 'suppressed'
)) NOT VALID;
GRANT UPDATE (steps, channel) ON deliveries TO maillage_app;

-- A revision is one transaction, where no index is made concurrently: writing waits for the seconds it takes.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX deliveries_due ON deliveries (channel, urgent, next_attempt_at) WHERE state = 'planned';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX deliveries_reference ON deliveries (channel, reference) WHERE reference IS NOT NULL;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX deliveries_planned;

-- How fast a gateway may be spoken to, for all senders together: the moment by which it has had what it was given.
CREATE TABLE paces (
    channel text PRIMARY KEY,
    busy_until timestamptz NOT NULL
);

-- Where a territory lies: its public holidays are kept.
CREATE TABLE territories (
    territory_id text PRIMARY KEY,
    departments text[] NOT NULL,
    sequence bigint NOT NULL
);

-- What people want to be told, and how: each row is one decision, and evidence of it; the newest counts.
-- `about`: a kind of message, or a channel.
CREATE TABLE preferences (
    preference_id uuid PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY,
    person_id uuid NOT NULL,
    about text NOT NULL,
    wanted boolean NOT NULL,
    decided_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    how text NOT NULL
);
CREATE INDEX preferences_person ON preferences (person_id, about, place DESC);

GRANT SELECT, INSERT, UPDATE ON paces, territories TO maillage_worker;
GRANT SELECT, INSERT, DELETE ON preferences TO maillage_worker;
GRANT SELECT, INSERT ON preferences TO maillage_app;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['paces', 'territories', 'preferences']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
-- Whoever may meet the person writes down what they want.
CREATE POLICY agents ON preferences TO maillage_app USING (
    (SELECT maillage_has('reception')) OR (SELECT maillage_has('social_worker')) OR (SELECT maillage_has('coordinator'))
);

-- The owner is subject to row-level security as well: lifted meanwhile.
ALTER TABLE deliveries NO FORCE ROW LEVEL SECURITY;
UPDATE deliveries SET reason = 'no_safe_contact' WHERE reason = 'no_safe_email';
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
