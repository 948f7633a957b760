"""Calls interrupted."""

from chassis.migrations import apply

revision = "intake_0005"
down_revision = "intake_0004"


def upgrade() -> None:
    apply(__file__)
