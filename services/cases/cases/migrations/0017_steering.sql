-- Which week a request came in: the figures of a month are shown by week. Unknown of what was counted before.
ALTER TABLE request_figures ADD COLUMN week date;

-- What managers read of a territory's month: tables as they may be shown, written once when the month is over. Read by
-- their key, however many dossiers were counted; and since they never change, comparing two readings tells of no one.
CREATE TABLE steering_figures (
    territory_id text NOT NULL,
    month date NOT NULL,
    figures jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (territory_id, month)
);
GRANT SELECT ON steering_figures TO maillage_app;
GRANT SELECT, INSERT ON steering_figures TO maillage_worker;

ALTER TABLE steering_figures ENABLE ROW LEVEL SECURITY;
ALTER TABLE steering_figures FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON steering_figures TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
CREATE POLICY managers ON steering_figures FOR SELECT TO maillage_app USING (
    territory_id = ANY ((SELECT maillage_territories('manager'))::text [])
    OR '*' = ANY ((SELECT maillage_territories('manager'))::text [])
);
