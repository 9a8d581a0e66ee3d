"""Figures: how a number is written for a reader on pages, and how the command line writes counts.

Rows that `altyn query` prints are meant to be taken on, and stand as they are kept.

A year, a code or a key is no quantity: its digits are never put into groups, whatever its type. A share is read as a percentage.
"""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

from altyn.model.columns import Column

_NUMBERS = frozenset({"integer", "decimal", "double"})
_QUANTITIES = frozenset({"measure"})
# A whole number of which the contract says nothing may be a year, and years have four digits; so have many quantities that
# Kazakh and Russian type writes without a gap.
_SURELY_LONG = 10_000
_PERCENT, _SHARE = frozenset({"percent", "%"}), "share"


def is_number(column: Column) -> bool:
    """Whether the column stands at the right of its cell: a number that tells no records apart and names nothing."""
    return column.type.kind in _NUMBERS and not names_something(column)


def names_something(column: Column, key: Container[str] = ()) -> bool:
    """Whether the digits of a column are a name: a year, a code, a part of the key."""
    is_told = column.role is not None and column.role not in {*_QUANTITIES, "latitude", "longitude"}
    is_checked = any(check.kind in {"code-list", "identifier", "pattern"} for check in column.checks)
    return column.name in key or is_told or is_checked or column.code_list is not None


def figure(value: Decimal | float, language: str, *, decimals: int | None = None) -> str:
    """A number as the language writes it: `1 234 567,5` in Kazakh and Russian, `1,234,567.5` in English.

    >>> figure(1234567.5, "en")
    '1,234,567.5'
    """
    return _marked(_written(value, decimals, ","), language)


def plain_figure(value: Decimal | float, language: str) -> str:
    """A number without groups: `2023`.

    >>> plain_figure(2023, "kk")
    '2023'
    """
    return _marked(_written(value, None, ""), language)


def percentage(percent: Decimal | float, language: str) -> str:
    """A number of hundredths: `12,5 %` in Kazakh and Russian, `12.5%` in English.

    >>> percentage(12.5, "en")
    '12.5%'
    """
    return figure(percent, language) + ("%" if language == "en" else "\u00a0%")


def figure_of(value: Decimal | float, column: Column | None, language: str, key: Container[str] = ()) -> str:
    """A number of a column: grouped where it is a quantity, as a percentage where its unit says so.

    >>> from altyn.model.columns import INTEGER, ColumnType
    >>> figure_of(2023, Column("year", INTEGER, role="year"), "en")
    '2023'
    >>> figure_of(Decimal("0.04"), Column("rate", ColumnType("decimal"), unit="share"), "en")
    '4%'
    """
    if column is None:
        return figure(value, language)
    if names_something(column, key):
        return plain_figure(value, language)
    if column.unit in _PERCENT:
        return percentage(value, language)
    if column.unit == _SHARE:
        return percentage(Decimal(str(value)) * 100, language)
    is_said = column.unit is not None or column.role in _QUANTITIES
    if not is_said and column.type.kind == "integer" and abs(value) < _SURELY_LONG:
        return plain_figure(value, language)
    return figure(value, language)


def _written(value: Decimal | float, decimals: int | None, group: str) -> str:
    exact = Decimal(str(value))
    if decimals is not None:
        exact = round(exact, decimals)
    # normalize() would round to the context's 28 digits, and a sum of DECIMAL(38) may have more.
    text = f"{exact:{group}f}" if exact else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _marked(text: str, language: str) -> str:
    return text if language == "en" else text.replace(",", "\u00a0").replace(".", ",")
