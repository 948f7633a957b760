"""Which revision a database is of, for the service itself."""

from chassis.migrations import apply

revision = "chassis_0005"
down_revision = "chassis_0004"
branch_labels = None


def upgrade() -> None:
    apply(__file__)
