"""Members of a family group read their plan by a link of their own."""

from chassis.migrations import apply

revision = "cases_0022"
down_revision = "cases_0021"


def upgrade() -> None:
    apply(__file__)
