"""Workbooks: texts as they are, the same bytes at any time."""

from __future__ import annotations

from pathlib import Path

import pytest
import python_calamine

from altyn.world import workbooks
from altyn.world.workbooks import write_workbook


def test_parts_become_one_sheet_of_texts_and_the_same_bytes(tmp_path: Path) -> None:
    parts = [tmp_path / "a.csv", tmp_path / "b.csv"]
    parts[0].write_text('no;name\n001;"=1+1; x"\n', encoding="utf-8")
    parts[1].write_text("002;\n003;Әлия\n", encoding="utf-8")
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(parts, ";", tmp_path / name)

    rows = python_calamine.CalamineWorkbook.from_path(tmp_path / "one.xlsx").get_sheet_by_index(0).to_python()
    assert rows == [["no", "name"], ["001", "=1+1; x"], ["002", ""], ["003", "Әлия"]]
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_what_excel_cannot_hold_is_not_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("a\nb\nc\n", encoding="utf-8")
    monkeypatch.setattr(workbooks, "MOST_ROWS", 2)
    with pytest.raises(AssertionError):
        write_workbook([tmp_path / "a.csv"], ",", tmp_path / "a.xlsx")
