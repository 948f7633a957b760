-- Offers that an import took in and that searches do not find yet: made findable in transactions of their own, beside
-- the import's. Written with the offers, so that a process that ends in between leaves nothing out.
CREATE TABLE findable_due (offer_id uuid PRIMARY KEY);
ALTER TABLE findable_due ENABLE ROW LEVEL SECURITY;
ALTER TABLE findable_due FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON findable_due TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
-- As `findable`, whose rows they become.
CREATE POLICY readers ON findable_due FOR SELECT TO maillage_app USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON findable_due TO maillage_worker;
GRANT SELECT ON findable_due TO maillage_app;
