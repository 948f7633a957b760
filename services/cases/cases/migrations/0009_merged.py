"""Who and what intake found to be the same."""

from chassis.migrations import apply

revision = "cases_0009"
down_revision = "cases_0008"


def upgrade() -> None:
    apply(__file__)
