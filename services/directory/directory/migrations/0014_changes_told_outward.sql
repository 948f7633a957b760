-- When each entry last changed, by the clock and not by the beginning of a transaction: an import's lasts seconds. Who
-- runs the version before changes rows as well, hence triggers.
CREATE FUNCTION directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;

-- Rows that are there already count as changed now. A default that is the same for all of them writes none again.
ALTER TABLE organisations ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE sites ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE offers ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE findable ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE organisations ALTER COLUMN changed_at SET DEFAULT clock_timestamp();
ALTER TABLE sites ALTER COLUMN changed_at SET DEFAULT clock_timestamp();
ALTER TABLE offers ALTER COLUMN changed_at SET DEFAULT clock_timestamp();
ALTER TABLE findable ALTER COLUMN changed_at SET DEFAULT clock_timestamp();
COMMENT ON COLUMN findable.changed_at IS 'of the offer, its organisation or one of its sites, whichever is last';

CREATE TRIGGER changed BEFORE UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION directory_changed();
CREATE TRIGGER changed BEFORE UPDATE ON sites FOR EACH ROW EXECUTE FUNCTION directory_changed();
CREATE TRIGGER changed BEFORE UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION directory_changed();

-- An offer at a site has an id of its own outside: made of both, so that it stays when places change their order.
CREATE FUNCTION directory_offer_at(offer_id uuid, site_id uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN md5(offer_id::text || site_id::text)::uuid;

-- A hundred thousand rows of two short columns are indexed in a tenth of a second.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX organisations_changed ON organisations (changed_at, organisation_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sites_changed ON sites (changed_at, organisation_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX offers_withdrawn ON offers (changed_at, offer_id) WHERE retired;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX findable_changed ON findable (changed_at, offer_id);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX findable_begins ON findable (lower(days)) WHERE lower(days) IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX findable_ends ON findable (upper(days)) WHERE upper(days) IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX findable_offer_at ON findable (directory_offer_at(offer_id, site_id)) WHERE site_id IS NOT NULL;
