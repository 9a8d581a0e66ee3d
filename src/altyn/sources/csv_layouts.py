"""How a CSV is divided: delimiter, quote, headers, and where the first record begins."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from altyn.errors import AltynError
from altyn.language import say
from altyn.sources.headers import header_names
from altyn.sources.layouts import joined_header

_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE_LINES = 20
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How a file is divided: `first` is the physical line of its first record, `headers` the cells before it."""

    display: str
    delimiter: str
    quote: str
    headers: tuple[str, ...]
    first: int
    max_line_mb: int

    def rows(self, lines: Iterator[str], *, strict: bool = True) -> Iterator[list[str]]:
        """Records of lines, by Python's csv."""
        csv.field_size_limit(self.max_line_mb * 2 * _MB)
        quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
        return csv.reader(
            lines, delimiter=self.delimiter, quotechar=self.quote or None, quoting=quoting, strict=strict
        )  # fmt: skip


class TooLongError(Exception):
    """A record goes on and on: a quote was opened and not closed."""


class Counted:
    """Lines of a file, remembering those of the record at hand, up to a limit of signs."""

    def __init__(self, lines: Iterator[str] | TextIO, limit: int) -> None:
        self._lines = iter(lines)
        self._limit, self._size = limit, 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        if self._size > self._limit and len(self.taken) > 1:
            raise TooLongError
        return line

    def begin(self) -> None:
        """Forget the lines of the record before."""
        self.taken, self._size = [], 0


def header_line_of(options: Mapping[str, object]) -> int:
    """The physical line of the header, from 1."""
    return int(str(options.get("header_line", 1)))


def csv_layout(path: Path, display: str, options: Mapping[str, object], wanted: Sequence[str]) -> CsvLayout:
    """The delimiter, declared or found, and the headers under it.

    Args:
        path: UTF-8 text.
        display: how messages call it.
        options: of the source.
        wanted: headers that should be there; the delimiter that shows most of them is the likely one.

    Raises:
        AltynError: `source.empty` when the file ends before its header, `source.delimiter`.
    """
    line = header_line_of(options)
    with path.open(encoding="utf-8", newline="\n") as file:
        head = list(islice(file, line - 1, line - 1 + _SAMPLE_LINES))
    if not head:
        raise AltynError(
            "source.empty",
            what=say("The file ends before its header."),
            where=f"{display}, line {line}",
            mend=say("Correct header_line of the source, or send the extract again."),
        )
    declared = str(options["delimiter"]).replace("\\t", "\t") if "delimiter" in options else None
    quote, limit = str(options.get("quote", '"')), int(str(options.get("max_line_mb", 8)))
    rows = 0 if options.get("no_header") else int(str(options.get("header_rows", 1)))
    read = {
        d: _divided(CsvLayout(display, d, quote, (), line, limit), head, rows)
        for d in (*_DELIMITERS, *((declared,) if declared else ()))
    }
    asked = {w.strip() for w in wanted}
    likely = max(
        _DELIMITERS,
        key=lambda d: (len(set(header_names(read[d].headers)) & asked), _evenness(read[d], head), len(read[d].headers)),
    )
    found, best = read[declared or likely], read[likely]
    if len(found.headers) == 1 and len(best.headers) > 1:
        raise AltynError(
            "source.delimiter",
            what=say(
                "With the declared delimiter the file has one column; with {likely} it has {count}.",
                likely=_NAMES[likely],
                count=len(best.headers),
            ),
            where=f"{display}, line {line}",
            mend=say("Correct `delimiter` of the source."),
        )
    if len(found.headers) == 1 and len(wanted) > 1 and not set(header_names(found.headers)) & asked:
        raise AltynError(
            "source.delimiter",
            what=say("No known delimiter divides the header into columns."),
            where=f"{display}, line {line}",
            mend=say('Name it in the source: delimiter = "~". Tried: comma, semicolon, tab, bar.'),
        )
    return found


def _divided(layout: CsvLayout, head: Sequence[str], header_rows: int = 1) -> CsvLayout:
    """The layout with its headers and the line where the first record begins; no header rows: headers without a name."""
    counted = Counted(iter(head), layout.max_line_mb * _MB * _SAMPLE_LINES)
    try:
        held = list(islice(layout.rows(counted, strict=False), max(header_rows, 1)))
    except csv.Error:
        held = []
    cells = joined_header(held) if header_rows and held else [""] * len(held[0] if held else ())
    taken = max(len(counted.taken), 1) if header_rows else 0
    return CsvLayout(
        layout.display, layout.delimiter, layout.quote, tuple(cells), layout.first + taken, layout.max_line_mb
    )


def _evenness(layout: CsvLayout, head: Sequence[str]) -> int:
    """How many of the first lines have as many cells as the header, where that is more than one."""
    try:
        rows = [row for row in layout.rows(iter(head), strict=False) if row]
    except csv.Error:
        return 0
    width = len(layout.headers)
    return sum(len(row) == width for row in rows) if width > 1 else 0
