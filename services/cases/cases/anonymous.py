"""Routes open to strangers: none. A dossier is for those who work on it."""

ANONYMOUS: tuple[str, ...] = ()
