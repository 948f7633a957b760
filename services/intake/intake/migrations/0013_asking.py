"""What residents have typed so far."""

from chassis.migrations import apply

revision = "intake_0013"
down_revision = "intake_0012"


def upgrade() -> None:
    apply(__file__)
