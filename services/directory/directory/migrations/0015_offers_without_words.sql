-- Nothing has read them since `findable` is searched, and making them took a third of the time an imported offer takes.
-- squawk-ignore ban-drop-column
ALTER TABLE offers DROP COLUMN search;
