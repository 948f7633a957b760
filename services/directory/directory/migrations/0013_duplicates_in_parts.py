"""Probable duplicates are found a part at a time: those not found again are known by their date."""

from chassis.migrations import apply

revision = "directory_0013"
down_revision = "directory_0012"


def upgrade() -> None:
    apply(__file__)
