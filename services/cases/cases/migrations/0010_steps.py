"""What is recorded of the steps a programme states."""

from chassis.migrations import apply

revision = "cases_0010"
down_revision = "cases_0009"


def upgrade() -> None:
    apply(__file__)
