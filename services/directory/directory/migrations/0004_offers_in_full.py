"""Organisations, sites and offers as the national standard and the field know them."""

from chassis.migrations import apply

revision = "directory_0004"
down_revision = "directory_0003"


def upgrade() -> None:
    apply(__file__)
