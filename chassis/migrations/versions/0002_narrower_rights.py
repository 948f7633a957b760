"""What requests of people may write of agents, keys and due dates; when a postponed due date is tried again."""

from chassis.migrations import apply

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None


def upgrade() -> None:
    apply(__file__)
