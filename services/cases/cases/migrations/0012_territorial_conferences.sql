-- A conference of a territory: a dossier without a request and without a person. `state` is the model's, sealed whole
-- under the dossier's own key: residents are free to say what they like.
CREATE TABLE territorial_conferences (
    case_id uuid PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    correlation_id uuid NOT NULL,
    territory_id text NOT NULL,
    phase text NOT NULL,
    facilitator_id uuid NOT NULL,
    -- Partners: their agents read it.
    partners uuid [] NOT NULL DEFAULT '{}',
    continues uuid REFERENCES territorial_conferences,
    meeting_at timestamptz,
    opened_at timestamptz NOT NULL,
    state jsonb NOT NULL
);
CREATE INDEX territorial_conferences_listed ON territorial_conferences (territory_id, opened_at, case_id);
CREATE UNIQUE INDEX territorial_conferences_continued ON territorial_conferences (continues) WHERE continues IS NOT NULL;

-- What was counted of requests, to be shown in a diagnosis: nothing in it says who. A row lives on when the dossier is
-- destroyed. `answered_after`: working days up to the first answer.
CREATE TABLE request_figures (
    request_id uuid PRIMARY KEY,
    territory_id text NOT NULL,
    commune text NOT NULL,
    month date NOT NULL,
    channel text NOT NULL,
    themes text [] NOT NULL,
    answered_after integer,
    missed boolean NOT NULL DEFAULT false
);
CREATE INDEX request_figures_counted ON request_figures (territory_id, month);

GRANT SELECT, INSERT, UPDATE ON territorial_conferences TO maillage_app;
GRANT SELECT, UPDATE ON territorial_conferences TO maillage_worker;
GRANT SELECT, INSERT, UPDATE ON request_figures TO maillage_worker;

ALTER TABLE territorial_conferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE territorial_conferences FORCE ROW LEVEL SECURITY;
ALTER TABLE request_figures ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_figures FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON territorial_conferences TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY worker ON request_figures TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY managers ON territorial_conferences TO maillage_app USING (
    territory_id = ANY ((SELECT maillage_territories('manager'))::text [])
    OR '*' = ANY ((SELECT maillage_territories('manager'))::text [])
);
CREATE POLICY partners ON territorial_conferences FOR SELECT TO maillage_app USING (
    (SELECT maillage_organisation()) = ANY (partners)
    AND (SELECT maillage_has('social_worker', 'coordinator', 'manager'))
);
