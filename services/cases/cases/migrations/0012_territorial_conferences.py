"""Conferences of a whole territory."""

from chassis.migrations import apply

revision = "cases_0012"
down_revision = "cases_0011"


def upgrade() -> None:
    apply(__file__)
