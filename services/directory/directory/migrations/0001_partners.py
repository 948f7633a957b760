"""Territories, organisations, offers, and the journal of agents' grants."""

from chassis.migrations import apply

revision = "directory_0001"
down_revision = None
branch_labels = ("directory",)
depends_on = "chassis_0001"


def upgrade() -> None:
    apply(__file__)
