"""Who read which dossier, kept twelve months."""

from chassis.migrations import apply

revision = "cases_0020"
down_revision = "cases_0019"


def upgrade() -> None:
    apply(__file__)
