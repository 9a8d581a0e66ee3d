"""Staging: a few rows of text as a reader would stage them, for the tests of validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from altyn.engines.duckdb import Session
from altyn.model import Check, Column, ColumnType, Register
from altyn.model.columns import INTEGER, TEXT
from altyn.model.sql import identifier, literal
from altyn.sources.validate import Context, Validated, validate

Row = Mapping[str, str | None]
ID = Column("id", INTEGER)


def register(*columns: Column, key: tuple[str, ...] = ("id",), **more: object) -> Register:
    """The register `lab.things` of `id` and the given columns."""
    own = columns if any(c.name == "id" for c in columns) else (ID, *columns)
    return replace(Register("lab.things", "1.0.0", tuple(own), key, "0"), **more)  # type: ignore[arg-type]


def text(name: str = "code", *checks: Check, **more: object) -> Column:
    """A text column with checks."""
    return replace(Column(name, TEXT, checks=checks), **more)  # type: ignore[arg-type]


def column(kind: str, *checks: Check, name: str = "value") -> Column:
    """A column of a type written as in `ColumnType.name`."""
    if kind.startswith("decimal"):
        precision, scale = kind[8:-1].split(",")
        return Column(name, ColumnType("decimal", int(precision), int(scale)), checks=checks)
    return Column(name, ColumnType(kind), checks=checks)  # type: ignore[arg-type]


def staged(register: Register, rows: Sequence[Row], first_line: int = 2) -> str:
    """SQL that stages rows; a row may say `problem`, `problem_column` and `raw` under those names with a leading `!`."""
    names = [c.name for c in register.source_columns]

    def cell(value: str | None) -> str:
        return "NULL::VARCHAR" if value is None else literal(value)

    lines = [
        f"({number}, {', '.join(cell(row.get('!' + p)) for p in ('problem', 'problem_column', 'raw'))}"
        f"{''.join(', ' + cell(row.get(n)) for n in names)})"
        for number, row in enumerate(rows, first_line)
    ]
    header = ", ".join(map(identifier, ["line_no", "_problem", "_problem_column", "_raw", *names]))
    if not lines:
        return f"SELECT {', '.join(f'NULL::VARCHAR AS {n}' for n in header.split(', ')[1:])}, NULL::BIGINT AS line_no WHERE false"
    casts = ", ".join(
        f"CAST({identifier(n)} AS VARCHAR) AS {identifier(n)}" for n in ["_problem", "_problem_column", "_raw", *names]
    )
    return f"SELECT CAST(line_no AS BIGINT) AS line_no, {casts} FROM (VALUES {', '.join(lines)}) AS v({header})"


def check(
    register: Register, rows: Sequence[Row], context: Context | None = None, session: Session | None = None
) -> tuple[Validated, list[tuple[int, str | None, str]], Session]:
    """Validate rows of one file and return what came out, the failures as (line, column, rule), and the session."""
    session = session or Session(threads=1)
    validated = validate(session, register, [(0, staged(register, rows))], context or Context())
    failures = session.run("SELECT line_no, column_name, rule FROM failures ORDER BY line_no, rule, column_name")
    return validated, [(int(line), name, str(rule)) for line, name, rule in failures], session


def values(session: Session, name: str) -> list[object]:
    """One column of the accepted rows, in the order of lines."""
    return [row[0] for row in session.run(f"SELECT {identifier(name)} FROM accepted ORDER BY file_no, line_no")]
