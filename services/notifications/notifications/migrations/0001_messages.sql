-- How people may be reached: addresses stay sealed. One row per source: an invitee met by cases is adopted by intake.
CREATE TABLE people (
    person_id uuid NOT NULL,
    source text NOT NULL,
    sequence bigint NOT NULL,
    language text,
    contact_points jsonb NOT NULL,
    PRIMARY KEY (person_id, source)
);

-- Consents to be written to. One that was withdrawn stays so, in whatever order the two events come.
CREATE TABLE message_consents (
    consent_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    withdrawn boolean NOT NULL
);
CREATE INDEX message_consents_person ON message_consents (person_id);

-- What decides which messages a case's events may cause. `quiet`: none to its people; null until its request is known.
CREATE TABLE cases (
    case_id uuid PRIMARY KEY,
    territory_id text,
    programme text NOT NULL,
    programme_version bigint NOT NULL,
    quiet boolean
);

-- Whom to call.
CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    phone text,
    territory_ids text[] NOT NULL,
    retired boolean NOT NULL
);

-- Messages caused by events of [since, until) wait for an operator: see notifications.restoration.
CREATE TABLE holds (
    hold_id uuid PRIMARY KEY,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    CHECK (since < until)
);

-- One row per event, rule and recipient, kept longer than the inbox. No address, no name, no text.
CREATE TABLE deliveries (
    delivery_id uuid PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    rule text NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    event_time timestamptz NOT NULL,
    subject uuid NOT NULL,
    territory_id text,
    correlation_id uuid NOT NULL,
    traceparent text,
    recipient_kind text NOT NULL,
    recipient_id uuid NOT NULL,
    channel text NOT NULL,
    facts jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('planned', 'waiting', 'held', 'sending', 'sent', 'failed', 'suppressed')),
    reason text,
    overtaken boolean NOT NULL DEFAULT false,
    next_attempt_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    in_doubt boolean NOT NULL DEFAULT false,
    resent integer NOT NULL DEFAULT 0,
    sender text,
    lease_until timestamptz,
    settled_at timestamptz,
    decided_by text,
    version bigint NOT NULL DEFAULT 0,
    UNIQUE (event_id, rule, recipient_id)
);
CREATE INDEX deliveries_planned ON deliveries (next_attempt_at) WHERE state = 'planned';
CREATE INDEX deliveries_waiting ON deliveries (recipient_id) WHERE state = 'waiting';
CREATE INDEX deliveries_sending ON deliveries (lease_until) WHERE state = 'sending';
CREATE INDEX deliveries_held ON deliveries (place) WHERE state = 'held';
CREATE INDEX deliveries_subject ON deliveries (subject);
CREATE INDEX deliveries_state ON deliveries (state, place);

-- Wakes the senders: something to send, or something a waiting message may have waited for.
CREATE FUNCTION notifications_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('deliveries', '');
    RETURN NULL;
END $$;
CREATE TRIGGER news AFTER INSERT ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION notifications_news();
CREATE TRIGGER news AFTER INSERT OR UPDATE ON people FOR EACH STATEMENT EXECUTE FUNCTION notifications_news();
CREATE TRIGGER news AFTER INSERT OR UPDATE ON cases FOR EACH STATEMENT EXECUTE FUNCTION notifications_news();
CREATE TRIGGER news AFTER INSERT OR UPDATE ON agents FOR EACH STATEMENT EXECUTE FUNCTION notifications_news();
CREATE TRIGGER news AFTER INSERT OR UPDATE ON subject_keys FOR EACH STATEMENT EXECUTE FUNCTION notifications_news();

GRANT SELECT, INSERT, UPDATE ON people, message_consents, cases, organisations, deliveries TO maillage_worker;
GRANT SELECT, INSERT ON holds TO maillage_worker;
GRANT SELECT, UPDATE (state, reason, next_attempt_at, settled_at, decided_by) ON deliveries TO maillage_app;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['people', 'message_consents', 'cases', 'organisations', 'holds', 'deliveries']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
CREATE POLICY operators ON deliveries TO maillage_app USING ((SELECT maillage_has('operator')));
CREATE POLICY managers ON deliveries TO maillage_app
USING (territory_id = ANY ((SELECT maillage_territories('manager'))::text[])
    OR '*' = ANY ((SELECT maillage_territories('manager'))::text[]));
