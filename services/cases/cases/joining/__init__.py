"""Dossiers of one person: joined where the same people read them, linked otherwise."""
