"""Row hash: DuckDB and the Python reference give the same, whatever the values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model.columns import DATE, INTEGER, TEXT, TIMESTAMP, Column, ColumnType
from altyn.model.row_hash import row_hash, sql_expression

MONEY = ColumnType("decimal", 18, 2)
COLUMNS = (
    Column("name", TEXT),
    Column("n", INTEGER),
    Column("paid", MONEY),
    Column("born", DATE),
    Column("seen", TIMESTAMP),
    Column("alive", ColumnType("boolean")),
    Column("share", ColumnType("decimal", 2, 2)),
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
rows = st.fixed_dictionaries(
    {
        "name": st.none() | texts | st.sampled_from(["", " ", "Әлия", "a:s1:b;", "Ұлытау"]),
        "n": st.none() | st.integers(-(2**63), 2**63 - 1),
        "paid": st.none() | st.decimals(-(10**15), 10**15, places=2),
        "born": st.none() | st.dates(date(1800, 1, 1), date(2200, 12, 31)),
        "seen": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "alive": st.none() | st.booleans(),
        "share": st.none() | st.decimals("-0.99", "0.99", places=2),
    }
)


@given(row=rows)
def test_duckdb_and_python_agree(row: dict[str, object]) -> None:
    values = ", ".join(f"CAST(${c.name} AS {c.type.sql}) AS {c.name}" for c in COLUMNS)
    with Session(threads=1) as session:
        found = session.one(f"SELECT {sql_expression(COLUMNS)} FROM (SELECT {values})", row)[0]

    assert found == row_hash(COLUMNS, row)


def test_known_vectors() -> None:
    """Fixed for good: a changed encoding would make every stored row look changed."""
    columns = [Column("a", TEXT), Column("b", MONEY)]

    assert row_hash(columns, {"a": "қ", "b": Decimal("1.5")}) == "b851ceaee49ac3d33b698db91c2a45b5"
    assert row_hash(columns, {"a": None, "b": None}) == "d41d8cd98f00b204e9800998ecf8427e"


def test_null_is_not_empty_and_a_new_column_changes_nothing() -> None:
    a, b = Column("a", TEXT), Column("b", TEXT)

    assert row_hash([a], {"a": ""}) != row_hash([a], {"a": None})
    assert row_hash([a], {"a": "x"}) == row_hash([a, b], {"a": "x", "b": None})
    assert row_hash([a, b], {"a": "x", "b": ""}) != row_hash([a, b], {"a": "", "b": "x"})
