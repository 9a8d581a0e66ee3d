"""Row filters: what a reader writes becomes a condition with bound values, or is refused without being said again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.errors import AltynError
from altyn.model.columns import DATE, INTEGER, TEXT, TIMESTAMP, Column, ColumnType, TypeKind
from altyn.serve.use_cases.row_filters import (
    LONGEST,
    Bound,
    condition_of,
    conditions_sql,
    fold,
    number_of,
    operators_of,
    pattern_of,
)

ZONE = ZoneInfo("Asia/Almaty")


@dataclass(frozen=True)
class Letters:
    """Two letters that fold."""

    letters: Mapping[str, str] = field(default_factory=lambda: {"қ": "к", "ә": "а"})
    collation: str = "kk"

    def spellings(self, text: str) -> Sequence[str]:
        """The text folded."""
        return [fold(text, self.letters)]


def column(kind: TypeKind, name: str = "x", role: str | None = None) -> Column:
    return Column(name, ColumnType(kind, 5, 2) if kind == "decimal" else ColumnType(kind), role=role)


def sql(*asked: tuple[Column, str, str]) -> tuple[str, dict[str, object]]:
    """The SQL of conditions, one for each column and operator, and what is bound."""
    bound = Bound()
    conditions = [condition_of(c, operator, value.split("|"), ZONE) for c, operator, value in asked]
    return conditions_sql(conditions, Letters(), ZONE, bound), bound.parameters


def bare(text: str) -> str:
    """SQL without its brackets."""
    return text.replace("(", "").replace(")", "")


@pytest.mark.parametrize(
    ("kind", "operators"),
    [
        ("text", {"has", "begins", "eq", "empty"}),
        ("integer", {"eq", "min", "max", "empty"}),
        ("boolean", {"eq", "empty"}),
        ("json", {"empty"}),
    ],
)
def test_what_may_be_asked_follows_from_the_type(kind: TypeKind, operators: set[str]) -> None:
    assert set(operators_of(column(kind))) == operators
    assert operators_of(column(kind, role="geometry")) == ("empty",)


def test_an_operator_the_column_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(AltynError) as caught:
        condition_of(column("integer"), "has", ["1"], ZONE)

    assert caught.value.code == "rows.parameter"
    assert "eq, min, max, empty" in caught.value.mend.text("en")


@pytest.mark.parametrize(("operator", "is_once"), [("min", True), ("max", True), ("empty", True), ("eq", False)])
def test_what_can_be_given_once_is_not_given_twice(*, operator: str, is_once: bool) -> None:
    values = ["yes", "no"] if operator == "empty" else ["1", "2"]
    if not is_once:
        assert condition_of(column("integer"), operator, values, ZONE).values == ("1", "2")
        return
    with pytest.raises(AltynError, match=r"rows\.parameter"):
        condition_of(column("integer"), operator, values, ZONE)


@pytest.mark.parametrize(
    ("kind", "operator", "value"),
    [
        ("integer", "eq", "900101300123x"),
        ("integer", "eq", ""),
        ("integer", "eq", "1,234"),
        ("integer", "min", "1e5"),
        ("integer", "min", "١٢"),
        ("integer", "min", "9" * 39),
        ("date", "eq", "2024-13"),
        ("date", "eq", "2023-02-29"),
        ("date", "eq", "0000"),
        ("date", "eq", "01.02.2024"),
        ("timestamp", "min", "yesterday"),
        ("timestamp", "min", "0001-01-01T00:00+14:00"),
        ("boolean", "eq", "maybe"),
        ("text", "empty", "maybe"),
        ("text", "has", "a" * (LONGEST + 1)),
        ("text", "eq", "a\x00b"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_and_not_said_again(kind: TypeKind, operator: str, value: str) -> None:
    with pytest.raises(AltynError) as caught:
        condition_of(column(kind), operator, [value], ZONE)

    assert caught.value.code == "rows.value"
    for language in ("kk", "ru", "en"):
        said = f"{caught.value.what.text(language)} {caught.value.mend.text(language)} {caught.value.where}"
        assert not value or value not in said


def test_the_words_that_are_offered_are_those_that_are_read() -> None:
    with pytest.raises(AltynError) as caught:
        condition_of(column("boolean"), "eq", ["maybe"], ZONE)

    for language in ("kk", "ru", "en"):
        offered = [
            word
            for word in caught.value.mend.text(language).strip(".").replace(",", "").split()
            if word in {"yes", "no"}
        ]
        assert [condition_of(column("boolean"), "eq", [word], ZONE).values for word in offered] == [
            ("true",),
            ("false",),
        ]


@pytest.mark.parametrize(
    ("kind", "operator", "written", "kept"),
    [
        ("integer", "eq", "1 500|1500", ("1500",)),
        ("integer", "eq", "+7|7.0", ("7", "7.0")),
        ("decimal", "min", "1,5", ("1.5",)),
        ("boolean", "eq", "YES|1|true", ("true",)),
        ("boolean", "eq", "No", ("false",)),
        ("text", "empty", "True", ("yes",)),
        ("text", "eq", "Қала |Қала", ("Қала ", "Қала")),
    ],
)
def test_an_address_keeps_a_value_in_one_way(
    kind: TypeKind, operator: str, written: str, kept: tuple[str, ...]
) -> None:
    condition = condition_of(column(kind), operator, written.split("|"), ZONE)

    assert (condition.values, condition.name) == (kept, f"x.{operator}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 500,25", "1500.25"),
        ("1\u00a0500\u202f000", "1500000"),
        ("-0", "-0"),
        (" 7.10 ", "7.10"),
        ("1234,567", "1234.567"),
    ],
)
def test_a_number_as_people_write_it(text: str, number: str) -> None:
    assert number_of(text) == Decimal(number)


@pytest.mark.parametrize("text", ["1,234", "-12,345", "1.2.3", "1 500 ₸", "", "NaN", "Infinity", "1\n2", "0x1F"])
def test_what_may_mean_two_numbers_or_none_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="^$"):
        number_of(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=3))
def test_every_number_written_plainly_is_read_back(number: Decimal) -> None:
    assert number_of(f"{number:f}") == number


@pytest.mark.parametrize(
    ("asked", "text", "values"),
    [
        ([(column("text"), "eq", "a|b")], '("x" IN ($v0, $v1))', ["a", "b"]),
        ([(column("boolean"), "eq", "no")], '("x" IN ($v0))', [False]),
        ([(column("integer"), "min", "5")], '(("x" >= $v0))', [5]),
        ([(column("integer"), "eq", "2.5")], '(("x" >= $v0 AND "x" <= $v1))', [3, 2]),
        ([(column("integer"), "min", "99999999999999999999")], "((1 = 0))", []),
        ([(column("integer"), "max", "99999999999999999999")], '(("x" IS NOT NULL))', []),
        ([(column("decimal"), "max", "2.555")], '(("x" <= CAST($v0 AS DECIMAL(5,2))))', ["2.55"]),
        ([(column("double"), "eq", "0,1")], '(("x" >= $v0 AND "x" <= $v1))', [0.1, 0.1]),
        ([(column("text"), "empty", "yes")], '("x" IS NULL OR "x" = \'\')', []),
        ([(column("integer"), "empty", "no")], '(NOT ("x" IS NULL))', []),
        (
            [(column("integer"), "min", "1"), (column("integer"), "empty", "yes")],
            '("x" IS NULL OR ((("x" >= $v0))))',
            [1],
        ),
        ([], "", []),
    ],
)
def test_a_condition_is_sql_with_its_values_bound(
    asked: list[tuple[Column, str, str]], text: str, values: list[object]
) -> None:
    found, bound = sql(*asked)

    assert (bare(found), list(bound.values())) == (bare(text), values)


def test_conditions_on_several_columns_hold_at_once() -> None:
    found, bound = sql((column("integer", "a"), "min", "1"), (column("text", "b"), "eq", "y"))

    assert bare(found) == '"a" >= $v0 AND "b" IN $v1'
    assert list(bound.values()) == [1, "y"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_year_and_a_month_are_their_days(asked: str, first: str, last: str) -> None:
    _, bound = sql((Column("x", DATE), "eq", asked))

    assert [str(v) for v in bound.values()] == [first, last]


def test_a_day_of_moments_begins_in_the_zone_of_the_project_and_ends_before_the_next() -> None:
    found, bound = sql((Column("x", TIMESTAMP), "eq", "2024-03-01"))

    assert '"x" < $v1' in found
    assert [v.isoformat()[:10] for v in bound.values()] == ["2024-03-01", "2024-03-02"]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    assert "<" not in sql((Column("x", TIMESTAMP), "eq", "9999-12-31"))[0], "there is no day after the last"


@given(st.text(max_size=LONGEST).filter(lambda v: "\x00" not in v))
def test_no_value_of_a_text_stands_in_the_sql(value: str) -> None:
    found, bound = sql_of_text(value)

    assert bare(found) == 'regexp_matches"x", $v0 AND regexp_matches"x", $v1'
    assert all(isinstance(pattern, str) for pattern in bound.values())


def sql_of_text(value: str) -> tuple[str, dict[str, object]]:
    bound = Bound()
    condition = condition_of(Column("x", TEXT), "has", [value, f"{value}x"], ZONE)
    return conditions_sql([condition], Letters(), ZONE, bound), bound.parameters


@pytest.mark.parametrize(
    ("asked", "kept", "is_found"),
    [
        ("кала", "Алматы ҚАЛАСЫ", True),
        ("ҚӘЛА", "калалык", True),
        ("қала", "село", False),
        (".*", "abc", False),
        ("a[b", "xA[Bx", True),
        ("ΑΣ", "ας", False),
    ],
)
def test_look_alikes_fold_and_signs_of_patterns_mean_themselves(*, asked: str, kept: str, is_found: bool) -> None:
    from altyn.engines.duckdb import Session

    where, bound = sql((Column("x", TEXT), "has", asked))
    found = Session(memory_mb=128, threads=1).table(
        f"SELECT $kept AS x WHERE {where.replace(chr(34) + 'x' + chr(34), '$kept')}", {**bound, "kept": kept}
    )

    assert (found.num_rows == 1) == is_found


def test_a_sign_without_another_form_stands_alone() -> None:
    assert pattern_of(["1"], {}) == "(?:[\\x{31}])"
    assert pattern_of(["a", "b"], {"a": "aA"}) == "(?:[\\x{61}\\x{41}]|[\\x{62}])"


def test_an_integer_reaches_to_its_bounds() -> None:
    most = 2**63 - 1
    assert list(sql((Column("x", INTEGER), "eq", str(most)))[1].values()) == [most, most]
