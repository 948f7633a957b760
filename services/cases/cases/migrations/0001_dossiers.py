"""Dossiers, who is in them and who works on them, their timeline, conferences and follow-ups."""

from chassis.migrations import apply

revision = "cases_0001"
down_revision = None
branch_labels = ("cases",)
depends_on = "chassis_0001"


def upgrade() -> None:
    apply(__file__)
