"""Filters of rows against a reference in Python: what is asked of a column gives the same rows, in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session, arrow_rows
from altyn.model.columns import DATE, INTEGER, TEXT, TIMESTAMP, Column, ColumnType
from altyn.model.registers import Register
from altyn.model.relations import Relation
from altyn.serve.use_cases.row_filters import Bound, conditions_sql, fold
from altyn.serve.use_cases.selections import SelectedRows, Selection, selection_of

ZONE = ZoneInfo("Asia/Almaty")
ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
COLUMNS = (
    Column("id", INTEGER),
    Column("title", TEXT),
    Column("people", INTEGER),
    Column("money", ColumnType("decimal", 12, 2)),
    Column("share", ColumnType("double")),
    Column("born", DATE),
    Column("seen", TIMESTAMP),
    Column("is_town", ColumnType("boolean")),
)
REGISTER = Register("local.rows", "1.0.0", COLUMNS, ("id",), "hash")
TYPES = {c.name: c.type for c in COLUMNS}


@dataclass(frozen=True)
class Kazakh:
    """Letters as the pack for Kazakhstan folds them, the few that the tests need."""

    letters: Mapping[str, str]
    collation: str = "kk"

    def spellings(self, text: str) -> Sequence[str]:
        """The text itself, folded."""
        return [fold(text, self.letters)]


LETTERS = Kazakh(dict(zip("әғқіёйұү", "агкиеиуу", strict=True)))
Row = tuple[Any, ...]

texts = st.text("аәАӘкқКҚіиІИйёЁсСσςΣabAB .*[]^$\\%_İßẞ", max_size=6)
integers = st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)])
decimals = st.decimals(-2, 2, places=2) | st.sampled_from([Decimal("9999999999.99"), Decimal("-9999999999.99")])
days = st.dates(date(2023, 12, 29), date(2024, 3, 3)) | st.sampled_from([date(9999, 12, 31), date(1, 1, 1)])
moments = st.datetimes(datetime(2023, 12, 30), datetime(2024, 1, 2), timezones=st.just(UTC))  # noqa: DTZ001
doubles = st.sampled_from([-1.5, -0.0, 0.0, 0.1, 1.0, 2.5, float("inf")])
rows = st.lists(
    st.tuples(*(st.none() | values for values in (texts, integers, decimals, doubles, days, moments, st.booleans()))),
    max_size=12,
)

numbers = st.sampled_from(
    [
        *("0", "1", "-1", "2.5", "2,5", "0.01", "-0.005", "1 000", "1" * 38, "-" + "1" * 38, "9999999999.99"),
        *("9999999999.991", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    ]
)
periods = st.sampled_from(
    ["2024", "2024-01", "2024-02", "2024-01-01", "2024-02-29", "9999", "9999-12-31", "0001", "2023-12-31"]
)
asked_moments = periods | st.sampled_from(["2024-01-01T05:00", "2024-01-01T00:00+00:00", "2023-12-31T23:59:59.5"])


def _one(column: str, operators: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.tuples(st.sampled_from(operators.split()), values).map(lambda t: [(f"{column}.{t[0]}", t[1])])


def _some(column: str, operator: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(values, min_size=1, max_size=3).map(lambda vs: [(f"{column}.{operator}", v) for v in vs])


wanted = texts.filter(lambda t: bool(t.strip()))
asks = st.one_of(
    _some("title", "has", wanted),
    _some("title", "begins", wanted),
    _some("title", "eq", wanted),
    *(_one(c, "min max eq", numbers) for c in ("people", "money", "share")),
    _some("people", "eq", numbers),
    _one("born", "min max eq", periods),
    _one("seen", "min max eq", asked_moments),
    _one("is_town", "eq", st.sampled_from(["yes", "no", "TRUE"])),
    *(_one(c.name, "empty", st.sampled_from(["yes", "no"])) for c in COLUMNS[1:]),
)
addresses = st.lists(asks, max_size=3).map(lambda some: [pair for one in some for pair in one])


# --- the reference -----------------------------------------------------------------------------------------------------------


def plain_fold(text: str) -> str:
    """Folding, said another way than the product says it."""
    found = ""
    for sign in text:
        small = sign.lower()
        found += LETTERS.letters.get(small, small) if len(small) == 1 else sign
    return found


def _period(text: str) -> tuple[date, date]:
    parts = [int(p) for p in text.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    first = date(parts[0], parts[1] if len(parts) > 1 else 1, 1)
    last_month = first.month if len(parts) > 1 else 12
    last = date(parts[0], 12, 31) if last_month == 12 else date(parts[0], last_month + 1, 1) - timedelta(days=1)
    return first, last


def _compare(operator: str) -> Callable[[Any, Any, Any], bool]:
    """(value, least meant, greatest meant) -> whether it fulfils the operator."""
    return {
        "min": lambda v, low, _: v >= low,
        "max": lambda v, _, high: v <= high,
        "eq": lambda v, low, high: low <= v <= high,
    }[operator]


def _meant(column: str, text: str) -> tuple[Any, Any]:
    """The least and the greatest that a text means."""
    kind = TYPES[column].kind
    if kind in {"integer", "decimal", "double"}:
        number = Decimal(text.replace(" ", "").replace(",", "."))
        return (float(number), float(number)) if kind == "double" else (number, number)
    if kind == "boolean":
        is_yes = text.lower() in {"yes", "true"}
        return is_yes, is_yes
    if "T" not in text:
        return _period(text)
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
    return moment, moment


def _fulfils(value: Any, column: str, operator: str, text: str) -> bool:
    if TYPES[column].kind == "text":
        return {
            "has": plain_fold(text.strip()) in plain_fold(value),
            "begins": plain_fold(value).startswith(plain_fold(text.strip())),
            "eq": value == text,
        }[operator]
    if TYPES[column].kind == "timestamp" and "T" not in text:
        # A day is as long as it lasts in the project's zone.
        value = value.astimezone(ZONE).date()
    return _compare(operator)(value, *_meant(column, text))


def expected(row: dict[str, Any], asked: list[tuple[str, str]]) -> bool:
    """Whether a row fulfils what an address asks."""
    by_column: dict[str, dict[str, list[str]]] = {}
    for name, text in asked:
        column, _, operator = name.rpartition(".")
        by_column.setdefault(column, {}).setdefault(operator, []).append(text)
    for column, operators in by_column.items():
        value = row[column]
        is_missing = value is None or value == ""
        empty = operators.pop("empty", [None])[0]
        holds = value is not None and all(
            (all if operator == "has" else any)(_fulfils(value, column, operator, t) for t in texts)
            for operator, texts in operators.items()
        )
        if empty == "yes":
            holds = is_missing or (bool(operators) and holds)
        elif empty == "no":
            holds = not is_missing and (not operators or holds)
        if not holds:
            return False
    return True


# --- the laws ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session(threads=1) as opened:
        yield opened


def table(session: Session, some: Sequence[Row]) -> str:
    """A table of the rows, numbered from 0."""
    types = ", ".join(f"{c.name} {c.type.sql}" for c in COLUMNS)
    session.run(f"CREATE OR REPLACE TEMP TABLE rows_asked ({types})")
    if some:
        marks = ", ".join(f"({', '.join('?' for _ in COLUMNS)})" for _ in some)
        values = [value for number, row in enumerate(some) for value in (number, *row)]
        session.connection.execute(f"INSERT INTO rows_asked VALUES {marks}", values)
    return "rows_asked"


def answered(session: Session, relation: Relation, name: str) -> tuple[list[str], list[Row]]:
    found = session.table(relation.over({"r": name}), dict(relation.parameters) or None)
    return list(found.schema.names), arrow_rows(found)


def asked_of(session: Session, selection: Selection, name: str, facets: Sequence[Column] = ()) -> SelectedRows:
    found = [answered(session, relation, name) for relation in selection.sheet(LETTERS, facets)]
    return SelectedRows.of(found[0][0], [row for _, some in found for row in some], len(facets))


def repeated(asked: list[tuple[str, str]]) -> bool:
    once = [n for n, _ in asked if n.endswith((".min", ".max", ".empty"))]
    return len(once) != len(set(once))


@settings(max_examples=200, deadline=None)
@given(some=rows, asked=addresses.filter(lambda a: not repeated(a)))
def test_an_address_gives_the_rows_it_means(session: Session, some: list[Row], asked: list[tuple[str, str]]) -> None:
    names = [c.name for c in COLUMNS]
    selection = selection_of(REGISTER, COLUMNS, asked, ZONE)
    sheet = asked_of(session, selection, table(session, some))

    wanted_rows = [
        number for number, row in enumerate(some) if expected(dict(zip(names, (number, *row), strict=True)), asked)
    ]
    assert selection.faults == ()
    assert [row[0] for row in sheet.rows] == wanted_rows
    assert sheet.total == len(wanted_rows)


@settings(max_examples=100, deadline=None)
@given(some=rows, asked=addresses.filter(lambda a: not repeated(a)))
def test_no_value_stands_in_the_text_of_a_question(some: list[Row], asked: list[tuple[str, str]]) -> None:
    """What the log keeps of it says which columns were asked, never for what."""
    del some
    bare = selection_of(REGISTER, COLUMNS, asked, ZONE)
    marked = [(n, "7" * 9 if TYPES[n.rpartition(".")[0]].kind == "text" and ".empty" not in n else v) for n, v in asked]
    other = selection_of(REGISTER, COLUMNS, marked, ZONE)
    bound = Bound()
    conditions_sql(other.conditions, LETTERS, ZONE, bound)

    assert "777" not in "".join(relation.sql for relation in other.sheet(LETTERS, COLUMNS[1:3]))
    assert len(other.conditions) == len(bare.conditions)


@settings(max_examples=100, deadline=None)
@given(asked=addresses.filter(lambda a: not repeated(a)))
def test_the_address_of_a_selection_asks_the_same(asked: list[tuple[str, str]]) -> None:
    selection = selection_of(REGISTER, COLUMNS, [*asked, ("sort", "-title,people"), ("page", "3")], ZONE)
    query = [(n, v) for n, vs in selection.query().items() for v in ([vs] if isinstance(vs, str) else vs)]

    again = selection_of(REGISTER, COLUMNS, query, ZONE)

    assert again == selection
    assert again.query() == selection.query()


words = st.text(ALPHABET.replace("ё", ""), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(titles=st.lists(st.none() | words, max_size=12), falls=st.booleans())
def test_texts_stand_in_the_order_of_the_kazakh_alphabet(
    session: Session,
    titles: list[str | None],
    falls: bool,  # noqa: FBT001
) -> None:
    some: list[Row] = [(t, *[None] * 6) for t in titles]
    selection = selection_of(REGISTER, COLUMNS, [("sort", "-title" if falls else "title")], ZONE)
    sheet = asked_of(session, selection, table(session, some))

    known = [t for t in titles if t is not None]
    known.sort(key=lambda t: [ALPHABET.index(sign) for sign in t], reverse=falls)
    place = sheet.names.index("title")
    assert [row[place] for row in sheet.rows] == [*known, *[None] * (len(titles) - len(known))]


@settings(max_examples=60, deadline=None)
@given(some=rows, asked=addresses.filter(lambda a: not repeated(a)), size=st.integers(1, 4))
def test_pages_are_the_whole_without_gap_or_overlap(
    session: Session, some: list[Row], asked: list[tuple[str, str]], size: int
) -> None:
    def page(number: int) -> Selection:
        return selection_of(
            REGISTER, COLUMNS, [*asked, ("sort", "title,-people"), ("size", str(size)), ("page", str(number))], ZONE
        )

    name = table(session, some)
    relation = page(1).whole(LETTERS)
    _, whole = answered(session, relation, name)
    paged = [row for n in range(1, len(some) // size + 2) for row in asked_of(session, page(n), name).rows]

    assert paged == whole


@settings(max_examples=100, deadline=None)
@given(some=rows, asked=addresses.filter(lambda a: not repeated(a)))
def test_a_count_is_what_choosing_the_value_gives(
    session: Session, some: list[Row], asked: list[tuple[str, str]]
) -> None:
    facets = [c for c in COLUMNS if c.name in {"title", "is_town"}]
    selection = selection_of(REGISTER, COLUMNS, asked, ZONE)
    name = table(session, some)
    sheet = asked_of(session, selection, name, facets)
    for facet, counts in zip(facets, sheet.facets, strict=True):
        free = selection
        for operator in selection.asked(facet):
            free = free.with_asked(facet, operator, ())
        for value, count in counts:
            if value is not None and value.strip() and "\x00" not in value:
                chosen = free.with_asked(facet, "eq", (value,))
                assert asked_of(session, chosen, name).total == count


@pytest.mark.parametrize(
    ("asked", "found"), [("eq", [1, 2]), ("min", [1, 2, 3]), ("max", [0, 1, 2])], ids=["eq", "min", "max"]
)
def test_a_day_begins_and_ends_in_the_zone_of_the_project(session: Session, asked: str, found: list[int]) -> None:
    """Almaty was six hours ahead then."""
    moments = ("2023-12-31T17:59:59.999999", "2023-12-31T18:00:00", "2024-01-01T17:59:59.999999", "2024-01-01T18:00:00")
    some: list[Row] = [(*[None] * 5, datetime.fromisoformat(m).replace(tzinfo=UTC), None) for m in moments]
    selection = selection_of(REGISTER, COLUMNS, [(f"seen.{asked}", "2024-01-01")], ZONE)

    assert [row[0] for row in asked_of(session, selection, table(session, some)).rows] == found
