"""A message goes by one channel after another, and its fate is known."""

from chassis.migrations import apply

revision = "notifications_0005"
down_revision = "notifications_0004"


def upgrade() -> None:
    apply(__file__)
