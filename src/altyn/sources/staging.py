"""Staging: the one shape in which every reader hands rows on: text, with its line and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.sql import identifier

# Where a row stood, and what a reader found wrong with it: these columns stand before the register's own.
STAGED = (("line_no", "BIGINT"), ("_problem", "VARCHAR"), ("_problem_column", "VARCHAR"), ("_raw", "VARCHAR"))


def staged_columns(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Names and types of a staged table."""
    return [*STAGED, *((c.name, "VARCHAR") for c in columns)]


def staged_query(table: str, columns: Sequence[Column]) -> str:
    """The query over a staged table."""
    names = ", ".join([*(n for n, _ in STAGED), *(identifier(c.name) for c in columns)])
    return f"SELECT {names} FROM {table}"


def require_rows(count: int, options: Mapping[str, object], display: str) -> None:
    """Refuse an extract without a row: taken whole, it would retract the register.

    Raises:
        AltynError: `source.empty`.
    """
    if not count and not options.get("allow_empty"):
        raise AltynError(
            "source.empty",
            what=say("The file holds a header, but no row."),
            where=display,
            mend=say("Send the extract again; if the register is truly empty, set allow_empty = true in its source."),
        )
