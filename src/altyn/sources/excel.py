"""Excel: sheets by calamine, with the cell types Excel stored. A number where the contract says text is a problem, not a text:
its leading zeros may be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.sources.files import SourceFile
from altyn.sources.read import match_headers, require_rows, staged_columns, staged_query


class ExcelReader:
    """Sheets of .xlsx and .xlsm workbooks. Options: sheet (name), header_line."""

    kind = "xlsx"

    def stage(  # noqa: PLR0917
        self,
        session: Session,
        file: SourceFile,
        columns: Sequence[Column],
        options: Mapping[str, object],
        scratch: Path,
        table: str,
    ) -> tuple[str, tuple[str, ...]]:
        """Stage a sheet with its row numbers."""
        del scratch
        first = int(str(options.get("header_line", 1)))
        rows = _sheet(file, options)
        found = [_text(cell) or "" for cell in rows[first - 1]] if len(rows) >= first else []
        places, extra = match_headers(found, columns, file.display, line=first)
        session.insert(table, staged_columns(columns), _staged(rows, first, columns, places))
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        return staged_query(table, columns), tuple(e for e in extra if e)

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first rows by header."""
        del scratch
        first = int(str(options.get("header_line", 1)))
        sheet = _sheet(file, options)
        names = [_text(cell) or "" for cell in sheet[first - 1]] if len(sheet) >= first else []
        taken = [r for r in sheet[first : first + rows] if any(_text(c) for c in r)]
        require_rows(len(taken), options, file.display)
        return [(name, [_text(row[i]) for row in taken]) for i, name in enumerate(names) if name]


def _sheet(file: SourceFile, options: Mapping[str, object]) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(file.path))
        name = str(options.get("sheet") or book.sheet_names[0])
        if name not in book.sheet_names:
            raise AltynError(
                "source.format",
                what=say("The workbook has no sheet {name}.", name=name[:60]),
                where=file.display,
                mend=say("Sheets: {names}.", names=", ".join(book.sheet_names)[:300]),
            )
        return book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError):
        raise AltynError(
            "source.format",
            what=say("The file is not a workbook that can be read."),
            where=file.display,
            mend=say("Save it as .xlsx without a password."),
        ) from None


def _staged(
    rows: list[list[Any]], first: int, columns: Sequence[Column], places: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(rows[first:], start=first + 1):
        cells = [row[p] if p < len(row) else "" for p in places]
        if all(_text(c) is None for c in cells):
            continue
        wrong = next(
            (c.name for c, v in zip(columns, cells, strict=True) if c.type.kind == "text" and _is_number(v)), None
        )
        texts = [_text(cell) for cell in cells]
        yield (number, "row.text-expected" if wrong else None, wrong, None, *texts)


def _is_number(cell: object) -> bool:
    return isinstance(cell, (int, float, date, time, timedelta)) and not isinstance(cell, bool)


def _text(cell: object) -> str | None:
    """A cell as the text a contract would check: ISO dates, whole numbers without a fraction; None where empty."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)
