"""Row filters: what a reader asks of one column, read from an address, as SQL with bound values.

A value never stands in the SQL: what the log keeps of a statement is its text. Texts are compared as search compares them,
whatever the case and whichever of the look-alike letters a keyboard had (қ finds к), but `eq` means exactly what it says.
"""

from __future__ import annotations

import functools
import itertools
import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.columns import MAX_PRECISION, Column, ColumnType
from altyn.model.sql import identifier

LONGEST = 200
_INT64 = 2**63
_MONTHS = 12
# Where Unicode keeps letters that are small or great.
_CASED = (
    range(0x20, 0x3000),
    range(0xA640, 0xAC00),
    range(0xFF21, 0xFF5B),
    range(0x10400, 0x10600),
    range(0x1E900, 0x1E944),
)
_LAST = date.max
# A bound that no value of the type reaches.
_NEVER = object()
_TEXT, _ORDERED = ("has", "begins", "eq", "empty"), ("eq", "min", "max", "empty")
# What may be asked of a column, by its type; the order is that of a canonical address.
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "text": _TEXT,
    "integer": _ORDERED,
    "decimal": _ORDERED,
    "double": _ORDERED,
    "date": _ORDERED,
    "timestamp": _ORDERED,
    "boolean": ("eq", "empty"),
    "json": ("empty",),
}
# These may be given once; `eq` and `begins` mean any of their values, `has` all of them.
ONCE = frozenset({"min", "max", "empty"})
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})
_EXPECTED: Mapping[str, Message] = {
    "text": say("a text of at most {most} signs", most=LONGEST),
    "integer": say("a whole number, such as 1500"),
    "decimal": say("a number, such as 1500.25"),
    "double": say("a number, such as 1500.25"),
    "date": say("a day, month or year, such as 2026-03-01, 2026-03 or 2026"),
    "timestamp": say("a day or a moment, such as 2026-03-01 or 2026-03-01T10:30"),
    # Words of an address: what is read is the same in every language.
    "boolean": say("yes or no, in these letters"),
}


class Collation(Protocol):
    """How search folds letters, and in which order texts stand."""

    @property
    def letters(self) -> Mapping[str, str]:
        """Small letter -> the one it is folded into."""
        ...

    @property
    def collation(self) -> str:
        """The name of the order; empty where the packs name none."""
        ...

    def spellings(self, text: str) -> Sequence[str]:
        """A text as it may be kept: folded, and turned from Latin letters."""
        ...


@dataclass(frozen=True, slots=True)
class ColumnFilter:
    """What is asked of one column: an operator, and its values as the reader wrote them."""

    column: Column
    operator: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name in an address: `people.min`."""
        return f"{self.column.name}.{self.operator}"


@dataclass
class Bound:
    """Values bound to `$v0`, `$v1` ... in the order in which they are asked for."""

    parameters: dict[str, object] = field(default_factory=dict[str, object])

    def bind(self, value: object) -> str:
        """The name under which SQL reads a value."""
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"


def condition_of(column: Column, operator: str, values: Sequence[str], zone: ZoneInfo) -> ColumnFilter:
    """A condition whose values can be read.

    Raises:
        AltynError: `rows.parameter` for an operator the column does not have, or one given twice;
            `rows.value` for a value that is not of the column's type. The value itself is not said.
    """
    allowed = operators_of(column)
    if operator not in allowed:
        raise AltynError(
            "rows.parameter",
            what=say("The column {column} cannot be asked for {operator}.", column=column.name, operator=operator[:20]),
            mend=say("It can be asked for: {names}.", names=", ".join(allowed)),
        )
    if operator in ONCE and len(values) > 1:
        raise AltynError(
            "rows.parameter",
            what=say("{name} is given more than once.", name=f"{column.name}.{operator}"),
            mend=say("Give it once."),
        )
    condition = ColumnFilter(column, operator, tuple(values))
    for value in values:
        if not _is_readable(condition, value, zone):
            raise AltynError(
                "rows.value",
                what=say("The value of {name} cannot be read.", name=condition.name),
                mend=say("Write {what}.", what=_EXPECTED["boolean" if operator == "empty" else column.type.kind]),
            )
    return replace(condition, values=tuple(dict.fromkeys(_canonical(condition, v) for v in values)))


def operators_of(column: Column) -> tuple[str, ...]:
    """What may be asked of a column: an outline of a place is there or not, and nothing else."""
    return ("empty",) if column.role == "geometry" else OPERATORS[column.type.kind]


def conditions_sql(conditions: Sequence[ColumnFilter], letters: Collation, zone: ZoneInfo, bound: Bound) -> str:
    """SQL that is true for the rows that fulfil everything asked; empty where nothing is.

    All conditions on a column hold at once; `empty=yes` beside others lets rows without a value through as well.
    """
    by_column: dict[str, list[ColumnFilter]] = {}
    for condition in conditions:
        by_column.setdefault(condition.column.name, []).append(condition)
    parts = [_column_sql(asked, letters, zone, bound) for asked in by_column.values()]
    return " AND ".join(f"({part})" for part in parts)


def _column_sql(asked: Sequence[ColumnFilter], letters: Collation, zone: ZoneInfo, bound: Bound) -> str:
    empty = next((c for c in asked if c.operator == "empty"), None)
    others = [_sql(c, letters, zone, bound) for c in asked if c is not empty]
    joined = " AND ".join(f"({part})" for part in others)
    if empty is None:
        return joined
    column = empty.column
    name = identifier(column.name)
    missing = f"{name} IS NULL" + (f" OR {name} = ''" if column.type.kind == "text" else "")
    if empty.values[0] == "no":
        return f"NOT ({missing})" + (f" AND {joined}" if joined else "")
    return f"{missing} OR ({joined})" if joined else missing


def _sql(condition: ColumnFilter, letters: Collation, zone: ZoneInfo, bound: Bound) -> str:
    column, operator = condition.column, condition.operator
    name, kind = identifier(column.name), column.type.kind
    if operator in {"has", "begins"}:
        start = "^" if operator == "begins" else ""
        patterns = [start + pattern_of(letters.spellings(v), _alphabet(letters)) for v in condition.values]
        tests = [f"regexp_matches({name}, {bound.bind(p)})" for p in patterns]
        return (" OR " if operator == "begins" else " AND ").join(tests)
    if kind == "text":
        return f"{name} IN ({', '.join(bound.bind(v) for v in condition.values)})"
    if kind == "boolean":
        return f"{name} IN ({', '.join(bound.bind(v == 'true') for v in condition.values)})"
    tests = []
    for value in condition.values:
        low, high = _range(column.type, value, zone)
        most = "<" if kind == "timestamp" and _is_day(value) else "<="
        bounds = [
            *([_test(column.type, f"{name} >=", low, bound)] if low is not None and operator != "max" else []),
            *([_test(column.type, f"{name} {most}", high, bound)] if high is not None and operator != "min" else []),
        ]
        # A bound that no value can lie beyond asks only that there is a value.
        tests.append(" AND ".join(bounds) or f"{name} IS NOT NULL")
    return " OR ".join(f"({t})" for t in tests)


def _test(kind: ColumnType, side: str, value: object, bound: Bound) -> str:
    return "1 = 0" if value is _NEVER else f"{side} {_typed(kind, value, bound)}"


def _typed(kind: ColumnType, value: object, bound: Bound) -> str:
    # As a text, for a Decimal would be bound with a precision of its own and the whole column cast to that.
    return f"CAST({bound.bind(str(value))} AS {kind.sql})" if kind.kind == "decimal" else bound.bind(value)


# --- values ------------------------------------------------------------------------------------------------------------------


def _is_readable(condition: ColumnFilter, value: str, zone: ZoneInfo) -> bool:
    if len(value) > LONGEST or "\x00" in value:
        return False
    if condition.operator == "empty" or condition.column.type.kind == "boolean":
        return value.casefold() in _YES | _NO
    if condition.column.type.kind == "text":
        return True
    try:
        _range(condition.column.type, value, zone)
    except (ValueError, ArithmeticError):
        return False
    return True


def _canonical(condition: ColumnFilter, value: str) -> str:
    """A value as an address keeps it, whichever way it was written."""
    kind = condition.column.type.kind
    if condition.operator == "empty":
        return "yes" if value.casefold() in _YES else "no"
    if kind == "boolean":
        return "true" if value.casefold() in _YES else "false"
    return f"{number_of(value):f}" if kind in {"integer", "decimal", "double"} else value


def _range(kind: ColumnType, text: str, zone: ZoneInfo) -> tuple[object, object]:
    """The least and the greatest value of the column's type that a text means; None where every value, `_NEVER` where none is.

    What lies between two values of the type (2.5 among whole numbers) means none of them: the least is above the greatest.
    """
    if kind.kind == "date":
        return _days(text)
    if kind.kind == "timestamp":
        return _moments(text, zone)
    number = number_of(text)
    if kind.kind == "double":
        return float(number), float(number)
    scale, size = (0, 0) if kind.kind == "integer" else (kind.scale, kind.precision)
    step = Decimal(1).scaleb(-scale)
    exact = Context(prec=2 * MAX_PRECISION + LONGEST)
    low, high = (number.quantize(step, rounding=r, context=exact) for r in (ROUND_CEILING, ROUND_FLOOR))
    most = Decimal(_INT64 - 1) if kind.kind == "integer" else (Decimal(10) ** (size - scale)) - step
    least = Decimal(-_INT64) if kind.kind == "integer" else -most
    return (
        None if low < least else _NEVER if low > most else _as(kind, low),
        None if high > most else _NEVER if high < least else _as(kind, high),
    )


def _as(kind: ColumnType, number: Decimal) -> object:
    return int(number) if kind.kind == "integer" else number


def number_of(text: str) -> Decimal:
    """A number as a reader writes it: blanks between digits, a point or a comma before the fraction.

    Raises:
        ValueError: it is none, or a comma stands where English groups thousands, so that nobody can say which is meant.

    >>> number_of("1 500,25")
    Decimal('1500.25')
    """
    bare = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d)", "", text.strip())
    if not re.fullmatch(r"[+-]?\d{1,38}([.,]\d{1,38})?", bare, re.ASCII) or re.fullmatch(r"[+-]?\d{1,3},\d{3}", bare):
        raise ValueError
    return Decimal(bare.replace(",", "."))


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}(-\d{2}){0,2}", text.strip(), re.ASCII) is not None


def _days(text: str) -> tuple[date, date]:
    """The first and the last day of a day, a month or a year."""
    if not _is_day(text):
        raise ValueError
    parts = [int(p) for p in text.strip().split("-")]
    first, last = [*parts, 1, 1][:3], [*parts, *[_MONTHS, 0][len(parts) - 1 :]]
    if len(parts) < 3:  # noqa: PLR2004 - year, month, day
        last = [*last[:2], monthrange(last[0], last[1])[1]]
    return date(*first), date(*last)


def _moments(text: str, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """A moment, or the first of a day, month or year and the first after it, in the project's zone."""
    if not _is_day(text):
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        # A zone may lead out of the years that there are.
        return moment.astimezone(zone), moment
    first, last = _days(text)
    begin = datetime(first.year, first.month, first.day, tzinfo=zone)
    if last == _LAST:
        return begin, None
    after = last + timedelta(days=1)
    return begin, datetime(after.year, after.month, after.day, tzinfo=zone)


# --- letters -----------------------------------------------------------------------------------------------------------------


def fold(text: str, letters: Mapping[str, str]) -> str:
    """A text letter by letter as search compares it: small, and look-alikes folded into one.

    >>> fold("Қызыл", {"қ": "к"})
    'кызыл'
    """
    small = [c.lower() if len(c.lower()) == 1 else c for c in text]
    return "".join(letters.get(c, c) for c in small)


def pattern_of(spellings: Sequence[str], alphabet: Mapping[str, str]) -> str:
    r"""A regular expression of what folds to one of some texts: one pass over a column, where folding it would take seven.

    >>> pattern_of(["ка"], {"к": "КкҚқ", "а": "Аа"})
    '(?:[\\x{41a}\\x{43a}\\x{49a}\\x{49b}][\\x{410}\\x{430}])'
    """

    def of(sign: str) -> str:
        return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in alphabet.get(sign, sign)) + "]"

    return "(?:" + "|".join("".join(map(of, text)) for text in spellings) + ")"


def _alphabet(letters: Collation) -> Mapping[str, str]:
    return _signs_by_fold(tuple(sorted(letters.letters.items())))


@functools.lru_cache(maxsize=4)
def _signs_by_fold(letters: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """Folded letter -> every sign that folds to it, where that is not the letter alone."""
    known = dict(letters)
    found: dict[str, str] = {}
    for sign in map(chr, itertools.chain(*_CASED)):
        folded = fold(sign, known)
        found[folded] = found.get(folded, "") + sign
    return {folded: signs for folded, signs in found.items() if signs != folded}
