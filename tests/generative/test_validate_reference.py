"""Validation in SQL agrees with a slow reference in Python, on registers and rows that Hypothesis invents."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model import Check, Column, ColumnType, Register
from altyn.sources.casts import FIRST_DAY, LAST_DAY
from tests.unit.sources.staging import Row, check

SESSION = Session(threads=1)
WRONG = object()
TYPES = [ColumnType(k) for k in ("text", "integer", "double", "date", "timestamp", "boolean", "json")]
DECIMALS = st.integers(1, 38).flatmap(
    lambda p: st.builds(ColumnType, st.just("decimal"), st.just(p), st.integers(0, p))
)

# Texts near the edges of every form, and a few of no form at all.
NUMBERS = st.from_regex(r"\A[+-]?[0-9]{0,3}(\.[0-9]{0,3})?(e[+-]?[0-9])?\Z") | st.sampled_from(
    [
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "1_000",
        "0x1F",
        " 1",
        "1 ",
        "1,5",
        "NaN",
        "inf",
        "-0",
        "1e400",
        "9" * 38,
        "9" * 39,
    ]
)
DAYS = st.dates(date(1790, 1, 1), date(2210, 12, 31)).map(str) | st.sampled_from(
    [
        "2024-02-30",
        "0001-01-01",
        "9999-12-31",
        "infinity",
        "2024-1-1",
        "01.02.2024",
        "2024-02-29T00:00:00",
        "2024-02-29 00:00:00.00",
        "2024-02-29T00:00:01",
    ]
)
INSTANTS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["2024-02-29", "2024-02-30", "1799-12-31", "1800-01-01", "2200-12-31"]),
    st.sampled_from(["T", " ", ""]),
    st.sampled_from(
        ["10:00", "00:00:00", "23:59:59.999999", "10:00:00.1234567", "10:00:00.1234560000", "24:00:00", "10:61"]
    ),
    st.sampled_from(["Z", "+05:00", "-0330", "+05", "", "+25:00", "z"]),
)
WORDS = st.text(st.sampled_from("abAB01 ООқ.,\"'\n\\"), max_size=4)
OTHERS = st.sampled_from(
    ["true", "True", "tRUE", "yes", "0", "1", "{}", "[1, 2]", '{"a": null}', "{", "null", "", "NaN", "[1,]", '["inf"]']
)
TEXTS = st.none() | NUMBERS | DAYS | INSTANTS | WORDS | OTHERS
BY_KIND: dict[str, st.SearchStrategy[str | None]] = {
    "integer": NUMBERS, "decimal": NUMBERS, "double": NUMBERS, "date": DAYS, "timestamp": INSTANTS, "boolean": OTHERS, "json": OTHERS, "text": WORDS,
}  # fmt: skip


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    """A column with a type and a few checks that fit it."""
    kind = draw(st.sampled_from(TYPES) | DECIMALS)
    checks: list[Check] = []
    if kind.kind in {"integer", "decimal", "double"}:
        bound = st.decimals(-50, 50, places=2)
        if draw(st.booleans()):
            checks.append(Check("minimum", str(draw(bound))))
        if draw(st.booleans()):
            checks.append(Check("maximum", str(draw(bound))))
    if kind.kind == "date" and draw(st.booleans()):
        checks.append(Check("minimum", draw(st.sampled_from(["0001-01-01", "1900-01-01"]))))
    if kind.kind == "text":
        checks += draw(
            st.lists(
                st.sampled_from([
                    Check("pattern", "^[0-9a-z]+$"), Check("pattern", "О"), Check("min-length", 1), Check("max-length", 2),
                    Check("enum", ("a", "b", "ab", "0", "")),
                ]),
                unique=True, max_size=3,
            )
        )  # fmt: skip
    if kind.kind == "integer" and draw(st.booleans()):
        checks.append(Check("enum", ("0", "1", "2", "-3")))
    return Column(name, kind, required=draw(st.booleans()), unique=draw(st.booleans()), checks=tuple(checks))


@st.composite
def extracts(draw: st.DrawFn) -> tuple[Register, list[Row]]:
    """A register of up to four columns, and rows for it, often with values of the right kind and often repeated."""
    made = [draw(columns(f"c{n}")) for n in range(draw(st.integers(1, 4)))]
    key = tuple(c.name for c in made[: draw(st.integers(1, min(2, len(made))))])
    pools = {c.name: draw(st.lists(BY_KIND[c.type.kind] | TEXTS, min_size=1, max_size=6)) for c in made}
    row = st.fixed_dictionaries({name: st.sampled_from(pool) for name, pool in pools.items()})
    rows: list[Row] = list(draw(st.lists(row, max_size=12)))
    return Register("lab.things", "1", tuple(made), key, "0"), rows


@settings(max_examples=150, deadline=None)
@given(extract=extracts())
def test_sql_agrees_with_the_reference(extract: tuple[Register, list[Row]]) -> None:
    register, rows = extract
    expected = reference(register, rows)

    validated, failures, session = check(register, rows, session=SESSION)

    assert Counter(failures) == Counter(expected)
    refused = {line for line, _, _ in expected}
    right = [n for n in range(2, len(rows) + 2) if n not in refused]
    assert [r[0] for r in session.run("SELECT line_no FROM accepted ORDER BY 1")] == right
    assert (validated.rows_read, validated.rows_accepted, validated.rows_refused) == (
        len(rows),
        len(right),
        len(refused),
    )
    for column in register.columns:
        if column.type.kind != "timestamp":
            typed = [r[0] for r in session.run(f"SELECT {column.name} FROM accepted ORDER BY line_no")]
            assert typed == [value_of(column, rows[n - 2][column.name]) for n in right]
    for line, raw in session.run("SELECT DISTINCT line_no, raw FROM failures"):
        assert json.loads(raw) == rows[line - 2]


def reference(register: Register, rows: Sequence[Row]) -> list[tuple[int, str | None, str]]:
    """Failures as (line, column, rule), one row at a time, as a person would read the contract."""
    found: list[tuple[int, str | None, str]] = []
    values = [{c.name: value_of(c, row[c.name]) for c in register.columns} for row in rows]
    for line, row in enumerate(rows, 2):
        for column in register.columns:
            found += [
                (line, column.name, rule)
                for rule in broken(column, register, row[column.name], values[line - 2][column.name])
            ]
    singles = [("unique", (c.name,)) for c in register.columns if c.unique and (c.name,) != register.key]
    for rule, names in (("key", register.key), *singles):
        # Broken JSON is still a text, and two equal texts are two equal keys.
        json_names = {c.name for c in register.columns if c.type.kind == "json"}
        keys = [tuple(row[n] if n in json_names else v[n] for n in names) for row, v in zip(rows, values, strict=True)]
        count = Counter(k for k in keys if None not in k and WRONG not in k)
        found += [(line, ", ".join(names), rule) for line, k in enumerate(keys, 2) if count[k] > 1]
    return found


def broken(column: Column, register: Register, text: str | None, value: Any) -> list[str]:
    """Rules one value breaks."""
    rules: list[str] = []
    if value is WRONG:
        rules.append("type")
    if (column.required or column.name in register.key) and not text:
        rules.append("required")
    for each in column.checks:
        if text is None or (each.kind in {"minimum", "maximum", "enum"} and (value is None or value is WRONG)):
            continue
        if not holds(column, each, text, value):
            rules.append(each.kind)
    return rules


def holds(column: Column, each: Check, text: str, value: Any) -> bool:
    """Whether a value that is there satisfies one check."""
    argument: Any = each.argument
    match each.kind:
        case "pattern":
            return re.search(argument.replace("$", r"\Z"), text) is not None
        case "min-length":
            return len(text) >= argument
        case "max-length":
            return len(text) <= argument
        case "enum":
            return text in argument if column.type.kind == "text" else value in {int(a) for a in argument}
        case "minimum":
            return value >= bound(column, argument)
        case "maximum":
            return value <= bound(column, argument)
        case _:
            raise AssertionError(each.kind)


def bound(column: Column, argument: str) -> Any:
    """A bound as a value Python can compare."""
    if column.type.kind == "date":
        return date.fromisoformat(argument)
    return float(argument) if column.type.kind == "double" else Decimal(argument)


def value_of(column: Column, text: str | None) -> Any:
    """The typed value of a text, None where it is missing, WRONG where it has no plain form of the type."""
    kind = column.type.kind
    if text is None or kind == "text":
        return text
    if kind == "json":
        try:
            json.loads(text, parse_constant=int)  # int("NaN") is a ValueError: JSON has no such number
        except ValueError:
            return WRONG
        return text
    if text == "":
        return None
    return _READERS[kind](column, text)


def _integer(_: Column, text: str) -> Any:
    if not re.fullmatch(r"[+-]?(0|[1-9][0-9]*)(\.0+)?", text):
        return WRONG
    number = int(text.split(".", 1)[0])
    return number if -(2**63) <= number < 2**63 else WRONG


def _decimal(column: Column, text: str) -> Any:
    match = re.fullmatch(r"[+-]?([0-9]+)(?:\.([0-9]+))?", text)
    if not match:
        return WRONG
    if match[1] != "0" and match[1].startswith("0") and not (match[2] and column.type.scale):
        return WRONG
    whole, fraction = match[1].lstrip("0"), (match[2] or "").rstrip("0")
    if len(fraction) > column.type.scale or len(whole) > column.type.precision - column.type.scale:
        return WRONG
    return Decimal(text)


def _double(_: Column, text: str) -> Any:
    if not re.fullmatch(r"[+-]?(0|[1-9][0-9]*|[0-9]+\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        return WRONG
    number = float(text)
    return number if math.isfinite(number) and abs(number) < 1e28 else WRONG


def _date(column: Column, text: str) -> Any:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00:00(\.0+)?)?", text):
        return WRONG
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return WRONG
    firsts = [date.fromisoformat(str(c.argument)) for c in column.checks if c.kind == "minimum"]
    return day if min([FIRST_DAY, *firsts]) <= day <= LAST_DAY else WRONG


def _timestamp(_: Column, text: str) -> Any:
    form = r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6}0*)?)?(?:Z|([+-])([0-9]{2})(?::?([0-9]{2}))?)"
    match = re.fullmatch(form, text)
    if not match or (match[7] and (int(match[7]) > 15 or int(match[8] or 0) > 59)):
        return WRONG
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return WRONG
    first, last = (datetime.fromisoformat(t) for t in ("1800-01-01T00:00:00Z", "2200-12-31T23:59:59.999999Z"))
    return moment if first <= moment <= last else WRONG


def _boolean(_: Column, text: str) -> Any:
    return {
        "true": True,
        "True": True,
        "TRUE": True,
        "1": True,
        "false": False,
        "False": False,
        "FALSE": False,
        "0": False,
    }.get(text, WRONG)


_READERS = {
    "integer": _integer,
    "decimal": _decimal,
    "double": _double,
    "date": _date,
    "timestamp": _timestamp,
    "boolean": _boolean,
}
