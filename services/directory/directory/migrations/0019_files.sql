-- Files filed with an agreement or a project. Their contents lie elsewhere, each encrypted under a key of its own, which
-- is kept here, wrapped: without its row a content is of no use to anybody.
CREATE TABLE files (
    file_id uuid PRIMARY KEY,
    agreement_id uuid REFERENCES agreements,
    project_id uuid REFERENCES projects,
    name text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL CHECK (size > 0),
    wrapped text NOT NULL,
    master_key_id text NOT NULL,
    added_by uuid NOT NULL,
    added_at timestamptz NOT NULL,
    CHECK (num_nonnulls(agreement_id, project_id) = 1)
);
COMMENT ON COLUMN files.size IS 'bytes of the content as it was sent';
CREATE INDEX files_agreement ON files (agreement_id) WHERE agreement_id IS NOT NULL;
CREATE INDEX files_project ON files (project_id) WHERE project_id IS NOT NULL;

ALTER TABLE files ENABLE ROW LEVEL SECURITY;
ALTER TABLE files FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON files TO maillage_worker USING ((SELECT maillage_kind()) = 'worker');
-- Who reads what a file belongs to reads the file; who writes it files and removes.
CREATE POLICY readers ON files FOR SELECT TO maillage_app USING (
    EXISTS (SELECT FROM agreements WHERE agreements.agreement_id = files.agreement_id)
    OR EXISTS (SELECT FROM projects WHERE projects.project_id = files.project_id));

CREATE FUNCTION directory_writes(agreement uuid, project uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
    SELECT FROM agreements WHERE agreement_id = agreement
    AND directory_within(territory_ids, maillage_territories('operator', 'manager')))
OR EXISTS (
    SELECT FROM projects WHERE project_id = project
    AND ((organisation_id = maillage_organisation() AND state = 'deposited') OR directory_runs_call(call_id)));

CREATE POLICY writers_file ON files FOR INSERT TO maillage_app WITH CHECK (
    added_by = (SELECT maillage_agent()) AND directory_writes(agreement_id, project_id));
CREATE POLICY writers_remove ON files FOR DELETE TO maillage_app USING (directory_writes(agreement_id, project_id));

GRANT SELECT, INSERT, DELETE ON files TO maillage_app, maillage_worker;
