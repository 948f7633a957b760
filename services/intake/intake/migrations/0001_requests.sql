-- Reference data and replicas ---------------------------------------------------------------

-- `folded`: the name as it is searched, see contracts.communes.fold.
CREATE TABLE communes (
    code text PRIMARY KEY,
    name text NOT NULL,
    department text NOT NULL,
    folded text NOT NULL,
    postal_codes text[] NOT NULL DEFAULT '{}',
    population integer NOT NULL DEFAULT 0
);
CREATE INDEX communes_folded ON communes (folded);
CREATE INDEX communes_postal_codes ON communes USING gin (postal_codes);

-- Replica of the directory's territories: which communes each covers, and when.
CREATE TABLE territories (
    territory_id text PRIMARY KEY,
    name text NOT NULL,
    communes text[] NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    retired boolean NOT NULL,
    sequence bigint NOT NULL
);
CREATE INDEX territories_communes ON territories USING gin (communes);

-- Replica of the directory's organisations. `request_keys`: the public keys their software signs with.
CREATE TABLE organisations (
    organisation_id uuid PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    territory_ids text[] NOT NULL,
    phone text,
    request_keys jsonb,
    retired boolean NOT NULL,
    sequence bigint NOT NULL
);

-- People -----------------------------------------------------------------------------------

CREATE TABLE persons (
    person_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    given_name text,
    family_name text,
    -- Known in full or in part: 1987, 1987-03 or 1987-03-12.
    birth_date text CHECK (birth_date ~ '^\d{4}(-\d{2}(-\d{2})?)?$'),
    language text,
    -- Name and birth date of somebody another service introduced, as they came.
    sealed jsonb,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE contact_points (
    contact_point_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    kind text NOT NULL,
    value text,
    sealed jsonb,
    safe_to_write boolean NOT NULL,
    neutral boolean NOT NULL,
    CHECK ((value IS NULL) <> (sealed IS NULL))
);
CREATE INDEX contact_points_person ON contact_points (person_id);

CREATE TABLE household_members (
    household_id uuid NOT NULL,
    person_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    since date NOT NULL,
    until date,
    PRIMARY KEY (household_id, person_id, since)
);
CREATE INDEX household_members_person ON household_members (person_id);

CREATE TABLE consents (
    consent_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    kind text NOT NULL,
    programme text,
    organisation_id uuid,
    given_how text NOT NULL,
    given_at timestamptz NOT NULL,
    -- Who agreed for the person: a holder of parental authority.
    given_by uuid REFERENCES persons ON DELETE SET NULL,
    withdrawn_at timestamptz
);
CREATE INDEX consents_person ON consents (person_id);
CREATE INDEX consents_given_by ON consents (given_by);

-- Requests ---------------------------------------------------------------------------------

CREATE TABLE requests (
    request_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    reference text NOT NULL UNIQUE,
    -- Keyed hash of reference and secret: the secret itself is kept nowhere.
    tracking_hash bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'answered', 'withdrawn')),
    channel text NOT NULL,
    received_at timestamptz NOT NULL,
    received_by uuid,
    organisation_id uuid,
    place text,
    -- No territory: the commune lies in none of those the directory published.
    territory_id text,
    -- No foreign key: it was looked up a moment before, and communes are never deleted.
    commune text NOT NULL,
    programme text NOT NULL,
    programme_version integer NOT NULL,
    themes text[] NOT NULL,
    urgency text NOT NULL,
    summary text,
    requester_role text NOT NULL,
    concerned_minor boolean NOT NULL,
    household_id uuid,
    promised_on date NOT NULL,
    promise_missed boolean NOT NULL DEFAULT false,
    answer text,
    answered_at timestamptz,
    answered_by uuid,
    case_id uuid
);
CREATE INDEX requests_newest ON requests (received_at DESC, request_id DESC);
CREATE INDEX requests_newest_of_territory ON requests (territory_id, received_at DESC, request_id DESC);
CREATE INDEX requests_promised ON requests (promised_on) WHERE state = 'received';

CREATE TABLE request_people (
    request_id uuid NOT NULL REFERENCES requests ON DELETE CASCADE,
    person_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    -- `self`: asks, and is the person concerned.
    role text NOT NULL CHECK (role IN ('self', 'requester', 'concerned', 'household', 'parental_authority')),
    PRIMARY KEY (request_id, person_id, role)
);
CREATE INDEX request_people_person ON request_people (person_id);

-- Why the programme asked for was not possible: for authorised agents alone, hence a table of its own.
CREATE TABLE refusals (
    request_id uuid PRIMARY KEY REFERENCES requests ON DELETE CASCADE,
    programme text NOT NULL,
    reasons text[] NOT NULL
);

-- Who may do what --------------------------------------------------------------------------

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['communes', 'territories', 'organisations', 'persons', 'contact_points',
        'household_members', 'consents', 'requests', 'request_people', 'refusals']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO maillage_worker', name);
    END LOOP;
END $$;
GRANT SELECT ON communes, territories, organisations TO maillage_app;
GRANT SELECT, INSERT, UPDATE ON persons, consents, requests TO maillage_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_points TO maillage_app;
GRANT SELECT, INSERT ON household_members, request_people, refusals TO maillage_app;
GRANT DELETE ON contact_points TO maillage_worker;

-- What the directory publishes is no secret.
CREATE POLICY actors ON communes FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY actors ON territories FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);
CREATE POLICY actors ON organisations FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);

-- Territories whose requests the actor works on ('*': all), as a sub-select so that it is worked out once.
CREATE POLICY colleagues_read ON requests FOR SELECT TO maillage_app USING (
    (SELECT maillage_territories('reception', 'social_worker', 'manager')) && ARRAY[territory_id, '*']
    OR (territory_id IS NULL AND (SELECT maillage_has('reception', 'social_worker', 'manager'))));
CREATE POLICY colleagues_edit ON requests FOR UPDATE TO maillage_app USING (
    (SELECT maillage_territories('reception', 'social_worker', 'manager')) && ARRAY[territory_id, '*']
    OR (territory_id IS NULL AND (SELECT maillage_has('reception', 'social_worker', 'manager'))));
CREATE POLICY agents_submit ON requests FOR INSERT TO maillage_app WITH CHECK (
    received_by = (SELECT maillage_agent()) AND (
        (SELECT maillage_territories('reception', 'social_worker', 'manager')) && ARRAY[territory_id, '*']
        OR (territory_id IS NULL AND (SELECT maillage_has('reception', 'social_worker', 'manager')))));
CREATE POLICY residents_submit ON requests FOR INSERT TO maillage_app WITH CHECK (
    (SELECT maillage_kind()) = 'public' AND received_by IS NULL AND channel = 'web');
-- Who knows a reference and its secret: the hash of both is set for the transaction.
CREATE POLICY tracked ON requests FOR SELECT TO maillage_app USING (
    tracking_hash = decode(nullif(current_setting('maillage.tracking', true), ''), 'hex'));

-- What belongs to a request is seen by who sees the request.
CREATE POLICY colleagues_read ON request_people FOR SELECT TO maillage_app USING (
    -- Not to who holds a tracking secret: the request shows there, its people do not.
    (SELECT maillage_kind()) = 'agent'
    AND EXISTS (SELECT FROM requests WHERE requests.request_id = request_people.request_id));
CREATE POLICY submit ON request_people FOR INSERT TO maillage_app WITH CHECK (
    maillage_kind() IN ('agent', 'public'));
CREATE POLICY entitled_read ON refusals FOR SELECT TO maillage_app USING (
    EXISTS (
        SELECT FROM requests
        WHERE requests.request_id = refusals.request_id
            AND ((SELECT maillage_territories('social_worker', 'manager')) && ARRAY[requests.territory_id, '*']
                OR (requests.territory_id IS NULL AND (SELECT maillage_has('social_worker', 'manager'))))));
CREATE POLICY submit ON refusals FOR INSERT TO maillage_app WITH CHECK (
    maillage_kind() IN ('agent', 'public'));

-- A person is seen by who sees one of their requests, and so is what belongs to the person.
CREATE POLICY colleagues_read ON persons FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM request_people WHERE request_people.person_id = persons.person_id));
CREATE POLICY colleagues_edit ON persons FOR UPDATE TO maillage_app USING (
    EXISTS (SELECT FROM request_people WHERE request_people.person_id = persons.person_id));
CREATE POLICY submit ON persons FOR INSERT TO maillage_app WITH CHECK (
    maillage_kind() IN ('agent', 'public'));
CREATE POLICY colleagues_read ON contact_points FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = contact_points.person_id));
CREATE POLICY colleagues_edit ON contact_points FOR UPDATE TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = contact_points.person_id));
CREATE POLICY colleagues_remove ON contact_points FOR DELETE TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = contact_points.person_id));
CREATE POLICY submit ON contact_points FOR INSERT TO maillage_app WITH CHECK (
    maillage_kind() IN ('agent', 'public'));
CREATE POLICY colleagues_read ON household_members FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = household_members.person_id));
CREATE POLICY submit ON household_members FOR INSERT TO maillage_app WITH CHECK (
    maillage_kind() IN ('agent', 'public'));
CREATE POLICY colleagues_read ON consents FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = consents.person_id));
CREATE POLICY colleagues_edit ON consents FOR UPDATE TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = consents.person_id));
CREATE POLICY submit ON consents FOR INSERT TO maillage_app WITH CHECK (
    maillage_kind() IN ('agent', 'public'));
