"""The person concerned adds documents to their dossier."""

from chassis.migrations import apply

revision = "cases_0021"
down_revision = "cases_0020"


def upgrade() -> None:
    apply(__file__)
