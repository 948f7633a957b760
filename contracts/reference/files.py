"""The compact files of this folder: tab-separated lines, compressed."""

import gzip
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


def lines(name: str) -> list[str]:
    """A file's lines, unparsed."""
    return gzip.decompress((HERE / f"{name}.tsv.gz").read_bytes()).decode().splitlines()


def rows(name: str) -> Iterator[list[str]]:
    """A file's lines as fields."""
    return (line.split("\t") for line in lines(name))
