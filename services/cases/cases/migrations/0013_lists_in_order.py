"""Lists of coordinators and managers are read in order."""

from chassis.migrations import apply

revision = "cases_0013"
down_revision = "cases_0012"


def upgrade() -> None:
    apply(__file__)
