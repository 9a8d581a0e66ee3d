"""Quantities are grouped, names are not: a year, a code and a key are written as they stand in their register."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.model.columns import Check, Column, ColumnType
from altyn.model.figures import figure_of, is_number, percentage, plain_figure

NUMBER, EXACT = ColumnType("integer"), ColumnType("decimal")


@pytest.mark.parametrize(
    "column",
    [
        Column("year", NUMBER, role="year"),
        Column("code", NUMBER, role="code"),
        Column("level", NUMBER, role="level"),
        Column("area", NUMBER, code_list="areas"),
        Column("form", NUMBER, checks=(Check("pattern", "^[0-9]+$"),)),
        Column("number", NUMBER, checks=(Check("identifier", "iin"),)),
    ],
)
def test_what_names_something_is_never_grouped(column: Column) -> None:
    assert figure_of(123456789, column, "ru") == "123456789"
    assert not is_number(column)


def test_a_part_of_the_key_is_a_name() -> None:
    column = Column("number", NUMBER)

    assert figure_of(123456, column, "en", key=("number",)) == "123456"
    assert figure_of(123456, column, "en") == "123,456"


def test_a_whole_number_nobody_explained_may_be_a_year() -> None:
    assert figure_of(2023, Column("when", NUMBER), "kk") == "2023"
    assert figure_of(2023, Column("people", NUMBER, unit="persons"), "kk") == "2\u00a0023"
    assert figure_of(2023, Column("people", NUMBER, role="measure"), "en") == "2,023"


@pytest.mark.parametrize(
    ("unit", "value", "kazakh", "english"),
    [
        ("percent", Decimal("12.50"), "12,5\u00a0%", "12.5%"),
        ("%", 4, "4\u00a0%", "4%"),
        ("share", Decimal("0.040000"), "4\u00a0%", "4%"),
        ("share", 0.155, "15,5\u00a0%", "15.5%"),
    ],
)
def test_percent_is_percent(unit: str, value: Decimal, kazakh: str, english: str) -> None:
    column = Column("rate", EXACT, unit=unit, role="measure")

    assert figure_of(value, column, "kk") == figure_of(value, column, "ru") == kazakh
    assert figure_of(value, column, "en") == english


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_no_digit_is_lost(value: Decimal) -> None:
    assert Decimal(plain_figure(value, "en")) == value
    assert Decimal(percentage(value, "en").rstrip("%").replace(",", "")) == value
