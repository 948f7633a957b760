"""Who registers may ask that nothing show in what they are written."""

from chassis.migrations import apply

revision = "directory_0018"
down_revision = "directory_0017"


def upgrade() -> None:
    apply(__file__)
