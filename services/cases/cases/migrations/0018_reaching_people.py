"""How people are reached."""

from chassis.migrations import apply

revision = "cases_0018"
down_revision = "cases_0017"


def upgrade() -> None:
    apply(__file__)
