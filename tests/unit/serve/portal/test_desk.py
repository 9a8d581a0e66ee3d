"""Looks: what a page reads of its address, the time it speaks of, and data of a pack that no page can be made of."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from altyn.errors import AltynError
from altyn.serve.portal.desk import Desk, Page, Query, of_a_pack
from tests.integration.conftest import Trial


def page(trial: Trial, query: str = "", language: str = "en") -> Page:
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "path": f"/{language}/x", "query_string": query.encode(), "headers": [],
        "path_params": {"language": language}, "scheme": "http", "server": ("localhost", 80),
    }  # fmt: skip
    return Page(Desk(trial.open()), Request(scope))


def test_an_address_notes_what_was_read_of_it_whether_it_is_there_or_not() -> None:
    query = Query({"a": "1", "b": "2"})

    assert (query.get("a"), query.get("c", "none"), len(query), list(query)) == ("1", "none", 2, ["a", "b"])
    assert query.read == {"a", "c"}


@pytest.mark.parametrize("error", [KeyError("900101300123"), ValueError("x"), TypeError("x"), ZeroDivisionError()])
def test_data_of_which_no_page_can_be_made_are_told_without_their_words(error: Exception) -> None:
    with pytest.raises(AltynError) as caught, of_a_pack("home"):
        raise error

    assert (caught.value.code, caught.value.where) == ("page.failed", "home")
    assert "900101300123" not in caught.value.what.text("en")
    with pytest.raises(AltynError, match=r"gate\.log"), of_a_pack("home"):
        raise AltynError("gate.log", what="x")


def test_a_page_speaks_of_the_time_that_is_asked_about(loaded: Trial) -> None:
    now, then, before = page(loaded), page(loaded, "known_at=2026-03-05"), page(loaded, "known_at=2020-01-01")
    register = now.registers["local.areas"]

    assert [p.snapshot() and p.snapshot().number for p in (now, then, before)] == [2, 1, None]  # pyright: ignore[reportOptionalMemberAccess]
    assert [len(p.batches(register)) for p in (now, then, before)] == [2, 1, 0]
    assert [p.state(register) is None for p in (now, then, before)] == [False, False, True]
    assert now.sections == {"registers"}
    with pytest.raises(AltynError):
        page(loaded, "known_at=yesterday")


def test_a_fact_is_said_in_the_readers_language_or_in_one_there_is(loaded: Trial) -> None:
    facts = {"licence.kk": "Ашық", "licence.en": "Open", "owner": "Ministry"}

    assert page(loaded, language="kk").said(facts, "licence") == "Ашық"
    assert page(loaded, language="ru").said(facts, "licence") == "Ашық"
    assert page(loaded).said(facts, "owner") == "Ministry"
    assert page(loaded).said(facts, "nothing") == ""


def test_codes_of_a_list_that_is_not_there_are_none(loaded: Trial) -> None:
    desk = Desk(loaded.open())

    assert desk.codes("local", None) == desk.codes("local", "gone") == {}
    with pytest.raises(AltynError, match=r"measure\.missing"):
        desk.measure("gone")


def test_what_search_keeps_is_bounded_and_goes_with_its_snapshot(loaded: Trial) -> None:
    desk = Desk(loaded.open())
    for number in range(200):
        desk.keep(number, number)

    assert 10 < len(desk.kept) < 100
    assert 199 in desk.kept
    loaded.areas("1000,Алматы,77\n")
    loaded.run()
    desk.keep("new", 1)
    assert list(desk.kept) == ["new"]
