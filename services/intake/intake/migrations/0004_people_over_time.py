"""Safe contact, households over time, consents by holder."""

from chassis.migrations import apply

revision = "intake_0004"
down_revision = "intake_0003"


def upgrade() -> None:
    apply(__file__)
