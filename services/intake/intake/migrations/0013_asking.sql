-- What somebody without an account has typed so far, sealed under a key made of the secret their browser holds: nobody
-- opens it without that secret.
CREATE TABLE asking_drafts (
    -- Keyed hash of the secret their browser holds, or that they wrote down.
    draft_id uuid PRIMARY KEY,
    -- To be continued later, on whatever device.
    kept boolean NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
-- Nobody reads these but the service itself, by that hash: people have no right here at all.
ALTER TABLE asking_drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE asking_drafts FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON asking_drafts TO maillage_worker;
CREATE POLICY worker ON asking_drafts TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
