"""A guess fits its own file: codes stay text, a key has a meaning, and the validation of a run says how many rows pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.packs.contracts import contract_of
from tests.unit.packs.guessing.guesses import all_pass, guessed, types


def test_types_are_the_narrowest_that_lose_nothing(tmp_path: Path) -> None:
    found = guessed(
        tmp_path,
        "a.csv",
        "count,zeros,money,day,no_day,moment,flag,exponent,long,empty\n"
        "1,01,1.50,2024-02-29,2024-02-30,2024-01-01T10:00:00+05:00,true,1e3,12345678901234567890,\n"
        "-20,10,20,2023-01-01,2023-01-01,2024-01-01T10:00:00Z,FALSE,2.5,1,\n",
    )

    assert all_pass(found)
    assert types(found) == {
        "count": "integer",
        "zeros": "text",
        "money": "decimal(18,2)",
        "day": "date",
        "no_day": "text",
        "moment": "timestamp",
        "flag": "boolean",
        "exponent": "double",
        "long": "text",
        "empty": "text",
    }


def test_what_stands_after_a_thousand_rows_counts(tmp_path: Path) -> None:
    rows = [f"{n},{n}.5,{n}" for n in range(1, 9000)]
    rows[8500] = "8501,1.2345,007"
    rows[7777] = "7778,2.5,x"
    found = guessed(tmp_path, "a.csv", "n_of,amount,beds\n" + "\n".join(rows) + "\n")

    assert all_pass(found)
    assert types(found)["amount"] == "decimal(18,4)"
    assert types(found)["beds"] == "text"


def test_a_row_no_contract_takes_is_said_with_its_line(tmp_path: Path) -> None:
    rows = "".join(f"{n},A\n" for n in range(30))
    found = guessed(tmp_path, "a.csv", f"id,name\n{rows}31\n")

    assert (found.outcome.passed, found.outcome.rows) == (30, 31)
    assert [(f.rule, f.lines) for f in found.outcome.faults] == [("row.ragged", (32,))]


def test_where_a_person_said_how_days_are_written_the_other_rows_are_wrong(tmp_path: Path) -> None:
    rows = "".join(f"{n:03},{n % 28 + 1:02}.02.2024\n" for n in range(20))
    found = guessed(tmp_path, "a.csv", f"code,day\n{rows}020,31.02.2024\n021,soon\n", date_format="dd.MM.yyyy")

    assert types(found)["day"] == "date"
    assert (found.outcome.passed, found.outcome.rows) == (20, 22)


CELLS = st.sampled_from(
    ["", "1", "01", "2.5", "-3", "1e5", "2024-01-01", "2024-01-01 10:00:00", "x", "н/д", "true", "1 234,5", "«a»"]
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12))
def test_any_file_passes_the_contract_guessed_from_it(
    rows: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = [f"k{n};{';'.join(row)}" for n, row in enumerate(rows)]
    found = guessed(tmp_path_factory.mktemp("g"), "a.csv", "code;a;b;c\n" + "\n".join(lines) + "\n")

    assert all_pass(found)
    assert contract_of(found.document, "x").register.key == ("code",)
