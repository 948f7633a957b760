"""Routes open to strangers: none."""

ANONYMOUS: tuple[str, ...] = ()
