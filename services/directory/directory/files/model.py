"""Where a file is read, as the link of a document says it."""

import re
from collections.abc import Iterable
from typing import Final
from uuid import UUID

PATH: Final = "/directory/files"
ADDRESS: Final = rf"^{PATH}/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})$"


def address(file_id: UUID) -> str:
    """Where a file is read."""
    return f"{PATH}/{file_id}"


def named(links: Iterable[str]) -> list[UUID]:
    """The files among addresses of documents."""
    return [UUID(found[1]) for link in links if (found := re.match(ADDRESS, link))]
