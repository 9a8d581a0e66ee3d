"""Answers: the rows of a statement in types that every reader of Arrow knows, cast in the child.

What Arrow or its readers cannot hold becomes text as the engine writes it: an interval, a time with its zone, bytes, an
enumeration, a year before 1. Whole numbers beyond 64 bits become decimals; where one has more digits than a decimal holds, or a
day lies outside the years 1 to 9999, the whole column becomes text, for a column has one type. How they look is the formatter's affair.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

from altyn.engines.duckdb import Session
from altyn.engines.names import TABLE_FUNCTIONS
from altyn.model.sql import fold, identifier

_TEXT = "VARCHAR"
# Types by what they become: those not named here and without parts become text.
_SAME = frozenset({"boolean", "tinyint", "smallint", "integer", "bigint", "float", "double", "varchar"})
_WIDER = {
    "utinyint": "SMALLINT", "usmallint": "INTEGER", "uinteger": "BIGINT", "ubigint": "DECIMAL(20,0)", "null": "INTEGER",
}  # fmt: skip
# Where a value of the type may not fit what it becomes: the new type, the least and the greatest that fits.
_BOUNDED = {
    "hugeint": ("DECIMAL(38,0)", "-99999999999999999999999999999999999999", "99999999999999999999999999999999999999"),
    "uhugeint": ("DECIMAL(38,0)", "0", "99999999999999999999999999999999999999"),
    "date": ("DATE", "DATE '0001-01-01'", "DATE '9999-12-31'"),
    "timestamp": ("TIMESTAMP", "TIMESTAMP '0001-01-02'", "TIMESTAMP '9999-12-30'"),
    "timestamp_s": ("TIMESTAMP", "TIMESTAMP_S '0001-01-02'", "TIMESTAMP_S '9999-12-30'"),
    "timestamp_ms": ("TIMESTAMP", "TIMESTAMP_MS '0001-01-02'", "TIMESTAMP_MS '9999-12-30'"),
    "timestamp_ns": ("TIMESTAMP", "TIMESTAMP_NS '1678-01-01'", "TIMESTAMP_NS '2262-01-01'"),
    "timestamp with time zone": ("TIMESTAMPTZ", "TIMESTAMPTZ '0001-01-02'", "TIMESTAMPTZ '9999-12-30'"),
}
# What tutorials write, `x -> x + 1`, is still read; its meaning is the same.
LAMBDAS = "SET lambda_syntax = 'ENABLE_SINGLE_ARROW'"
# No person's text may call error(): only this file says so.
_OUTSIDE = "altyn: outside"


class OtherTableError(Exception):
    """A statement binds a table that was not read out of its text."""


def rehearse(session: Session, text: str, views: Iterable[tuple[str, ...]]) -> None:
    """Bind a statement where nothing but empty tables of the same columns exists, and no path may be opened.

    What binds here reads those tables alone: a name that the guard took for a WITH part, and that the engine would take for a
    file, ends here. What the engine itself keeps (its views, its settings) has names everywhere: it shows in the plan, as the
    function that gives its rows. The plan is looked at as bound: an optimizer throws away what gives no rows.

    Raises:
        OtherTableError: when something else was bound.
    """
    paths = list(views)
    with Session(memory_mb=64, threads=1) as empty:
        empty.run("SET enable_external_access = false")
        for path in paths:
            name = ".".join(identifier(part) for part in path)
            for part in path[:-1]:
                empty.run(f"CREATE SCHEMA IF NOT EXISTS {identifier(part)}")
            columns = ", ".join(
                f"{identifier(str(column))} {kind}"
                for column, kind, *_ in session.run(f"DESCRIBE SELECT * FROM {name}")
            )
            empty.run(f"CREATE TABLE {name} ({columns})")
        empty.run(f"{LAMBDAS}; PRAGMA disable_optimizer; SET lock_configuration = true")
        plan = empty.run(f"EXPLAIN (FORMAT json) {text}")[0][1]
    called: list[str] = []

    def collect(part: dict[str, Any]) -> None:
        called.append(fold(str(part.get("Function", "seq_scan"))))

    json.loads(plan, object_hook=collect)
    if not set(called) <= {"seq_scan", *TABLE_FUNCTIONS}:
        raise OtherTableError


def ipc_of(session: Session, text: str, rows: int) -> bytes:
    """The first rows of a statement as Arrow IPC; it runs twice where a value fits no type but text."""
    from arro3.core import RecordBatchReader
    from arro3.io import write_ipc_stream

    def written(*, exact: bool) -> bytes:
        buffer = io.BytesIO()
        relation = castable(session.connection.sql(text), exact=exact).limit(rows)
        write_ipc_stream(RecordBatchReader.from_arrow(relation), buffer, compression="zstd")
        return buffer.getvalue()

    try:
        return written(exact=True)
    except Exception as error:
        # Through Arrow, the engine's error arrives as another class with the same words.
        if _OUTSIDE not in str(error):
            raise
        return written(exact=False)


def castable(relation: Any, *, exact: bool) -> Any:
    """A relation with its columns cast; `exact` fails on a value that fits no type but text, else all such columns are text."""
    parts = [_column(f"#{place}", kind, exact=exact) for place, kind in enumerate(relation.types, start=1)]
    if all(part is None for part in parts) and len(set(relation.columns)) == len(parts):
        return relation
    return relation.project(
        ", ".join(
            f"{part or f'#{place}'} AS {identifier(name)}"
            for place, (part, name) in enumerate(zip(parts, relation.columns, strict=True), start=1)
        )
    )


def _column(column: str, kind: Any, *, exact: bool) -> str | None:
    """SQL of one column of an answer; None where it stays as it is."""
    bounded = _BOUNDED.get(kind.id)
    if bounded:
        target, least, greatest = bounded
        if not exact:
            return f"CAST({column} AS {_TEXT})"
        return (
            f"CASE WHEN {column} IS NULL OR {column} BETWEEN {least} AND {greatest} THEN CAST({column} AS {target}) "
            f"ELSE error('{_OUTSIDE}') END"
        )
    target = type_in_answer(kind)
    return None if target == str(kind) else f"CAST({column} AS {target})"


def type_in_answer(kind: Any) -> str:
    """What a type becomes, as the engine spells it; inside lists and structures whatever has bounds becomes text."""
    name = str(kind.id)
    if str(kind) in {"JSON", "VARIANT"}:
        return _TEXT
    if name in _SAME or name == "decimal":
        return str(kind)
    parts: list[tuple[str, Any]] = list(kind.children) if name in {"list", "array", "struct", "tuple", "map"} else []
    if name in {"list", "array"}:
        return f"{type_in_answer(parts[0][1])}[]"
    if name == "map":
        return f"MAP({type_in_answer(parts[0][1])}, {type_in_answer(parts[1][1])})"
    if name in {"struct", "tuple"}:
        made = (
            f"{identifier(part or f'element{i}')} {type_in_answer(inner)}"
            for i, (part, inner) in enumerate(parts, start=1)
        )
        return f"STRUCT({', '.join(made)})"
    return _WIDER.get(name, _TEXT)
