"""Rows: what a reader sees of a selection; a page beyond the last is the last, a column nobody may see is not there."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal

ROWS = "/en/registers/local.areas/rows"


def test_a_form_is_answered_with_the_short_address_of_what_it_asks(loaded: Trial) -> None:
    found = portal(loaded).get(f"{ROWS}?form=1&title.has=&people.min=6&people.max=&sort=")

    assert (found.status_code, found.headers["location"]) == (303, f"{ROWS}?people.min=6")
    assert portal(loaded).get(f"{ROWS}?form=1&people.min=x").status_code == 200, (
        "what cannot be read is said on the page"
    )


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["1000", "2000", "3000"]),
        ("page=9", ["1000", "2000", "3000"]),
        ("size=2&page=9", ["3000"]),
        ("title.eq=жоқ", []),
    ],
)
def test_a_page_beyond_the_last_is_the_last(loaded: Trial, query: str, codes: list[str]) -> None:
    page = portal(loaded).get(f"{ROWS}?{query}").text

    assert [c for c in ("1000", "2000", "3000") if f"/row/{c}" in page] == codes


@pytest.mark.parametrize(("query", "next_"), [("", "sort=title"), ("sort=title", "sort=-title"), ("sort=-title", None)])
def test_a_column_is_sorted_then_turned_then_left(loaded: Trial, query: str, next_: str | None) -> None:
    page = portal(loaded).get(f"{ROWS}?{query}").text
    links = {part.partition('"')[0] for part in page.split('href="') if part.startswith(ROWS)}

    assert f"{ROWS}?{next_}" in links if next_ else ROWS in links


def test_columns_of_time_that_no_row_fills_are_left_out_unless_asked_for(loaded: Trial) -> None:
    client = portal(loaded)

    assert "valid_from" not in client.get(ROWS).text.partition("<tbody")[0].rpartition("<thead")[2]
    places = client.get("/en/registers/local.places/rows.json").json()
    assert "since" in [c["name"] for c in places["columns"]]


def test_programs_are_refused_what_a_page_would_leave_out(loaded: Trial) -> None:
    client = portal(loaded)

    assert client.get(f"{ROWS}.json?nonsense=1").json()["type"] == "rows.parameter"
    assert client.get(f"{ROWS}.json?people.min=x").status_code == 400
    assert client.get("/en/registers/local.areas/data.csv?people.min=x").status_code == 400
    assert client.get(f"{ROWS}?people.min=x").status_code == 200


def test_a_download_has_a_mark_of_byte_order_only_where_it_is_asked_for(loaded: Trial) -> None:
    client = portal(loaded)

    assert client.get("/en/registers/local.areas/data.csv?bom=yes").content.startswith(b"\xef\xbb\xbf")
    found = client.get("/en/registers/local.areas/data.csv?people.min=6")
    assert found.text.splitlines()[0].startswith("code,")
    assert len(found.text.splitlines()) == 3
    assert found.headers["content-disposition"] == 'attachment; filename="local.areas-2.csv"'


def test_the_page_for_programs_has_examples_that_work(loaded: Trial) -> None:
    client = portal(loaded)
    page = client.get(f"{ROWS.removesuffix('rows')}api?title.has=ал").text
    addresses = {
        part.partition('"')[0].replace("&amp;", "&") for part in page.split('href="') if "rows.json" in part[:120]
    }

    assert addresses
    assert {client.get(a).status_code for a in addresses} == {200}
