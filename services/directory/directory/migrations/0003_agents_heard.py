"""The directory alone writes agents; it hears of them in any order after a restore."""

from chassis.migrations import apply

revision = "directory_0003"
down_revision = "directory_0002"
depends_on = "chassis_0002"


def upgrade() -> None:
    apply(__file__)
