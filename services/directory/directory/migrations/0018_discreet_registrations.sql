-- Who registers may ask that nothing show in what they are written.
ALTER TABLE registrations ADD COLUMN neutral boolean NOT NULL DEFAULT false;
