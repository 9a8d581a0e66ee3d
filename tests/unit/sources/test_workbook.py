"""Workbooks: errors, formulas nobody computed and digits beyond a double are found where the XML says them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from altyn.sources.workbook import ERROR, FORMULA, INEXACT, Odd, is_harmless, is_sparse, odd_cells

NAMES = '<workbook><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
RELATIONS = '<Relationships><Relationship Id="rId1" Target="{target}"/></Relationships>'


def book(folder: Path, rows: str, name: str = "Парақ", target: str = "worksheets/sheet1.xml", **more: str) -> Path:
    path = folder / "in.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", NAMES.format(name=name))
        archive.writestr("xl/_rels/workbook.xml.rels", RELATIONS.format(target=target))
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
        for member, text in more.items():
            archive.writestr(member, text)
    return path


def odd(folder: Path, cells: str) -> Odd | None:
    return odd_cells(book(folder, f'<row r="3">{cells}</row>'), "Парақ")


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ('<c r="B3" t="e"><v>#N/A</v></c>', {(2, 1): (ERROR, "#N/A")}),
        ('<c r="A3"><f>SUM(B1:B2)</f></c><c r="B3"><v>1</v></c>', {(2, 0): (FORMULA, "")}),
        ('<c r="A3"><f>B1</f><v></v></c>', {(2, 0): (FORMULA, "")}),
        ('<c r="A3" t="str"><f>B1</f><v></v></c>', {}),
        ('<c r="A3"><f>B1</f><v>5</v></c>', {}),
        ('<c r="AA3"><v>12345678901234567</v></c>', {(2, 26): ("", "12345678901234567")}),
        ('<c r="A3"><f>B1</f><v>12345678901234567</v></c>', {(2, 0): (INEXACT, "12345678901234567")}),
        ('<c r="A3"><v>1.2345678901234567E+16</v></c>', {(2, 0): (INEXACT, "1.2345678901234567E+16")}),
        ('<c r="A3"><v>9007199254740991.0</v></c>', {}),
        ('<c r="A3"><v>0.12345678901234567</v></c>', {}),
        ('<c r="A3" t="s"><v>12345678901234567</v></c>', {}),
        ('<x:c r="A3" t="e"><x:v>#REF!</x:v></x:c>', {(2, 0): (ERROR, "#REF!")}),
        ('<c t="e"><v>#N/A</v></c><c t="e"><v>#REF!</v></c>', {(2, 0): (ERROR, "#N/A"), (2, 1): (ERROR, "#REF!")}),
        ('<c r="A3"><v>5</v></c>', {}),
    ],
)  # fmt: skip
def test_what_would_pass_for_a_right_value(tmp_path: Path, cells: str, found: Odd) -> None:
    assert odd(tmp_path, cells) == found


def test_rows_that_do_not_say_their_place_follow_each_other(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        '<row><c t="e"><v>#A</v></c></row><row r="5"><c><v>1</v></c></row><row><c/><c t="e"><v>#B</v></c></row>',
    )

    assert odd_cells(path, "Парақ") == {(0, 0): (ERROR, "#A"), (5, 1): (ERROR, "#B")}


@pytest.mark.parametrize(
    ("written", "name"), [("A &amp; B", "A & B"), ("&#1053;&#x49a;", "НҚ"), ("&lt;1&gt;", "<1>"), ("&amp;lt;", "&lt;")]
)
def test_a_sheet_is_found_by_its_name(tmp_path: Path, written: str, name: str) -> None:
    assert odd_cells(book(tmp_path, '<row r="1"><c t="e"><v>#A</v></c></row>', written), name) == {
        (0, 0): (ERROR, "#A")
    }


@pytest.mark.parametrize(
    "target", ["/xl/worksheets/sheet1.xml", "../xl/worksheets/sheet1.xml", "worksheets/../worksheets/sheet1.xml"]
)
def test_a_sheet_is_found_however_its_path_is_written(tmp_path: Path, target: str) -> None:
    assert odd_cells(book(tmp_path, "", target=target), "Парақ") == {}


def test_what_has_no_xml_that_we_know_tells_nothing(tmp_path: Path) -> None:
    assert odd_cells(book(tmp_path, ""), "other") is None
    assert odd_cells(book(tmp_path, "", target="worksheets/none.xml"), "Парақ") is None
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert odd_cells(tmp_path / "old.xls", "Парақ") is None
    assert odd_cells(tmp_path / "none.xlsx", "Парақ") is None


def test_a_far_cell_a_hidden_one_and_a_broken_archive_are_not_harmless(tmp_path: Path) -> None:
    near = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert is_harmless(book(tmp_path, near))
    assert not is_harmless(book(tmp_path, near.replace("A1", "XFD1048576")))
    assert not is_harmless(book(tmp_path, near.replace(' r="A1"', "")))
    assert not is_harmless(book(tmp_path, near, **{"custom/sheet9.xml": '<c r="XFD1048576"/>'}))
    path = book(tmp_path, near)
    path.write_bytes(path.read_bytes()[:-30])
    assert not is_harmless(path)


def test_few_cells_far_apart_are_sparse_and_formats_alone_are_not(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576">{}</c></row>'

    assert is_sparse(book(tmp_path, rows.format("<v>2</v>")))
    assert not is_sparse(book(tmp_path, rows.format("")))
    assert not is_sparse(tmp_path / "none.xlsx")
