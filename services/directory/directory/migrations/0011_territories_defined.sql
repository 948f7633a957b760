-- What a territory is made of; its communes of today are in territory_communes. One without a row is those communes.
CREATE TABLE territory_definitions (
    territory_id text PRIMARY KEY REFERENCES territories,
    communes text[] NOT NULL,
    areas text[] NOT NULL,
    without text[] NOT NULL
);

-- What the official list's changes did to a territory, or would do were nothing in the way: for operators to read.
CREATE TABLE territory_changes (
    change_id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    territory_id text NOT NULL REFERENCES territories,
    noticed_at timestamptz NOT NULL,
    came text[] NOT NULL,
    went text[] NOT NULL,
    problem text CHECK (problem IN ('commune-taken', 'area-gone')),
    about text,
    holder text,
    CHECK ((problem IS NULL) = (about IS NULL))
);
COMMENT ON COLUMN territory_changes.problem IS 'why nothing was changed; null once it was';
COMMENT ON COLUMN territory_changes.about IS 'the commune another territory holds, or the area that is gone';
COMMENT ON COLUMN territory_changes.holder IS 'the territory that holds the commune';
CREATE UNIQUE INDEX territory_changes_waiting ON territory_changes (territory_id) WHERE problem IS NOT NULL;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['territory_definitions', 'territory_changes']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
        EXECUTE format('CREATE POLICY operators ON %I TO maillage_app USING ((SELECT maillage_has(''operator'')))', name);
    END LOOP;
END $$;
CREATE POLICY readers ON territory_definitions FOR SELECT TO maillage_app USING ((SELECT maillage_kind()) IS NOT NULL);

GRANT SELECT, INSERT, UPDATE, DELETE ON territory_definitions, territory_changes TO maillage_worker;
GRANT SELECT, INSERT, UPDATE ON territory_definitions TO maillage_app;
GRANT SELECT, DELETE ON territory_changes TO maillage_app;
