"""Workbooks: a register whose keeper works in Excel, every cell a text, the same bytes whenever it is written."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

# Excel's own limit; a register that may outgrow it is no workbook.
MOST_ROWS = 1_048_576
_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def write_workbook(parts: Iterable[Path], delimiter: str, path: Path) -> None:
    """One sheet of the parts' rows behind each other, the first part's header on top.

    A row is written out before the next one is read, so memory does not grow with the register.
    """
    parts = list(parts)
    assert sum(_rows(part, delimiter) for part in parts) <= MOST_ROWS, "a register of this size is rendered as text"
    # Few commands write .xlsx; the library need not be loaded by the others.
    import xlsxwriter

    book = xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "tmpdir": str(path.parent),
        },
    )
    # The moment of writing would be another one each time.
    book.set_properties({"created": _WRITTEN})
    sheet, number = book.add_worksheet("data"), 0
    for part in parts:
        with part.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter=delimiter):
                for place, value in enumerate(row):
                    if value:
                        sheet.write_string(number, place, value)
                number += 1
    book.close()


def _rows(part: Path, delimiter: str) -> int:
    with part.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file, delimiter=delimiter))
