"""Excel: what a cell holds, not what it looks like; a number is no code."""

# ruff: noqa: DTZ001 - Excel knows no zones

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from altyn.engines.duckdb import Session
from altyn.model import Column, ColumnType
from altyn.sources import excel
from altyn.sources.excel import ExcelReader
from altyn.sources.files import SourceFile
from tests.unit.sources.reading import columns, refused, stage

CODE, AMOUNT, DAY = (
    Column("code", ColumnType("text")),
    Column("amount", ColumnType("decimal", 18, 2)),
    Column("day", ColumnType("date")),
)


def book(folder: Path, *sheets: list[list[object]], names: tuple[str, ...] = ("one", "two")) -> Path:
    path = folder / "in.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in zip(names, sheets, strict=False):
            sheet = made.add_worksheet(name)
            for y, row in enumerate(rows):
                for x, value in enumerate(row):
                    if isinstance(value, datetime):
                        sheet.write_datetime(y, x, value, day)
                    elif value is not None:
                        sheet.write(y, x, value)
    return path


def test_values_as_they_were_stored(tmp_path: Path) -> None:
    book(
        tmp_path,
        [
            ["code", "amount", "day"],
            ["007", 5.0, datetime(2024, 2, 29)],
            ["А-1", 0.1 + 0.2, datetime(2024, 1, 1, 9, 30)],
        ],
    )
    assert stage(tmp_path, "in.xlsx", (CODE, AMOUNT, DAY)) == [
        (2, None, "007", "5", "2024-02-29"),
        (3, None, "А-1", "0.3", "2024-01-01T09:30:00"),
    ]


@pytest.mark.parametrize("value", [7, 7.5, True, datetime(2024, 2, 1)])
def test_a_number_a_day_or_a_yes_where_a_code_was_declared_is_a_problem(tmp_path: Path, value: object) -> None:
    book(tmp_path, [["code"], [value], ["007"]])
    assert [r[:2] for r in stage(tmp_path, "in.xlsx", (CODE,))] == [(2, "row.text-expected"), (3, None)]


def test_blank_rows_are_no_rows_and_shift_no_number(tmp_path: Path) -> None:
    book(tmp_path, [[], ["code", "x"], ["1"], [], [None, "kept"], ["2"], [""], []])
    assert stage(tmp_path, "in.xlsx", (CODE,), header_line=2) == [(3, None, "1"), (5, None, None), (6, None, "2")]


def test_a_sheet_by_name(tmp_path: Path) -> None:
    book(tmp_path, [["code"], ["1"]], [["code"], ["2"]])
    assert stage(tmp_path, "in.xlsx", (CODE,)) == [(2, None, "1")]
    assert stage(tmp_path, "in.xlsx", (CODE,), sheet="two") == [(2, None, "2")]
    error = refused(tmp_path, "in.xlsx", (CODE,), sheet="three")
    assert error.code == "source.format"
    assert "one, two" in str(error)


def test_headers_missing_twice_and_undeclared(tmp_path: Path) -> None:
    path = book(tmp_path, [["code", "more", None, "code"], ["1", "x", "y", "2"]])
    assert refused(tmp_path, "in.xlsx", (CODE,)).code == "source.column-duplicate"
    error = refused(tmp_path, "in.xlsx", columns("none"))
    assert (error.code, error.where) == ("source.column-missing", "in.xlsx, line 1")
    with Session() as session:
        file = SourceFile("in.xlsx", path, path, ".xlsx", 0, "", ())
        _, extra = ExcelReader().stage(session, file, columns("more"), {}, tmp_path, "t")
    assert extra == ("code", "#3", "code")


def test_a_sheet_without_rows_is_refused(tmp_path: Path) -> None:
    book(tmp_path, [["code"]])
    assert refused(tmp_path, "in.xlsx", (CODE,)).code == "source.empty"
    assert stage(tmp_path, "in.xlsx", (CODE,), allow_empty=True) == []
    book(tmp_path, [])
    assert refused(tmp_path, "in.xlsx", (CODE,)).code == "source.empty"


def test_a_full_sheet_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 3)
    book(tmp_path, [["code"], ["1"], ["2"]])
    assert refused(tmp_path, "in.xlsx", (CODE,)).code == "source.too-large"


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.xlsx").write_text("code\n1\n")
    assert refused(tmp_path, "in.xlsx", (CODE,)).code == "source.format"


def test_a_workbook_that_is_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "in.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60 * 1024 * 1024)
    assert refused(tmp_path, "in.xlsx", (CODE,)).code == "source.compressed"


def test_a_sample_for_guessing(tmp_path: Path) -> None:
    path = book(tmp_path, [["code", None, "n"], ["007", None, 5], [], ["008", None, 6]])
    file = SourceFile("in.xlsx", path, path, ".xlsx", 0, "", ())
    assert ExcelReader().sample(file, {}, tmp_path, 10) == [("code", ["007", "008"]), ("n", ["5", "6"])]
