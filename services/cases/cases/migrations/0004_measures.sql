-- One row per measure (MASP), loaded and saved whole: `state` is the model's, free text in it is sealed.
CREATE TABLE measures (
    measure_id uuid PRIMARY KEY,
    case_id uuid NOT NULL REFERENCES cases,
    person_id uuid NOT NULL,
    phase text NOT NULL,
    state jsonb NOT NULL
);
CREATE UNIQUE INDEX measures_under_way ON measures (case_id) WHERE phase NOT IN ('refused', 'ended');
CREATE INDEX measures_case ON measures (case_id);
CREATE INDEX measures_person ON measures (person_id);

-- Time a person has spent under contract or under a judge's order, whatever dossier it was in: the law's four years are
-- the person's. It says neither which dossier nor why.
CREATE TABLE measure_periods (
    measure_id uuid NOT NULL REFERENCES measures,
    person_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('contract', 'order')),
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    PRIMARY KEY (measure_id, kind, starts_on),
    CHECK (starts_on <= ends_on)
);
CREATE INDEX measure_periods_person ON measure_periods (person_id);

-- The money managed for a person. One row is one movement, of one amount, from one account to another: it cannot but
-- balance. One of the two accounts is the one held for the person. Append-only: nobody may update or delete.
CREATE TABLE measure_entries (
    entry_id uuid PRIMARY KEY,
    measure_id uuid NOT NULL REFERENCES measures,
    case_id uuid NOT NULL,
    kind text NOT NULL,
    entered_on date NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    from_account text NOT NULL CHECK (from_account IN ('held', 'benefits', 'rent', 'charges', 'person', 'other')),
    to_account text NOT NULL CHECK (to_account IN ('held', 'benefits', 'rent', 'charges', 'person', 'other')),
    amount_cents bigint NOT NULL CHECK (amount_cents > 0),
    at timestamptz NOT NULL,
    agent_id uuid,
    reverses uuid UNIQUE,
    note jsonb,
    position bigint GENERATED ALWAYS AS IDENTITY,
    CHECK ((from_account = 'held') <> (to_account = 'held')),
    UNIQUE (entry_id, measure_id, kind, from_account, to_account, amount_cents),
    -- What takes an entry back is its exact opposite: same measure and amount, the accounts changed round.
    FOREIGN KEY (reverses, measure_id, kind, to_account, from_account, amount_cents)
        REFERENCES measure_entries (entry_id, measure_id, kind, from_account, to_account, amount_cents)
);
CREATE INDEX measure_entries_measure ON measure_entries (measure_id, position);

GRANT SELECT, INSERT, UPDATE ON measures TO maillage_app, maillage_worker;
GRANT SELECT, INSERT, DELETE ON measure_periods TO maillage_app, maillage_worker;
GRANT SELECT, INSERT ON measure_entries TO maillage_app;
GRANT SELECT ON measure_entries TO maillage_worker;

-- As `works_on`, without the coordinator of a family conference: neutral, with no need to know.
CREATE FUNCTION supports_in(dossier uuid) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM cases
    WHERE case_id = dossier
    AND roles_in_dossier(case_id, territory_id, coordinator_id) && '{social_worker,manager}'
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['measures', 'measure_periods', 'measure_entries']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
END $$;
CREATE POLICY supporting ON measures TO maillage_app USING (supports_in(case_id));
CREATE POLICY supporting ON measure_entries TO maillage_app USING (supports_in(case_id));
CREATE POLICY supporting ON measure_periods TO maillage_app USING (
    EXISTS (SELECT FROM measures WHERE measures.measure_id = measure_periods.measure_id)
);
-- Whoever supports a person has to know how long they have been under contract elsewhere.
CREATE POLICY of_my_dossiers ON measure_periods FOR SELECT TO maillage_app USING (
    (SELECT maillage_has('social_worker', 'manager'))
    AND EXISTS (SELECT FROM case_people WHERE case_people.person_id = measure_periods.person_id)
);
