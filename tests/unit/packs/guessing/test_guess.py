"""A guess fits its own file: codes stay text, a key has a meaning, and the validation of a run says how many rows pass."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altyn.model import Kind
from altyn.packs.contracts import contract_of, parse_contract
from altyn.packs.guessing.document import contract_document, contract_text
from altyn.packs.guessing.forms import Said
from altyn.packs.guessing.guess import Guess, guess
from altyn.packs.guessing.naming import column_names
from altyn.packs.guessing.words import HeaderWords
from altyn.sources.spec import spec_from_table
from altyn.sources.trial import Trial, columns_of

WORDS = HeaderWords().more({"code": ["oked"], "kinds": {"even": "even"}})
EVEN = Kind("even", lambda v: v.isdigit() and int(v) % 2 == 0, "coalesce(TRY_CAST({value} AS BIGINT) % 2 = 0, false)")


def guessed(folder: Path, name: str, text: str | bytes, *, date_format: str = "", **settings_of: Any) -> Guess:
    """The guess for a file of this content."""
    content = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(content)
    spec = spec_from_table("local.x", {"path": name, **settings_of}, folder)
    headers = columns_of(spec, folder)
    with Trial(spec, folder, list(zip(headers, column_names(headers), strict=True))) as trial:
        said = Said(date_format=date_format)
        return guess(trial, "local.x", WORDS, {"even": EVEN}, timezone="Asia/Almaty", synthetic=False, said=said)


def types(found: Guess) -> Mapping[str, str]:
    return {c.name: c.type.name for c in found.register.columns}


def all_pass(found: Guess) -> bool:
    return found.outcome.passed == found.outcome.rows > 0


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


def test_a_key_is_a_code_and_never_a_name_a_value_or_a_date_of_change(tmp_path: Path) -> None:
    found = guessed(
        tmp_path, "a.csv", "name,updated,value,code\nA,2024-01-01,1.5,x1\nB,2024-01-02,2.5,x2\nC,2024-01-03,3.5,x3\n"
    )
    assert found.key.columns == ("code",)

    found = guessed(
        tmp_path, "a.csv", "doc_number,day,supplier_code,sum\n7/2024,2024-01-01,B1,1.5\n8/2024,2024-01-01,B2,2.5\n"
    )
    assert found.key.columns == ("doc_number",)

    found = guessed(tmp_path, "a.csv", "name,updated,value\nA,2024-01-01,1.5\nB,2024-01-02,2.5\nC,2024-01-03,3.5\n")
    assert found.key.columns == ()


def test_a_key_of_several_columns_is_the_fewest_that_mean_the_record(tmp_path: Path) -> None:
    rows = [
        f"{region},{year},{sex},{region * year + len(sex)},2024-01-01"
        for region in (11, 15, 19)
        for year in (2020, 2021)
        for sex in ("men", "women")
    ]
    found = guessed(tmp_path, "a.csv", "region_code,year,sex,population,updated\n" + "\n".join(rows) + "\n")

    assert found.key.columns == ("region_code", "year", "sex")
    assert all_pass(found)


def table(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        # Signs of a code list tell what they are by their shape, whatever their header.
        (table("sign,title_of", "AKM,Gate One", "04G,Gate Two", "ZB,Gate Three"), ["sign"]),
        (table("tongue,said", "aaa,Aa Bb", "aab,Bb Cc", "zza,Cc Dd"), ["tongue"]),
        # In a table of values the one text says what a row is about.
        (table("browser,share_of", "Alpha 30.0,1.5", "Beta 2,2.5", "Gamma,3.5"), ["browser"]),
        # The name of a region stands for it, but not for a person.
        (table("Region name,beds", "North Shore,4", "South Bank,5"), ["region_name"]),
        (table("full name,age", "Aa Bb,4", "Cc Dd,5"), []),
        # A number is a dimension where every combination stands in the table.
        (table("plot,depth_no_unit,yield_t", *(f"{p},{d},{p}{d}.5" for p in range(1, 7) for d in range(1, 6))), None),
        # As many digits in every row may be a count: the month comes first.
        (table("month,workers_of_all", "2024-01-01,113603", "2024-02-01,113884", "2024-03-01,114000"), ["month"]),
        (table("year,count_of", "1950.0,1", "1951.0,1", "1952.0,2"), ["year"]),
        (table("time,drivers", "1969,7", "1969.0833,7", "1969.1667,8"), ["time"]),
    ],
)
def test_a_key_by_what_the_values_are(tmp_path: Path, text: str, key: list[str] | None) -> None:
    found = guessed(tmp_path, "a.csv", text)

    assert all_pass(found)
    assert list(found.key.columns) == (["plot", "depth_no_unit"] if key is None else key)


def test_columns_of_a_key_mean_the_record_and_do_not_only_happen_to_differ(tmp_path: Path) -> None:
    """Study and bird have as many combinations as rows; the number of a sample and the bird have a hundred times more."""
    rows = [f"{n},S{n // 40 + 10},N{n % 40}A,{n % 39 + 1}" for n in range(1, 120)]
    found = guessed(tmp_path, "a.csv", table("weight,study,bird id,sample number", *rows))

    assert found.key.columns == ("study", "bird_id")


def test_a_code_that_a_few_rows_repeat_is_named_and_left_to_a_person(tmp_path: Path) -> None:
    codes = [f"{n:05}" for n in range(60)]
    found = guessed(tmp_path, "a.csv", table("code,beds_of", *(f"{c},5" for c in [*codes, codes[7]])))

    assert all_pass(found)
    assert found.key.columns == ()
    assert "code" in found.key.reason.text("en")


@pytest.mark.parametrize("header", ["no", "yes", "null", "code"])
def test_every_column_has_its_comment_in_the_contract(tmp_path: Path, header: str) -> None:
    """YAML writes some names in quotes."""
    found = guessed(tmp_path, "a.csv", table(f"{header},beds_of", "01,5", "02,6"))
    written = contract_text(found.document, found.decisions, found.key, []).splitlines()
    place = next(n for n, line in enumerate(written) if re.fullmatch(rf"      - name: .?{header}.?", line))

    assert written[place - 1].startswith("      # ")


def test_columns_that_differ_by_luck_are_no_key(tmp_path: Path) -> None:
    """Forty sales on thirty days of twenty goods: no two fell together, and tomorrow two will."""
    rows = [f"2024-01-{n * 7 % 30 + 1:02},S{n * 11 % 20:02},{n % 3 + 1}" for n in range(40)]
    found = guessed(tmp_path, "a.csv", table("date,sku,quantity", *rows))

    assert found.key.columns == ()


@pytest.mark.parametrize(("header", "type_"), [("№", "integer"), ("№ п/п", "integer"), ("№ школы", "text")])
def test_the_number_of_something_is_a_code_and_that_of_a_row_is_none(tmp_path: Path, header: str, type_: str) -> None:
    found = guessed(tmp_path, "a.csv", table(f"{header},beds_of", "1,5", "2,5", "3,6"))

    assert next(iter(types(found).values())) == type_


def test_a_list_is_no_key_and_a_day_of_this_year_needs_no_year(tmp_path: Path) -> None:
    listed = guessed(tmp_path, "a.json", json.dumps([{"group": ["a", str(n)], "n": 1} for n in range(5)]))
    hours = [f"EWR,2013,2013-01-0{d}T0{h}:00:00Z,{d}" for d in range(1, 4) for h in range(3)]
    dated = guessed(
        tmp_path, "b.csv", table("origin,year,time_hour,temp", *[*hours, *(h.replace("E", "L") for h in hours)])
    )

    assert listed.key.columns == ()
    assert dated.key.columns == ("origin", "time_hour")


def test_a_period_that_is_the_same_in_the_whole_file_belongs_to_a_key_of_several(tmp_path: Path) -> None:
    rows = [f"{e},202401,{o},3" for e in ("de1", "de2") for o in ("ou1", "ou2")]
    found = guessed(tmp_path, "a.csv", "dataelement,period,orgunit,value\n" + "\n".join(rows) + "\n")

    assert found.key.columns == ("dataelement", "period", "orgunit")


def test_an_identifier_is_proposed_where_every_value_passes_its_check(tmp_path: Path) -> None:
    values = [2, 14, 36, 48, 52, 64, 78]
    found = guessed(tmp_path, "a.csv", "even,other\n" + "".join(f"{v},{v + 1}\n" for v in values))
    assert found.decisions[0].profile["altyn.identifier"] == "even"
    assert "altyn.identifier" not in found.decisions[1].profile

    found = guessed(tmp_path, "a.csv", "even\n" + "".join(f"{v}\n" for v in (*values, 3)))
    assert "altyn.identifier" not in found.decisions[0].profile
    assert "7 of 8" in str(found.decisions[0].notes[0])


def test_a_row_no_contract_takes_is_said_with_its_line(tmp_path: Path) -> None:
    rows = "".join(f"{n},A\n" for n in range(30))
    found = guessed(tmp_path, "a.csv", f"id,name\n{rows}31\n")

    assert (found.outcome.passed, found.outcome.rows) == (30, 31)
    assert [(f.rule, f.lines) for f in found.outcome.faults] == [("row.ragged", (32,))]


def test_a_guess_is_closed_and_its_text_is_a_contract_with_comments(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a.csv", '"Код",batch,"Код\nрайона"\n1,a,x\n2,a,\n')
    text = contract_text(found.document, found.decisions, found.key, [])

    assert parse_contract(text, "x").document == found.document
    assert not found.register.is_open
    assert {c.sensitivity for c in found.register.columns} == {"internal"}
    assert [c.name for c in found.register.columns] == ["kod", "batch_value", "kod_rayona"]
    assert "# a code by its header\n      - name: kod\n" in text


def test_without_a_key_a_record_is_its_content(tmp_path: Path) -> None:
    found = guessed(tmp_path, "a.csv", "name,value\nA,1.5\nB,2.5\n")
    document = contract_document("local.x", found.decisions, found.key)
    properties = {p["property"]: p["value"] for p in document["schema"][0]["customProperties"]}

    assert properties.get("altyn.key") == "none"


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
