"""Governed relations: what the id is over, and what masks and filters let through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from altyn.engines.duckdb import Session
from altyn.model.columns import DATE, TEXT, Column
from altyn.model.governed import Governed

COLUMNS = (Column("code", TEXT), Column("born", DATE))
ROWS = "(VALUES ('a', DATE '2001-05-07'), ('b', NULL), ('c', DATE '1990-01-02')) AS rows (code, born)"
PLAIN = Governed("statistics", COLUMNS)
YEAR = {"born": "CAST(date_trunc('year', born) AS DATE)"}


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAIN, purpose="open"),
        replace(PLAIN, columns=COLUMNS[:1]),
        replace(PLAIN, masks=YEAR),
        replace(PLAIN, row_filter="code = 'a'"),
    ],
)
def test_whatever_changes_what_is_seen_changes_the_id(other: Governed) -> None:
    assert other.id != PLAIN.id


def test_a_mask_stands_in_the_place_of_its_column() -> None:
    with Session() as session:
        rows = session.run(f"SELECT code, CAST(born AS VARCHAR) FROM ({replace(PLAIN, masks=YEAR).select(ROWS)})")

    assert rows == [("a", "2001-01-01"), ("b", None), ("c", "1990-01-01")]


def test_a_row_passes_a_filter_where_it_is_true_and_not_where_it_is_unknown() -> None:
    only = replace(PLAIN, row_filter="born > DATE '2000-01-01'")
    with Session() as session:
        assert [row[0] for row in session.run(only.select(ROWS))] == ["a"]
        # The filter looks at the column as it is, a mask over it changes what is shown alone.
        assert [row[0] for row in session.run(replace(only, masks={"born": "NULL"}).select(ROWS))] == ["a"]
