"""Worries about a child, for the cell alone."""

from chassis.migrations import apply

revision = "cases_0005"
down_revision = "cases_0004"


def upgrade() -> None:
    apply(__file__)
