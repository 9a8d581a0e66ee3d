"""Search and family over the real registers: codes, all words, near spellings, whom a row belongs to, and its shape."""

from __future__ import annotations

import html
import json
import re

import pytest
from starlette.testclient import TestClient

from altyn.policy.log import verify
from altyn.serve.portal.app import create_app
from altyn.serve.workspace import Workspace


@pytest.fixture(scope="module")
def portal(demo: Workspace) -> TestClient:
    return TestClient(create_app(demo), base_url="http://127.0.0.1:8321", follow_redirects=False)


def hits(portal: TestClient, question: str, language: str = "kk") -> list[str]:
    """What a search shows, one text a hit."""
    page = portal.get(f"/{language}/search", params={"q": question}).text
    shown = re.findall(r"<li>(<a href=.*?)</li>", page, re.DOTALL)
    return [html.unescape(" ".join(re.sub(r"<[^>]+>", " ", hit).split())) for hit in shown]


def test_a_code_is_found_whole_and_by_its_beginning(portal: TestClient) -> None:
    assert any(hit.startswith("Атбасар") for hit in hits(portal, "113820100"))
    assert any("113820100" in hit for hit in hits(portal, "1138201"))
    # The middle of a code is no code.
    assert hits(portal, "38201") == []


def test_every_word_must_stand_in_a_hit_or_in_what_it_belongs_to(portal: TestClient) -> None:
    some, other = hits(portal, "абай ауданы"), hits(portal, "ауданы абай")

    assert some
    assert sorted(some) == sorted(other)
    assert all("абай" in hit.lower() and "ауданы" in hit.lower() for hit in some if "Абай" in hit)
    narrowed = hits(portal, "абай ауданы қарағанды")
    assert any("Қарағанды облысы" in hit for hit in narrowed)
    assert len(narrowed) < len(some)
    assert hits(portal, "атбасар қарағанды") == []


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_parent_stands_beside_a_hit(portal: TestClient, language: str) -> None:
    parents = {"kk": ["Абай облысы", "Қарағанды облысы"], "ru": ["область Абай", "Карагандинская область"]}

    found = " ".join(hits(portal, "абайский район", language))

    assert all(parent.lower() in found.lower() for parent in parents[language])


@pytest.mark.parametrize("slip", ["карагнды", "караганда", "Қарағнды", "karagandi"])
def test_a_slip_of_the_keyboard_finds_what_is_written_nearly_so(portal: TestClient, slip: str) -> None:
    assert any("Қарағанды" in hit for hit in hits(portal, slip))


def test_that_it_is_only_near_is_said(portal: TestClient) -> None:
    near = portal.get("/en/search?q=карагнды").text
    exact = portal.get("/en/search?q=караганды").text

    assert "Nothing is written like that" in near
    assert "Nothing is written like that" not in exact
    assert hits(portal, "qqqqwwww") == []


@pytest.mark.parametrize(
    "question", ["'", '"', "%", "\\", "$s0_0", "{}", "a" * 500, "а " * 90, "\x01", "\x00", "-", "1'1", "İ", "٣"]
)
def test_any_question_is_answered(portal: TestClient, question: str) -> None:
    assert portal.get("/ru/search", params={"q": question}).status_code == 200


def test_rows_that_search_shows_are_looks_in_the_log(portal: TestClient, demo: Workspace) -> None:
    hits(portal, "атбасар")
    before = verify(demo.gate.log).records
    hits(portal, "атбасар")

    assert verify(demo.gate.log).records > before
    assert demo.gate.log.records()[-1]["reason"] == "search"


def test_a_row_shows_whom_it_belongs_to_and_what_belongs_to_it_by_name(portal: TestClient) -> None:
    page = portal.get("/kk/registers/kazakhstan.kato/row/113800000").text

    assert "<title>Атбасар ауданы" in page
    assert re.search(r'row/110000000">Ақмола облысы</a>', page)
    assert re.search(r'row/113820100">Атбасар қ', page)
    # From the other register that refers to it, by its title.
    assert "kazakhstan.tax_rates/row/113800000" in page
    assert re.search(
        r'kazakhstan.kato/row/113800000">Атбасар ауданы</a>',
        portal.get(re.findall(r'href="(/kk/registers/kazakhstan.tax_rates/row/113800000[^"]*)', page)[0]).text,
    )


def test_children_stand_in_the_alphabet_of_the_state(portal: TestClient, demo: Workspace) -> None:
    from altyn.serve.portal.desk import Desk

    page = portal.get("/kk/registers/kazakhstan.kato/row/350000000").text
    names = [
        html.unescape(n) for n in re.findall(r'<li><a href="/kk/registers/kazakhstan.kato/row/\d+">([^<]+)</a>', page)
    ]

    assert len(names) > 10
    assert names == Desk(demo).ordering.sorted(names, str)


def test_shapes_are_geojson(portal: TestClient) -> None:
    one = json.loads(portal.get("/ru/registers/kazakhstan.boundaries/shapes.geojson?key=350000000").text)
    every = portal.get("/ru/registers/kazakhstan.boundaries/shapes.geojson")
    document = json.loads(every.text)

    assert every.headers["content-type"].startswith("application/geo+json")
    assert [one["type"], len(one["features"]), one["features"][0]["type"]] == ["FeatureCollection", 1, "Feature"]
    assert all(f["geometry"]["type"] in {"Polygon", "MultiPolygon"} for f in document["features"])
    assert "geometry" not in document["features"][0]["properties"]
    assert portal.get("/ru/registers/kazakhstan.boundaries/shapes.geojson?key=no").status_code == 404
    assert portal.get("/ru/registers/kazakhstan.kato/shapes.geojson").status_code == 400
    assert "shapes.geojson?key=350000000" in portal.get("/ru/registers/kazakhstan.boundaries/row/350000000").text


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search",
        "/registers/kazakhstan.kato",
        "/measures/kazakhstan.population_total",
        "/registers/kazakhstan.kato/row/113800000",
    ],
)
def test_pages_have_a_title_and_a_description(portal: TestClient, language: str, path: str) -> None:
    page = portal.get(f"/{language}{path}").text.split("</head>")[0]

    assert len(re.findall(r"<title>[^<·]+[^<]*</title>", page)) == 1
    assert re.search(r'<meta name="description" content="[^"]{10,}">', page)
