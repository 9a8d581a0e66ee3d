"""Views: a register's journal as SQL: its current rows, its whole history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from altyn.model.columns import Column
from altyn.model.registers import Register
from altyn.model.sql import identifier, literal


def names(columns: Iterable[Column | str], prefix: str = "") -> str:
    """Column names, quoted, separated by commas."""
    return ", ".join(prefix + identifier(c if isinstance(c, str) else c.name) for c in columns)


def known_batches(register: str, batch_table: str | None, pending: Sequence[int] = ()) -> str:
    """SQL of the batches of a register that exist: the published ones and those of the run at work."""
    parts = [f"SELECT unnest({list(pending)}::BIGINT[]) AS batch"] if pending else []
    if batch_table:
        parts.append(f"SELECT batch FROM read_parquet({literal(batch_table)}) WHERE register = {literal(register)}")
    return " UNION ALL ".join(parts) or "SELECT NULL::BIGINT AS batch WHERE false"


def current(register: Register, journal: str, batches: str) -> str:
    """SQL of the newest version of each record that is not retracted, with every journal column.

    A batch holds a key once, so the batch number decides and ties cannot occur.
    """
    newest = f"row_number() OVER (PARTITION BY {names(register.key)} ORDER BY batch DESC)"
    return (
        f"(SELECT * EXCLUDE (_newest) FROM (SELECT *, {newest} AS _newest FROM {journal} "
        f"WHERE batch IN ({batches})) WHERE _newest = 1 AND op = 'put')"
    )


def history(journal: str, batch_table: str, register: str) -> str:
    """SQL of every version of every record, with the time it was recorded."""
    return (
        f"(SELECT j.*, b.recorded_at FROM {journal} AS j JOIN read_parquet({literal(batch_table)}) AS b "
        f"ON b.batch = j.batch AND b.register = {literal(register)})"
    )


def key_text(key: Sequence[str]) -> str:
    """SQL of a record's key as one text, as the quarantine writes it."""
    return "concat_ws(chr(31), " + ", ".join(f"CAST({identifier(k)} AS VARCHAR)" for k in key) + ")"
