"""What is written of a request is written by who works on it."""

from chassis.migrations import apply

revision = "intake_0009"
down_revision = "intake_0008"


def upgrade() -> None:
    apply(__file__)
