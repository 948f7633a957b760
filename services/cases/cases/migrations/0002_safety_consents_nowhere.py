"""Safety apart from the conference, whose consent it is and to what, dossiers without a territory."""

from chassis.migrations import apply

revision = "cases_0002"
down_revision = "cases_0001"


def upgrade() -> None:
    apply(__file__)
