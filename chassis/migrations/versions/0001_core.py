"""Outbox, inbox, offsets, dead letters, due dates, keys, agents, idempotency."""

from chassis.migrations import apply

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)


def upgrade() -> None:
    apply(__file__)
