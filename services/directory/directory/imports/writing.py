"""Files as data·inclusion publishes them, written line after line."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Final

from directory.imports.model import UNKNOWN, Kind, Record
from directory.imports.standard import COLUMNS, DAYS, LISTS, NUMBERS

Write = Callable[[Record], None]


@contextmanager
def opened(path: Path, kind: Kind, without: frozenset[str] = frozenset()) -> Iterator[Write]:
    """Take records one by one; the file has its name once it is whole. `without` are columns it does not have."""
    columns = [column for column in (*COLUMNS[kind], UNKNOWN) if column not in without]
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with _WRITERS[path.suffix.lower()](unfinished, columns) as write:
            yield write
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _csv(path: Path, columns: Sequence[str]) -> Iterator[Write]:
    """Lists are JSON, which data·inclusion's readers and ours both take."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)

        def write(record: Record) -> None:
            writer.writerow([_cell(record.get(column)) for column in columns])

        yield write


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


@contextmanager
def _json(path: Path, columns: Sequence[str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:
        write = _lines(file, columns, between=",\n")
        file.write("[")
        yield write
        file.write("]\n")


def _lines(file: IO[str], columns: Sequence[str], between: str) -> Write:
    first = True

    def write(record: Record) -> None:
        nonlocal first
        file.write("" if first else between)
        first = False
        json.dump({column: record.get(column) for column in columns}, file, ensure_ascii=False)

    return write


@contextmanager
def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Write]:
    """By way of a temporary file of JSON lines, which are read back with the types of the columns."""
    from arro3.io import read_json, write_parquet

    with NamedTemporaryFile("w", encoding="utf-8", suffix=".ndjson") as lines:
        write = _lines(lines, columns, between="\n")
        yield lambda record: write(record | {UNKNOWN: _cell(record.get(UNKNOWN))})
        lines.flush()
        write_parquet(read_json(lines.name, _schema(columns)), path, compression="snappy")


def _schema(columns: Sequence[str]) -> Any:
    from arro3.core import DataType, Field, Schema

    text = DataType.string()

    def type_of(column: str) -> DataType:
        if column in LISTS:
            return DataType.list(Field("element", text))
        if column in NUMBERS:
            return DataType.float64()
        return DataType.date32() if column in DAYS else text

    return Schema([Field(column, type_of(column)) for column in columns])


_WRITERS: Final = {".csv": _csv, ".json": _json, ".parquet": _parquet}
FORMATS: Final = frozenset(_WRITERS)
