"""Packs that leave things out: no page of the portal fails for it, and a broken page of a pack takes no other down."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from altyn.serve.portal.app import create_app
from tests.integration.conftest import Trial

MEASURE = """\
measure = "{name}"
version = "1.0.0"
title = "Числа {name}"
definition = "What is counted"
unit = "1"
grain = "one row for each"
owner = "nobody"
source = "made up"
inputs = ["areas"]
rows = '''{rows}'''
value = "{value}"
type = "decimal(20,3)"
{more}
"""
MEASURES = {
    "nothing": ("SELECT people FROM areas", "sum(people)", ""),
    "worded": ("SELECT title AS era, people FROM areas", "sum(people)", 'time = "era"'),
    "unknown": ("SELECT code, CAST(NULL AS INTEGER) AS people, 2020 AS year FROM areas", "sum(people)", 'time = "year"\ndimensions = ["code"]'),
    "undated": ("SELECT code, people, CASE WHEN people > 15 THEN 2020 END AS year FROM areas", "sum(people)", 'time = "year"\ndimensions = ["code"]'),
    "split": (
        "SELECT code, people, s.sex FROM areas, (VALUES ('b'), ('a')) AS s(sex)",
        "avg(people)",
        'dimensions = [{column = "code"}, {column = "sex"}]',
    ),
    "stock": (
        "SELECT code, people, y.year FROM areas, (VALUES (2021), (2020)) AS y(year)",
        "sum(people)",
        'dimensions = [{column = "code"}, {column = "year", type = "integer", added_up = false}]',
    ),
    "ages": (
        "SELECT a.age, 1.5 AS people FROM (VALUES ('10-14'), ('5-9'), ('0-4')) AS a(age), areas",
        "sum(people)",
        'dimensions = [{column = "age"}]',
    ),
}  # fmt: skip
HOME = """\
page = "home"
measure = "local.{measure}"
total = "local.{measure}"
dimension = "{dimension}"
time = "{time}"
[map]
register = "local.areas"
code = "code"
geometry = "title"
parallels = [43, 53]
meridian = 67
"""


@pytest.fixture
def bare(trial: Trial) -> Trial:
    """A pack with measures that leave out what others have."""
    measures = trial.folder / "packs" / "local" / "measures"
    measures.mkdir()
    for name, (rows, value, more) in MEASURES.items():
        (measures / f"{name}.toml").write_text(MEASURE.format(name=name, rows=rows, value=value, more=more), "utf-8")
    return trial


def page(trial: Trial, name: str, text: str) -> None:
    folder = trial.folder / "packs" / "local" / "pages"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def statuses(trial: Trial, *addresses: str) -> dict[str, int]:
    """Addresses and how they answer."""
    portal = TestClient(create_app(trial.open()), base_url="http://localhost", raise_server_exceptions=True)
    return {address: portal.get(address).status_code for address in addresses}


def test_no_page_fails_for_what_a_measure_leaves_out(bare: Trial) -> None:
    bare.run()
    addresses = [
        f"/en/measures/local.{m}" + part for m in MEASURES for part in ("", "/rows", "/chart.svg", "/data.csv")
    ]
    narrowed = [
        "worded?era=Алматы",
        "split?sex=a",
        "stock?year=2021",
        "stock?code=1000",
        "unknown?code=1000",
        "ages?age=5-9",
    ]
    addresses += [f"/en/measures/local.{one}" for one in narrowed]

    seen = statuses(bare, "/en/", "/en/measures", *addresses)

    assert {a: s for a, s in seen.items() if s != 200} == {}


@pytest.mark.parametrize(
    "text",
    [
        "page = = 1",
        'page = "home"\nmeasure = "local.stock"',
        HOME.format(measure="missing", dimension="code", time="year"),
        HOME.format(measure="stock", dimension="region", time="year"),
        # Sound as far as a contract says; the shapes are no shapes, and the years no years.
        HOME.format(measure="stock", dimension="code", time="year"),
        HOME.format(measure="worded", dimension="era", time="era"),
        'page = "tour"\nstatements = "local.areas"\nfigures = "local.places"',
    ],
)
def test_a_broken_page_of_a_pack_takes_no_other_down(bare: Trial, text: str) -> None:
    page(bare, "own", text)
    report = bare.run()
    seen = statuses(
        bare, "/en/", "/en/registers/local.areas", "/en/measures/local.stock", "/en/snapshots", "/en/search?q=а"
    )

    assert report.snapshot is not None
    assert {a: s for a, s in seen.items() if s != 200} == {}
    # What the page itself would show is refused in words, never a fault of ours.
    assert set(statuses(bare, "/en/tour", "/en/scoreboard").values()) <= {400, 404}


def chart(trial: Trial, measure: str) -> str:
    portal = TestClient(create_app(trial.open()), base_url="http://localhost")
    return portal.get(f"/en/measures/local.{measure}/chart.svg").text


def test_what_must_not_be_added_up_stands_side_by_side(bare: Trial) -> None:
    bare.run()
    split, stock = chart(bare, "split"), chart(bare, "stock")

    # Two areas by two values each, and the legend says whose bar is whose.
    assert [split.count('class="value"'), split.count('class="key"')] == [4, 2]
    assert [stock.count('class="value"'), stock.count('class="key"')] == [4, 2]
    assert ">40<" not in stock


def test_groups_of_ages_stand_by_age_in_chart_and_table(bare: Trial) -> None:
    bare.run()
    portal = TestClient(create_app(bare.open()), base_url="http://localhost")
    shown = portal.get("/en/measures/local.ages").text

    for part in (chart(bare, "ages"), shown[shown.index("<tbody") :], shown[shown.index("<select") :]):
        places = [part.index(age) for age in ("0-4", "5-9", "10-14")]
        assert places == sorted(places)


def test_a_chart_says_what_it_was_narrowed_to_in_caption_and_file_name(bare: Trial) -> None:
    bare.run()
    portal = TestClient(create_app(bare.open()), base_url="http://localhost")
    answer = portal.get("/en/measures/local.stock/chart.svg?code=1000&year=2021")
    data = portal.get("/en/measures/local.stock/data.csv?code=1000")

    assert "<title>Числа stock, 1000, 2021</title>" in answer.text
    assert 'filename="local.stock-code_1000-year_2021-1.svg"' in answer.headers["content-disposition"]
    assert "local.stock-code_1000" in data.headers["content-disposition"]
    assert portal.get("/en/measures/local.stock/chart.svg?code=a%22%0d%0aX: 1").status_code == 200


def test_a_row_shows_its_relatives_in_open_registers_only(bare: Trial) -> None:
    bare.run()
    portal = TestClient(create_app(bare.open()), base_url="http://localhost")
    area, place = (portal.get(f"/en/registers/local.{row}") for row in ("areas/row/1000", "places/row/p1"))
    bare.contract("2.0.0", is_open=False)
    bare.run()
    closed = TestClient(create_app(bare.open()), base_url="http://localhost").get("/en/registers/local.places/row/p1")

    assert "/registers/local.places/row/p1" in area.text
    assert "/registers/local.areas/row/1000" in place.text
    assert closed.status_code == 200
    assert "/registers/local.areas/row/1000" not in closed.text
