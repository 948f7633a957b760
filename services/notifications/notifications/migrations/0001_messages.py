"""Deliveries, what they need to know of people, cases and organisations, and holds."""

from chassis.migrations import apply

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = "chassis_0001"


def upgrade() -> None:
    apply(__file__)
