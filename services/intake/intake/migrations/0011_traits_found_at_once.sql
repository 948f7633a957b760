-- Every request searches here and adds a row. A list of rows not yet in the index (GIN's fast update) is read whole by each
-- search until a vacuum empties it: a search of two thousand people cost as much as one of a hundred thousand.
ALTER INDEX traits_keys SET (fastupdate = OFF);
ALTER INDEX traits_names SET (fastupdate = OFF);
