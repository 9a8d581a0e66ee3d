"""Discovery: what a stranger's file needs said is found and told; a plain file needs nothing."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.model.columns import TEXT, Column
from altyn.sources.discovery import discover, require_one_shape
from altyn.sources.read import read
from altyn.sources.spec import spec_from_table


def settings_of(folder: Path, name: str, content: str | bytes, **given: Any) -> dict[str, Any]:
    """What is found of a file."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return dict(discover(spec_from_table("local.x", {"path": name, **given}, folder), folder, ["total"]).settings)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", "id,name\n1,A\n2,B\n", {}),
        ("a.csv", "id;name\n1;A\n2;B\n", {}),
        ("a.csv", "sep=;\nid;name\n1;A\n", {"header_line": 2, "delimiter": ";"}),
        ("a.csv", "# made 2024\n\nid,name\n1,A\n2,B\n", {"header_line": 3, "delimiter": ","}),
        ("a.csv", "01,Akmola,100\n02,Aktobe,200\n", {"no_header": True}),
        ("a.csv", "id,name,n\n1,A,1\n2,B,2\nTotal,,3\n", {"skip_footer": 1}),
        ("a.json", '[{"id":1}]', {}),
        ("a.json", '{"n":1,"result":{"rows":[{"id":1},{"id":2}],"links":[{"a":1}]}}', {"records": "result.rows"}),
        ("a.json", '{"id":1}\n{"id":2}\n', {"kind": "ndjson"}),
        ("a.json", '{"type":"FeatureCollection","features":[]}', {"kind": "geojson"}),
        ("a.xls", "id\tname\n1\tA\n2\tB\n", {"kind": "csv"}),
        ("a.data", "id,name\n1,A\n", {"kind": "csv"}),
    ],
)
def test_what_a_file_needs_said(tmp_path: Path, name: str, content: str, found: dict[str, Any]) -> None:
    assert settings_of(tmp_path, name, content) == found


def test_a_record_over_several_lines_does_not_move_the_header(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "a.csv", 'made\nid,"na\nme"\n1,"A\nB"\n2,C\n') == {"header_line": 2, "delimiter": ","}


def test_the_largest_data_file_of_an_archive_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
        archive.writestr("data.csv", "id,name\n1,A\n2,B\n")
    found = discover(spec_from_table("local.x", {"path": "a.zip"}, tmp_path), tmp_path)

    assert found.settings == {"member": "data.csv"}
    assert "readme.txt" in str(found.notes[0])


def test_the_visible_sheet_with_the_table_is_read(tmp_path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    lists, about, data = book.add_worksheet("lists"), book.add_worksheet("about"), book.add_worksheet("data")
    for sheet, rows in (
        (lists, [["a", "b"]] * 50),
        (about, [["x"]]),
        (data, [["code", "name"], ["01", "A"], ["02", "B"]]),
    ):
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    lists.hide()
    about.activate()
    book.close()
    found = discover(spec_from_table("local.x", {"path": "a.xlsx"}, tmp_path), tmp_path)

    assert found.settings == {"sheet": "data"}
    assert [str(n) for n in found.notes][-1] == "Hidden sheets: lists."


@pytest.mark.parametrize(
    ("content", "options", "headers", "rows"),
    [
        (
            "x\na,b\n1,2\n3,4\nTotal,6\n",
            {"header_line": 2, "skip_footer": 1},
            ["a", "b"],
            [("1", "2", 3), ("3", "4", 4)],
        ),
        ("1,2\n3,4\n", {"no_header": True}, ["#1", "#2"], [("1", "2", 1), ("3", "4", 2)]),
        ("n,\n,m\n1,2\n", {"header_rows": 2}, ["n", "n m"], [("1", "2", 3)]),
    ],
)
def test_readers_honour_the_layout(
    tmp_path: Path, content: str, options: dict[str, Any], headers: list[str], rows: list[tuple[str, str, int]]
) -> None:
    import xlsxwriter

    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet()
    for number, line in enumerate(content.splitlines()):
        sheet.write_row(number, 0, line.split(","))
    book.close()
    columns = [Column(name, TEXT, header=header) for name, header in zip("ab", headers, strict=True)]
    for name in ("a.csv", "a.xlsx"):
        with Session() as session:
            spec = spec_from_table("local.x", {"path": name, **options}, tmp_path)
            query = read(session, spec, columns, tmp_path).parts[0].query
            assert session.run(f"SELECT a, b, line_no FROM ({query}) ORDER BY line_no") == rows, name


def test_files_of_one_register_have_one_shape() -> None:
    require_one_shape({"a.csv": ["x", "y"], "b.csv": ["y", "x"]})
    with pytest.raises(AltynError) as caught:
        require_one_shape({"a.csv": ["x", "y"], "b.csv": ["x", "z"]})

    assert caught.value.code == "add.shapes-differ"
    assert caught.value.where == "b.csv: -y, +z"


def test_old_json_is_not_taken_apart(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "a.json", json.dumps({"a": 1, "b": [1, 2]})) == {}
