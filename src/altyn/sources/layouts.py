"""Layouts: where in a sheet or text the header and the records stand. Looks at cells only; what it finds is shown to a person.

Spreadsheets of offices begin with titles, write headers over two lines and merge them, number their columns, and end with
totals and notes. Nothing here changes how a source is read: it proposes options, which then stand in altyn.toml.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Grid = Sequence[Sequence[str]]

_LOOKED_AT = 60
_LEAST_WIDTH = 2
# A header may leave out some cells; a title fills one or two.
_HEADER_SHARE = 0.6
_MOST_HEADER_ROWS = 3
_MOST_FOOTER = 30
# Signatures below a total: whose, of whom, when.
_MOST_UNKNOWN = 5
_RARE = 0.01
_BULLETS = "*•-–— \xa0"
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
_LETTER = re.compile(r"[^\W\d_]")
# A number as people write it, or a day: what stands in records and, but for years, not in headers.
_NUMBER = re.compile(r"[-+(]?\d[\d\s.,'\xa0\u202f]*%?\)?")
_DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ]\d.*)?")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table stands. `header_line` is the row (1-based) of the header, or of the first record without one.

    `header_rows`: how many rows the header fills. `skip_footer`: how many filled rows at the end are no records. `closed_by`:
    the words that say so, as they are written. `doubtful`: how many filled rows before those may be no records either.
    """

    header_line: int = 1
    header_rows: int = 1
    no_header: bool = False
    skip_footer: int = 0
    closed_by: tuple[str, ...] = ()
    doubtful: int = 0

    def options(self) -> dict[str, object]:
        """What differs from how a source is read without options."""
        plain = Layout()
        names = ("header_line", "header_rows", "no_header", "skip_footer")
        return {n: getattr(self, n) for n in names if getattr(self, n) != getattr(plain, n)}


def find_layout(grid: Grid, closing: Iterable[str] = (), given: Mapping[str, object] | None = None) -> Layout:
    """The layout of a table in cells.

    Args:
        grid: all rows of a sheet, or the first and the last of a text; missing cells are empty texts.
        closing: words that begin a row of totals or notes, in lower case.
        given: options that a person has set; what they say is not looked for.

    >>> find_layout([["Schools", "", ""], ["code", "name", "pupils"], ["01", "A", "3"], ["02", "B", "4"], ["Total", "", "7"]], ["total"])
    Layout(header_line=2, header_rows=1, no_header=False, skip_footer=1, closed_by=('Total',), doubtful=0)
    """
    given = given or {}
    width = _width(grid)
    is_open = "header_line" not in given and "header_rows" not in given
    line = int(str(given["header_line"])) if "header_line" in given else _header_line(grid, width)
    no_header = bool(given.get("no_header", is_open and _is_record(grid, line)))
    rows = int(str(given.get("header_rows", 1)))
    if is_open and not no_header:
        rows = _header_rows(grid, line)
    if "skip_footer" in given:
        return Layout(line, rows, no_header, int(str(given["skip_footer"])))
    first = line + (0 if no_header else rows) - 1
    return Layout(line, rows, no_header, *_footer(grid[first:], width, tuple(closing)))


def joined_header(rows: Grid) -> list[str]:
    """One header of several rows: a cell that is merged over several columns stands before each of theirs.

    A row that only numbers the columns adds nothing.

    >>> joined_header([["Region", "Population", ""], ["", "men", "women"], ["1", "2", "3"]])
    ['Region', 'Population men', 'Population women']
    """
    if len(rows) == 1:
        return list(rows[0])
    width = max(map(len, rows), default=0)
    squared = [[*row, *([""] * (width - len(row)))] for row in rows]
    told = [squared[0], *(row for row in squared[1:] if not is_numbering(row))]
    names: list[list[str]] = [[] for _ in range(width)]
    for number, row in enumerate(told):
        before = ""
        for place, cell in enumerate(row):
            text = " ".join(cell.split())
            # Merged cells hold their text once, at the left; below them something stands.
            below = any(lower[place].strip() for lower in told[number + 1 :])
            if text:
                before = text
            elif below and before:
                text = before
            if text and text not in names[place]:
                names[place].append(text)
    return [" ".join(parts) for parts in names]


def is_numbering(row: Sequence[str]) -> bool:
    """Whether a row only numbers the columns, as printed tables do: 1 2 3, or A B 1 2."""
    cells = [c.strip() for c in row if c.strip()]
    digits = [c for c in cells if c.isdecimal()]
    if len(cells) < _LEAST_WIDTH or not digits:
        return False
    letters = [c for c in cells if not c.isdecimal()]
    counted = [int(c) for c in digits]
    return (
        all(len(c) == 1 and c.isalpha() for c in letters)
        and counted == list(range(counted[0], counted[0] + len(counted)))
        and counted[0] in {1, len(letters) + 1}
        and len(digits) >= len(cells) / 2
    )


def is_value(cell: str) -> bool:
    """Whether a cell holds a number or a day rather than a name.

    >>> [is_value(c) for c in ("1 204,5", "01.02.2024", "2024 g.", "Region")]
    [True, True, False, False]
    """
    text = cell.strip()
    return bool(_NUMBER.fullmatch(text) or _DAY.fullmatch(text))


def _filled(row: Sequence[str]) -> int:
    return sum(bool(c.strip()) for c in row)


def _width(grid: Grid) -> int:
    """How many cells most rows fill, titles and notes left out."""
    counts = Counter(_filled(row) for row in grid[:_LOOKED_AT] if _filled(row) >= _LEAST_WIDTH)
    return max(counts, key=lambda n: (counts[n], n)) if counts else 1


def _header_line(grid: Grid, width: int) -> int:
    """The first row that fills about as many cells as the records do."""
    least = max(min(width, _LEAST_WIDTH), width * _HEADER_SHARE)
    for number, row in enumerate(grid[:_LOOKED_AT], start=1):
        if _filled(row) >= least:
            # The upper row of a merged header fills fewer cells than the lower one.
            above = grid[number - 2] if number > 1 else ()
            if _filled(above) >= _LEAST_WIDTH and _goes_together(above, row):
                return number - 1
            return number
    return 1


def _goes_together(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether two rows are one header: the lower names what the upper leaves empty, and neither holds values."""
    width = max(len(upper), len(lower))
    up, low = [*upper, *([""] * (width - len(upper)))], [*lower, *([""] * (width - len(lower)))]
    if not _filled(low) or any(is_value(c) and not _is_year(c) for c in [*up, *low]):
        return False
    empty = [place for place, cell in enumerate(up) if not cell.strip() and low[place].strip()]
    # A cell that stays empty below its header was merged downwards.
    down = [place for place, cell in enumerate(low) if not cell.strip() and up[place].strip()]
    return bool(empty) and bool(down)


def _header_rows(grid: Grid, line: int) -> int:
    rows = 1
    while rows < _MOST_HEADER_ROWS and line + rows <= len(grid):
        after = grid[line + rows - 1]
        if not _goes_together(grid[line + rows - 2], after):
            break
        rows += 1
    if line + rows <= len(grid) and is_numbering(grid[line + rows - 1]) and _names_below(grid, line + rows):
        rows += 1
    return rows


def _names_below(grid: Grid, line: int) -> bool:
    """Whether names stand below a number of this row: then the row numbers the columns and is no record itself."""
    below = [row for row in grid[line : line + _LOOKED_AT] if _filled(row) >= _LEAST_WIDTH]
    for place, cell in enumerate(grid[line - 1]):
        held = [row[place] for row in below if place < len(row) and row[place].strip()]
        if cell.strip().isdecimal() and held and not any(map(is_value, held)):
            return True
    return False


def _is_record(grid: Grid, line: int) -> bool:
    """Whether the row where a header is looked for is a record already: values over values, and no name over values."""
    if line > len(grid):
        return False
    first, rest = grid[line - 1], [row for row in grid[line : line + _LOOKED_AT] if _filled(row)]
    if not rest:
        return False
    values = [c for c in first if is_value(c)]
    if not values or all(_is_year(c) for c in values) or is_numbering(first):
        return False
    for place, cell in enumerate(first):
        below = [row[place] for row in rest if place < len(row) and row[place].strip()]
        if below and cell.strip() and not is_value(cell) and all(map(is_value, below)):
            return False
    return True


def _is_year(cell: str) -> bool:
    text = cell.strip()
    return text.isdecimal() and len(text) == len("2024") and _FIRST_YEAR <= int(text) <= _LAST_YEAR


def _footer(records: Grid, width: int, closing: tuple[str, ...]) -> tuple[int, tuple[str, ...], int]:
    """How many filled rows at the end are totals or notes, the words that say so, and how many before them may be some.

    After a total stand signatures, which no list of words knows: they fill fewer cells than the records. Without a total
    before it such a row may be a record that was cut off, and a person must look.
    """
    filled = [[c.strip() for c in row if c.strip()] for row in records if _filled(row)]
    usual = Counter(map(len, filled))
    found, unknown = 0, 0
    for number, cells in enumerate(list(reversed(filled))[:_MOST_FOOTER], start=1):
        if _closes(cells, width, closing):
            found, unknown = number, 0
        elif _is_sparse(cells, width, usual) and unknown < _MOST_UNKNOWN:
            unknown += 1
        else:
            break
    if found + unknown >= len(filled):
        # Nothing but such rows: the width is not what it seems.
        return 0, (), 0
    said = [_closing_word(cells, closing) for cells in filled[len(filled) - found :]]
    return found, tuple(dict.fromkeys(word for word in said if word)), unknown


def _is_sparse(cells: Sequence[str], width: int, usual: Mapping[int, int]) -> bool:
    """Whether a row fills fewer cells than most, and hardly any row as few: where records leave cells out, none is."""
    as_few = sum(count for number, count in usual.items() if number <= len(cells))
    return len(cells) < width and as_few <= max(_MOST_UNKNOWN, sum(usual.values()) * _RARE)


def _closing_word(cells: Sequence[str], closing: tuple[str, ...]) -> str:
    """The word that begins a row of totals or notes, as it is written; empty where there is none."""
    start = cells[0].lstrip(_BULLETS)
    said = (re.match(rf"{re.escape(word)}(?=\W|$)", start, re.IGNORECASE) for word in closing)
    return max((word[0] for word in said if word), key=len, default="")


def _closes(cells: Sequence[str], width: int, closing: tuple[str, ...]) -> bool:
    if _closing_word(cells, closing) or not any(sign.isprintable() for cell in cells for sign in cell):
        return True
    # Alone in a table of several columns, a sentence is a note; a code or a cut-off record is not.
    return (
        len(cells) == 1
        and width > _LEAST_WIDTH
        and (cells[0].startswith("*") or (len(_LETTER.findall(cells[0])) > len("twelve signs") and " " in cells[0]))
    )
