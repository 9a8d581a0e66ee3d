"""The first page: a door to all others, also where its map cannot be drawn, and before anything was loaded."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import add_measure, add_page, portal

HOME = """\
page = "home"
measure = "local.by_area"
total = "local.total"
dimension = "code"
time = "year"
[map]
register = "local.areas"
code = "code"
geometry = "title"
parallels = [43, 53]
meridian = 67
"""
YEARS = "SELECT code, people, y.year FROM areas, (VALUES (2020), (2021)) AS y(year)"


@pytest.fixture
def mapped(fresh: Trial) -> Trial:
    """Areas whose titles are their outlines, counted in two years."""
    shapes = [
        json.dumps({"type": "Polygon", "coordinates": [[[x, 50], [x + 1, 50], [x + 1, 51], [x, 50]]]}) for x in (66, 68)
    ]
    text = "".join(
        f'{code},"{shape.replace(chr(34), chr(34) * 2)}",{people}\n'
        for code, shape, people in zip((1000, 2000), shapes, (20, 10), strict=True)
    )
    fresh.areas(text)
    add_measure(fresh, "by_area", YEARS, more='time = "year"\ndimensions = ["code"]')
    add_measure(fresh, "total", YEARS, more='time = "year"')
    add_page(fresh, "home", HOME)
    return fresh


def test_before_the_first_run_the_page_says_what_to_do(fresh: Trial) -> None:
    assert portal(fresh).get("/en/").status_code == 404


def test_a_project_without_a_map_shows_its_registers(loaded: Trial) -> None:
    page = portal(loaded).get("/en/").text

    assert "/en/registers/local.areas" in page
    assert "/en/registers/local.places" in page


def test_a_map_shows_the_newest_year_or_the_one_asked_for(mapped: Trial) -> None:
    assert not mapped.run().errors
    client = portal(mapped)
    newest, older, nonsense = (client.get(f"/en/{query}").text for query in ("", "?year=2020", "?year=жоқ"))

    assert all("<path" in page for page in (newest, older, nonsense))
    assert "year=2021" in newest
    assert "rows?code=1000&amp;year=2020" in older
    assert "rows?code=1000&amp;year=2021" in nonsense


def test_where_the_map_cannot_be_drawn_the_doors_are_open(mapped: Trial) -> None:
    mapped.areas("1000,no outline,20\n2000,none,10\n")
    mapped.run()
    page = portal(mapped).get("/en/")

    assert page.status_code == 200
    assert "/en/registers" in page.text
