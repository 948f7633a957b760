"""Agreements between partners."""

from chassis.migrations import apply

revision = "directory_0008"
down_revision = "directory_0007"


def upgrade() -> None:
    apply(__file__)
