-- How people of a dossier are reached, sealed, as intake says it: for who coordinates a conference and calls its family.
ALTER TABLE persons ADD COLUMN contact_points jsonb;
