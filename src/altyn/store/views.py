"""Views: a register's journal as SQL: its current rows, its whole history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from altyn.model.columns import INTEGER, TEXT, TIMESTAMP, Column
from altyn.model.registers import Register
from altyn.model.sql import identifier, literal


def names(columns: Iterable[Column | str], prefix: str = "") -> str:
    """Column names, quoted, separated by commas."""
    return ", ".join(prefix + identifier(c if isinstance(c, str) else c.name) for c in columns)


BATCH_COLUMNS = (
    Column("batch", INTEGER),
    Column("register", TEXT),
    Column("recorded_at", TIMESTAMP),
    Column("snapshot", INTEGER),
)


def known_batches(register: str, batches: str | None, pending: Sequence[int] = ()) -> str:
    """SQL of the batches of a register that exist: the published ones and those of the run at work.

    `batches` is the list of batches as an engine reads it: a view's name, or a table function.
    """
    parts = [f"SELECT {batch} AS batch" for batch in pending]
    if batches:
        parts.append(f"SELECT batch FROM {batches} WHERE register = {literal(register)}")
    return " UNION ALL ".join(parts) or "SELECT CAST(NULL AS BIGINT) AS batch WHERE false"


def newest(register: Register, journal: str, batches: str) -> str:
    """SQL of the newest version of each record, retracted ones too, with every journal column.

    A batch holds a key once, so the batch number decides and ties cannot occur.
    """
    order = f"row_number() OVER (PARTITION BY {names(register.key)} ORDER BY batch DESC)"
    return (
        f"(SELECT * EXCLUDE (_newest) FROM (SELECT *, {order} AS _newest FROM {journal} "
        f"WHERE batch IN ({batches})) WHERE _newest = 1)"
    )


def current(register: Register, journal: str, batches: str, *, is_single: bool = False) -> str:
    """SQL of the newest version of each record that is not retracted, with every journal column.

    `is_single`: each record is known to have one version, so nothing need be looked for.
    """
    if is_single:
        return f"(SELECT * FROM {journal} WHERE batch IN ({batches}))"
    return f"(SELECT * FROM {newest(register, journal, batches)} WHERE op = 'put')"


def history(journal: str, batches: str, register: str) -> str:
    """SQL of every version of every record, with the time it was recorded."""
    return (
        f"(SELECT j.*, b.recorded_at FROM {journal} AS j JOIN {batches} AS b "
        f"ON b.batch = j.batch AND b.register = {literal(register)})"
    )


def key_text(key: Sequence[str]) -> str:
    """SQL of a record's key as one text, as the quarantine writes it."""
    return "concat_ws(chr(31), " + ", ".join(f"CAST({identifier(k)} AS VARCHAR)" for k in key) + ")"
