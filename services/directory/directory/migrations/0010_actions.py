"""Collective actions."""

from chassis.migrations import apply

revision = "directory_0010"
down_revision = "directory_0009"


def upgrade() -> None:
    apply(__file__)
