"""Files as data·inclusion publishes them, line after line, whatever their size: CSV, JSON, parquet."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from chassis.web.translations import N_, translate

Raw = Mapping[str, Any] | str
"""A line's cells, or a French sentence on why it has none."""
_CHUNK: Final = 1 << 20
_ROWS: Final = 1000
_LONGEST_VALUE: Final = 16 << 20
"""Characters of one JSON value; beyond, the file is no list of lines."""


class Unreadable(Exception):
    """The file is of another format than its name says, or ends in the middle."""


def digest(path: Path) -> str:
    """What tells this file from any other."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows(path: Path) -> Iterator[Raw]:
    """The lines of a file, read as its name ends: `.csv`, `.json` (a list, or an object a line), `.parquet`. Raises
    Unreadable."""
    readers = {".csv": _csv, ".json": _json, ".ndjson": _json, ".jsonl": _json, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise Unreadable(f"{path.name}: the name ends neither in .csv, .json nor .parquet")
    return reader(path)


def _csv(path: Path) -> Iterator[Raw]:
    csv.field_size_limit(_CHUNK)
    # What is no UTF-8 is left to the line that holds it.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header_line = file.readline()
        separator = ";" if header_line.count(";") > header_line.count(",") else ","
        header = next(csv.reader([header_line], delimiter=separator), [])
        if "id" not in header:
            raise Unreadable(f"{path.name}: no column `id`")
        yield from _csv_rows(csv.reader(file, delimiter=separator, strict=True), header)


def _csv_rows(lines: Any, header: list[str]) -> Iterator[Raw]:
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield translate(N_("Les guillemets de la ligne ne vont pas par deux, ou une valeur est trop longue."))
            continue
        if len(cells) == len(header):
            yield dict(zip(header, cells, strict=True))
        elif cells:
            yield translate(N_("La ligne n'a pas autant de colonnes que l'en-tête."))


def _json(path: Path) -> Iterator[Raw]:
    decoder, buffer, at = json.JSONDecoder(), "", 0
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        while True:
            more = file.read(_CHUNK)
            buffer, at = buffer[at:] + more, 0
            while (found := _value(decoder, buffer, at)) is not None:
                value, at = found
                yield value if isinstance(value, dict) else translate(N_("La ligne n'est pas un objet JSON."))
            if not more:
                break
            if len(buffer) - at > _LONGEST_VALUE:
                raise Unreadable(f"{path.name}: a value never ends")
    if buffer[at:].strip(" \t\r\n,[]"):
        raise Unreadable(f"{path.name}: ends in the middle, or is no JSON")


def _value(decoder: json.JSONDecoder, buffer: str, at: int) -> tuple[Any, int] | None:
    """The next value of the list and where it ends; None while it is not whole."""
    while at < len(buffer) and buffer[at] in " \t\r\n,[":
        at += 1
    with suppress(ValueError, RecursionError):
        value, end = decoder.raw_decode(buffer, at)
        if isinstance(value, (dict, list)) or end < len(buffer):  # a number may go on in what is read next
            return value, end
    return None


def _parquet(path: Path) -> Iterator[Raw]:
    from arro3.io import read_parquet

    try:
        for batch in read_parquet(path, batch_size=_ROWS):
            columns = {name: batch.column(name).to_pylist() for name in batch.schema.names}
            for index in range(batch.num_rows):
                yield {name: values[index] for name, values in columns.items()}
    except Exception as error:
        if type(error).__module__ == "builtins" and not isinstance(error, (OSError, ValueError)):
            raise
        raise Unreadable(f"{path.name}: {error}") from error
