"""Search: codes, all words, near spellings; nothing of what may not be seen."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Trial
from tests.unit.serve.portal.browsing import add_measure, portal


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("Алматы", True),
        ("АЛМАТЫ", True),
        ("1000", True),
        ("10", True),
        ("алм тырау", False),
        ("алм 1000", True),
        ("Абай", False),
    ],
)
def test_a_row_is_found_by_its_names_and_by_the_beginning_of_its_code(
    loaded: Trial, asked: str, *, is_found: bool
) -> None:
    page = portal(loaded).get("/en/search", params={"q": asked}).text

    assert ("/en/registers/local.areas/row/1000" in page) == is_found


def test_what_is_written_nearly_so_is_shown_and_said_to_be_that(loaded: Trial) -> None:
    page = portal(loaded).get("/en/search", params={"q": "Алмата"}).text

    assert "/row/1000" in page
    assert "алматы" in page


@pytest.mark.parametrize("asked", ["", "   ", "х" * 5000, "%_'\"\\", "\x00", "🙂 🙂"])
def test_any_question_has_an_answer(loaded: Trial, asked: str) -> None:
    assert portal(loaded).get("/en/search", params={"q": asked}).status_code == 200


def test_registers_columns_and_built_measures_are_found_by_their_titles(fresh: Trial) -> None:
    add_measure(fresh, "total", "SELECT people FROM areas")
    before = portal(fresh).get("/kk/search", params={"q": "халық"}).text
    fresh.run()
    after = portal(fresh).get("/kk/search", params={"q": "халық"}).text

    assert ("measures/local.total" in before, "measures/local.total" in after) == (False, True)
    assert "/kk/registers/local.areas" in portal(fresh).get("/kk/search", params={"q": "аумақ"}).text


def test_of_a_closed_register_no_row_is_found_and_its_words_are_near_to_nothing(fresh: Trial) -> None:
    fresh.contract(is_open=False)
    fresh.run()
    for asked in ("Алматы", "Алмата", "1000"):
        page = portal(fresh).get("/en/search", params={"q": asked}).text
        assert "/row/1000" not in page
        assert "алматы" not in page.replace(f'value="{asked}"', "").replace("Алматы", "")
