"""Lines: a text file the engine may read straight into typed rows, because each of its lines is known to be one row.

The engine knows no line numbers, but it keeps the order of a file. So lines that are no plain row (ragged, blank, with a quote)
are taken out, read the exact way, and replaced by empty rows that are dropped later: then the place of a row is its line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from pathlib import Path
from typing import IO, TYPE_CHECKING

from altyn.sources.carried import Carried, Lines

if TYPE_CHECKING:
    from altyn.sources.csv_layouts import CsvLayout

CHUNK = 512 * 1024
# Beyond this many lines that are read one by one, the way that stages the whole text is the cheaper one.
MOST_APART = 200_000
_SHARE = 0.1

StagedRow = tuple[object, ...]
# Staged rows of the first record of some lines, and how many lines it took.
RecordReader = Callable[[Iterator[str], "CsvLayout"], tuple[list[StagedRow], int]]


@dataclass(frozen=True, slots=True)
class Stream:
    """A part the engine may read once, while rows are typed, in place of its staged query.

    `source` gives one VARCHAR a column by the contract's names, one row a line from line `first`, `rows` in all. `blank`
    are the places (0 is line `first`) of rows to drop. `apart` names a table of the rows that stand for them, in the
    shape of a staged part. `staged` stages the part the other way and returns its query, if the engine stumbles. `lines`
    are those of the file as it came; where `carried` is given, the rows are those of its new lines alone.
    """

    source: str
    first: int
    rows: int
    blank: tuple[int, ...]
    apart: str
    staged: Callable[[], str]
    lines: Lines
    carried: Carried | None = None


@dataclass
class Plain:
    """A file of which every line is a row of the same width, and the rows that were taken out of it.

    `longest`: lines of the longest record among those.
    """

    path: Path
    longest: int = 0
    blank: list[int] = field(default_factory=list[int])
    apart: list[StagedRow] = field(default_factory=list[StagedRow])


class _TooManyError(Exception):
    """So many lines need the exact way that streaming does not pay."""


def plain(path: Path, layout: CsvLayout, lines: int, rows_of: RecordReader, target: Path) -> Plain | None:
    """The file with every line a plain row; None where too many are not.

    Args:
        path: UTF-8 text whose lines end in LF or CRLF.
        layout: its delimiter, quote and first row.
        lines: how many lines there are from the first row on.
        rows_of: reads one record the exact way.
        target: where to write the file if lines must be taken out of it; written only then.
    """
    most = min(MOST_APART, int(lines * _SHARE) + 10)
    found = Plain(path)
    with path.open("rb") as file:
        for _ in range(layout.first - 1):
            file.readline()
        begins = file.tell()
        if all(_is_even(chunk, layout) for chunk in _whole_lines(file)):
            return found
        file.seek(0)
        with target.open("wb") as out:
            out.write(file.read(begins))
            try:
                for chunk in _rewritten(file, layout, found, rows_of, most):
                    out.write(chunk)
            except (_TooManyError, csv.Error):
                return None
    found.path = target
    return found


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file in pieces that end with a line."""
    while chunk := file.read(CHUNK):
        yield chunk if chunk.endswith(b"\n") else chunk + file.readline()


def _is_even(chunk: bytes, layout: CsvLayout) -> bool:
    """Whether the lines of a piece have together as many delimiters as rows ask for, and no quote.

    One too few in one line and one too many in another would pass; the engine refuses the line with too few.
    """
    sign, quote = layout.delimiter.encode(), layout.quote.encode()
    rows = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
    return not (quote and quote in chunk) and chunk.count(sign) == rows * (len(layout.headers) - 1)


def _rewritten(file: IO[bytes], layout: CsvLayout, found: Plain, rows_of: RecordReader, most: int) -> Iterator[bytes]:
    sign, quote, width = layout.delimiter.encode(), layout.quote.encode(), len(layout.headers)
    empty = sign * (width - 1) + b"\n"
    another = re.compile(rb"[^" + re.escape(bytes([min(width - 1, 255)])) + rb"]", re.DOTALL)
    place = 0
    pieces = _whole_lines(file)
    for chunk in pieces:
        if _is_even(chunk, layout):
            place += chunk.count(b"\n") + (not chunk.endswith(b"\n"))
            yield chunk
            continue
        lines = _split(chunk)
        wrong = {m.start() for m in another.finditer(_counts(lines, sign))} | _with_quotes(chunk, quote)
        done = 0
        for at in sorted(wrong):
            if at < done:
                continue  # a line inside the record before
            taken, more = _record(lines, at, layout, place + at + layout.first, pieces, rows_of, found.apart)
            lines += more
            found.blank += range(place + at, place + at + taken)
            found.longest = max(found.longest, taken)
            if len(found.blank) > most:
                raise _TooManyError
            done = at + taken
            lines[at:done] = [empty] * taken
        place += len(lines)
        yield b"".join(lines)


def _counts(lines: Sequence[bytes], sign: bytes) -> bytes:
    """How many delimiters each line has, one byte a line: one step of C over all of them. 255 means at least that."""
    try:
        return bytes(map(bytes.count, lines, repeat(sign)))
    except ValueError:
        return bytes(min(line.count(sign), 255) for line in lines)


def _with_quotes(chunk: bytes, quote: bytes) -> set[int]:
    """Which lines of a piece have a quote."""
    found: set[int] = set()
    at, line = 0, 0
    while quote and (place := chunk.find(quote, at)) >= 0:
        line += chunk.count(b"\n", at, place)
        found.add(line)
        at = place + 1
    return found


def _split(chunk: bytes) -> list[bytes]:
    """Lines that end in LF alone; splitlines would also end one at CR."""
    ends = chunk.split(b"\n")
    lines = [line + b"\n" for line in ends[:-1]]
    return [*lines, ends[-1]] if ends[-1] else lines


def _record(  # noqa: PLR0917
    lines: Sequence[bytes], at: int, layout: CsvLayout, line: int, pieces: Iterator[bytes], rows_of: RecordReader, apart: list[StagedRow]
) -> tuple[int, list[bytes]]:  # fmt: skip
    """Read one record the exact way; return how many lines it took and those that were read beyond `lines` for it."""
    more: list[bytes] = []

    def beyond() -> Iterator[bytes]:
        for piece in pieces:
            for one in _split(piece):
                more.append(one)
                yield one

    here = (lines[i] for i in range(at, len(lines)))
    text = (one.decode() for one in chain(here, beyond()))
    rows, taken = rows_of(text, replace(layout, first=line))
    apart += rows
    return taken, more
