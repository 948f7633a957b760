"""The indexes of traits keep no list of what came last."""

from chassis.migrations import apply

revision = "intake_0011"
down_revision = "intake_0010"


def upgrade() -> None:
    apply(__file__)
