"""Where an offer is made, when it begins and ends, and what room it has."""

from chassis.migrations import apply

revision = "cases_0015"
down_revision = "cases_0014"


def upgrade() -> None:
    apply(__file__)
