"""Typed sources (Parquet, databases) read as text, in the forms a contract checks."""

from __future__ import annotations

from collections.abc import Sequence

from altyn.model.columns import Column
from altyn.model.sql import identifier, literal

# Instants in UTC, with the microseconds they have.
_INSTANT, _MOMENT = "'%Y-%m-%dT%H:%M:%S.%fZ'", "'%Y-%m-%dT%H:%M:%S.%f'"


def is_text(kind: str) -> bool:
    """Whether a DuckDB type holds text: then a code in it has kept its leading zeros."""
    return kind.startswith(("VARCHAR", "ENUM", "UUID")) and not kind.endswith("]")


def as_text(name: str, kind: str) -> str:
    """SQL of a column as text: empty is missing, instants in ISO form, what is nested as JSON."""
    column = identifier(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        moment = f"strftime({column} AT TIME ZONE 'UTC', {_INSTANT})"
    elif kind in {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"}:
        moment = f"strftime({column}::TIMESTAMP, {_MOMENT})"
    elif kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"CAST(to_json({column}) AS VARCHAR)"
    else:
        return f"nullif(CAST({column} AS VARCHAR), '')"
    return f"CASE WHEN isfinite({column}) THEN {moment} ELSE CAST({column} AS VARCHAR) END"


def problem_columns(columns: Sequence[Column], found: dict[str, tuple[str, bool]]) -> str:
    """SQL of `problem, problem_column, raw`: a number where the contract says text may have lost its leading zeros.

    Args:
        columns: of the contract.
        found: column name -> (its name in the source, whether it holds text there).
    """
    wrong = [c for c in columns if c.needs_text and not found[c.name][1]]
    if not wrong:
        return "NULL::VARCHAR AS problem, NULL::VARCHAR AS problem_column, NULL::VARCHAR AS raw"
    cases = " ".join(f"WHEN {identifier(found[c.name][0])} IS NOT NULL THEN {literal(c.name)}" for c in wrong)
    column = f"CASE {cases} END"
    return (
        f"CASE WHEN {column} IS NOT NULL THEN 'row.text-expected' END AS problem, {column} AS problem_column, "
        "NULL::VARCHAR AS raw"
    )
