"""Footers: where the lines that a source leaves out are one more or one fewer, those on the wrong side wait."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.sources.reading import Staged, columns, stage

CODE, NAME, N = (
    replace(c, required=required) for c, required in zip(columns("code", "name", "n"), (True, False, True), strict=True)
)
RECORDS = ["000001,Ақмола,10", "000002,Алматы,20", "000003,Атырау,30"]


def read(folder: Path, *lines: str, footer: int = 1, asked: tuple[object, ...] = (CODE, NAME, N)) -> Staged:
    (folder / "in.csv").write_text("\n".join(["code,name,n", *lines]) + "\n", encoding="utf-8")
    return stage(folder, "in.csv", asked, skip_footer=footer)  # type: ignore[arg-type]


def problems(rows: Staged) -> list[tuple[object, object]]:
    return [(row[0], row[1]) for row in rows if row[1]]


def test_a_total_below_records_is_left_out(tmp_path: Path) -> None:
    rows = read(tmp_path, *RECORDS, "Итого,,60")

    assert [row[2] for row in rows] == ["000001", "000002", "000003"]
    assert problems(rows) == []


def test_a_record_that_was_taken_for_the_total_waits_with_its_line(tmp_path: Path) -> None:
    rows = read(tmp_path, *RECORDS, "000004,Жамбыл,40")

    assert problems(rows) == [(5, "row.footer")]
    assert len(rows) == 4, "it is there to be looked at"


def test_a_second_total_that_was_taken_for_a_record_waits(tmp_path: Path) -> None:
    assert problems(read(tmp_path, *RECORDS, "Барлығы,,60", "Итого,,60")) == [(5, "row.footer")]


def test_empty_lines_are_no_footer(tmp_path: Path) -> None:
    assert problems(read(tmp_path, *RECORDS, "Итого,,60", "", "")) == []


def test_a_record_of_another_shape_is_not_taken_for_one(tmp_path: Path) -> None:
    """A note with a number is no record: its code has another form."""
    assert problems(read(tmp_path, *RECORDS, "2024-01-12,,60")) == []


@pytest.mark.parametrize("last", ["A,Ақмола,1", "Итого,,60"])
def test_where_codes_are_words_nothing_tells_a_record_from_a_total(tmp_path: Path, last: str) -> None:
    rows = read(tmp_path, "A,Ақмола,1", "B,Алматы,2", last, asked=(CODE, NAME))

    assert problems(rows) == []
    assert len(rows) == 2


def test_where_nothing_is_required_nothing_is_doubted(tmp_path: Path) -> None:
    free = tuple(replace(c, required=False) for c in (CODE, NAME, N))

    assert problems(read(tmp_path, *RECORDS, "000004,Жамбыл,40", asked=free)) == []


def test_one_record_alone_tells_nothing(tmp_path: Path) -> None:
    assert problems(read(tmp_path, RECORDS[0], "Итого,,60")) == []
