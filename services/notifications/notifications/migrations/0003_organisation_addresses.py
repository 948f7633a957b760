"""Where organisations are written to."""

from chassis.migrations import apply

revision = "notifications_0003"
down_revision = "notifications_0002"


def upgrade() -> None:
    apply(__file__)
