"""Words of the pages: numbers, dates and languages as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from altyn.model.instants import zone
from altyn.serve.portal.words import Words, language_asked

WORDS = {language: Words(language, zone("Asia/Almaty")) for language in ("kk", "ru", "en")}


@pytest.mark.parametrize(
    ("value", "kk", "en"),
    [
        (20123456, "20 123 456", "20,123,456"),
        (Decimal("1234567.50"), "1 234 567,5", "1,234,567.5"),
        (Decimal("0.020000"), "0,02", "0.02"),
        (0, "0", "0"),
        (None, "—", "—"),
        (-5, "-5", "-5"),
        (Decimal("1E+3"), "1 000", "1,000"),
    ],
)
def test_numbers_are_written_as_the_language_does(value: object, kk: str, en: str) -> None:
    assert WORDS["kk"].number(value).replace("\u00a0", " ") == kk
    assert WORDS["en"].number(value) == en


def test_days_are_words_and_moments_lie_in_the_projects_zone() -> None:
    assert WORDS["kk"].day(date(2026, 11, 23)).replace("\u202f", " ").replace("\u00a0", " ") == "2026 ж. 23 қараша"
    # 22:30 UTC is the next day in Almaty.
    assert WORDS["en"].moment(datetime(2026, 11, 23, 22, 30, tzinfo=UTC)) == "November 24, 2026, 03:30"


def test_links_quote_what_a_key_may_hold() -> None:
    assert WORDS["kk"].link("registers", "a.b", "row", "x y/ң") == "/kk/registers/a.b/row/x%20y/%D2%A3"
    assert WORDS["en"].link("search", q="a&b", empty="") == "/en/search?q=a%26b"


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "kk"), ("ru", "ru"), ("en-US,en;q=0.5", "en"), ("fr,kk;q=0.3", "kk"), (";q=x,ru", "ru")],
)
def test_the_browsers_wish_is_followed_where_we_can(header: str, language: str) -> None:
    assert language_asked(header) == language
