ALTER TABLE duplicates ADD COLUMN found_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN duplicates.found_at IS 'beginning of the last search that found them';
