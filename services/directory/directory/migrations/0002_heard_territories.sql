-- After a restore, states come back key by key: a commune's new territory perhaps before its old one.
-- What is heard was checked when it was decided; only what is decided here may not overlap.
ALTER TABLE territory_communes ADD COLUMN heard boolean NOT NULL DEFAULT false;
-- A small table that only operators write to.
-- squawk-ignore ban-drop-constraint
ALTER TABLE territory_communes DROP CONSTRAINT territory_communes_commune_validity_excl;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE territory_communes ADD CONSTRAINT territory_communes_decided_once
    EXCLUDE USING gist (commune WITH =, validity WITH &&) WHERE (NOT heard);
