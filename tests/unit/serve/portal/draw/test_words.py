"""Numbers, dates and addresses as each language writes them, and the language a browser asks for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.language import LANGUAGES, Label, say
from altyn.model.columns import Column, ColumnType
from altyn.model.instants import zone
from altyn.serve.portal.draw.words import Words, language_asked

ALMATY = zone("Asia/Almaty")
KK, RU, EN = (Words(language, ALMATY) for language in ("kk", "ru", "en"))


@pytest.mark.parametrize(
    ("value", "kazakh", "english"),
    [
        (1234567, "1 234 567", "1,234,567"),
        (Decimal("1234.50"), "1 234,5", "1,234.5"),
        (Decimal("0.020000"), "0,02", "0.02"),
        (0, "0", "0"),
        (-1500, "-1 500", "-1,500"),
        (None, "—", "—"),
    ],
)
def test_numbers(value: object, kazakh: str, english: str) -> None:
    # A space that does not break, so that a number stays on one line.
    assert KK.number(value) == kazakh.replace(" ", "\u00a0")
    assert RU.number(value) == KK.number(value)
    assert EN.number(value) == english


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_number_loses_no_digit(value: Decimal) -> None:
    assert Decimal(EN.number(value).replace(",", "")) == value


def test_days_are_words_in_the_readers_language() -> None:
    day = date(2026, 11, 23)

    assert KK.day(day).replace("\u202f", " ").replace("\u00a0", " ") == "2026 ж. 23 қараша"
    assert RU.day(day).startswith("23 ноября 2026")
    assert EN.day("2026-11-23") == "November 23, 2026"
    assert KK.day("2025 жыл") == "2025 жыл"


def test_moments_are_told_in_the_projects_zone_before_and_after_it_changed() -> None:
    assert EN.moment(datetime(2024, 2, 29, 17, 59, tzinfo=UTC)) == "February 29, 2024, 23:59"
    assert EN.moment(datetime(2024, 3, 1, 17, 59, tzinfo=UTC)) == "March 1, 2024, 22:59"


def test_labels_and_messages_follow_the_language() -> None:
    label = Label({"kk": "Өңір", "en": "Region"})

    assert (KK.label(label), RU.label(label), EN.label(label)) == ("Өңір", "Өңір", "Region")
    assert EN.label(say("{count} rows", count=3)) == "3 rows"
    assert EN.label(None, "otherwise") == "otherwise"


def test_links_keep_the_language_and_quote_what_they_carry() -> None:
    assert KK.link("registers", "a.b", "row", "x y/2") == "/kk/registers/a.b/row/x%20y/2"
    assert EN.link("search", q="қ&a", known_at="") == "/en/search?q=%D2%9B%26a"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "kk"),
        ("*", "kk"),
        ("ru", "ru"),
        ("en-GB,en;q=0.8", "en"),
        ("de,ru;q=0.3,en;q=0.7", "en"),
        ("kk-KZ;q=0.9,ru;q=0.9", "kk"),
        ("ru;q=zero,en", "en"),
        (";;;,,,q=", "kk"),
    ],
)
def test_the_language_a_browser_asks_for(header: str, language: str) -> None:
    assert language_asked(header) == language


@given(st.text(max_size=200))
def test_any_header_gives_one_of_our_languages(header: str) -> None:
    assert language_asked(header) in LANGUAGES


def test_a_moment_in_a_table_takes_one_line() -> None:
    column = Column("seen", ColumnType("timestamp"))

    assert EN.cell(datetime(2024, 3, 1, 17, 59, tzinfo=UTC), column) == "2024-03-01\u00a022:59"
    assert EN.look_of(None, column) == "when"
    assert EN.look_of("а" * 61, Column("note", ColumnType("text"))) == "long"
    assert EN.look_of(5, Column("people", ColumnType("integer"))) == "n"
    assert EN.look_of(5, Column("people", ColumnType("integer")), key=("people",)) == ""
