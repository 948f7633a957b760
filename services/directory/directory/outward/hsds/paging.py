"""Pages of the standard."""

from collections.abc import Sequence
from typing import Any


def paged(contents: Sequence[Any], total: int, number: int, size: int) -> dict[str, Any]:
    """The page of that number, counted from 1, of lists cut into pages of `size`."""
    pages = -(-total // size)
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": number,
        "size": len(contents),
        "first_page": number == 1,
        "last_page": number >= pages,
        "empty": not contents,
        "contents": contents,
    }
