"""Coordinators proposed, declining and replaced."""

from chassis.migrations import apply

revision = "cases_0008"
down_revision = "cases_0007"


def upgrade() -> None:
    apply(__file__)
