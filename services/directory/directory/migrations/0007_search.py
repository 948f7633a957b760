"""What is searched among offers."""

from chassis.migrations import apply

revision = "directory_0007"
down_revision = "directory_0006"


def upgrade() -> None:
    apply(__file__)
