"""Maps: polygons of a register as SVG paths, in an equal-area projection.

Points are rounded to a grid one by one, so a border that two areas share stays shared, and no simplification is needed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 1000
_GRID = 1
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """One area: its code, SVG path, and a point inside for a label."""

    code: str
    path: str
    size: float


@dataclass(frozen=True, slots=True)
class Map:
    """Areas in one picture of `WIDTH` by `height`."""

    shapes: tuple[Shape, ...]
    height: int


def draw(areas: Iterable[tuple[str, str]], parallels: Sequence[float], meridian: float) -> Map:
    """Project GeoJSON geometries (code, JSON text; degrees) by Albers' conic and fit them into the picture."""
    projected = [
        (code, [[_albers(p, parallels, meridian) for p in ring] for ring in _rings(json.loads(text))])
        for code, text in areas
    ]
    points = [p for _, rings in projected for ring in rings for p in ring]
    if not points:
        return Map((), 100)
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    scale = (WIDTH - 2) / (right - left)
    shapes: list[Shape] = []
    for code, rings in projected:
        parts, size = [], 0.0
        for ring in rings:
            snapped = _snapped([(1 + (x - left) * scale, 1 + (high - y) * scale) for x, y in ring])
            if len(snapped) > 3:  # noqa: PLR2004  # three points and the way back make an area
                size += abs(_area(snapped))
                parts.append("M" + "L".join(f"{x} {y}" for x, y in snapped[:-1]) + "Z")
        shapes.append(Shape(code, "".join(parts), size))
    # Small areas are drawn last, so that a city lies on top of its region.
    return Map(tuple(sorted(shapes, key=lambda s: -s.size)), math.ceil((high - low) * scale) + 2)


def _rings(geometry: dict[str, Any]) -> list[list[Point]]:
    coordinates: Any = geometry.get("coordinates", [])
    polygons = coordinates if geometry.get("type") == "MultiPolygon" else [coordinates]
    return [[(float(p[0]), float(p[1])) for p in ring] for polygon in polygons for ring in polygon]


def _albers(point: Point, parallels: Sequence[float], meridian: float) -> Point:
    one, two = (math.radians(p) for p in parallels)
    n = (math.sin(one) + math.sin(two)) / 2
    c = math.cos(one) ** 2 + 2 * n * math.sin(one)
    rho = math.sqrt(max(c - 2 * n * math.sin(math.radians(point[1])), 0)) / n
    theta = n * math.radians(point[0] - meridian)
    return rho * math.sin(theta), -rho * math.cos(theta)


def _snapped(ring: Sequence[Point]) -> list[tuple[int, int]]:
    snapped: list[tuple[int, int]] = []
    for x, y in ring:
        point = (round(x / _GRID) * _GRID, round(y / _GRID) * _GRID)
        if not snapped or snapped[-1] != point:
            # A point on the straight line between its neighbours says nothing.
            if len(snapped) > 1 and _is_between(snapped[-2], snapped[-1], point):
                snapped[-1] = point
            else:
                snapped.append(point)
    return snapped


def _is_between(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    return (
        (b[0] - a[0]) * (c[1] - a[1]) == (b[1] - a[1]) * (c[0] - a[0])
        and (b[0] - a[0]) * (c[0] - b[0]) >= 0
        and (b[1] - a[1]) * (c[1] - b[1]) >= 0
    )


def _area(ring: Sequence[tuple[int, int]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def classes(values: Sequence[float], count: int = 5) -> list[float]:
    """Lower bounds of at most `count` classes that hold about as many areas each; round numbers where they allow it."""
    ordered = sorted(values)
    if not ordered:
        return []
    bounds = [ordered[0]]
    for step in range(1, count):
        rounded = _rounded(ordered[min(len(ordered) - 1, step * len(ordered) // count)])
        if rounded > bounds[-1]:
            bounds.append(rounded)
    return bounds


def _rounded(value: float) -> float:
    if value <= 0:
        return value
    unit = 10 ** max(math.floor(math.log10(value)) - 1, 0)
    return math.floor(value / unit) * unit


def class_of(value: float | None, bounds: Sequence[float]) -> int | None:
    """The class a value falls into, 0 for the lowest; None for a value that is missing."""
    if value is None or not bounds:
        return None
    return max((i for i, low in enumerate(bounds) if value >= low), default=0)
