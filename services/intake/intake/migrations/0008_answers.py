"""Answers to the questions of programmes."""

from chassis.migrations import apply

revision = "intake_0008"
down_revision = "intake_0007"


def upgrade() -> None:
    apply(__file__)
