-- Interrupted calls: what an agent has typed so far, sealed under a key that is kept nowhere else.
CREATE TABLE drafts (
    draft_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    -- Who typed last.
    agent_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    -- Where they sit: colleagues of the same place take over. '': not said.
    place text NOT NULL,
    -- Of the commune typed so far, if any.
    territory_id text,
    -- About a child in danger, or violence: its author's alone.
    restricted boolean NOT NULL,
    sealed jsonb NOT NULL,
    -- The draft's own key, wrapped by the deployment's.
    wrapped text NOT NULL,
    master_key_id text NOT NULL,
    changed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX drafts_agent ON drafts (agent_id, changed_at DESC);
CREATE INDEX drafts_place ON drafts (organisation_id, place, changed_at DESC);

ALTER TABLE drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE drafts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON drafts TO maillage_app;
GRANT SELECT, DELETE ON drafts TO maillage_worker;
CREATE POLICY worker ON drafts TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');

-- Whoever writes a draft signs it, and works on requests somewhere.
CREATE POLICY author ON drafts TO maillage_app
USING (agent_id = (SELECT maillage_agent()) AND expires_at > now())
WITH CHECK (agent_id = (SELECT maillage_agent()) AND organisation_id = (SELECT maillage_organisation())
    AND (SELECT maillage_has('reception', 'social_worker', 'manager')));

-- A colleague of the same organisation who says to sit at the same place, on their own territories.
CREATE FUNCTION shared_at_this_place(organisation_id uuid, place text, territory_id text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN organisation_id = maillage_organisation()
AND place = coalesce(current_setting('maillage.place', true), '')
AND (maillage_territories('reception', 'social_worker', 'manager') && ARRAY[territory_id, '*']
    OR territory_id IS NULL AND maillage_has('reception', 'social_worker', 'manager'));
CREATE POLICY colleagues_read ON drafts FOR SELECT TO maillage_app USING (
    NOT restricted AND expires_at > now() AND shared_at_this_place(organisation_id, place, territory_id));
-- What a colleague writes they sign: the check of `author` is the only one a changed row may pass.
CREATE POLICY colleagues_edit ON drafts FOR UPDATE TO maillage_app
USING (NOT restricted AND expires_at > now() AND shared_at_this_place(organisation_id, place, territory_id))
WITH CHECK (false);
CREATE POLICY colleagues_remove ON drafts FOR DELETE TO maillage_app USING (
    NOT restricted AND expires_at > now() AND shared_at_this_place(organisation_id, place, territory_id));
