-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
-- What an interruption left of an index is of no use: made anew.
DROP INDEX CONCURRENTLY IF EXISTS persons_merged;

CREATE INDEX CONCURRENTLY IF NOT EXISTS persons_merged ON persons (merged_into) WHERE merged_into IS NOT NULL;
