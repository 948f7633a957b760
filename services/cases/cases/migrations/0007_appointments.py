"""Appointments."""

from chassis.migrations import apply

revision = "cases_0007"
down_revision = "cases_0006"


def upgrade() -> None:
    apply(__file__)
