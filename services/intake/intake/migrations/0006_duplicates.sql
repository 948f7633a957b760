-- What people are recognised by, kept beside them by the worker: names as they are compared, keys of what may be the
-- same, and whose request made them known. Nothing else is ever searched across people.
CREATE TABLE traits (
    person_id uuid PRIMARY KEY REFERENCES persons ON DELETE CASCADE,
    given_name text,
    family_name text,
    birth_date text,
    -- Both names, without accents and in small letters.
    names text NOT NULL,
    -- See intake.duplicates.model.keys.
    keys text [] NOT NULL,
    request_id uuid NOT NULL,
    territory_id text,
    -- Who took the request in; NULL: the person themself, by the public form.
    organisation_id uuid,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX traits_keys ON traits USING gin (keys);
CREATE INDEX traits_names ON traits USING gin (names gin_trgm_ops);

-- Two people who may be the same one, and what was decided of it. `person_id` was recorded after `other_id`.
CREATE TABLE suspicions (
    suspicion_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    person_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    other_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    territory_id text,
    organisation_id uuid,
    other_territory_id text,
    other_organisation_id uuid,
    points integer NOT NULL,
    reasons text [] NOT NULL,
    found_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'merged', 'linked', 'dismissed')),
    decided_at timestamptz,
    decided_by uuid,
    because text,
    -- What undoing a merge needs; no name, no address.
    kept jsonb,
    UNIQUE (person_id, other_id)
);
CREATE INDEX suspicions_other ON suspicions (other_id);
CREATE INDEX suspicions_open ON suspicions (found_at DESC, suspicion_id DESC) WHERE state = 'open';

-- Whoever this person, or this request, was found to be the same as.
ALTER TABLE persons ADD COLUMN merged_into uuid;
ALTER TABLE requests ADD COLUMN merged_into uuid;

-- Who may do what ------------------------------------------------------------------------------------------------

ALTER TABLE traits ENABLE ROW LEVEL SECURITY;
ALTER TABLE traits FORCE ROW LEVEL SECURITY;
ALTER TABLE suspicions ENABLE ROW LEVEL SECURITY;
ALTER TABLE suspicions FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON traits TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY worker ON suspicions TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
GRANT SELECT, INSERT, UPDATE ON traits TO maillage_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON suspicions TO maillage_worker;
GRANT SELECT, UPDATE (version, state, decided_at, decided_by, because, kept) ON suspicions TO maillage_app;

-- Whether a territory is among those a role is held on; what lies nowhere is there for whoever holds the role at all.
CREATE FUNCTION lies_in(territory_id text, held text []) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN held && ARRAY[territory_id, '*'] OR (territory_id IS NULL AND cardinality(held) > 0);

-- Within an organisation, whoever works on both requests there; what came by the public form belongs to none.
CREATE POLICY colleagues ON suspicions TO maillage_app USING (
    (organisation_id IS NULL OR organisation_id = (SELECT maillage_organisation()))
    AND (other_organisation_id IS NULL OR other_organisation_id = (SELECT maillage_organisation()))
    AND lies_in(territory_id, (SELECT maillage_territories('reception', 'social_worker', 'manager')))
    AND lies_in(other_territory_id, (SELECT maillage_territories('reception', 'social_worker', 'manager')))
);
-- Across organisations, a referent authorised on both sides: a social worker or manager of both territories.
CREATE POLICY referents ON suspicions TO maillage_app USING (
    lies_in(territory_id, (SELECT maillage_territories('social_worker', 'manager')))
    AND lies_in(other_territory_id, (SELECT maillage_territories('social_worker', 'manager')))
);

-- The search ------------------------------------------------------------------------------------------------------

-- The search runs as the owner, who reads traits for it and changes none.
CREATE POLICY searched ON traits FOR SELECT TO CURRENT_USER USING (true);

-- The one search across people. `asked`: keys, one of which must be shared; `typed`: names as far as they are typed, or
-- NULL. It gives whom the actor may know of: the service itself and the cell everybody; social workers and managers
-- who was recorded on their territories; reception, of those, whom its own organisation or the public form recorded.
-- `shared` holds none but the keys that were asked for.
CREATE FUNCTION people_alike(asked text [], typed text, most integer) RETURNS TABLE (
    person_id uuid, given_name text, family_name text, birth_date text, shared text [], request_id uuid,
    territory_id text, organisation_id uuid, recorded_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET pg_trgm.word_similarity_threshold = 0.5
AS $$
    SELECT t.person_id, t.given_name, t.family_name, t.birth_date, found.shared, t.request_id, t.territory_id,
        t.organisation_id, t.recorded_at
    FROM (
        SELECT * FROM traits
        WHERE (keys && asked OR typed <% names)
            AND (maillage_kind() = 'worker' OR maillage_has('cell')
                OR lies_in(traits.territory_id, (SELECT maillage_territories('social_worker', 'manager')))
                OR lies_in(traits.territory_id, (SELECT maillage_territories('reception')))
                    AND (traits.organisation_id IS NULL OR traits.organisation_id = maillage_organisation()))
        -- A number half a town gives tells nobody from anybody, and must not make the others wait.
        LIMIT 1000
    ) AS t
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(key), '{}') AS shared FROM unnest(t.keys) AS key WHERE key = ANY (asked)
    ) AS found
    ORDER BY cardinality(found.shared) DESC, word_similarity(typed, t.names) DESC NULLS LAST, t.person_id
    LIMIT most
$$;
REVOKE ALL ON FUNCTION people_alike(text [], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_alike(text [], text, integer) TO maillage_app, maillage_worker;
