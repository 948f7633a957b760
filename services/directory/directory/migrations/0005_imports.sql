-- One reading of a feed: `structures` and `services`, or one of them. Its position moves with each batch, in the batch's
-- transaction: whoever goes on from another position has been overtaken.
CREATE TABLE import_runs (
    run_id uuid PRIMARY KEY,
    feed text NOT NULL,
    files jsonb NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed', 'abandoned')),
    position jsonb NOT NULL DEFAULT '{}',
    counts jsonb NOT NULL DEFAULT '{}',
    reason text,
    started_at timestamptz NOT NULL,
    moved_at timestamptz NOT NULL,
    finished_at timestamptz
);
COMMENT ON COLUMN import_runs.files IS 'kind → name and SHA-256';
COMMENT ON COLUMN import_runs.position IS 'kind → lines taken in';
CREATE UNIQUE INDEX import_runs_one_at_a_time ON import_runs (feed) WHERE state = 'running';
CREATE INDEX import_runs_latest ON import_runs (started_at);

-- What became of each line of a feed, when it was last seen.
CREATE TABLE import_entries (
    kind text NOT NULL CHECK (kind IN ('structure', 'service')),
    entry_id text NOT NULL,
    feed text NOT NULL,
    aggregate_id uuid NOT NULL,
    site_id uuid,
    version bigint NOT NULL,
    site_version bigint,
    digest bytea NOT NULL,
    printed jsonb NOT NULL DEFAULT '{}',
    place jsonb NOT NULL DEFAULT '{}',
    contact text,
    remarks text[] NOT NULL DEFAULT '{}',
    run_id uuid NOT NULL,
    line bigint NOT NULL,
    missing_since date,
    withdrawn_on date,
    PRIMARY KEY (kind, entry_id)
);
COMMENT ON COLUMN import_entries.aggregate_id IS 'the organisation of a structure, the offer of a service';
COMMENT ON COLUMN import_entries.site_id IS 'premises of its own';
COMMENT ON COLUMN import_entries.version IS 'of the aggregate, as the line left it';
COMMENT ON COLUMN import_entries.digest IS 'of the line, and of all it is read with';
COMMENT ON COLUMN import_entries.printed IS 'column → what the source prints, what we would write in its place';
COMMENT ON COLUMN import_entries.place IS 'of a structure: where its source says it is';
COMMENT ON COLUMN import_entries.contact IS 'the name it last brought';
COMMENT ON COLUMN import_entries.missing_since IS 'day of the first run that no longer showed it';
CREATE INDEX import_entries_aggregate ON import_entries (aggregate_id);

-- Lines to be said something of: set aside, or taken in with a remark.
CREATE TABLE import_lines (
    run_id uuid NOT NULL REFERENCES import_runs,
    kind text NOT NULL,
    line bigint NOT NULL,
    entry_id text,
    set_aside boolean NOT NULL,
    remarks text[] NOT NULL,
    PRIMARY KEY (run_id, kind, line)
);

-- Fields typed here of which a source says something else.
CREATE TABLE import_differences (
    aggregate_id uuid NOT NULL,
    field text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('organisation', 'site', 'offer')),
    entry_id text NOT NULL,
    source text NOT NULL,
    said_on date NOT NULL,
    ours jsonb,
    theirs jsonb,
    noticed_at timestamptz NOT NULL,
    kept_at timestamptz,
    kept_by uuid,
    PRIMARY KEY (aggregate_id, field)
);
COMMENT ON COLUMN import_differences.kept_at IS 'when somebody decided that ours stays';
CREATE INDEX import_differences_open ON import_differences (noticed_at, aggregate_id, field) WHERE kept_at IS NULL;

-- Nothing can use it behind the policies of offers, and each offer that comes in would pay for it.
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX offers_places;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['import_runs', 'import_entries', 'import_lines', 'import_differences']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO maillage_worker USING ((SELECT maillage_kind()) = ''worker'')', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['import_runs', 'import_lines', 'import_differences']
    LOOP
        EXECUTE format('CREATE POLICY operators ON %I TO maillage_app USING ((SELECT maillage_has(''operator'')))', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON import_runs, import_entries, import_lines, import_differences TO maillage_worker;
GRANT SELECT ON import_runs, import_lines TO maillage_app;
GRANT SELECT, UPDATE, DELETE ON import_differences TO maillage_app;
