"""Since when a message is being tried."""

from chassis.migrations import apply

revision = "notifications_0002"
down_revision = "notifications_0001"


def upgrade() -> None:
    apply(__file__)
