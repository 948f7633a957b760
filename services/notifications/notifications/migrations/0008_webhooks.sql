-- Addresses of partners' own software, called when something concerns their organisation. The signing key is wrapped by
-- the master key; a retiring one signs too until `retires_at`. `caller` holds the subscription until `lease_until`.
CREATE TABLE webhooks (
    webhook_id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    url text NOT NULL,
    event_types text[] NOT NULL,
    wrapped text NOT NULL,
    master_key_id text NOT NULL,
    retiring_wrapped text,
    retiring_master_key_id text,
    retires_at timestamptz,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    reason text,
    subscribed_by uuid,
    subscribed_at timestamptz NOT NULL,
    failing_since timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    caller text,
    lease_until timestamptz,
    version bigint NOT NULL DEFAULT 0
);
CREATE INDEX webhooks_organisation ON webhooks (organisation_id);
CREATE INDEX webhooks_due ON webhooks (next_attempt_at);

-- One row per event and subscription, in the order they are called in. No personal data.
CREATE TABLE webhook_calls (
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event_id uuid NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    event_type text NOT NULL,
    event_time timestamptz NOT NULL,
    subject uuid NOT NULL,
    data jsonb NOT NULL,
    test boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'refused')),
    attempts integer NOT NULL DEFAULT 0,
    reason text,
    called_at timestamptz,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_calls_place ON webhook_calls (webhook_id, place);
CREATE INDEX webhook_calls_waiting ON webhook_calls (webhook_id, test, place) WHERE state = 'waiting';
CREATE INDEX webhook_calls_age ON webhook_calls (event_time);

CREATE FUNCTION notifications_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('webhooks', '');
    RETURN NULL;
END $$;
CREATE TRIGGER news AFTER INSERT ON webhook_calls FOR EACH STATEMENT EXECUTE FUNCTION notifications_calls();

GRANT SELECT, UPDATE ON webhooks TO maillage_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_calls TO maillage_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON webhook_calls TO maillage_app;
GRANT SELECT (organisation_id, name, kind, territory_ids, retired) ON organisations TO maillage_app;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhooks', 'webhook_calls']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
-- Who may subscribe which organisation: operators any, managers those of their territories and their own.
CREATE POLICY operators ON organisations FOR SELECT TO maillage_app USING ((SELECT maillage_has('operator')));
CREATE POLICY managers ON organisations FOR SELECT TO maillage_app
USING (territory_ids && (SELECT maillage_territories('manager'))::text[]
    OR '*' = ANY ((SELECT maillage_territories('manager'))::text[])
    OR (organisation_id = (SELECT maillage_organisation()) AND (SELECT maillage_has('manager'))));
-- Both go by the organisations the actor sees: see the policies above.
CREATE POLICY subscribers ON webhooks TO maillage_app
USING (organisation_id IN (SELECT organisation_id FROM organisations));
CREATE POLICY subscribers ON webhook_calls TO maillage_app
USING (EXISTS (SELECT FROM webhooks WHERE webhooks.webhook_id = webhook_calls.webhook_id));
