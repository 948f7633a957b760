"""Worries about a child, as they are received."""

from chassis.migrations import apply

revision = "intake_0007"
down_revision = "intake_0006"


def upgrade() -> None:
    apply(__file__)
