"""Whoever was merged into somebody is looked up."""

from chassis.migrations import apply_live

revision = "intake_0012"
down_revision = "intake_0011"


def upgrade() -> None:
    apply_live(__file__)
