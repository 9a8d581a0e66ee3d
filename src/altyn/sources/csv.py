"""CSV: a quick way through DuckDB where line numbers can be proven, an exact way through Python's csv everywhere else.

An empty field is missing, quoted or not: sources do not agree on the difference, so none is read into it. A row that cannot be
read becomes a problem row with its text: `row.ragged` has too few or too many cells, in `row.quote` a quote stands where it
must not, or hides the rows that follow it, in `row.lone-cr` a line ends for some readers and not for others. Blank lines are no rows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.carried import LineMemory, Lines, NotCarriedError, carry
from altyn.sources.csv_layouts import Counted, CsvLayout, TooLongError, csv_layout, header_line_of
from altyn.sources.encodings import CHUNK, TextFile, as_utf8
from altyn.sources.files import SourceFile
from altyn.sources.footers import hold_doubtful
from altyn.sources.headers import header_names, match_headers
from altyn.sources.kinds import ENCODING, LONGEST_LINE, OF_TABLES, QUOTE, SIGN, Option
from altyn.sources.lines import Stream, plain
from altyn.sources.staging import require_rows, staged_columns, staged_query

_MB = 1024 * 1024
# A text in quotes may hold lines; if this share of them divide into as many cells as the header, they are rows.
_ROWS_SHARE, _ROWS_FROM, _ROWS_WIDTH = 0.8, 2, 3
_STAGED_VALUES = 4


class CsvReader:
    """Text in columns, with any delimiter.

    Options: delimiter, quote, encoding, header_line, header_rows, no_header, skip_footer, max_line_mb, allow_empty.
    """

    kind = "csv"
    suffixes: ClassVar = (".csv", ".tsv", ".txt")
    options: ClassVar[Mapping[str, Option]] = {
        "delimiter": SIGN,
        "quote": QUOTE,
        "encoding": ENCODING,
        **OF_TABLES,
        **LONGEST_LINE,
    }

    def stage(  # noqa: PLR0917  # the shape all kinds share
        self,
        session: Session,
        file: SourceFile,
        columns: Sequence[Column],
        options: Mapping[str, object],
        scratch: Path,
        table: str,
    ) -> tuple[str, tuple[str, ...]]:
        """Stage a file with the physical line of each record."""
        text, skipped = _body(file, options, scratch)
        layout = csv_layout(text.path, file.display, options, [c.source_header for c in columns])
        places, extra = match_headers(layout.headers, columns, file.display, line=header_line_of(options))
        query = stage_quickly(session, text, layout, columns, places, table)
        if query is None:
            session.insert(table, staged_columns(columns), exact_rows(text.path, layout, places))
            query = staged_query(table, columns)
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        if skipped:
            query = hold_doubtful(session, table, query, columns, list(_cells(skipped, layout, places)))
        return query, extra

    def stream(  # noqa: PLR0917
        self,
        session: Session,
        file: SourceFile,
        columns: Sequence[Column],
        options: Mapping[str, object],
        scratch: Path,
        table: str,
        remembered: LineMemory | None = None,
    ) -> tuple[Stream, tuple[str, ...]] | None:
        """The file for the engine to read while it types the rows; None where it must be staged first."""
        text = _text(file, options, scratch)
        layout = csv_layout(text.path, file.display, options, [c.source_header for c in columns])
        width, sign = len(layout.headers), layout.delimiter
        if text.path != file.original or text.has_lone_cr or width == 1 or len(sign) > 1 or not sign.isascii():
            return None
        places, extra = match_headers(layout.headers, columns, file.display, line=header_line_of(options))
        rows = text.lines - layout.first + 1

        def rows_of(lines: Iterator[str], at: CsvLayout) -> tuple[list[tuple[object, ...]], int]:
            line, row, taken = next(_records(lines, at))
            return list(_staged(line, row, taken, at, places)), len(taken)

        lines = Lines(text.path, layout.first, rows, layout.max_line_mb)
        path, carried = text.path, None
        if remembered:
            path = scratch / f"new{table}"
            carried = carry(session, lines, remembered.path, remembered.key, path)
            if carried is None:
                raise NotCarriedError
        found = plain(path, layout, rows, rows_of, scratch / f"plain{table}")
        # A record that goes on in the next line would go on in another one here; so would one whose quote is still open where
        # the new lines end, which in the whole extract is not the end.
        last = layout.first + rows - (carried.count if carried else 0) - 1
        if carried and (found is None or found.longest > 1 or _is_open(found.apart, last, layout.quote)):
            raise NotCarriedError
        if found is None:
            return None
        apart = f"{table}_apart"
        session.insert(apart, staged_columns(columns), found.apart)
        require_rows(rows - len(found.blank) + len(found.apart), options, file.display)
        cells = ", ".join(f"c{place} AS {identifier(c.name)}" for place, c in zip(places, columns, strict=True))
        source = f"SELECT {cells} FROM {_reading(found.path, layout)}"
        stage = partial(self.stage, session, file, columns, options, scratch, table)
        here = rows - carried.count if carried else rows
        blank = tuple(found.blank)
        return Stream(source, layout.first, here, blank, apart, lambda: stage()[0], lines, carried), extra

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first rows by header."""
        text = _text(file, options, scratch)
        layout = csv_layout(text.path, file.display, options, [])
        every = range(len(layout.headers))
        taken = [row[_STAGED_VALUES:] for row in islice(exact_rows(text.path, layout, every), rows)]
        require_rows(len(taken), options, file.display)
        cells: list[list[Any]] = [list(row) for row in taken]
        return [(name, [row[i] for row in cells]) for i, name in enumerate(header_names(layout.headers))]


def _is_open(apart: Sequence[tuple[object, ...]], last: int, quote: str) -> bool:
    """Whether the last line of a file may leave a quote open: a row whose quotes are wrong, and not in pairs."""
    return any(row[0] == last and row[1] == "row.quote" and str(row[3]).count(quote) % 2 for row in apart)


def _text(file: SourceFile, options: Mapping[str, object], scratch: Path) -> TextFile:
    return _body(file, options, scratch)[0]


def _body(file: SourceFile, options: Mapping[str, object], scratch: Path) -> tuple[TextFile, list[tuple[int, str]]]:
    """The text without its footer, and the filled lines that were left out, each with its number."""
    limit = int(str(options.get("max_line_mb", 8)))
    text = as_utf8(file.path, file.display, scratch, declared=str(options.get("encoding", "")), max_line_mb=limit)
    footer = int(str(options.get("skip_footer", 0)))
    return _without_footer(text, footer, scratch / "text-body") if footer else (text, [])


def _cells(
    lines: Sequence[tuple[int, str]], layout: CsvLayout, places: Sequence[int]
) -> Iterator[tuple[int, list[str | None]]]:
    """The texts of the contract's columns in lines that have as many cells as the header."""
    for number, line in lines:
        row = next(layout.rows(iter([line]), strict=False), [])
        if len(row) == len(layout.headers):
            yield number, [row[p] or None for p in places]


def _without_footer(text: TextFile, footer: int, target: Path) -> tuple[TextFile, list[tuple[int, str]]]:
    """The text without its last `footer` lines that hold something, and those. Line numbers stay those of the file."""
    with text.path.open("rb") as file:
        filled = [number for number, line in enumerate(file) if line.strip()]
    end = filled[-footer] if footer <= len(filled) else 0
    with text.path.open("rb") as file, target.open("wb") as out:
        out.writelines(islice(file, end))
        skipped = [(number, line.decode()) for number, line in enumerate(file, start=end + 1) if line.strip()]
    return TextFile(target, text.encoding, end, text.has_lone_cr), skipped


def stage_quickly(  # noqa: PLR0917
    session: Session, text: TextFile, layout: CsvLayout, columns: Sequence[Column], places: Sequence[int], table: str
) -> str | None:
    """Stage by DuckDB and return the query; None where it stumbles, or where records and lines do not add up.

    DuckDB knows no physical lines. But it makes at most one record of a line (unless CR stands alone, which is refused
    here), so if there are as many records as lines after the header, each record is one line, and none was skipped.
    It also takes a row with one more cell when that is empty, so the delimiters are counted, those inside texts apart; and
    it drops blanks around a text in quotes, so a file that may have some is left to the exact way.
    """
    if text.has_lone_cr or not layout.delimiter.isascii():
        return None
    delimiters, has_quotes, has_blanks = _signs(text.path, layout)
    if has_blanks:
        return None
    every = [f"c{i}" for i in range(len(layout.headers))]
    inside = "0"
    if has_quotes:
        sign = literal(layout.delimiter)
        inside = " + ".join(
            f"CASE WHEN contains({c}, {sign}) THEN strlen({c}) - strlen(replace({c}, {sign}, '')) ELSE 0 END"
            for c in every
        )
    cells = "".join(f", c{place} AS {identifier(column.name)}" for place, column in zip(places, columns, strict=True))
    source = _reading(text.path, layout)
    try:
        # Rows keep the order of the file, so that a row's place in the table is its place in the file; numbering them
        # by a window function would read the file with one thread.
        session.run(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT NULL::VARCHAR AS _problem, NULL::VARCHAR AS _problem_column, "
            f"NULL::VARCHAR AS _raw, {inside} AS _inside{cells} FROM {source}"
        )
    except duckdb.Error:
        return None
    records, within = session.one(f"SELECT count(*), coalesce(sum(_inside), 0) FROM {table}")
    if records != text.lines - layout.first + 1 or delimiters != records * (len(every) - 1) + within:
        return None
    # In a file of one column a blank line is a row to DuckDB and none to us.
    if len(every) == 1 and columns:
        name = identifier(columns[0].name)
        if session.one(f"SELECT count(*) FROM {table} WHERE {name} IS NULL OR trim({name}) = ''")[0]:
            return None
    names = ", ".join(["_problem", "_problem_column", "_raw", *(identifier(c.name) for c in columns)])
    return f"SELECT rowid + {layout.first} AS line_no, {names} FROM {table}"


def _reading(path: Path, layout: CsvLayout) -> str:
    """SQL that reads the rows of a file as texts c0, c1 ..., and fails on a row of another width."""
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.headers)))
    quote = literal(layout.quote)
    return (
        f"read_csv({literal(str(path))}, auto_detect = false, header = false, skip = {layout.first - 1}, "
        f"delim = {literal(layout.delimiter)}, quote = {quote}, escape = {quote}, columns = {{{types}}}, nullstr = '', "
        "strict_mode = true, null_padding = false, ignore_errors = false, encoding = 'utf-8', compression = 'none', "
        f"hive_partitioning = false, max_line_size = {layout.max_line_mb * _MB})"
    )


def _signs(path: Path, layout: CsvLayout) -> tuple[int, bool, bool]:
    """How many delimiters stand after the header, whether any quote does, and whether blanks may stand around one."""
    sign, quote = layout.delimiter.encode(), layout.quote.encode()
    # In a file divided by tabs, a tab beside a quote is no blank.
    blanks = re.escape(b" \t\v\f".replace(sign, b""))
    end, blank = rb"(?:[\r\n]|^|$|" + re.escape(sign) + rb")", rb"[" + blanks + rb"]+"
    around = re.compile(end + blank + re.escape(quote) + rb"|" + re.escape(quote) + blank + end)
    count, has_quotes, has_blanks, rest = 0, False, False, b""
    with path.open("rb") as file:
        for _ in range(layout.first - 1):
            file.readline()
        while chunk := file.read(CHUNK):
            count += chunk.count(sign)
            if quote and quote in chunk:
                has_quotes = True
            if has_quotes and not has_blanks:
                rest += chunk
                has_blanks = around.search(rest) is not None
                rest = rest[rest.rfind(b"\n") + 1 :]
            elif not has_blanks:
                rest = chunk[chunk.rfind(b"\n") + 1 :]
    return count, has_quotes, has_blanks


def exact_rows(path: Path, layout: CsvLayout, places: Sequence[int]) -> Iterator[tuple[object, ...]]:
    """Records by Python's csv, each with the physical line it begins in; what cannot be read, as problem rows.

    Raises:
        AltynError: `source.format` when a quote hides the rest of the file.
    """
    with path.open(encoding="utf-8", newline="\n") as file:
        for line, row, taken in _records(islice(file, layout.first - 1, None), layout):
            yield from _staged(line, row, taken, layout, places)


def _staged(
    line: int, row: list[str] | None, taken: Sequence[str], layout: CsvLayout, places: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    """The staged rows of one record: none for a blank line, problem rows for what cannot be read."""
    width, nothing = len(layout.headers), [None] * len(places)
    raw = "".join(taken)
    if not raw.strip() and len(row or "") <= 1:
        return
    if row is None or hides_rows(taken, layout):
        # Each line counts, or a stray quote could hide a thousand rows from the error budget.
        is_quote = bool(layout.quote) and layout.quote in raw
        for number, one in enumerate(taken, start=line):
            if one.strip():
                yield (number, "row.quote" if is_quote else "row.lone-cr", None, one.rstrip("\r\n"), *nothing)
    elif len(row) != width:
        yield (line, "row.ragged", None, raw.rstrip("\r\n"), *nothing)
    else:
        yield (line, None, None, None, *(row[p] or None for p in places))


def _records(lines: Iterator[str], layout: CsvLayout) -> Iterator[tuple[int, list[str] | None, list[str]]]:
    """Each record's first line, its cells (None where its quotes are wrong) and its physical lines."""
    counted = Counted(lines, layout.max_line_mb * _MB)
    rows = layout.rows(counted)
    line = layout.first
    while True:
        counted.begin()
        try:
            row = next(rows)
        except StopIteration:
            return
        except TooLongError:
            raise _never_closed(layout, line) from None
        except csv.Error as error:
            if len(counted.taken) > 1 and "unexpected end" in str(error):
                raise _never_closed(layout, line) from None
            row = None
        yield line, row, counted.taken
        line += len(counted.taken)


def hides_rows(taken: Sequence[str], layout: CsvLayout) -> bool:
    """Whether the lines inside one record look like records: then a quote was opened in one row and closed in another."""
    inner = taken[1:-1]
    width = len(layout.headers)
    if len(inner) < _ROWS_FROM or width < _ROWS_WIDTH:
        return False
    like_rows = sum(line.count(layout.delimiter) == width - 1 and layout.quote not in line for line in inner)
    return like_rows >= len(inner) * _ROWS_SHARE


def _never_closed(layout: CsvLayout, line: int) -> AltynError:
    return AltynError(
        "source.format",
        what=say("A quote is opened and never closed."),
        where=f"{layout.display}, line {line}",
        mend=say('Close it, double it if it is part of the text, or set quote = "" if the file knows no quotes.'),
    )
