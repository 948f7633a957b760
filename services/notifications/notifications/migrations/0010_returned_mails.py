"""Mails that come back, and telephones that answer STOP."""

from chassis.migrations import apply

revision = "notifications_0010"
down_revision = "notifications_0009"


def upgrade() -> None:
    apply(__file__)
