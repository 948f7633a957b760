"""Partners' own software is told, by signed calls."""

from chassis.migrations import apply

revision = "notifications_0008"
down_revision = "notifications_0007"


def upgrade() -> None:
    apply(__file__)
