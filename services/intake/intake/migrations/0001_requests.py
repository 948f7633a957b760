"""Communes, territories, organisations, people, households, consents and requests."""

from chassis.migrations import apply

revision = "intake_0001"
down_revision = None
branch_labels = ("intake",)
depends_on = "chassis_0001"


def upgrade() -> None:
    apply(__file__)
