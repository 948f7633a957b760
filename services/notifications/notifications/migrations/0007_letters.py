"""Letters: batches to print, posting and return."""

from chassis.migrations import apply

revision = "notifications_0007"
down_revision = "notifications_0006"


def upgrade() -> None:
    apply(__file__)
