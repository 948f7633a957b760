"""People erased once and for all."""

from chassis.migrations import apply

revision = "chassis_0006"
down_revision = "chassis_0005"
branch_labels = None


def upgrade() -> None:
    apply(__file__)
