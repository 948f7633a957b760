"""What an agent's lists are read by."""

from chassis.migrations import apply

revision = "cases_0011"
down_revision = "cases_0010"


def upgrade() -> None:
    apply(__file__)
