"""Offers carry no words to search: `findable` does."""

from chassis.migrations import apply

revision = "directory_0015"
down_revision = "directory_0014"


def upgrade() -> None:
    apply(__file__)
