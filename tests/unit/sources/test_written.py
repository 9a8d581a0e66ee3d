"""Cells that a source keeps typed come out as text in the form their contract declares, and are read back as they were."""

# ruff: noqa: DTZ001 - Excel knows no zones

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model import Column, ColumnType, Register
from altyn.model.columns import Form
from altyn.sources.context import Context
from altyn.sources.read import read
from altyn.sources.validate import validate
from altyn.sources.written import as_written, cell_as_written, iso_duration
from tests.unit.sources.reading import spec
from tests.unit.sources.staging import column

SESSION = Session(threads=1)
MONEY = Form(decimal=",", thousands=".", currency=("₸",))
WORDS = Form(true_words=("иә",), false_words=("жоқ",))


def formed(kind: str, form: Form | None) -> Column:
    return replace(column(kind, name="v"), form=form)


def loaded(folder: Path, path: str, made: Column) -> tuple[list[object], list[object]]:
    """Values of accepted rows (instants as text), and (line, rule) of refused ones."""
    scratch = folder / ".scratch"
    scratch.mkdir(exist_ok=True)
    register = Register("lab.things", "1", (Column("id", ColumnType("text")), made), ("id",), "0")
    with Session(threads=1) as session:
        reading = read(session, spec(folder, path), register.source_columns, scratch)
        validate(session, register, [(0, reading.parts[0].query)], Context())
        found = session.run(
            f"SELECT {'CAST(v AS VARCHAR)' if made.type.kind == 'timestamp' else 'v'} FROM accepted ORDER BY line_no"
        )
        return [r[0] for r in found], [
            (line, rule) for line, rule in session.run("SELECT line_no, rule FROM failures ORDER BY 1")
        ]


def sheet(folder: Path, values: list[object], format_: str) -> None:
    with xlsxwriter.Workbook(str(folder / "in.xlsx")) as book:
        made = book.add_worksheet()
        look = book.add_format({"num_format": format_})
        made.write_row(0, 0, ["id", "v"])
        for number, value in enumerate(values, start=1):
            made.write(number, 0, f"n{number}")
            if isinstance(value, (int, float, date, time, timedelta)) and not isinstance(value, bool):
                made.write(number, 1, value, look)
            else:
                made.write(number, 1, value)


@pytest.mark.parametrize(
    ("form", "kind", "format_", "cells", "expected"),
    [
        (Form("dd.MM.yyyy"), "date", "dd.mm.yyyy", [datetime(2024, 2, 1), "31.12.2023"], [date(2024, 2, 1), date(2023, 12, 31)]),
        (Form("d MMMM yyyy"), "date", "dd.mm.yyyy", [datetime(2024, 2, 1), "5 марта 2024"], [date(2024, 2, 1), date(2024, 3, 5)]),
        (
            Form(zone="Asia/Almaty"), "timestamp", "yyyy-mm-dd hh:mm:ss", [datetime(2024, 3, 2, 10, 30, 1), datetime(2024, 3, 2)],
            ["2024-03-02 05:30:01+00", "2024-03-01 19:00:00+00"],
        ),
        (Form("dd.MM.yyyy HH:mm", zone="UTC"), "timestamp", "yyyy-mm-dd hh:mm", [datetime(2024, 3, 2, 10, 30)], ["2024-03-02 10:30:00+00"]),
        (Form(time=True), "text", "hh:mm", [time(9, 1), "10:30"], ["09:01:00", "10:30"]),
        (Form(time=True, pattern="H.mm"), "text", "hh:mm", [time(9, 1), "10.30"], ["09:01:00", "10:30:00"]),
        (Form(duration=True), "text", "[hh]:mm:ss", [timedelta(hours=30, minutes=1), "P1D"], ["PT30H1M", "P1D"]),
        (MONEY, "decimal(12,3)", "0.000", [1.234, "1.234,5 ₸"], [Decimal("1.234"), Decimal("1234.500")]),
        (WORDS, "boolean", "0", [True, "ЖОҚ"], [True, False]),
    ],
)  # fmt: skip
def test_cells_of_excel_stand_beside_texts_in_the_same_form(  # noqa: PLR0917
    tmp_path: Path, form: Form, kind: str, format_: str, cells: list[object], expected: list[object]
) -> None:
    sheet(tmp_path, cells, format_)

    assert loaded(tmp_path, "in.xlsx", formed(kind, form)) == (expected, [])


def test_a_cell_that_its_form_cannot_hold_is_refused(tmp_path: Path) -> None:
    sheet(tmp_path, [datetime(2024, 2, 1, 10, 30), 12.5], "dd.mm.yyyy hh:mm")

    assert loaded(tmp_path, "in.xlsx", formed("date", Form("dd.MM.yyyy"))) == ([], [(2, "type"), (3, "type")])


@pytest.mark.parametrize(
    ("form", "kind", "values", "expected", "refused"),
    [
        (Form(zone="Asia/Almaty"), "timestamp", "TIMESTAMP_NS '2024-03-02 10:00:00.123456000'", ["2024-03-02 05:00:00.123456+00"], []),
        (Form(zone="Asia/Almaty"), "timestamp", "TIMESTAMP_NS '2024-03-02 10:00:00.123456789'", [], [(1, "type")]),
        (Form(zone=""), "timestamp", "TIMESTAMP '2024-03-02 10:00:00'", ["2024-03-02 10:00:00+00"], []),
        (None, "timestamp", "TIMESTAMP '2024-03-02 10:00:00'", [], [(1, "type")]),
        (Form(zone="Asia/Almaty"), "timestamp", "TIMESTAMPTZ '2024-03-02 10:00:00+00'", [], [(1, "type")]),
        (Form("dd.MM.yyyy HH:mm:ss XXX"), "timestamp", "TIMESTAMPTZ '2024-03-02 10:00:00+05'", ["2024-03-02 05:00:00+00"], []),
        (Form("yyyy-dd-MM"), "date", "DATE '2024-03-02'", [date(2024, 3, 2)], []),
        (Form("dd.MM.yyyy"), "date", "TIMESTAMP '2024-03-02 10:00:00'", [], [(1, "type")]),
        (Form(time=True), "text", "TIME '10:00:00.5'", ["10:00:00.5"], []),
        (Form(time=True, pattern="H:mm:ss"), "text", "TIME '09:00:05'", ["09:00:05"], []),
        (Form(duration=True), "text", "INTERVAL '1 year 2 days 3 hours 4.5 seconds'", ["P1Y2DT3H4.5S"], []),
        (Form(duration=True), "text", "INTERVAL 0 SECOND", ["PT0S"], []),
        (None, "text", "INTERVAL 1 DAY", [], [(1, "row.text-expected")]),
        (MONEY, "decimal(12,3)", "1.234::DECIMAL(9,3)", [Decimal("1.234")], []),
        (MONEY, "decimal(12,3)", "'1.234'", [Decimal("1234.000")], []),
        (WORDS, "boolean", "false", [False], []),
        (None, "text", "'4a78f022-a422-44d2-b166-fecb1e272cab'::UUID", ["4a78f022-a422-44d2-b166-fecb1e272cab"], []),
    ],
)  # fmt: skip
def test_columns_of_parquet(  # noqa: PLR0917
    tmp_path: Path, form: Form | None, kind: str, values: str, expected: list[object], refused: list[object]
) -> None:
    SESSION.write_parquet(f"SELECT 'a' AS id, {values} AS v", tmp_path / "in.parquet")

    assert loaded(tmp_path, "in.parquet", formed(kind, form)) == (expected, refused)


@pytest.mark.parametrize("name", ["in.json", "in.ndjson"])
def test_numbers_of_json_are_never_misread(tmp_path: Path, name: str) -> None:
    rows = ['{"id": "a", "v": 1.234}', '{"id": "b", "v": "1.234"}']
    (tmp_path / name).write_text(f"[{', '.join(rows)}]" if name == "in.json" else "\n".join(rows), encoding="utf-8")

    assert loaded(tmp_path, name, formed("decimal(12,3)", MONEY)) == ([Decimal("1.234"), Decimal("1234.000")], [])


@settings(max_examples=60, deadline=None)
@given(
    pattern=st.sampled_from(["dd.MM.yyyy", "d.M.yyyy HH:mm", "yyyyMMdd HH:mm:ss", "d MMM yyyy HH:mm:ss.SSS", "dd/MM/yy"]),
    value=st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
)  # fmt: skip
def test_the_engine_and_python_write_one_text(pattern: str, value: datetime) -> None:
    made = formed("timestamp", Form(pattern, zone="UTC"))
    if "H" not in pattern:
        made, value = formed("date", Form(pattern)), datetime(value.year, value.month, value.day)
    plain = value.strftime("%Y-%m-%dT%H:%M:%S.%f")

    by_python = cell_as_written(made, value, plain)

    assert SESSION.one(f"SELECT {as_written(made, repr(plain))}")[0] == by_python


@given(length=st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_a_length_of_time_is_written_whole(length: timedelta) -> None:
    written = iso_duration(length).removeprefix("PT")

    parts = dict.fromkeys("HMS", Decimal(0))
    number = ""
    for sign in written:
        if sign in parts:
            parts[sign], number = Decimal(number), ""
        else:
            number += sign
    total = parts["H"] * 3600 + parts["M"] * 60 + parts["S"]
    assert total == Decimal(length // timedelta(microseconds=1)) / 1_000_000
