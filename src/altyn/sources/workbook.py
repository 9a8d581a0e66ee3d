"""Workbook: what a sheet's own XML says and its reader does not: errors, formulas nobody computed, digits beyond a double.

An error (#N/A) reads as an empty cell, a formula without a stored value too, and a number of 17 digits loses its last ones. Each
would pass for a right value. So the XML is looked through for these three and nothing else; rows without them are skipped unread.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

ERROR, FORMULA, INEXACT = "row.error-cell", "row.formula", "row.inexact"
# Row and column of a cell, from 0 on -> (rule it breaks, or "" where `text` is its exact value; what stands in it).
Odd = dict[tuple[int, int], tuple[str, str]]

_CHUNK = 1024 * 1024
_TAG = re.compile(rb"<(?:\w+:)?(row|c|f|v)\b([^<>]*)>([^<]*)")
_ATTRIBUTE = re.compile(rb'\b(r|t)="([^"]*)"')
_LONG = re.compile(rb"<(?:\w+:)?v>-?[0-9.]{16,}(?:[eE][+-]?[0-9]+)?<")
_PLAIN = re.compile(r"-?[0-9]{16,40}")
_END = re.compile(rb"</(?:\w+:)?row>")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^<>]*)/?>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^<>]*)/?>")
_NAMED = re.compile(r'(?<![\w:])([\w:]{1,40})="([^"]*)"')
# A cell with its place, and any cell: what the first does not find and the second does is written in another way.
_PLACED = re.compile(rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
# One that holds something: formats alone reach to the last row in many honest files.
_HELD = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["'](?:[^<>]*[^/<>])?>\s*<(?!/)"""
)
_ANY_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])")
_WORKSHEET = re.compile(r"/?xl/worksheets/[^/]+\.xml$")
_OVERLAP = 512
_HARMLESS_BYTES = 8 * 1024 * 1024
# A rectangle of so many cells is read where it is, and one of so many in a process apart; a larger one must be filled to one in so many.
_FREE_CELLS, _FILLED_CELLS, _THIN = 2_000_000, 20_000_000, 50
_UNREADABLE = (
    zipfile.BadZipFile,
    OSError,
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    zlib.error,
)
# No list of a workbook's sheets is longer.
_MOST_LIST = 4 * 1024 * 1024
_EXACT = 2**53
_NAMES = {"&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">"}


def is_harmless(path: Path) -> bool:
    """Whether a workbook is small when it is unpacked, says its true sizes, and every cell of it names a near place.

    What is in doubt is not: another kind than .xlsx, an XML written in a way this file does not know.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _HARMLESS_BYTES:
                return False
            # Reading a member whole finds one that is longer than it says.
            texts = {member.filename: archive.read(member) for member in archive.infolist()}
    except _UNREADABLE:
        return False
    if "xl/workbook.xml" not in texts:
        return False
    # Any member may be a sheet: a list of the archive's own says which.
    for text in texts.values():
        placed = _PLACED.findall(text)
        if len(placed) != len(_ANY_CELL.findall(text)) or _area(placed) > max(_FREE_CELLS, _THIN * len(placed)):
            return False
    return True


def is_sparse(path: Path) -> bool:
    """Whether a sheet has few cells, and far apart: its reader fills the rectangle between them."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if _WORKSHEET.match(member.filename.lower()):
                    with archive.open(member) as file:
                        reach, cells = _spread(file)
                        if reach[0] * reach[1] > max(_FILLED_CELLS, _THIN * cells):
                            return True
    except _UNREADABLE:
        return False
    return False


def _spread(file: IO[bytes]) -> tuple[tuple[int, int], int]:
    """The last row and column that hold something, and how many cells do."""
    rest, row, column, cells = b"", 0, 0, 0
    while chunk := file.read(_CHUNK):
        piece = rest + chunk
        # A cell that a chunk cuts is found in the next one; one that is counted twice does no harm.
        rest = piece[-_OVERLAP:]
        held = _HELD.findall(piece)
        rows, columns = _reach(held)
        row, column, cells = max(row, rows), max(column, columns), cells + len(held)
    return (row, column), cells


def _reach(placed: list[tuple[bytes, bytes]]) -> tuple[int, int]:
    rows, columns = {number for _, number in placed}, {letters for letters, _ in placed}
    return max(map(int, rows), default=0), max((_column(c) + 1 for c in columns), default=0)


def _area(placed: list[tuple[bytes, bytes]]) -> int:
    rows, columns = _reach(placed)
    return rows * columns


def odd_cells(path: Path, sheet: str) -> Odd | None:
    """The cells of a sheet that are not what they seem; None where the workbook has no XML (.xls, .xlsb, .ods).

    Args:
        path: the workbook.
        sheet: the sheet's name.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(archive, sheet)
            if member is None:
                return None
            with archive.open(member) as file:
                return dict(_odd(file))
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, NotImplementedError, RuntimeError):
        return None


def _member(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The member of the archive that holds a sheet."""
    if "xl/workbook.xml" not in archive.namelist():
        return None
    relation = None
    for found in _SHEET.finditer(_list(archive, "xl/workbook.xml")):
        named = dict(_NAMED.findall(found[1]))
        if _plain(named.get("name", "")) == sheet:
            relation = next((v for k, v in named.items() if k.endswith(":id")), None)
    for found in _RELATION.finditer(_list(archive, "xl/_rels/workbook.xml.rels")):
        named = dict(_NAMED.findall(found[1]))
        if named.get("Id") == relation:
            target = named.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    return None


def _list(archive: zipfile.ZipFile, member: str) -> str:
    with archive.open(member) as file:
        return file.read(_MOST_LIST).decode(errors="replace")


def _plain(text: str) -> str:
    for written, sign in _NAMES.items():
        text = text.replace(written, sign)
    text = re.sub(r"&#x([0-9a-fA-F]{1,6});", lambda m: chr(int(m[1], 16)), text)
    return re.sub(r"&#([0-9]{1,7});", lambda m: chr(int(m[1])), text).replace("&amp;", "&")


def _odd(file: IO[bytes]) -> Iterator[tuple[tuple[int, int], tuple[str, str]]]:
    rest, row = b"", -1
    while True:
        chunk = file.read(_CHUNK)
        rest += chunk
        ends = [m.end() for m in _END.finditer(rest)]
        cut = ends[-1] if ends else 0
        piece, rest = (rest[:cut], rest[cut:]) if chunk else (rest, b"")
        if b"<row>" in piece or b't="e"' in piece or b"<f" in piece or b":f" in piece or _LONG.search(piece):
            row = yield from _odd_of(piece, row)
        if not chunk:
            return


def _odd_of(piece: bytes, row: int) -> Generator[tuple[tuple[int, int], tuple[str, str]], None, int]:
    """The odd cells of whole rows, and the last row. A row or cell that does not say its place follows the one before."""
    column, kind, has_formula, waits = -1, b"", False, False
    for tag, attributes, text in _TAG.findall(piece):
        if tag in {b"row", b"c"} and waits:
            yield (row, column), (FORMULA, "")
        if tag == b"row":
            given = dict(_ATTRIBUTE.findall(attributes)).get(b"r")
            row, column, waits = int(given) - 1 if given else row + 1, -1, False
        elif tag == b"c":
            named = dict(_ATTRIBUTE.findall(attributes))
            column = _column(named[b"r"]) if b"r" in named else column + 1
            kind, has_formula, waits = named.get(b"t", b"n"), False, False
        elif tag == b"f":
            has_formula = waits = True
        elif waits and kind != b"str" and not text.strip():
            # Programs that compute nothing write the place of the result, and leave it empty.
            continue
        else:
            waits = False
            if kind == b"e":
                yield (row, column), (ERROR, text.decode(errors="replace"))
            elif kind == b"n":
                yield from (
                    ((row, column), odd) for odd in _inexact(text.decode(errors="replace"), has_formula=has_formula)
                )
    if waits:
        yield (row, column), (FORMULA, "")
    return row


def _inexact(text: str, *, has_formula: bool) -> Iterator[tuple[str, str]]:
    """A whole number that no double holds: as it was written, where its digits stand there; refused otherwise."""
    try:
        number = float(text)
    except ValueError:
        return
    if not number.is_integer() or abs(number) < _EXACT:
        return
    yield ("", text) if _PLAIN.fullmatch(text) and not has_formula else (INEXACT, text)


def _column(address: bytes) -> int:
    """Place of a cell's column, from 0 on.

    >>> _column(b"B7"), _column(b"AA1")
    (1, 26)
    """
    place = 0
    for sign in address:
        if not 65 <= sign <= 90:  # noqa: PLR2004  # A to Z
            break
        place = place * 26 + sign - 64
    return place - 1
