ALTER TABLE consumer_offsets ADD COLUMN heard_at timestamptz, ADD COLUMN whole_at timestamptz;
COMMENT ON COLUMN consumer_offsets.heard_at IS 'when the newest event taken in was told';
COMMENT ON COLUMN consumer_offsets.whole_at IS 'when everything on the topic was last told again, on its first partition';
