"""Searches of the cell among everybody leave a trace."""

from chassis.migrations import apply

revision = "intake_0010"
down_revision = "intake_0009"


def upgrade() -> None:
    apply(__file__)
