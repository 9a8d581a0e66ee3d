"""CSV: a quick way through DuckDB where line numbers can be proven, an exact way through Python's csv everywhere else.

An empty field is missing, quoted or not: sources do not agree on the difference, so none is read into it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.encodings import TextFile, as_utf8
from altyn.sources.files import SourceFile
from altyn.sources.read import match_headers, require_rows, staged_columns, staged_query

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 20
_FIELD_LIMIT = 64 * 1024 * 1024


class CsvReader:
    """Text in columns, with any delimiter."""

    kind = "csv"

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
        text = _text(file, options, scratch)
        first = int(str(options.get("header_line", 1)))
        delimiter, found = _header(text.path, file.display, options, [c.source_header for c in columns])
        places, extra = match_headers(found, columns, file.display, line=first)
        if not _quick(
            session, text, columns, places, table, delimiter=delimiter, width=len(found), first=first, options=options
        ):
            rows = _exact(text.path, file.display, delimiter, options, places, len(found))
            session.insert(table, staged_columns(columns), rows)
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        return staged_query(table, columns), extra

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first rows by header."""
        text = _text(file, options, scratch)
        delimiter, found = _header(text.path, file.display, options, [])
        every = list(range(len(found)))
        taken = [
            row[4:] for row in islice(_exact(text.path, file.display, delimiter, options, every, len(found)), rows)
        ]
        require_rows(len(taken), options, file.display)
        return [(name, [str(row[i]) if row[i] is not None else None for row in taken]) for i, name in enumerate(found)]


def _text(file: SourceFile, options: Mapping[str, object], scratch: Path) -> TextFile:
    limit = int(str(options.get("max_line_mb", 8)))
    return as_utf8(file.path, file.display, scratch, declared=str(options.get("encoding", "")), max_line_mb=limit)


def _header(path: Path, display: str, options: Mapping[str, object], wanted: Sequence[str]) -> tuple[str, list[str]]:
    """The delimiter, declared or found, and the headers under it."""
    first, quote = int(str(options.get("header_line", 1))), str(options.get("quote", '"'))
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(islice(file, first - 1, first - 1 + _SAMPLE_LINES))
    if not lines:
        raise AltynError(
            "source.empty",
            what=say("The file ends before its header."),
            where=f"{display}, line {first}",
            mend=say("Correct header_line of the source, or send the extract again."),
        )
    read = {d: next(csv.reader(lines, delimiter=d, quotechar=quote), []) for d in _DELIMITERS}
    names = {d: {h.strip().lstrip("\ufeff") for h in row} for d, row in read.items()}
    likely = max(_DELIMITERS, key=lambda d: (len(names[d] & set(wanted)), _evenness(lines, d, quote), len(read[d])))
    declared = str(options["delimiter"]).replace("\\t", "\t") if "delimiter" in options else likely
    found = read.get(declared) or next(csv.reader(lines, delimiter=declared, quotechar=quote), [])
    if len(found) == 1 and len(read[likely]) > 1 and declared != likely:
        raise AltynError(
            "source.delimiter",
            what=say(
                "With the declared delimiter the file has one column; with {likely} it has {count}.",
                likely=repr(likely),
                count=len(read[likely]),
            ),
            where=f"{display}, line {first}",
            mend=say("Correct `delimiter` of the source."),
        )
    if len(found) == 1 and len(wanted) > 1 and found[0].strip() not in wanted:
        raise AltynError(
            "source.delimiter",
            what=say("No known delimiter divides the header into columns."),
            where=f"{display}, line {first}",
            mend=say('Name it in the source: delimiter = "~". Tried: comma, semicolon, tab, bar.'),
        )
    return declared, found


def _evenness(lines: Sequence[str], delimiter: str, quote: str) -> int:
    """How many of the first lines have as many cells as the header, where that is more than one."""
    rows = [row for row in csv.reader(lines, delimiter=delimiter, quotechar=quote) if row]
    return sum(len(row) == len(rows[0]) for row in rows) if rows and len(rows[0]) > 1 else 0


def _quick(  # noqa: PLR0913
    session: Session,
    text: TextFile,
    columns: Sequence[Column],
    places: Sequence[int],
    table: str,
    *,
    delimiter: str,
    width: int,
    first: int,
    options: Mapping[str, object],
) -> bool:
    """Stage by DuckDB; False where it stumbles, or where records and lines do not add up.

    DuckDB knows no physical lines. If records and header make exactly as many as there are lines, no record spans two
    and no line is blank, so the line of a record is its number plus the header's.
    """
    quote = str(options.get("quote", '"'))
    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    cells = "".join(f", c{place} AS {identifier(column.name)}" for place, column in zip(places, columns, strict=True))
    source = (
        f"read_csv({literal(str(text.path))}, auto_detect = false, header = false, skip = {first}, delim = {literal(delimiter)}, "
        f"quote = {literal(quote)}, escape = {literal(quote)}, columns = {{{names}}}, nullstr = '', strict_mode = true, "
        f"null_padding = false, ignore_errors = false, encoding = 'utf-8', max_line_size = {int(str(options.get('max_line_mb', 8))) * 1024 * 1024})"
    )
    try:
        session.run(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT row_number() OVER () + {first} AS line_no, NULL::VARCHAR AS problem, "
            f"NULL::VARCHAR AS problem_column, NULL::VARCHAR AS raw{cells} FROM {source}"
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.BinderException, duckdb.IOException):
        return False
    return bool(session.one(f"SELECT count(*) + {first} = {text.lines} FROM {table}")[0])


class _Counted:
    """Lines of a file, remembering those of the record at hand."""

    def __init__(self, file: TextIO) -> None:
        self._lines = iter(file)
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def _exact(  # noqa: PLR0917
    path: Path, display: str, delimiter: str, options: Mapping[str, object], places: Sequence[int], width: int
) -> Iterator[tuple[object, ...]]:
    """Records by Python's csv, each with the physical line it begins in; a ragged one with its raw text."""
    first = int(str(options.get("header_line", 1)))
    csv.field_size_limit(_FIELD_LIMIT)
    with path.open(encoding="utf-8", newline="") as file:
        for _ in islice(file, first - 1):
            pass
        lines = _Counted(file)
        rows = csv.reader(lines, delimiter=delimiter, quotechar=str(options.get("quote", '"')), strict=True)
        next(rows, None)
        line = first - 1 + len(lines.taken) + 1
        while True:
            lines.taken.clear()
            try:
                row, whole = next(rows), True
            except StopIteration:
                return
            except csv.Error:
                row, whole = [], False
                if len(lines.taken) > 1 and not any(True for _ in file):
                    raise AltynError(
                        "source.format",
                        what=say("A quote is opened and never closed."),
                        where=f"{display}, line {line}",
                        mend=say("Close it, or double it if it is part of the text."),
                    ) from None
            raw = "".join(lines.taken)
            if whole and len(row) == width:
                yield (line, None, None, None, *(row[p] or None for p in places))
            elif raw.strip():
                yield (line, "row.ragged", None, raw.rstrip("\r\n"), *(None for _ in places))
            line += len(lines.taken)
