-- Who acts, read by every policy. The setting is local to a transaction; unset, nothing is seen.
CREATE FUNCTION maillage_kind() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('maillage.actor', true), '')::jsonb ->> 'kind';

CREATE FUNCTION maillage_agent() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN (nullif(current_setting('maillage.actor', true), '')::jsonb ->> 'agent')::uuid;

CREATE FUNCTION maillage_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN (nullif(current_setting('maillage.actor', true), '')::jsonb ->> 'organisation')::uuid;

-- Territories on which the actor holds one of the roles; '*' stands for all of them.
CREATE FUNCTION maillage_territories(VARIADIC roles text[]) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(DISTINCT held ->> 1), '{}')
    FROM jsonb_array_elements(coalesce(nullif(current_setting('maillage.actor', true), '')::jsonb -> 'grants', '[]')) AS held
    WHERE held ->> 0 = ANY (roles)
);

CREATE FUNCTION maillage_has(VARIADIC roles text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN cardinality(maillage_territories(VARIADIC roles)) > 0;

-- Events written with the state they tell, until Kafka has them.
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    parked_because text
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_threshold = -1
);
CREATE INDEX outbox_parked ON outbox (topic, key) WHERE parked_because IS NOT NULL;

-- Wakes the relay. From a NOTIFY to its commit a transaction holds a lock that all others which notify wait for,
-- so that they flush one after another: a writer in a hurry sets `maillage.quiet` and rings after its commit.
CREATE FUNCTION maillage_outbox_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('maillage.quiet', true), '') = '' THEN
        PERFORM pg_notify('outbox', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_written AFTER INSERT ON outbox
FOR EACH STATEMENT EXECUTE FUNCTION maillage_outbox_written();

-- Events already handled. Kept longer than any topic keeps its events.
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at);

-- Where each partition continues: moved in the transaction that handles the events.
CREATE TABLE consumer_offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

CREATE TABLE dead_letters (
    dead_letter_id uuid PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    key text NOT NULL,
    event_id uuid,
    event_type text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'replayed', 'discarded')),
    received_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    decided_by text,
    decision_reason text,
    UNIQUE (topic, partition, record_offset)
);
CREATE INDEX dead_letters_waiting ON dead_letters (topic, key) WHERE state = 'waiting';

CREATE TABLE due_dates (
    due_date_id uuid NOT NULL,
    stage text NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    due_on date NOT NULL,
    zone text NOT NULL,
    fires_at timestamptz NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'fired', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    fired_at timestamptz,
    PRIMARY KEY (due_date_id, stage)
);
CREATE INDEX due_dates_waiting ON due_dates (fires_at) WHERE state = 'waiting';
CREATE INDEX due_dates_subject ON due_dates (subject);

-- Wrapped keys of persons, requests and cases. An erased one keeps its row, without the key.
CREATE TABLE subject_keys (
    key_subject text PRIMARY KEY,
    wrapped text,
    master_key_id text NOT NULL,
    erased_at timestamptz
);

-- Replica of the agents and their grants (in the directory: the agents themselves).
CREATE TABLE agents (
    agent_id uuid PRIMARY KEY,
    subject text NOT NULL,
    organisation_id uuid NOT NULL,
    name jsonb NOT NULL,
    email jsonb NOT NULL,
    grants jsonb NOT NULL,
    retired boolean NOT NULL DEFAULT false,
    sequence bigint NOT NULL
);
CREATE INDEX agents_subject ON agents (subject);

CREATE TABLE idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    status integer NOT NULL,
    response jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);

GRANT USAGE ON SCHEMA public TO maillage_app, maillage_worker;
GRANT INSERT ON outbox TO maillage_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox, inbox, consumer_offsets, dead_letters, due_dates, subject_keys, agents,
    idempotency_keys TO maillage_worker;
GRANT SELECT, UPDATE ON dead_letters TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON due_dates, subject_keys, agents TO maillage_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO maillage_app;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['outbox', 'inbox', 'consumer_offsets', 'dead_letters', 'due_dates', 'subject_keys', 'agents',
        'idempotency_keys']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
CREATE POLICY writes ON outbox FOR INSERT TO maillage_app WITH CHECK ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY operators ON dead_letters TO maillage_app USING (maillage_has('operator'));
CREATE POLICY actors ON due_dates TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY actors ON subject_keys TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY actors ON agents TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY actors ON idempotency_keys TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
