"""Partners' letters that were taken in."""

from chassis.migrations import apply

revision = "intake_0003"
down_revision = "intake_0002"


def upgrade() -> None:
    apply(__file__)
