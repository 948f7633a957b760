"""Territories as sets over the official list, and what its changes do to them."""

from chassis.migrations import apply

revision = "directory_0011"
down_revision = "directory_0010"


def upgrade() -> None:
    apply(__file__)
