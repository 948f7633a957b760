"""What an agent has to do today is read in order, and told as it changes."""

from chassis.migrations import apply_live

revision = "cases_0023"
down_revision = "cases_0022"


def upgrade() -> None:
    apply_live(__file__)
