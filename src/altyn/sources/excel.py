"""Excel: sheets by calamine, with the cell types Excel stored.

A number, a date or a yes/no where the contract says text is a problem, not a text: leading zeros may be lost, and a code such
as 1-2 may have become a day. So is an error (#N/A), a formula nobody computed, a number of more digits than a cell can hold.
Rows without any value are no rows. Without the option `sheet`, the first sheet that is not hidden is read, and the others are named.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.sources.files import BOMB_FROM, BOMB_RATIO, SourceFile
from altyn.sources.footers import hold_doubtful
from altyn.sources.headers import header_names, match_headers
from altyn.sources.kinds import OF_TABLES, TEXT, Option
from altyn.sources.layouts import joined_header
from altyn.sources.read import Held, ReadingNote, held_by
from altyn.sources.staging import require_rows, staged_columns, staged_query
from altyn.sources.workbook import INEXACT, Odd, is_sparse, odd_cells
from altyn.sources.written import cell_as_written, is_text_cell, iso_duration

MOST_ROWS = 1_048_576
_MOST_BYTES = 2 * 1024**3
# Excel computes with 15 digits; what a file stores beyond them is noise of binary fractions.
_DIGITS, _EXACT = 15, 2**53
TEXT_EXPECTED = "row.text-expected"

Sheet = list[list[object]]


class ExcelReader:
    """Sheets of .xlsx, .xlsm, .xlsb, .xls and .ods workbooks.

    Options: sheet (its name), header_line, header_rows, no_header, skip_footer, allow_empty.
    """

    kind = "xlsx"
    suffixes: ClassVar = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
    options: ClassVar[Mapping[str, Option]] = {**OF_TABLES, "sheet": TEXT}

    def __init__(self) -> None:
        self.notes: list[ReadingNote] = []

    def stage(  # noqa: PLR0917  # the shape all kinds share
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
        sheet, first, found = _opened(file, options)
        places, extra = match_headers(found, columns, file.display, line=first)
        name, notes = _chosen(file, options)
        odd = odd_cells(file.path, name)
        self.notes += notes
        if odd is None:
            self.notes.append(
                ReadingNote(
                    "sheet-errors-unknown",
                    say("In this kind of workbook an error cell cannot be told from an empty one. Save it as .xlsx."),
                )
            )
        session.insert(table, staged_columns(columns), _staged(sheet, first, columns, places, odd or {}))
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        # A sheet is a rectangle: a column without a header counts only where it holds something.
        names = header_names(found)
        held = {names[i] for row in sheet[first:] for i, cell in enumerate(row) if found[i] or _text(cell) is not None}
        query = staged_query(table, columns)
        skipped = [(n, [_text(row[p]) for p in places]) for n, row in _footer(file, options)]
        if skipped:
            query = hold_doubtful(session, table, query, columns, skipped)
        return query, tuple(e for e in extra if e in held)

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first rows by header."""
        del scratch
        sheet, first, found = _opened(file, options)
        taken = [r for r in sheet[first : first + rows] if any(_text(c) is not None for c in r)]
        require_rows(len(taken), options, file.display)
        return [
            (name, [_text(row[i]) for row in taken])
            for i, name in enumerate(header_names(found))
            if found[i] or any(_text(row[i]) is not None for row in taken)
        ]

    def held(self, file: SourceFile, options: Mapping[str, object], scratch: Path) -> dict[str, Held]:
        """What each column's cells are."""
        del scratch
        sheet, first, found = _opened(file, options)
        return {
            name: held_by(_is_typed(row[i]) for row in sheet[first:] if _text(row[i]) is not None)
            for i, name in enumerate(header_names(found))
        }


def _footer(file: SourceFile, options: Mapping[str, object]) -> Iterator[tuple[int, list[object]]]:
    """The filled rows that are left out at the end, each with its number."""
    footer = int(str(options.get("skip_footer", 0)))
    if footer:
        sheet = _sheet(file, options)
        filled = [number for number, row in enumerate(sheet) if any(_text(cell) is not None for cell in row)]
        yield from ((number + 1, sheet[number]) for number in filled[-footer:])


def _opened(file: SourceFile, options: Mapping[str, object]) -> tuple[Sheet, int, list[str]]:
    """A sheet's cells without its footer, the line before its first record, and the header."""
    first = int(str(options.get("header_line", 1)))
    rows = int(str(options.get("header_rows", 1)))
    sheet = _sheet(file, options)
    footer = int(str(options.get("skip_footer", 0)))
    if footer:
        filled = [number for number, row in enumerate(sheet) if any(_text(cell) is not None for cell in row)]
        sheet = sheet[: filled[-footer] if footer <= len(filled) else 0]
    if len(sheet) < first:
        raise AltynError(
            "source.empty",
            what=say("The sheet ends before its header."),
            where=f"{file.display}, line {first}",
            mend=say("Correct `sheet` or `header_line` of the source, or send the extract again."),
        )
    if len(sheet) >= MOST_ROWS:
        raise AltynError(
            "source.too-large",
            what=say("The sheet is full: rows beyond {rows} were cut off when it was written.", rows=MOST_ROWS),
            where=file.display,
            mend=say("Export the register as CSV or Parquet."),
        )
    if options.get("no_header"):
        return sheet, first - 1, [""] * len(sheet[first - 1])
    header = [[_text(cell) or "" for cell in row] for row in sheet[first - 1 : first - 1 + rows]]
    return sheet, first - 1 + len(header), joined_header(header)


def sheets(file: SourceFile) -> dict[str, tuple[list[list[str]], bool]]:
    """All sheets of a workbook as texts, and whether each is visible; charts and the like left out.

    Raises:
        AltynError: `source.format`, `source.compressed`.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    _require_modest(file)
    found: dict[str, tuple[list[list[str]], bool]] = {}
    try:
        book = CalamineWorkbook.from_path(str(file.path))
        for about in book.sheets_metadata:
            if about.typ == SheetTypeEnum.WorkSheet:
                cells = book.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
                texts = [[_text(cell) or "" for cell in row] for row in cells]
                found[about.name] = (texts, about.visible == SheetVisibleEnum.Visible)
    except (CalamineError, OSError, ValueError, IndexError):
        found = {}
    if not found:
        raise AltynError(
            "source.format",
            what=say("The file is not a workbook that can be read."),
            where=file.display,
            mend=say("Save it as .xlsx without a password."),
        )
    return found


def _chosen(file: SourceFile, options: Mapping[str, object]) -> tuple[str, list[ReadingNote]]:
    """The sheet to read, and what to say of the others where nobody named one."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_path(str(file.path))
    listed = [s for s in book.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet] or list(book.sheets_metadata)
    seen = [s.name for s in listed if s.visible is SheetVisibleEnum.Visible]
    hidden = [s.name for s in listed if s.visible is not SheetVisibleEnum.Visible]
    name = str(options.get("sheet") or (seen or hidden or [""])[0])
    notes: list[ReadingNote] = []
    if "sheet" not in options and len(listed) > 1:
        notes.append(
            ReadingNote(
                "sheets-unread",
                say(
                    "The sheet {name} was read; not read: {others}. Hidden: {hidden}.",
                    name=name[:60],
                    others=", ".join(n for n in seen if n != name)[:200] or "-",
                    hidden=", ".join(n for n in hidden if n != name)[:200] or "-",
                ),
            )
        )
    return name, notes


def _sheet(file: SourceFile, options: Mapping[str, object]) -> Sheet:
    from python_calamine import CalamineError, CalamineWorkbook

    _require_modest(file)
    try:
        book = CalamineWorkbook.from_path(str(file.path))
        name, _ = _chosen(file, options)
        if name in book.sheet_names:
            return [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
    except (CalamineError, OSError, ValueError, IndexError):
        raise AltynError(
            "source.format",
            what=say("The file is not a workbook that can be read."),
            where=file.display,
            mend=say("Save it as .xlsx without a password."),
        ) from None
    raise AltynError(
        "source.format",
        what=say("The workbook has no sheet {name}.", name=name[:60]),
        where=file.display,
        mend=say("Sheets: {names}.", names=", ".join(book.sheet_names)[:300]),
    )


def _require_modest(file: SourceFile) -> None:
    """A workbook is a zip archive, and is unpacked in memory: refuse one that would fill it."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return
    if unpacked > _MOST_BYTES or (unpacked > BOMB_FROM and unpacked > file.path.stat().st_size * BOMB_RATIO):
        raise AltynError(
            "source.compressed",
            what=say("It unpacks to more than {ratio} times its size: a zip bomb.", ratio=BOMB_RATIO),
            where=file.display,
            mend=say("Export the register as CSV or Parquet."),
        )
    if is_sparse(file.path):
        raise AltynError(
            "source.too-large",
            what=say("A sheet has a few cells far apart: the rectangle between them would fill the memory."),
            where=file.display,
            mend=say("Delete the rows and columns beyond the table, then save it again, or export CSV."),
        )


def _staged(
    sheet: Sheet, first: int, columns: Sequence[Column], places: Sequence[int], odd: Odd
) -> Iterator[tuple[object, ...]]:
    rows = {row for row, _ in odd}
    # What a measurement of 1e21 lost beyond a double it never had; a code or a count of so many digits did.
    doubles = {p for c, p in zip(columns, places, strict=True) if c.type.kind == "double"}
    for number, row in enumerate(sheet[first:], start=first + 1):
        said: dict[int, tuple[str, str]] = {}
        if number - 1 in rows:
            said = {p: odd[number - 1, p] for p in range(len(row)) if (number - 1, p) in odd}
            said = {p: o for p, o in said.items() if o[0] != INEXACT or p not in doubles}
        if not said and all(_text(cell) is None for cell in row):
            continue
        texts = [
            said[p][1] or None if p in said else cell_as_written(c, row[p], _text(row[p]))
            for c, p in zip(columns, places, strict=True)
        ]
        found = ((said[p][0], c.name) for c, p in zip(columns, places, strict=True) if p in said and said[p][0])
        lost = (
            (TEXT_EXPECTED, c.name)
            for c, p in zip(columns, places, strict=True)
            if c.needs_text and _is_no_text(row[p], c)
        )
        problem, column = next(found, None) or next(lost, (None, None))
        yield (number, problem, column, None, *texts)


def _is_typed(cell: object) -> bool:
    return isinstance(cell, (bool, int, float, date, time, timedelta))


def _is_no_text(cell: object, column: Column) -> bool:
    return _is_typed(cell) and not is_text_cell(column, cell)


def _text(cell: object) -> str | None:  # noqa: PLR0911  # a return a kind of cell reads best
    """A cell as the text a contract would check: ISO dates, whole numbers without a fraction; None where empty."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        # A whole number a double holds is exact, whatever its digits; a fraction beyond 15 of them is noise.
        if cell.is_integer() and abs(cell) < _EXACT:
            return str(int(cell))
        text = format(Decimal(format(cell, f".{_DIGITS}g")), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return iso_duration(cell)
    return str(cell)
