"""PNG pictures of pages made small: a page has few colours, so that one byte a pixel tells them all."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
COLOURS: Final = 48
"""The paper, the inks and the shades at the edges of letters: more show no difference."""
CHANNELS: Final = {2: 3, 6: 4}
"""Colour type of a PNG → bytes a pixel, of those that Chromium writes."""
EIGHT_BITS: Final = 8

Colour = bytes


def reduced(picture: bytes) -> bytes:
    """The same PNG with at most `COLOURS` colours. Raises ValueError unless it has 8 bits a channel, line by line."""
    parts = _chunks(picture)
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    if depth != EIGHT_BITS or interlaced or kind not in CHANNELS:
        raise ValueError(f"no PNG of a page: {depth} bits, colour type {kind}")
    size = CHANNELS[kind]
    rows = _rows(zlib.decompress(parts[b"IDAT"]), width * size, size)
    return _written(width, height, [[row[at : at + 3] for at in range(0, len(row), size)] for row in rows])


def _chunks(picture: bytes) -> dict[bytes, bytes]:
    """Kind → contents, those of one kind put together."""
    parts: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        kind = picture[at + 4 : at + 8]
        parts[kind] = parts.get(kind, b"") + picture[at + 8 : at + 8 + length]
        at += length + 12
    return parts


def _rows(data: bytes, width: int, size: int) -> Iterator[bytes]:
    """Lines with their filter undone (PNG specification, 9.2). `width`: bytes a line, `size`: bytes a pixel."""
    above = bytes(width)
    for start in range(0, len(data), width + 1):
        above = _unfiltered(data[start], data[start + 1 : start + 1 + width], above, size)
        yield above


def _unfiltered(kind: int, line: bytes, above: bytes, size: int) -> bytes:
    if kind == 0:
        return line
    row = bytearray(line)
    for at, up in enumerate(above):
        left, corner = (row[at - size], above[at - size]) if at >= size else (0, 0)
        row[at] = (row[at] + _predicted(kind, left, up, corner)) & 0xFF
    return bytes(row)


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return up
    if kind == 3:
        return (left + up) // 2
    guess = left + up - corner
    return min((left, up, corner), key=lambda near: abs(guess - near))


def _written(width: int, height: int, rows: list[list[Colour]]) -> bytes:
    seen = [colour for colour, _ in Counter(pixel for row in rows for pixel in row).most_common()]
    kept = seen[:COLOURS]
    index = {colour: _nearest(colour, kept) for colour in seen}
    lines = b"".join(b"\0" + bytes(index[pixel] for pixel in row) for row in rows)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, EIGHT_BITS, 3, 0, 0, 0)),
        (b"PLTE", b"".join(kept)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(kind, contents) for kind, contents in parts)


def _nearest(colour: Colour, kept: list[Colour]) -> int:
    far = [sum((one - other) ** 2 for one, other in zip(colour, candidate, strict=True)) for candidate in kept]
    return far.index(min(far))


def _chunk(kind: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + kind + contents + struct.pack(">I", zlib.crc32(kind + contents))
