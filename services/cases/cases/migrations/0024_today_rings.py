"""An agent's day is told of appointments, and of answers awaited or owed, as they change."""

from chassis.migrations import apply

revision = "cases_0024"
down_revision = "cases_0023"


def upgrade() -> None:
    apply(__file__)
