"""Suspected duplicates, merged, linked or dismissed."""

from chassis.migrations import apply

revision = "intake_0006"
down_revision = "intake_0005"


def upgrade() -> None:
    apply(__file__)
