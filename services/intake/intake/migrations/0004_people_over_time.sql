-- Safe contact, and what somebody needs wherever they are met ----------------------------------------------------

-- `never`: the person forbids this one. `hours`: only then ([{weekdays, opens, closes}], local; none: at any time).
ALTER TABLE contact_points ADD COLUMN never boolean NOT NULL DEFAULT false, ADD COLUMN hours jsonb NOT NULL DEFAULT '[]';
-- `never_by`: kinds of contact never to be used, whatever contact points are known. `needs`: contracts' Needs.
ALTER TABLE persons ADD COLUMN never_by text [] NOT NULL DEFAULT '{}', ADD COLUMN needs jsonb;

-- Households and relations over time -----------------------------------------------------------------------------

-- A household that was changed since it was recorded: until then its version is 1, and it has no row.
CREATE TABLE households (
    household_id uuid PRIMARY KEY,
    version bigint NOT NULL
);

-- `person_id` is a … of `other_id`: a child is recorded as the parent's relation to it.
CREATE TABLE relations (
    relation_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    person_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    other_id uuid NOT NULL REFERENCES persons ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('parent', 'partner', 'sibling', 'guardian', 'curator', 'other')),
    -- Of `person_id` over `other_id`.
    parental_authority boolean NOT NULL,
    since date,
    until date,
    CHECK (person_id <> other_id),
    CHECK (until >= since)
);
CREATE INDEX relations_person ON relations (person_id);
CREATE INDEX relations_other ON relations (other_id);
CREATE UNIQUE INDEX relations_once ON relations (person_id, other_id, kind) WHERE until IS NULL;

-- From the day of the request to that of its answer, by the holidays of the place.
ALTER TABLE requests ADD COLUMN working_days integer;

-- Who may do what ------------------------------------------------------------------------------------------------

ALTER TABLE households ENABLE ROW LEVEL SECURITY;
ALTER TABLE households FORCE ROW LEVEL SECURITY;
ALTER TABLE relations ENABLE ROW LEVEL SECURITY;
ALTER TABLE relations FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON households TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY worker ON relations TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
GRANT SELECT, INSERT, UPDATE ON households, relations TO maillage_worker;
GRANT SELECT, INSERT, UPDATE ON households TO maillage_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON relations TO maillage_app;
GRANT UPDATE, DELETE ON household_members TO maillage_app;

-- A household is there for who sees one of its members; a relation for who sees both its ends.
CREATE POLICY colleagues ON households TO maillage_app USING (
    EXISTS (SELECT FROM household_members WHERE household_members.household_id = households.household_id));
CREATE POLICY colleagues_edit ON household_members FOR UPDATE TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = household_members.person_id));
CREATE POLICY colleagues_remove ON household_members FOR DELETE TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = household_members.person_id));
CREATE POLICY colleagues ON relations TO maillage_app USING (
    EXISTS (SELECT FROM persons WHERE persons.person_id = relations.person_id)
    AND EXISTS (SELECT FROM persons WHERE persons.person_id = relations.other_id));

-- What is written of a request or a person is written by who sees them, or who makes them at this moment: somebody
-- else's cannot be taken for new. For the time of one look the functions see every request and person, and tell no
-- more than that an id is taken. Stable: what the statement at hand inserts is new to them.
CREATE FUNCTION may_write_of_request(asked uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE known boolean;
BEGIN
    IF EXISTS (SELECT FROM requests WHERE request_id = asked) THEN
        RETURN true;
    END IF;
    PERFORM set_config('maillage.looking', 'on', true);
    SELECT EXISTS (SELECT FROM requests WHERE request_id = asked) INTO known;
    PERFORM set_config('maillage.looking', '', true);
    RETURN NOT known;
END $$;
CREATE FUNCTION may_write_of_person(asked uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE known boolean;
BEGIN
    IF EXISTS (SELECT FROM persons WHERE person_id = asked) THEN
        RETURN true;
    END IF;
    PERFORM set_config('maillage.looking', 'on', true);
    SELECT EXISTS (SELECT FROM persons WHERE person_id = asked) INTO known;
    PERFORM set_config('maillage.looking', '', true);
    RETURN NOT known;
END $$;
CREATE POLICY looked_up ON requests FOR SELECT TO maillage_app USING (
    (SELECT current_setting('maillage.looking', true)) = 'on');
CREATE POLICY looked_up ON persons FOR SELECT TO maillage_app USING (
    (SELECT current_setting('maillage.looking', true)) = 'on');

ALTER POLICY submit ON request_people WITH CHECK (
    (SELECT maillage_kind()) IN ('agent', 'public')
    AND may_write_of_request(request_id) AND may_write_of_person(person_id));
ALTER POLICY submit ON refusals WITH CHECK (
    (SELECT maillage_kind()) IN ('agent', 'public') AND may_write_of_request(request_id));
ALTER POLICY submit ON contact_points WITH CHECK (
    (SELECT maillage_kind()) IN ('agent', 'public') AND may_write_of_person(person_id));
ALTER POLICY submit ON household_members WITH CHECK (
    (SELECT maillage_kind()) IN ('agent', 'public') AND may_write_of_person(person_id));
ALTER POLICY submit ON consents WITH CHECK (
    (SELECT maillage_kind()) IN ('agent', 'public') AND may_write_of_person(person_id));
