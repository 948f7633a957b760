"""Sessions of browsers that are over before their time."""

from chassis.migrations import apply

revision = "chassis_0004"
down_revision = "chassis_0003"
branch_labels = None


def upgrade() -> None:
    apply(__file__)
