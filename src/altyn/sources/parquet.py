"""Parquet: typed columns read as text. A number where the contract says text is a problem, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.files import SourceFile
from altyn.sources.read import Held, match_headers, require_rows, staged_query
from altyn.sources.typed import as_text, is_text, problem_columns

_NUMBER = "file_row_number"


class ParquetReader:
    """One Parquet file; line_no is the row's number in it."""

    kind = "parquet"

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
        source = _source(file.path, "file_row_number = true")
        types = _types(session, source, file.display)
        names = [n for n in types if n != _NUMBER]
        places, extra = match_headers(names, columns, file.display)
        found = {c.name: (names[p], is_text(types[names[p]])) for c, p in zip(columns, places, strict=True)}
        cells = "".join(
            f", {as_text(found[c.name][0], types[found[c.name][0]])} AS {identifier(c.name)}" for c in columns
        )
        try:
            session.run(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {_NUMBER} + 1 AS line_no, "
                f"{problem_columns(columns, found)}{cells} FROM {source}"
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
        source = _source(file.path)
        with Session() as session:
            types = _types(session, source, file.display)
            cells = ", ".join(as_text(name, kind) for name, kind in types.items())
            try:
                taken = session.run(f"SELECT {cells} FROM {source} LIMIT {rows}")
            except duckdb.Error:
                raise _broken(file.display) from None
        require_rows(len(taken), options, file.display)
        return [(name, [row[i] for row in taken]) for i, name in enumerate(types)]

    def held(self, file: SourceFile, options: Mapping[str, object], scratch: Path) -> dict[str, Held]:
        """What each column is declared to hold."""
        del options, scratch
        with Session() as session:
            types = _types(session, _source(file.path), file.display)
        return {name: "text" if is_text(kind) else "no-text" for name, kind in types.items()}


def _source(path: Path, more: str = "") -> str:
    # Older writers of Parquet leave out that a binary column is text; a folder called year=2024 is no column.
    options = ", ".join(["binary_as_string = true", "hive_partitioning = false", *([more] if more else [])])
    return f"read_parquet({literal(str(path))}, {options})"


def _types(session: Session, source: str, display: str) -> dict[str, str]:
    try:
        return {str(name): str(kind) for name, kind, *_ in session.run(f"DESCRIBE SELECT * FROM {source}")}
    except duckdb.Error:
        raise _broken(display) from None


def _broken(display: str) -> AltynError:
    return AltynError(
        "source.format",
        what=say("The file is not whole Parquet."),
        where=display,
        mend=say("Write it again."),
    )
