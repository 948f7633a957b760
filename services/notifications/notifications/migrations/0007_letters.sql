-- Somebody's name, sealed: a letter needs it. Filled as people are told again.
ALTER TABLE people ADD COLUMN name jsonb;

-- The letters of one day and territory, printed and posted together, or handed over to who does. `manifest` names the
-- one about to get its final name: whoever takes over after a crash knows by it whether it got it.
CREATE TABLE letter_batches (
    batch_id uuid PRIMARY KEY,
    place bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    territory_id text,
    closed_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('to_print', 'to_deposit', 'placing', 'deposited', 'posted')),
    letters integer NOT NULL,
    manifest text,
    trouble text,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    depositor text,
    lease_until timestamptz,
    posted_at timestamptz,
    posted_by text,
    forgotten_at timestamptz
);
CREATE INDEX letter_batches_due ON letter_batches (next_attempt_at) WHERE state IN ('to_deposit', 'placing');

-- What a letter says, sealed with its recipient's key, until it is forgotten. `address_mark` tells one address of
-- somebody from another without saying which: it is keyed with the recipient's key.
CREATE TABLE letters (
    delivery_id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE,
    recipient_id uuid NOT NULL,
    territory_id text,
    content jsonb,
    address_mark bytea NOT NULL,
    written_at timestamptz NOT NULL,
    batch_id uuid REFERENCES letter_batches,
    returned_at timestamptz,
    returned_by text
);
CREATE INDEX letters_unbatched ON letters (written_at) WHERE batch_id IS NULL;
CREATE INDEX letters_batch ON letters (batch_id);

-- Addresses that letters came back from: not written to again.
CREATE TABLE stopped_addresses (
    recipient_id uuid NOT NULL,
    address_mark bytea NOT NULL,
    stopped_at timestamptz NOT NULL,
    PRIMARY KEY (recipient_id, address_mark)
);

CREATE FUNCTION notifications_batches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('letter_batches', '');
    RETURN NULL;
END $$;
CREATE TRIGGER news AFTER INSERT ON letter_batches FOR EACH STATEMENT EXECUTE FUNCTION notifications_batches();

GRANT SELECT, INSERT, UPDATE ON letter_batches, letters TO maillage_worker;
GRANT SELECT, INSERT ON stopped_addresses TO maillage_worker;
GRANT SELECT, UPDATE (state, posted_at, posted_by) ON letter_batches TO maillage_app;
GRANT SELECT ON letters TO maillage_app;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['letter_batches', 'letters', 'stopped_addresses']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['letter_batches', 'letters']
    LOOP
        EXECUTE format('CREATE POLICY operators ON %I TO maillage_app USING ((SELECT maillage_has(''operator'')))', name);
        EXECUTE format('CREATE POLICY managers ON %I TO maillage_app
            USING (territory_id = ANY ((SELECT maillage_territories(''manager''))::text[])
                OR ''*'' = ANY ((SELECT maillage_territories(''manager''))::text[]))', name);
    END LOOP;
END $$;
