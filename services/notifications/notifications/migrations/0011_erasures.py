"""People erased."""

from chassis.migrations import apply

revision = "notifications_0011"
down_revision = "notifications_0010"


def upgrade() -> None:
    apply(__file__)
