"""How fresh what others told is here."""

from chassis.migrations import apply

revision = "chassis_0003"
down_revision = "chassis_0002"
branch_labels = None


def upgrade() -> None:
    apply(__file__)
