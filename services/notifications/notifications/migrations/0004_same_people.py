"""People who were found to be one."""

from chassis.migrations import apply

revision = "notifications_0004"
down_revision = "notifications_0003"


def upgrade() -> None:
    apply(__file__)
