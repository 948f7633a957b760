"""People erased: what the dossiers lose with them, and what stands."""
