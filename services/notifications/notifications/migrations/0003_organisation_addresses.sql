-- The address the directory has of an organisation: its office's, not a person's.
ALTER TABLE organisations ADD COLUMN email text;
-- What was kept before has no address: the next time the directory tells everything, it is taken again.
-- The owner is subject to row-level security as well: lifted meanwhile.
ALTER TABLE organisations NO FORCE ROW LEVEL SECURITY;
UPDATE organisations SET sequence = 0;
ALTER TABLE organisations FORCE ROW LEVEL SECURITY;
CREATE TRIGGER news AFTER INSERT OR UPDATE ON organisations FOR EACH STATEMENT EXECUTE FUNCTION notifications_news();
