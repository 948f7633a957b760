"""The directory in forms other software reads: maps and spreadsheets."""
