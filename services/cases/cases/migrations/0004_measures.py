"""Measures (MASP): application, contracts, visits, ledger."""

from chassis.migrations import apply

revision = "cases_0004"
down_revision = "cases_0003"


def upgrade() -> None:
    apply(__file__)
