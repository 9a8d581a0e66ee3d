"""Quarantine: rows that were refused, until they come back mended. As secret as their register.

The quarantine of a register at a snapshot is one Parquet file that is never changed: each batch writes the next one. A row
may break several rules; it is one entry with several lines here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from altyn.engines.duckdb import Session
from altyn.engines.tables import EMBEDDED, Tables
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.sources.staging import TempTable

COLUMNS = (
    Column("entry", INTEGER),
    Column("batch", INTEGER),
    Column("file", TEXT),
    Column("file_no", INTEGER),
    Column("line_no", INTEGER),
    Column("column_name", TEXT),
    Column("rule", TEXT),
    Column("raw", TEXT),
    Column("key_text", TEXT),
)
_EMPTY = "SELECT " + ", ".join(f"CAST(NULL AS {c.type.sql}) AS {c.name}" for c in COLUMNS) + " WHERE false"


def entries(path: Path | None, tables: Tables = EMBEDDED) -> str:
    """SQL of a quarantine file's lines."""
    return f"(SELECT * FROM {tables.fixed(path, COLUMNS)})" if path else f"({_EMPTY})"


def record_of(raw: str | None) -> dict[str, Any] | None:
    """The columns of a refused row; None where what was kept of it is no record, but a line that could not be read."""
    try:
        found = json.loads(raw or "")
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def waiting(path: Path | None) -> str:
    """SQL of the entries whose only fault is a missing parent: they are tried again when parents arrive."""
    return f"(SELECT entry FROM {entries(path)} GROUP BY entry HAVING bool_and(rule = 'relationship'))"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a quarantine holds, in numbers."""

    rows: int
    waiting: int
    by_rule: tuple[tuple[str, str, int], ...]


def tally(session: Session, path: Path | None) -> Tally:
    """Count a quarantine's rows, waiting rows, and rows by rule and column."""
    lines = entries(path)
    rows = session.one(f"SELECT count(DISTINCT entry) FROM {lines}")[0]
    waits = session.one(f"SELECT count(*) FROM {waiting(path)}")[0]
    by_rule = session.run(
        f"SELECT rule, coalesce(column_name, ''), count(DISTINCT entry) FROM {lines} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
    )
    return Tally(int(rows), int(waits), tuple((str(r), str(c), int(n)) for r, c, n in by_rule))


def write_next(session: Session, *, old: Path | None, keep: str, failures: TempTable, batch: int, path: Path) -> None:
    """Write the quarantine that follows `old`.

    Args:
        session: the run's.
        old: the file before this batch, if any.
        keep: SQL condition on an old line that stays.
        failures: table of new failures with columns file, file_no, line_no, column_name, rule, raw, key_text, and `origin`
            (the batch a line first came with, or NULL).
        batch: number of this batch.
        path: the new file.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = session.one(f"SELECT coalesce(max(entry), 0) FROM {entries(old)}")[0]
    temporary = path.with_suffix(".part")
    session.write_parquet(
        f"SELECT * FROM {entries(old)} WHERE {keep} UNION ALL "
        f"SELECT {first} + dense_rank() OVER (ORDER BY file_no, line_no) AS entry, coalesce(origin, {batch}) AS batch, file, "
        f"file_no, line_no, column_name, rule, raw, key_text FROM {failures} ORDER BY entry, rule, column_name",
        temporary,
    )
    temporary.chmod(0o600)
    temporary.rename(path)
