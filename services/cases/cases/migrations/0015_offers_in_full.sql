-- What was heard before is told again in full every night.
ALTER TABLE offers
ADD COLUMN address text,
ADD COLUMN opening_hours text,
ADD COLUMN starts_on date,
ADD COLUMN ends_on date,
ADD COLUMN places_left bigint;
COMMENT ON COLUMN offers.places_left IS 'as told on a day; null: not known';
