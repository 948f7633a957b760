"""What is searched among offers: made of those there are, that can be found from the first minute."""

from typing import Any

from alembic import op

from chassis.migrations import apply
from directory.search.findable import refresh_all

revision = "directory_0007"
down_revision = "directory_0006"
_TABLES = ("offers", "organisations", "sites", "territories", "territory_communes", "findable", "timetables",
           "search_words")  # fmt: skip


def upgrade() -> None:
    """The owner is subject to row-level security as well: lifted meanwhile."""
    apply(__file__)
    driver: Any = op.get_bind().connection.dbapi_connection
    for force in ("NO FORCE", "FORCE"):
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} {force} ROW LEVEL SECURITY")
        if force == "NO FORCE":
            driver.run_async(refresh_all)
