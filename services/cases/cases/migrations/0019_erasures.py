"""People erased."""

from chassis.migrations import apply

revision = "cases_0019"
down_revision = "cases_0018"


def upgrade() -> None:
    apply(__file__)
