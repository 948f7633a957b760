"""Dossiers that were there before their lists were read in order."""

from chassis.migrations import apply_live

revision = "cases_0014"
down_revision = "cases_0013"


def upgrade() -> None:
    apply_live(__file__)
