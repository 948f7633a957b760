-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
-- What they found is found by `referents_worklist` and `cases_coordinated`, which begin with the same column.
DROP INDEX CONCURRENTLY IF EXISTS referents_agent;

DROP INDEX CONCURRENTLY IF EXISTS cases_coordinator;
