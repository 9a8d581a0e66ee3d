"""Maps keep shared borders shared, put small areas on top, and sort values into classes."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.serve.portal.draw import maps

PARALLELS, MERIDIAN = (43, 53), 67


def square(west: float, south: float, side: float) -> str:
    """A square in degrees, as GeoJSON."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def points(path: str) -> set[str]:
    return set(re.findall(r"-?\d+ -?\d+", path))


def test_neighbours_share_their_border() -> None:
    drawn = maps.draw([("west", square(60, 45, 5)), ("east", square(65, 45, 5))], PARALLELS, MERIDIAN)
    west, east = (points(s.path) for s in sorted(drawn.shapes, key=lambda s: s.code, reverse=True))

    assert len(west & east) == 2


def test_a_city_lies_on_top_of_its_region() -> None:
    drawn = maps.draw([("city", square(66, 46, 0.5)), ("region", square(60, 42, 10))], PARALLELS, MERIDIAN)

    assert [s.code for s in drawn.shapes] == ["region", "city"]


def test_the_projection_keeps_areas() -> None:
    def sphere(south: float, side: float) -> float:
        return math.radians(side) * (math.sin(math.radians(south + side)) - math.sin(math.radians(south)))

    drawn = maps.draw([("south", square(60, 41, 4)), ("north", square(60, 51, 4))], PARALLELS, MERIDIAN)
    sizes = {s.code: s.size for s in drawn.shapes}

    assert sizes["south"] / sizes["north"] == pytest.approx(sphere(41, 4) / sphere(51, 4), rel=0.01)


def test_everything_lies_inside_the_picture() -> None:
    drawn = maps.draw([("a", square(47, 41, 3)), ("b", square(84, 52, 3))], PARALLELS, MERIDIAN)
    found = [tuple(map(int, p.split())) for s in drawn.shapes for p in points(s.path)]

    assert all(0 <= x <= maps.WIDTH and 0 <= y <= drawn.height for x, y in found)


def test_no_areas_make_an_empty_picture() -> None:
    assert maps.draw([], PARALLELS, MERIDIAN).shapes == ()


@given(st.lists(st.integers(0, 10**8).map(float), min_size=1))
def test_every_value_has_a_class_and_classes_rise(values: list[float]) -> None:
    bounds = maps.classes(values)

    assert bounds == sorted(set(bounds))
    assert 1 <= len(bounds) <= 5
    assert all(bounds[c] <= v for v in values if (c := maps.class_of(v, bounds)) is not None)


def test_a_missing_value_has_no_class() -> None:
    assert maps.class_of(None, [1.0, 2.0]) is None
    assert maps.classes([]) == []
