"""Words of the pages: translations, numbers, dates, links, in the reader's language."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from altyn.language import LANGUAGES, NAMES, Label, Message, translate
from altyn.model.columns import Column
from altyn.model.figures import figure, figure_of, is_number
from altyn.model.registers import DataKind

_CELL, _LONG = 160, 60
_TIMES = frozenset({"date", "timestamp"})
KINDS: dict[DataKind | str, str] = {
    "real": "real",
    "synthetic": "synthetic",
    "stated": "stated",
    "simulated": "simulated",
    "unbuilt": "not built yet",
}
# What a value is, for somebody who does not program.
TYPES = {
    "text": "text",
    "integer": "whole number",
    "decimal": "number",
    "double": "number",
    "date": "day",
    "timestamp": "moment",
    "boolean": "yes or no",
    "json": "nested text",
}
DERIVATIONS = {
    "constant": "the same everywhere",
    "lookup": "from a code list",
    "hierarchy": "from the code's place in its hierarchy",
    "content": "from all other columns",
}


class Words:
    """What templates need to speak one language in one time zone."""

    def __init__(self, language: str, zone: ZoneInfo, known: str = "") -> None:
        self.language = language
        self._zone = zone
        self._known = known

    def t(self, template: str, **values: object) -> str:
        """A fixed text, translated; values named as languages are translations that stand beside it."""
        beside = {name: str(values.pop(name)) for name in NAMES if name in values}
        return (beside.get(self.language) or translate(template, self.language)).format_map(values)

    def label(self, label: Label | Message | str | None, otherwise: str = "") -> str:
        """A label or message in the reader's language."""
        if isinstance(label, (Label, Message)):
            text = label.text(self.language)
            return text or otherwise
        return label or otherwise

    @staticmethod
    def web_address(address: object) -> str:
        """An address that a link may lead to; empty for anything that is not of the web, such as `javascript:`."""
        text = str(address or "").strip()
        return text if text.lower().startswith(("https://", "http://")) else ""

    def number(self, value: object, decimals: int | None = None) -> str:
        """A number as the language writes it: `1 234 567,5` in Kazakh and Russian, `1,234,567.5` in English."""
        if value is None:
            return "—"
        if isinstance(value, bool):
            return self.t("yes") if value else self.t("no")
        if not isinstance(value, (int, float, Decimal)):
            return str(value)
        return figure(value, self.language, decimals=decimals)

    def day(self, value: date | datetime | str | None) -> str:
        """A day in words: `2026 ж. 23 қараша`."""
        if value is None:
            return "—"
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return str(value)
        if isinstance(value, datetime):
            value = value.astimezone(self._zone).date() if value.tzinfo else value.date()
        return _format_date(value, self.language)

    def moment(self, value: datetime | None) -> str:
        """A day and a time in the project's zone."""
        if value is None:
            return "—"
        there = value.astimezone(self._zone)
        return f"{_format_date(there.date(), self.language)}, {there:%H:%M}"

    def cell(self, value: Any, column: Column | None = None, key: Container[str] = ()) -> str:
        """A cell of a table; what the column is decides how its numbers are written."""
        if value is None:
            return "—"
        if isinstance(value, bool):
            return self.number(value)
        if isinstance(value, (int, float, Decimal)):
            return figure_of(value, column, self.language, key)
        if isinstance(value, datetime):
            # In words it would take three lines of each row of a table.
            return f"{value.astimezone(self._zone):%Y-%m-%d\u00a0%H:%M}"
        if isinstance(value, date):
            return value.isoformat()
        text = str(value)
        return text if len(text) <= _CELL else text[: _CELL - 3] + "…"

    @staticmethod
    def at_right(column: Column, key: Container[str] = ()) -> bool:
        """Whether the cells of a column stand at the right, as numbers do."""
        return is_number(column) and column.name not in key

    def look_of(self, value: object, column: Column, key: Container[str] = ()) -> str:
        """How a cell of a table is set: numbers at the right, days in one line, long texts wide; a class of the style sheet."""
        if self.at_right(column, key):
            return "n"
        if column.type.kind in _TIMES:
            return "when"
        return "long" if isinstance(value, str) and len(value) > _LONG else ""

    @staticmethod
    def is_code(value: object) -> bool:
        """Whether a code says something beside its label: `350000000` does, a word of another language does not."""
        return any(sign.isdigit() for sign in str(value))

    def type_of(self, column: Column) -> str:
        """The type of a column in words, and its digits where they matter."""
        digits = f" ({column.type.precision},{column.type.scale})" if column.type.kind == "decimal" else ""
        return self.t(TYPES[column.type.kind]) + digits

    def derivation(self, kind: str) -> str:
        """Where the values of a derived column come from."""
        return self.t(DERIVATIONS.get(kind, kind))

    def kind(self, kind: str) -> str:
        """Where a figure comes from, in one word."""
        return self.t(KINDS.get(kind, kind))

    def link(self, *parts: str, **query: object) -> str:
        """An address of the portal in this language, at the time the reader asks about; `known_at=None` leaves it."""
        path = "/".join(["", self.language, *(quote(p, safe="/:") for p in parts)])
        shown = {k: v for k, v in {"known_at": self._known, **query}.items() if v not in {None, ""}}
        return path + ("?" + urlencode(shown, doseq=True) if shown else "")


@cache
def _format_date(day: date, language: str) -> str:
    from babel.dates import format_date

    return format_date(day, format="long", locale=language)


def language_asked(header: str) -> str:
    """The first of our languages a browser asks for; Kazakh where it asks for none."""
    asked: list[tuple[float, str]] = []
    for number, part in enumerate(header.split(",")):
        name, _, weight = part.strip().partition(";q=")
        try:
            asked.append((-float(weight or 1), f"{number:03d}{name.split('-')[0].lower()}"))
        except ValueError:
            continue
    return next((n[3:] for _, n in sorted(asked) if n[3:] in LANGUAGES), "kk")
