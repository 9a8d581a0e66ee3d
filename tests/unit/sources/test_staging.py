"""Staging: one shape for every reader, and an extract without a row is no extract."""

from __future__ import annotations

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.sources.staging import STAGED, require_rows, staged_columns, staged_query
from tests.unit.sources.reading import columns


def test_a_staged_table_has_the_place_first_and_is_read_by_its_query() -> None:
    asked = columns("a", 'b "quoted"')
    with Session(threads=1) as session:
        session.insert("t", staged_columns(asked), [(2, None, None, None, "x", "ң")])

        assert session.run(staged_query("t", asked)) == [(2, None, None, None, "x", "ң")]
        assert [str(r[0]) for r in session.run(f"DESCRIBE {staged_query('t', asked)}")] == [
            *(n for n, _ in STAGED),
            "c0",
            "c1",
        ]


def test_an_extract_without_rows_would_retract_everything() -> None:
    with pytest.raises(AltynError) as caught:
        require_rows(0, {}, "in.csv")

    assert (caught.value.code, caught.value.where) == ("source.empty", "in.csv")
    require_rows(0, {"allow_empty": True}, "in.csv")
    require_rows(1, {}, "in.csv")
