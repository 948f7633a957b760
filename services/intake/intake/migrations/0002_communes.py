"""The official communes: from the package's data file, for every database at once."""

from typing import Any

from alembic import op

from contracts.communes import every, fold

revision = "intake_0002"
down_revision = "intake_0001"


def upgrade() -> None:
    """COPY is not possible under row-level security, which the owner is subject to as well: lifted meanwhile."""
    rows = [(one.code, one.name, one.department, fold(one.name), one.postal_codes, one.population) for one in every()]
    driver: Any = op.get_bind().connection.dbapi_connection
    op.execute("ALTER TABLE communes NO FORCE ROW LEVEL SECURITY")
    driver.run_async(
        lambda connection: connection.copy_records_to_table(
            "communes",
            records=rows,
            columns=("code", "name", "department", "folded", "postal_codes", "population"),
        )
    )
    op.execute("ALTER TABLE communes FORCE ROW LEVEL SECURITY")
