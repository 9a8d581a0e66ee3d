"""Parquet: typed columns read as text. A number where the contract says text is a problem, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.files import SourceFile
from altyn.sources.headers import match_headers
from altyn.sources.kinds import Option
from altyn.sources.read import Held
from altyn.sources.staging import require_rows, staged_query
from altyn.sources.typed import as_text, cell_text, holds_text, is_text, problem_columns

# What we call the row's number and its columns: names that no column of the file can hide, whatever it calls its own.
_NUMBER = "_row"


class ParquetReader:
    """One Parquet file; line_no is the row's number in it."""

    kind = "parquet"
    suffixes: ClassVar = (".parquet",)
    options: ClassVar[Mapping[str, Option]] = {}

    def stage(  # noqa: PLR0917  # the shape all kinds share
        self,
        session: Session,
        file: SourceFile,
        columns: Sequence[Column],
        options: Mapping[str, object],
        scratch: Path,
        table: str,
    ) -> tuple[str, tuple[str, ...]]:
        """Stage the file's rows as text."""
        del scratch
        headers, types, source = _opened(session, file.path, file.display)
        places, extra = match_headers(headers, columns, file.display)
        held = {c.name: (f"c{p}", types[p]) for c, p in zip(columns, places, strict=True)}
        found = {c.name: (held[c.name][0], is_text(held[c.name][1], c)) for c in columns}
        cells = "".join(f", {_cell(c, *held[c.name])} AS {identifier(c.name)}" for c in columns)
        try:
            session.run(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {_NUMBER} AS line_no, "
                f"{problem_columns(columns, found, _damaged(columns, held))}{cells} FROM {source}"
            )
        except duckdb.Error:
            raise _broken(file.display) from None
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        return staged_query(table, columns), extra

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first rows by column."""
        del scratch
        with Session() as session:
            headers, types, source = _opened(session, file.path, file.display)
            cells = ", ".join(_text(f"c{place}", kind) for place, kind in enumerate(types))
            try:
                taken = session.run(f"SELECT {cells} FROM {source} LIMIT {rows}")
            except duckdb.Error:
                raise _broken(file.display) from None
        require_rows(len(taken), options, file.display)
        return [(name, [row[i] for row in taken]) for i, name in enumerate(headers)]

    def held(self, file: SourceFile, options: Mapping[str, object], scratch: Path) -> dict[str, Held]:
        """What each column is declared to hold."""
        del options, scratch
        with Session() as session:
            headers, types, _ = _opened(session, file.path, file.display)
        return {n: "text" if holds_text(kind) else "no-text" for n, kind in zip(headers, types, strict=True)}


def _opened(session: Session, path: Path, display: str) -> tuple[list[str], list[str], str]:
    """Headers and types of the columns, and SQL of the rows: c0, c1 ... and the row's number."""
    # A folder called year=2024 is no column.
    read = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
    try:
        types = [str(kind) for _, kind, *_ in session.run(f"DESCRIBE SELECT * FROM {read}")]
        # The engine's own names are of no use: it renames columns that differ only in case.
        nodes = session.run(f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({literal(str(path))})")
    except duckdb.Error:
        raise _broken(display) from None
    headers = _top(nodes)
    assert len(headers) == len(types)
    named = ", ".join(f"c{place}" for place in range(len(types)))
    return headers, types, f"(SELECT *, row_number() OVER () AS {_NUMBER} FROM {read} AS file({named}))"


def _top(nodes: Sequence[Sequence[object]]) -> list[str]:
    """Names of the columns in a schema that lists each node before its children; the first node is the file."""
    names: list[str] = []
    inside: list[int] = []
    for name, children in nodes[1:]:
        while inside and not inside[-1]:
            inside.pop()
        if inside:
            inside[-1] -= 1
        else:
            names.append(str(name))
        inside.append(int(str(children)))
    return names


def _text(column: str, kind: str) -> str:
    # Older writers of Parquet leave out that a binary column is text.
    return f"nullif(TRY(decode({column})), '')" if kind == "BLOB" else as_text(column, kind)


def _cell(column: Column, name: str, kind: str) -> str:
    return _text(name, kind) if kind == "BLOB" else cell_text(column, name, kind)


def _damaged(columns: Sequence[Column], held: Mapping[str, tuple[str, str]]) -> str:
    """SQL of the first column of a row whose bytes are no text, NULL if there is none."""
    cases = " ".join(
        f"WHEN {place} IS NOT NULL AND TRY(decode({place})) IS NULL THEN {literal(c.name)}"
        for c in columns
        for place, kind in (held[c.name],)
        if kind == "BLOB"
    )
    return f"CASE {cases} END" if cases else "NULL"


def _broken(display: str) -> AltynError:
    return AltynError(
        "source.format",
        what=say("The file is not whole Parquet."),
        where=display,
        mend=say("Write it again."),
    )
