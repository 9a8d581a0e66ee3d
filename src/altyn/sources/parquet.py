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
from altyn.sources.read import match_headers, require_rows, staged_query

_TEXT = ("VARCHAR", "ENUM", "UUID", "BLOB")


class ParquetReader:
    """One Parquet file; line_no is the row's number in it."""

    kind = "parquet"

    def stage(  # noqa: PLR0917
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
        source = f"read_parquet({literal(str(file.path))}, file_row_number = true)"
        types = _types(session, source, file.display)
        names = [n for n in types if n != "file_row_number"]
        places, extra = match_headers(names, columns, file.display)
        found = {c.name: names[p] for c, p in zip(columns, places, strict=True)}
        wrong = [c for c in columns if c.type.kind == "text" and not types[found[c.name]].startswith(_TEXT)]
        cells = ", ".join(f"{_text(found[c.name], types[found[c.name]])} AS {identifier(c.name)}" for c in columns)
        problem = " ".join(f"WHEN {identifier(found[c.name])} IS NOT NULL THEN {literal(c.name)}" for c in wrong)
        column = f"CASE {problem} END" if wrong else "NULL::VARCHAR"
        session.run(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT file_row_number + 1 AS line_no, "
            f"CASE WHEN {column} IS NOT NULL THEN 'row.text-expected' END AS problem, {column} AS problem_column, "
            f"NULL::VARCHAR AS raw, {cells} FROM {source}"
        )
        require_rows(session.one(f"SELECT count(*) FROM {table}")[0], options, file.display)
        return staged_query(table, columns), extra

    def sample(
        self, file: SourceFile, options: Mapping[str, object], scratch: Path, rows: int
    ) -> list[tuple[str, list[str | None]]]:
        """The first rows by column."""
        del scratch
        source = f"read_parquet({literal(str(file.path))})"
        with Session() as session:
            types = _types(session, source, file.display)
            cells = ", ".join(_text(name, kind) for name, kind in types.items())
            taken = session.run(f"SELECT {cells} FROM {source} LIMIT {rows}")
        require_rows(len(taken), options, file.display)
        return [(name, [row[i] for row in taken]) for i, name in enumerate(types)]


def _types(session: Session, source: str, display: str) -> dict[str, str]:
    try:
        return {str(name): str(kind) for name, kind, *_ in session.run(f"DESCRIBE SELECT * FROM {source}")}
    except (duckdb.IOException, duckdb.InvalidInputException):
        raise AltynError(
            "source.format",
            what=say("The file is not whole Parquet."),
            where=display,
            mend=say("Write it again."),
        ) from None


def _text(name: str, kind: str) -> str:
    """A column as the text a contract checks: empty is missing, instants in ISO form with their zone."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({identifier(name)} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({identifier(name)}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S')"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"CAST(to_json({identifier(name)}) AS VARCHAR)"
    return f"nullif(CAST({identifier(name)} AS VARCHAR), '')"
