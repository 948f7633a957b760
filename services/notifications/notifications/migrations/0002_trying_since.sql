-- First attempt since the message was last planned: the days it is tried for run from there, not from its event.
ALTER TABLE deliveries ADD COLUMN trying_since timestamptz;
GRANT UPDATE (trying_since) ON deliveries TO maillage_app;
