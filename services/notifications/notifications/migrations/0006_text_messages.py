"""Text messages: what the gateway said of each, and what they cost."""

from chassis.migrations import apply

revision = "notifications_0006"
down_revision = "notifications_0005"


def upgrade() -> None:
    apply(__file__)
