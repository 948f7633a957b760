"""Orientations to partners, and how they are answered."""

from chassis.migrations import apply

revision = "cases_0003"
down_revision = "cases_0002"


def upgrade() -> None:
    apply(__file__)
