"""Tasks, documents, shares and absences."""

from chassis.migrations import apply

revision = "cases_0006"
down_revision = "cases_0005"


def upgrade() -> None:
    apply(__file__)
