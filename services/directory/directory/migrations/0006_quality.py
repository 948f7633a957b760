"""Quality, campaigns and probable duplicates of offers."""

from chassis.migrations import apply

revision = "directory_0006"
down_revision = "directory_0005"


def upgrade() -> None:
    apply(__file__)
