"""Published sources brought in, line by line."""

from chassis.migrations import apply

revision = "directory_0005"
down_revision = "directory_0004"


def upgrade() -> None:
    apply(__file__)
