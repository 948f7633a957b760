-- What was answered to the questions of the programme asked for. `restricted`: free text or sensitive, and so read by
-- social workers and managers alone.
CREATE TABLE answers (
    request_id uuid NOT NULL REFERENCES requests ON DELETE CASCADE,
    programme text NOT NULL,
    name text NOT NULL,
    value jsonb NOT NULL,
    restricted boolean NOT NULL,
    PRIMARY KEY (request_id, programme, name)
);
ALTER TABLE answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE answers FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON answers TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
GRANT SELECT, INSERT, UPDATE ON answers TO maillage_worker;
GRANT SELECT, INSERT ON answers TO maillage_app;

CREATE POLICY colleagues_read ON answers FOR SELECT TO maillage_app USING (
    -- Not to who holds a tracking secret: the request shows there, its answers do not.
    NOT restricted AND (SELECT maillage_kind()) = 'agent'
    AND EXISTS (SELECT FROM requests WHERE requests.request_id = answers.request_id));
CREATE POLICY entitled_read ON answers FOR SELECT TO maillage_app USING (
    EXISTS (
        SELECT FROM requests
        WHERE requests.request_id = answers.request_id
            AND ((SELECT maillage_territories('social_worker', 'manager')) && ARRAY[requests.territory_id, '*']
                OR (requests.territory_id IS NULL AND (SELECT maillage_has('social_worker', 'manager'))))));
CREATE POLICY submit ON answers FOR INSERT TO maillage_app WITH CHECK (
    (SELECT maillage_kind()) IN ('agent', 'public') AND may_write_of_request(request_id));
