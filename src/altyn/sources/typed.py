"""Typed sources (Parquet, databases) read as text, in the forms a contract checks."""

from __future__ import annotations

from collections.abc import Sequence

from altyn.model.columns import Column
from altyn.model.sql import identifier, literal
from altyn.sources.written import as_written

# Instants in UTC, with the microseconds they have.
_INSTANT, _MOMENT = "'%Y-%m-%dT%H:%M:%S.%fZ'", "'%Y-%m-%dT%H:%M:%S.%f'"
_NANOSECONDS = "'%Y-%m-%dT%H:%M:%S.%n'"
_TIMES = frozenset({"TIME", "TIME_NS"})


def holds_text(kind: str) -> bool:
    """Whether a DuckDB type holds text: then a code in it has kept its leading zeros."""
    return kind.startswith(("VARCHAR", "ENUM", "UUID", "BLOB")) and not kind.endswith("]")


def is_text(kind: str, column: Column) -> bool:
    """Whether a DuckDB type holds what the column means by text."""
    form = column.form
    if form is not None and ((form.time and kind in _TIMES) or (form.duration and kind == "INTERVAL")):
        return True
    return holds_text(kind)


def cell_text(column: Column, name: str, kind: str) -> str:
    """SQL of a column as text in the form its contract declares."""
    text = as_text(name, kind)
    return text if kind.startswith(("VARCHAR", "ENUM")) else as_written(column, text)


def as_text(name: str, kind: str) -> str:
    """SQL of a column as text: empty is missing, instants in ISO form, bytes as hex, what is nested as JSON."""
    column = identifier(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        moment = f"strftime({column} AT TIME ZONE 'UTC', {_INSTANT})"
    elif kind in {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"}:
        moment = f"strftime({column}::TIMESTAMP, {_MOMENT})"
    elif kind == "TIMESTAMP_NS":
        # All nine digits: a contract takes them where those beyond the sixth are zeros, and refuses the row otherwise.
        moment = f"strftime({column}, {_NANOSECONDS})"
    elif kind == "INTERVAL":
        return _duration(column)
    elif kind == "BLOB":
        return f"'\\x' || lower(hex({column}))"
    elif kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"CAST(to_json({column}) AS VARCHAR)"
    else:
        return f"nullif(CAST({column} AS VARCHAR), '')"
    return f"CASE WHEN isfinite({column}) THEN {moment} ELSE CAST({column} AS VARCHAR) END"


def _duration(column: str) -> str:
    """SQL of a length of time in ISO 8601: months, days and clock time stay apart, as they were kept."""
    micros = f"datepart('microsecond', {column})"

    def some(part: str, letter: str) -> str:
        number = f"datepart('{part}', {column})"
        return f"CASE WHEN {number} <> 0 THEN {number} || '{letter}' ELSE '' END"

    second = f"CASE WHEN {micros} <> 0 THEN rtrim(rtrim(CAST(CAST({micros} AS DECIMAL(18,0)) * 0.000001 AS VARCHAR), '0'), '.') || 'S' ELSE '' END"
    day = " || ".join(some(part, letter) for part, letter in (("year", "Y"), ("month", "M"), ("day", "D")))
    clock = " || ".join([some("hour", "H"), some("minute", "M"), second])
    # A missing one is no length of nothing: its parts would be left out one by one, and 'P' remain.
    said = f"WHEN {column} = INTERVAL 0 SECOND THEN 'PT0S' ELSE 'P' || {day} || rtrim('T' || {clock}, 'T')"
    return f"CASE WHEN {column} IS NULL THEN NULL {said} END"


def problem_columns(columns: Sequence[Column], found: dict[str, tuple[str, bool]], damaged: str = "NULL") -> str:
    """SQL of `_problem, _problem_column, _raw`: a number where the contract says text may have lost its leading zeros.

    Args:
        columns: of the contract.
        found: column name -> (its name in the source, whether it holds text there).
        damaged: SQL of the column whose bytes are no text, NULL where there is none.
    """
    wrong = [c for c in columns if c.needs_text and not found[c.name][1]]
    cases = " ".join(f"WHEN {identifier(found[c.name][0])} IS NOT NULL THEN {literal(c.name)}" for c in wrong)
    column = f"CASE {cases} END" if wrong else "NULL"
    return (
        f"CASE WHEN {damaged} IS NOT NULL THEN 'row.damaged' WHEN {column} IS NOT NULL THEN 'row.text-expected' END AS _problem, "
        f"CAST(coalesce({damaged}, {column}) AS VARCHAR) AS _problem_column, NULL::VARCHAR AS _raw"
    )
