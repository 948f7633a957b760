"""Agents' inbox and daily digest."""

from chassis.migrations import apply

revision = "notifications_0009"
down_revision = "notifications_0008"


def upgrade() -> None:
    apply(__file__)
