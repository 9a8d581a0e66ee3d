"""Registers: the list, one of them, one record; of a closed one what it is and no row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import portal


def test_the_list_names_every_register_in_the_readers_language(loaded: Trial) -> None:
    client = portal(loaded)

    for language, title in (("kk", "Аумақтар"), ("ru", "Территории"), ("en", "Areas")):
        assert title in client.get(f"/{language}/registers").text


def test_a_register_shows_a_sample_its_batches_and_what_was_refused(loaded: Trial) -> None:
    page = portal(loaded).get("/en/registers/local.areas").text

    assert all(text in page for text in ("Алматы", "Атырау", "areas.csv"))
    assert "Абай" not in page, "a refused row is shown to nobody here"


def test_of_a_closed_register_no_row_is_shown_and_the_look_is_recorded(fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.run()
    page = portal(fresh).get("/en/registers/local.areas")

    assert page.status_code == 200
    assert "Алматы" not in page.text
    assert fresh.open().gate.log.records()[-1]["read"] == ["local.areas/contract"]
    assert portal(fresh).get("/en/registers/local.areas/row/1000").status_code == 403


def test_a_record_shows_its_versions_newest_first(loaded: Trial) -> None:
    page = portal(loaded).get("/en/registers/local.areas/row/1000").text

    assert page.count('class="version"') == 2
    assert page.index("March 12, 2026") < page.rindex("March 2, 2026")
    assert "was: 20" in page


def test_a_record_that_was_retracted_has_its_history_and_no_family(fresh: Trial) -> None:
    fresh.contract()
    fresh.areas("".join(f"{n},Ауыл {n},1\n" for n in range(1000, 1020)))
    fresh.places("p1,1000,2020-01-01,\n")
    fresh.run()
    fresh.areas("".join(f"{n},Ауыл {n},1\n" for n in range(1000, 1019)))
    fresh.run()
    page = portal(fresh).get("/en/registers/local.areas/row/1019")

    assert page.status_code == 200
    assert page.text.count('class="version"') == 2


@pytest.mark.parametrize(("days", "is_late"), [(1, False), (40, True)])
def test_a_register_that_promises_a_term_is_fresh_or_late(fresh: Trial, *, days: int, is_late: bool) -> None:
    path = fresh.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    path.write_text(
        path.read_text(encoding="utf-8") + "slaProperties:\n  - {property: frequency, value: 1, unit: m}\n",
        encoding="utf-8",
    )
    fresh.run()
    fresh.now += timedelta(days=days)
    page = portal(fresh).get("/en/registers/local.areas").text

    assert ('class="state late"' in page) == is_late
