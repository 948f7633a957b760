"""People who ask to be erased, what is decided, and which services are done."""

from chassis.migrations import apply

revision = "intake_0014"
down_revision = "intake_0013"


def upgrade() -> None:
    apply(__file__)
