CREATE TABLE actions (
    action_id uuid PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    about text NOT NULL,
    organisation_id uuid NOT NULL,
    audience text NOT NULL CHECK (audience IN ('public', 'professionals', 'agents')),
    audience_organisation_ids uuid[] NOT NULL DEFAULT '{}',
    territory_ids text[] NOT NULL CHECK (cardinality(territory_ids) > 0),
    site_id uuid,
    place text,
    places integer CHECK (places > 0),
    sessions jsonb NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    cancelled boolean NOT NULL DEFAULT false,
    taken integer NOT NULL DEFAULT 0,
    waiting integer NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    CHECK ((site_id IS NULL) <> (place IS NULL)),
    CHECK (taken <= places)
);
COMMENT ON COLUMN actions.starts_at IS 'of the first session that takes place';
COMMENT ON COLUMN actions.ends_at IS 'of the last session that takes place';
CREATE INDEX actions_in_order ON actions (ends_at, action_id);

-- Nothing says why somebody comes. Who it is is sealed, and gone once cancelled or thirty days after the last session.
CREATE TABLE registrations (
    registration_id uuid PRIMARY KEY,
    action_id uuid NOT NULL REFERENCES actions,
    position integer NOT NULL,
    state text NOT NULL CHECK (state IN ('registered', 'waiting', 'cancelled')),
    made_at timestamptz NOT NULL,
    name jsonb,
    contact jsonb,
    agent_id uuid,
    registered_by uuid,
    code_hash text UNIQUE,
    to_tell text,
    attendance jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    UNIQUE (action_id, position)
);
COMMENT ON COLUMN registrations.code_hash IS 'keyed hash of the code it is cancelled with';
CREATE UNIQUE INDEX registrations_agent_once ON registrations (action_id, agent_id)
WHERE agent_id IS NOT NULL AND state <> 'cancelled';
CREATE INDEX registrations_agent ON registrations (agent_id) WHERE agent_id IS NOT NULL;

-- Who keeps an action: the agents of its organiser, operators, and managers of all its territories.
CREATE FUNCTION directory_keeps(organiser uuid, territories text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN maillage_kind() = 'agent' AND (
    organiser = maillage_organisation() AND maillage_has('reception', 'social_worker', 'coordinator', 'manager', 'operator')
    OR directory_within(territories, maillage_territories('operator', 'manager')));

CREATE FUNCTION directory_keeps_action(wanted uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (SELECT FROM actions WHERE action_id = wanted AND directory_keeps(organisation_id, territory_ids));

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['actions', 'registrations']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
CREATE POLICY invited ON actions FOR SELECT TO maillage_app USING (
    CASE audience
        WHEN 'public' THEN (SELECT maillage_kind()) IS NOT NULL
        ELSE (SELECT maillage_kind()) = 'agent' AND (
            cardinality(audience_organisation_ids) = 0
            OR (SELECT maillage_organisation()) = ANY (audience_organisation_ids))
    END);
CREATE POLICY keepers ON actions TO maillage_app USING (directory_keeps(organisation_id, territory_ids));

-- Whose place it is depends on everybody else's: the service itself writes the roll. Those who keep the action read it,
-- and note who came and who was told; an agent reads their own.
CREATE POLICY keepers_read ON registrations FOR SELECT TO maillage_app USING (directory_keeps_action(action_id));
CREATE POLICY keepers_note ON registrations FOR UPDATE TO maillage_app USING (directory_keeps_action(action_id));
CREATE POLICY one_s_own ON registrations FOR SELECT TO maillage_app USING (agent_id = (SELECT maillage_agent()));

GRANT SELECT, INSERT, UPDATE ON actions, registrations TO maillage_worker;
GRANT SELECT, INSERT, UPDATE ON actions TO maillage_app;
GRANT SELECT, UPDATE ON registrations TO maillage_app;
