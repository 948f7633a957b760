-- What was recorded of the steps of a dossier, as its programme states them. Rows are added, never changed: the last one
-- of a step counts. `answers`: what is not sealed; amounts in cents.
CREATE TABLE step_records (
    record_id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    case_id uuid NOT NULL REFERENCES cases,
    step text NOT NULL,
    state text NOT NULL,
    day date NOT NULL,
    answers jsonb NOT NULL,
    sealed jsonb,
    recorded_by uuid NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX step_records_case ON step_records (case_id, step, position DESC);

ALTER TABLE step_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE step_records FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON step_records TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY at_work ON step_records TO maillage_app USING (works_on(case_id));
GRANT SELECT ON step_records TO maillage_worker;
GRANT SELECT, INSERT ON step_records TO maillage_app;
