"""Files filed with agreements and projects."""

from chassis.migrations import apply

revision = "directory_0019"
down_revision = "directory_0018"


def upgrade() -> None:
    apply(__file__)
