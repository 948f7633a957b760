"""Figures of a territory's months, for those who steer."""

from chassis.migrations import apply

revision = "cases_0017"
down_revision = "cases_0016"


def upgrade() -> None:
    apply(__file__)
