-- The page of those who run the platform tells of which revision a database is.
GRANT SELECT ON alembic_version TO maillage_worker;
