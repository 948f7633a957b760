"""Indexes that others begin with."""

from chassis.migrations import apply_live

revision = "cases_0016"
down_revision = "cases_0015"


def upgrade() -> None:
    apply_live(__file__)
