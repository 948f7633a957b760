"""Calls, projects and grants."""

from chassis.migrations import apply

revision = "directory_0009"
down_revision = "directory_0008"


def upgrade() -> None:
    apply(__file__)
