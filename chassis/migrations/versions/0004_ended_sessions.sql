-- What ended, and when: kept as long as a session may last.
CREATE TABLE ended_sessions (
    mark uuid PRIMARY KEY,
    ended_at timestamptz NOT NULL
);
COMMENT ON COLUMN ended_sessions.mark IS 'keyed hash of a browser''s session, one at the identity provider, a subject, or a logout token';
GRANT SELECT, INSERT, UPDATE, DELETE ON ended_sessions TO maillage_worker;
ALTER TABLE ended_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE ended_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON ended_sessions TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
