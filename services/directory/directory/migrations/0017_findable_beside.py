"""What an import takes in becomes findable beside it."""

from chassis.migrations import apply

revision = "directory_0017"
down_revision = "directory_0016"


def upgrade() -> None:
    apply(__file__)
