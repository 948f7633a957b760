"""Legal advice is found by who gives it and on what."""

from chassis.migrations import apply

revision = "directory_0012"
down_revision = "directory_0011"


def upgrade() -> None:
    apply(__file__)
