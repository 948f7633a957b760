"""Where each commune is, as one point: its town hall, or failing a believable one the middle of its contour."""

import csv
import lzma
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from struct import unpack_from
from typing import NamedTuple

_KINDS = ("COM", "ARM")
_ABSENT = ("", "\\N")
Point = tuple[float, float]  # longitude, latitude, in degrees (WGS 84)
Ring = list[Point]


class Contour(NamedTuple):
    """Polygons, each an outer ring and its holes."""

    polygons: list[list[Ring]]

    def surrounds(self, point: Point) -> bool:
        """Whether the point lies in the smallest rectangle around it: enough to tell a town hall put elsewhere."""
        corners = [corner for polygon in self.polygons for corner in polygon[0]]
        west, south = min(x for x, _ in corners), min(y for _, y in corners)
        east, north = max(x for x, _ in corners), max(y for _, y in corners)
        return west <= point[0] <= east and south <= point[1] <= north

    def middle(self) -> Point:
        """Its centre of area."""
        weighed = [_weighed(ring, hole=at > 0) for polygon in self.polygons for at, ring in enumerate(polygon)]
        area, x, y = (sum(part) for part in zip(*weighed, strict=True))
        return x / (3 * area), y / (3 * area)


def centres(file: Path) -> Iterator[tuple[str, Point]]:
    """INSEE code and point of every commune and municipal district of the file that has one."""
    csv.field_size_limit(1 << 30)
    with lzma.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["type"] in _KINDS and (point := _centre(row["mairie_localisation"], row["geometry"])):
                yield row["code"], point


def _centre(town_hall: str, contour: str) -> Point | None:
    hall = None if town_hall in _ABSENT else _point(bytes.fromhex(town_hall))
    if contour in _ABSENT:
        return hall
    shape = Contour(_polygons(bytes.fromhex(contour)))
    return hall if hall is not None and shape.surrounds(hall) else shape.middle()


def _weighed(ring: Ring, *, hole: bool) -> tuple[float, float, float]:
    """Twice its area and its moments (the shoelace formula), counted off for a hole."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    sign = -1 if (area < 0) != hole else 1
    return sign * area, sign * x, sign * y


def _point(wkb: bytes) -> Point:
    longitude, latitude = unpack_from("<2d", wkb, 5)
    return longitude, latitude


def _polygons(wkb: bytes) -> list[list[Ring]]:
    """The polygons of a little-endian WKB MultiPolygon."""
    (count,), at, polygons = unpack_from("<I", wkb, 5), 9, []
    for _ in range(count):
        (rings,), at, polygon = unpack_from("<I", wkb, at + 5), at + 9, []
        for _ in range(rings):
            (points,), at = unpack_from("<I", wkb, at), at + 4
            numbers = unpack_from(f"<{2 * points}d", wkb, at)
            polygon.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
            at += 16 * points
        polygons.append(polygon)
    return polygons
