-- Letters of partners that made a request: sent again, one makes nothing, and another may not take its place.
CREATE TABLE partner_letters (
    letter_id uuid PRIMARY KEY,
    -- Keyed hash of what it asks.
    content_hash bytea NOT NULL
);
ALTER TABLE partner_letters ENABLE ROW LEVEL SECURITY;
ALTER TABLE partner_letters FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON partner_letters TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
GRANT SELECT, INSERT ON partner_letters TO maillage_worker;
