"""Typed sources as text: what a cell held is said in one form, and a number where a code was meant is a problem."""

from __future__ import annotations

import pytest

from altyn.engines.duckdb import Session
from altyn.model import Column
from altyn.model.columns import TEXT, ColumnType, Form
from altyn.sources.typed import as_text, cell_text, holds_text, is_text, problem_columns


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("TIMESTAMPTZ '2024-03-01 10:00:00+05'", "2024-03-01T05:00:00.000000Z"), ("TIMESTAMP '2024-03-01 10:00:00.5'", "2024-03-01T10:00:00.500000"),
        ("TIMESTAMP_S '2024-03-01 10:00:00'", "2024-03-01T10:00:00.000000"),
        ("TIMESTAMP_NS '2024-03-01 10:00:00.123456789'", "2024-03-01T10:00:00.123456789"),
        ("'infinity'::TIMESTAMP", "infinity"), ("NULL::TIMESTAMP", None), ("DATE '2024-02-29'", "2024-02-29"), ("12.50::DECIMAL(9,2)", "12.50"),
        ("true", "true"), ("''", None), ("'Ә'", "Ә"), ("' '", " "), ("'\\xAB\\x01'::BLOB", "\\xab01"), ("NULL::BLOB", None),
        ("[1, 2]", "[1,2]"), ("{'ң': 'x'}", '{"ң":"x"}'), ("MAP {'a': 1}", '{"a":1}'),
        ("INTERVAL '1 year 2 months 3 days'", "P1Y2M3D"), ("INTERVAL '90 minutes'", "PT1H30M"), ("INTERVAL 0 SECOND", "PT0S"),
        ("INTERVAL '1 day 1.5 seconds'", "P1DT1.5S"), ("NULL::INTERVAL", None),
    ],
)  # fmt: skip
def test_a_cell_as_text(value: str, text: str | None) -> None:
    with Session(threads=1) as session:
        kind = str(session.one(f"SELECT typeof({value})")[0])
        session.run(f'CREATE TABLE t AS SELECT {value} AS "a b"')
        kind = str(session.run("DESCRIBE t")[0][1])

        assert session.one(f"SELECT {as_text('a b', kind)} FROM t")[0] == text


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("VARCHAR", True),
        ("ENUM('a')", True),
        ("UUID", True),
        ("BLOB", True),
        ("VARCHAR[]", False),
        ("BIGINT", False),
        ("DATE", False),
    ],
)
def test_what_has_kept_its_leading_zeros(kind: str, *, holds: bool) -> None:
    assert holds_text(kind) == holds


def test_a_time_and_a_length_of_time_are_text_where_the_contract_says_so() -> None:
    assert is_text("TIME", Column("t", TEXT, form=Form(time=True)))
    assert is_text("INTERVAL", Column("t", TEXT, form=Form(duration=True)))
    assert not is_text("TIME", Column("t", TEXT))
    assert not is_text("INTERVAL", Column("t", TEXT, form=Form(time=True)))


def test_a_typed_day_is_written_in_its_columns_form_and_a_text_stays_as_it_is() -> None:
    column = Column("day", ColumnType("date"), form=Form(pattern="dd.MM.yyyy"))
    with Session(threads=1) as session:
        typed = session.one(f"SELECT {cell_text(column, 'd', 'DATE')} FROM (SELECT DATE '2024-02-29' AS d)")[0]
        said = session.one(f"SELECT {cell_text(column, 'd', 'VARCHAR')} FROM (SELECT '29.2.24' AS d)")[0]

    assert (typed, said) == ("29.02.2024", "29.2.24")


def test_a_number_where_a_code_was_meant_is_told_and_a_missing_one_is_not() -> None:
    code, n = Column("code", TEXT), Column("n", ColumnType("integer"))
    found = {"code": ("c", False), "n": ("n", False)}
    with Session(threads=1) as session:
        rows = "(VALUES (7, 1), (NULL, 2)) AS v(c, n)"

        assert session.run(f"SELECT {problem_columns([code, n], found)} FROM {rows}") == [
            ("row.text-expected", "code", None), (None, None, None),
        ]  # fmt: skip
        assert (
            session.run(f"SELECT {problem_columns([code, n], {**found, 'code': ('c', True)})} FROM {rows}")
            == [(None,) * 3] * 2
        )
        assert session.one(f"SELECT {problem_columns([code], found, '$$name$$')} FROM {rows}") == (
            "row.damaged",
            "name",
            None,
        )
