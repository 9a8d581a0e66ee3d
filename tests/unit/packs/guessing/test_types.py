"""Types: the narrowest that loses nothing; a code stays text."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from altyn.language import say
from altyn.packs.guessing.types import ColumnGuess, as_text, decide, is_code_header, is_row_number
from altyn.sources.trial import Evidence, Held
from tests.unit.packs.guessing.guesses import WORDS, all_pass, guessed, table, types

NOON, MIDNIGHT = datetime(2024, 1, 1, 12), datetime(2024, 1, 3)  # noqa: DTZ001  # cells of Excel have no zone


@pytest.mark.parametrize(
    ("cells", "type_", "refused", "date_format"),
    [
        ([NOON, MIDNIGHT, NOON], "timestamp", 0, ""),
        ([MIDNIGHT, "31.01.2024", MIDNIGHT], "date", 0, ""),
        ([MIDNIGHT, "31.01.2024", MIDNIGHT], "date", 0, "dd.MM.yyyy"),
        ([NOON, "31.01.2024", MIDNIGHT], "text", 0, ""),
        ([MIDNIGHT, "soon", MIDNIGHT], "text", 0, ""),
        ([1.5, "#DIV/0!", 2.5], "decimal(18,1)", 1, ""),
    ],
)
def test_cells_of_a_workbook_are_compared_by_what_they_are(
    tmp_path: Path, cells: list[datetime | str | float], type_: str, refused: int, date_format: str
) -> None:
    found = guessed(tmp_path, "a.xlsx", workbook(tmp_path, cells), date_format=date_format)

    assert types(found)["held"] == type_
    assert found.outcome.rows - found.outcome.passed == refused


def workbook(folder: Path, cells: list[datetime | str | float]) -> bytes:
    """A workbook of codes and these cells: `#DIV/0!` is an error, a day without a time a day."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(folder / "made.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["code", "held"])
    day, moment = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm"))
    for number, cell in enumerate(cells, start=1):
        sheet.write_string(number, 0, f"A{number}")
        if isinstance(cell, datetime):
            sheet.write_datetime(number, 1, cell, moment if cell.hour else day)
        elif cell == "#DIV/0!":
            sheet.write_formula(number, 1, "=1/0", None, cell)  # pyright: ignore[reportArgumentType]
        else:
            sheet.write(number, 1, cell)
    book.close()
    return (folder / "made.xlsx").read_bytes()


@pytest.mark.parametrize(
    "header",
    ["code", "Код", "id", "schoolId", "region_code", "geonameid", "oked", "phone", "postcode", "Нөмірі", "БИН код"],
)
def test_a_code_by_its_header_is_text(tmp_path: Path, header: str) -> None:
    found = guessed(tmp_path, "a.csv", f"{header},pupils\n11,5\n120,6\n")

    assert [c.type.name for c in found.register.columns] == ["text", "integer"]


@pytest.mark.parametrize(
    "header", ["population", "2022", "number of pupils", "Сумма", "Численность населения", "covid"]
)
def test_a_count_is_a_number_whatever_its_width(tmp_path: Path, header: str) -> None:
    found = guessed(tmp_path, "a.csv", f"code,{header}\nA1,50123\nA2,60123\n")

    assert found.register.columns[1].type.name == "integer"


def test_six_digits_in_every_row_are_a_code(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a.csv", "name,thing,population\nA,123456,234567\nB,654321,345678\n")

    assert types(found) == {"name": "text", "thing": "text", "population": "integer"}


def test_text_in_a_typed_source_stays_text_and_numbers_that_are_codes_become_it(tmp_path: Path) -> None:
    records = [{"area": "101", "code": 10, "n": 1.5, "mixed": 1}, {"area": "102", "code": "A1", "n": 2, "mixed": "1a"}]
    found = guessed(tmp_path, "a.json", json.dumps(records))

    assert all_pass(found)
    assert types(found) == {"area": "text", "code": "text", "n": "decimal(18,1)", "mixed": "text"}
    assert [c.name for c in found.register.columns if c.text_from_any] == ["code", "mixed"]


@pytest.mark.parametrize(("header", "type_"), [("№", "integer"), ("№ п/п", "integer"), ("№ школы", "text")])
def test_the_number_of_something_is_a_code_and_that_of_a_row_is_none(tmp_path: Path, header: str, type_: str) -> None:
    found = guessed(tmp_path, "a.csv", table(f"{header},beds_of", "1,5", "2,5", "3,6"))

    assert next(iter(types(found).values())) == type_


def evidence(header: str, *values: str | None, held: Held | None = None) -> Evidence:
    """What all rows of a small column say."""
    filled = [v for v in values if v is not None]
    lengths = [len(v) for v in filled] or [0]
    zeros = any(len(v) > 1 and v[0] == "0" and v.isdigit() for v in filled)
    scale = max([len(v.partition(".")[2]) for v in filled] or [0])
    return Evidence(
        header,
        "x",
        held,
        len(values),
        len(filled),
        len(set(filled)),
        min(lengths),
        max(lengths),
        zeros,
        scale,
        values,
    )


def decided(header: str, *values: str | None, held: Held | None = None) -> ColumnGuess:
    return decide(evidence(header, *values, held=held), WORDS, "Asia/Almaty")


@pytest.mark.parametrize(
    ("header", "values", "role", "type_"),
    [
        ("x", (None, None), "text", "string"),
        ("Код", ("1", "2"), "code", "string"),
        ("№ п/п", ("1", "2"), "row-number", "integer"),
        ("Нөмірі", ("1", "2"), "number", "string"),
        ("год", ("2020", "2021"), "period", "integer"),
        ("period", ("20240131", "20240229"), "period", "date"),
        ("period", ("20240131", "20241331"), "period", "string"),
        ("year", ("2020.0", "2021.0"), "period", "integer"),
        ("халық саны", ("10", "20"), "value", "integer"),
        ("updated", ("2024-01-01", "2024-01-02"), "changed", "date"),
        ("report date", ("2024-01-01", "2024-01-02"), "period", "date"),
        ("birth date", ("2024-01-01", "2024-01-02"), "value", "date"),
        ("moment", ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00+05:00"), "period", "timestamp"),
        ("наименование", ("Ақтөбе", "Алматы"), "name", "string"),
        ("region name", ("Ақтөбе", "Алматы"), "category", "string"),
        ("пол", ("м", "ж"), "category", "string"),
        ("flag_of", ("true", "False"), "value", "boolean"),
        ("flag_of", ("true", "tRue"), "text", "string"),
        ("x", ("1", "1", "1", "2", "2", "2"), "dimension", "integer"),
        ("x", ("A1", "B2"), "code", "string"),
        ("x", ("10:30", "11:00"), "value", "string"),
        ("x", ("AKM", "ZHM"), "code", "string"),
        ("x", ("red", "red", "blue", "blue"), "category", "string"),
        ("x", ('["a"]', '{"b": 1}'), "text", "string"),
        ("x", ("word " * 20, "a"), "text", "string"),
    ],
)
def test_what_a_column_is_for(header: str, values: tuple[str | None, ...], role: str, type_: str) -> None:
    found = decided(header, *values)

    assert (found.role, found.properties["logicalType"]) == (role, type_)
    assert all(found.reason.text(language) for language in ("kk", "ru", "en"))


@pytest.mark.parametrize(
    ("values", "physical"),
    [
        (("1.5", "20.25"), "DECIMAL(18,2)"),
        (("-12345678901234567.5", "1.123"), "DECIMAL(24,3)"),
        (("1e3", "2.5"), "DOUBLE"),
        (("1." + "1" * 21,), "DOUBLE"),
        (("9" * 28 + ".5",), None),
    ],
)
def test_a_fraction_has_room_for_larger_ones_or_is_kept_as_text(values: tuple[str, ...], physical: str | None) -> None:
    found = decided("amount", *values)

    assert found.properties.get("physicalType") == physical
    assert found.is_text == (physical is None)


def test_numbers_that_a_file_holds_as_numbers_may_have_lost_their_zeros_already() -> None:
    found = decided("code", "1", "20", held="no-text")

    assert found.profile == {"altyn.textFromAny": True}
    assert "zeros" in found.notes[0].text("en")
    assert decided("code", "1", "20", held="text").notes == ()


def test_day_and_month_that_cannot_be_told_apart_are_said() -> None:
    assert "Day and month" in decided("x", "01/02/2024", "03/04/2024").notes[0].text("en")
    assert decided("x", "01/02/2024", "31/04/2024").notes == ()


def test_a_column_left_as_text_loses_its_form_and_its_identifier() -> None:
    found = decided("x", "1 204,5", "3", held="both")
    assert "altyn.form" in found.profile
    plain = as_text(found, say("text"))

    assert (plain.properties, plain.profile) == ({"logicalType": "string"}, {"altyn.textFromAny": True})


@pytest.mark.parametrize(
    ("header", "is_code", "is_number_of_a_row"),
    [
        ("number of pupils", False, False),
        ("count of beds", False, False),
        ("Регистрационный номер", True, False),
        ("№", False, True),
        ("№ школы", True, False),
        ("oked", True, False),
        ("covid", False, False),
        ("", False, False),
    ],
)
def test_what_a_header_speaks_of(header: str, is_code: bool, is_number_of_a_row: bool) -> None:  # noqa: FBT001
    assert (is_code_header(header, WORDS), is_row_number(header, WORDS)) == (is_code, is_number_of_a_row)
