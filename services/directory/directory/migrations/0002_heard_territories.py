"""Territories heard of after a restore may overlap until all of them are."""

from chassis.migrations import apply

revision = "directory_0002"
down_revision = "directory_0001"


def upgrade() -> None:
    apply(__file__)
