"""When each entry last changed, for those who harvest the directory."""

from chassis.migrations import apply

revision = "directory_0014"
down_revision = "directory_0013"


def upgrade() -> None:
    apply(__file__)
