"""Drawing an indicator: the chart its rows allow, and no sum of what must not be added."""

from __future__ import annotations

import re

import pytest

from altyn.serve.portal.pages.drawing import file_name
from tests.integration.conftest import Trial, made
from tests.unit.serve.portal.browsing import add_measure, portal

YEARS = "SELECT code, people, y.year FROM areas, (VALUES (2020), (2021)) AS y(year)"
MEASURES = {
    "lines": (YEARS, "sum(people)", 'time = "year"\ndimensions = ["code"]'),
    "words": ("SELECT title AS era, people FROM areas", "sum(people)", 'time = "era"'),
    "average": (
        "SELECT code, people, s.sex FROM areas, (VALUES ('b'), ('a')) AS s(sex)", "avg(people)",
        'dimensions = ["code", "sex"]',
    ),
    "three": (
        "SELECT code, people, s.sex, a.age FROM areas, (VALUES ('b'), ('a')) AS s(sex), (VALUES ('0-4'), ('5-9')) AS a(age)",
        "max(people)", 'dimensions = ["code", "sex", "age"]',
    ),
    "ages": ("SELECT a.age, people FROM areas, (VALUES ('10-14'), ('5-9'), ('0-4')) AS a(age)", "sum(people)", 'dimensions = ["age"]'),
    "units": ("SELECT code, people, code AS unit FROM areas", "sum(people)", 'dimensions = ["code", "unit"]'),
    "editions": (
        "SELECT code, people * v.n AS people, v.vintage FROM areas, (VALUES ('first', 1), ('revised', 2)) AS v(vintage, n)",
        "sum(people)", 'dimensions = ["code", "vintage"]',
    ),
    "none": ("SELECT CAST(NULL AS BIGINT) AS people, code FROM areas", "sum(people)", 'dimensions = ["code"]'),
    "plain": ("SELECT people FROM areas", "sum(people)", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    trial = made(tmp_path_factory.mktemp("drawn") / "project")
    for name, (rows, value, more) in MEASURES.items():
        add_measure(trial, name, rows, value=value, more=more)
    assert not trial.run().errors
    return trial


def chart(trial: Trial, name: str, query: str = "") -> str:
    return portal(trial).get(f"/en/measures/local.{name}/chart.svg?{query}").text


@pytest.mark.parametrize(
    ("name", "query", "is_drawn"),
    [
        ("lines", "", True), ("lines", "year=2020", True), ("words", "", True), ("average", "", True),
        ("average", "sex=a", True), ("three", "", False), ("three", "age=0-4", True), ("ages", "", True),
        ("units", "", False), ("units", "unit=1000", True), ("editions", "", True), ("none", "", False), ("plain", "", False),
    ],
)  # fmt: skip
def test_a_chart_is_drawn_only_of_what_shares_an_axis(drawn: Trial, name: str, query: str, *, is_drawn: bool) -> None:
    found = chart(drawn, name, query)

    assert bool(re.search(r"<(rect|path|polyline|line)\b", found)) == is_drawn


def test_groups_of_ages_stand_in_their_order(drawn: Trial) -> None:
    found = chart(drawn, "ages")

    assert found.index("0-4") < found.index("5-9") < found.index("10-14")


def test_of_several_editions_one_is_shown_and_named(drawn: Trial) -> None:
    page = portal(drawn).get("/en/measures/local.editions").text
    caption = page.partition("<figcaption")[2].partition("</figcaption")[0]

    assert "revised" in caption
    assert "first" not in caption


def test_a_caption_says_what_the_chart_was_narrowed_by(drawn: Trial) -> None:
    page = portal(drawn).get("/en/measures/local.lines?code=1000").text

    assert "1000" in page.partition("<figcaption")[2].partition("</figcaption")[0]


def test_a_name_of_a_file_holds_no_sign_that_ends_a_header(drawn: Trial) -> None:
    measure = drawn.open().catalogue.measures["local.lines"]

    assert file_name(measure, {}) == "local.lines"
    assert file_name(measure, {"code": '1"; x=\r\n/../Ә', "other": "2"}) == "local.lines-code_1-x-.."
    assert len(file_name(measure, {"code": "9" * 500})) < 90
