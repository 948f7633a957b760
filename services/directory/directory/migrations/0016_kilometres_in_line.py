"""Distances and readers of sites without a call for each row."""

from chassis.migrations import apply

revision = "directory_0016"
down_revision = "directory_0015"


def upgrade() -> None:
    apply(__file__)
