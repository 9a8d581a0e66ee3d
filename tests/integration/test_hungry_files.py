"""Files that ask for more than a machine has: each costs its register only, and says which file and what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import xlsxwriter

from altyn.engines import confined
from altyn.sources import apart
from altyn.sources.workbook import is_harmless, is_sparse
from tests.integration.strange import Stranger, stranger

COLUMNS = {"id": ("id", "string"), "name": ("name", "string")}
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
_WITHIN_KB = 900_000


def text_cell(place: str, text: str, tag: str = "c") -> str:
    """A cell that holds a text."""
    return f'<{tag} r="{place}" t="inlineStr"><is><t>{text}</t></is></{tag}>'


def workbook(path: Path, stray: str, *, member: str = "worksheets/sheet1.xml") -> Path:
    """A workbook of one row of data, and whatever stands below it."""
    rows = f'<row r="1">{text_cell("A1", "id")}{text_cell("B1", "name")}</row><row r="2">{text_cell("A2", "a")}{text_cell("B2", "b")}</row>'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    relations = (
        f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{{kind}}" Target="{{to}}"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("_rels/.rels", relations.format(kind=f"{office}/officeDocument", to="xl/workbook.xml"))
        book.writestr("xl/_rels/workbook.xml.rels", relations.format(kind=f"{office}/worksheet", to=member))
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{office}">'
            '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        book.writestr(f"xl/{member}", _SHEET.format(rows=rows + stray))
    return path


STRAYS: Mapping[str, tuple[str, str]] = {
    "the last corner": (f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>', "worksheets/sheet1.xml"),
    "the last corner, in quotes of the other kind": (
        "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        "worksheets/sheet1.xml",
    ),
    "the last corner, with a prefix": (
        '<x:row r="1048576" xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        "worksheets/sheet1.xml",
    ),
    "a cell without a place in the last row": ('<row r="1048576"><c><v>1</v></c></row>' * 3, "worksheets/sheet1.xml"),
    "a sheet that lies elsewhere": (f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>', "other/place.xml"),
}


def two_registers(folder: Path, suffix: str) -> Stranger:
    """A project whose second register has nothing wrong with it."""
    brought = stranger(folder, COLUMNS, suffix=suffix)
    contract = (folder / "packs" / "local" / "registers" / "brought.odcs.yaml").read_text(encoding="utf-8")
    (folder / "packs" / "local" / "registers" / "good.odcs.yaml").write_text(
        contract.replace("brought", "good"), encoding="utf-8"
    )
    with (folder / "altyn.toml").open("a", encoding="utf-8") as toml:
        toml.write('[sources."local.good"]\npath = "data/good.csv"\n')
    (folder / "data" / "good.csv").write_text("id,name\n1,x\n", encoding="utf-8")
    return brought


@pytest.mark.parametrize(("stray", "member"), STRAYS.values(), ids=STRAYS)
def test_a_cell_in_the_last_corner_costs_its_register_only(tmp_path: Path, stray: str, member: str) -> None:
    brought = two_registers(tmp_path, "xlsx")
    workbook(tmp_path / "data" / "brought.xlsx", stray, member=member)

    # In a process of its own: what a reader asks for in vain ends the process that asks.
    code = f"from pathlib import Path; from tests.integration.test_hungry_files import report; report(Path({str(tmp_path)!r}))"
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([f"{root}/src", root])},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)

    assert process.returncode == 0
    said = json.loads(told)
    assert brought.ask("select count(*) from good") == [(1,)]
    assert usage.ru_maxrss < _WITHIN_KB
    if said:
        assert [e["code"] for e in said] == ["source.too-large"]
        assert said[0]["where"] == "data/brought.xlsx"
    else:
        assert brought.ask("select count(*) from brought") == [(2,)]


def report(folder: Path) -> None:
    """Run a project and print its errors; for a process of its own."""
    print(json.dumps([e.parts("en") for e in Stranger(folder).run().errors]))  # noqa: T201


def test_formats_down_to_the_last_row_are_no_cells(tmp_path: Path) -> None:
    brought = stranger(tmp_path, COLUMNS, suffix="xlsx")
    workbook(tmp_path / "data" / "brought.xlsx", '<row r="1048570"><c r="XFD1048570" s="0"/></row>')

    assert brought.run().exit_status == 0
    assert brought.ask("select name from brought") == [("b",)]


def test_what_reads_apart_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(folder: Path, from_bytes: int) -> object:
        folder.mkdir()
        monkeypatch.setattr(apart, "FROM_BYTES", from_bytes)
        columns = {**COLUMNS, "n": ("n", "integer"), "day": ("day", "date")}
        brought = stranger(folder, columns, suffix="xlsx")
        book = xlsxwriter.Workbook(str(folder / "data" / "brought.xlsx"))
        sheet, other = book.add_worksheet("first"), book.add_worksheet("second")
        other.write(0, 0, "unread")
        for number, row in enumerate(
            (["id", "name", "n", "day", "more"], ["a", "Әсел", 1, "2020-02-03", "x"], ["b", 7, 2.5, "x", "y"])
        ):
            sheet.write_row(number, 0, row)
        book.close()
        report = brought.run()
        return (
            [str(e) for e in report.errors],
            list(report.findings),
            brought.refused(),
            brought.ask("select id, name, n, day from brought order by id"),
        )

    assert rows(tmp_path / "here", 10**9) == rows(tmp_path / "apart", 0)


def test_an_error_of_a_reader_that_reads_apart_is_the_reader_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def errors(folder: Path, from_bytes: int) -> object:
        folder.mkdir()
        monkeypatch.setattr(apart, "FROM_BYTES", from_bytes)
        brought = stranger(folder, COLUMNS, suffix="json")
        brought.bring('{"rows": [{"id": 1}], "others": []}', ".json")
        return [e.parts(language) for e in brought.run().errors for language in ("kk", "ru", "en")]

    assert errors(tmp_path / "here", 10**9) == errors(tmp_path / "apart", 0)


def test_json_that_takes_more_than_its_process_may_costs_its_register_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = two_registers(tmp_path, "json")
    record = {"id": "x", "name": "y"} | {f"c{n}": n for n in range(60)}
    with (tmp_path / "data" / "brought.json").open("w", encoding="utf-8") as file:
        file.write("[" + ",".join(json.dumps({**record, "id": str(n)}) for n in range(40_000)) + "]")
    monkeypatch.setattr(apart, "BOUNDS", confined.Bounds(cpu_s=60, wall_s=120, memory_mb=400, file_mb=100))

    report = brought.run()

    assert [(e.code, e.where) for e in report.errors] == [("source.too-large", "data/brought.json")]
    assert brought.ask("select count(*) from good") == [(1,)]


def test_a_workbook_that_lies_about_its_size_is_not_taken_for_harmless(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", "")
    assert is_harmless(path)
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as book:
        size = book.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(raw.replace(size.to_bytes(4, "little"), (size - 9).to_bytes(4, "little")))

    assert not is_harmless(path)
    assert not is_harmless(tmp_path / "none.xlsx")


def test_a_full_sheet_is_not_sparse(tmp_path: Path) -> None:
    cells = "".join(f'<c r="{c}{{n}}"><v>1</v></c>' for c in ("A", "B", "XFD"))
    rows = "".join(f'<row r="{n}">{cells.format(n=n)}</row>' for n in range(3, 1300))

    # 1,300 rows of 16,384 columns: a rectangle of 21 million cells, of which 3,891 hold something.
    assert is_sparse(workbook(tmp_path / "thin.xlsx", rows))
    assert not is_sparse(workbook(tmp_path / "narrow.xlsx", rows.replace("XFD", "Z")))
