"""Staging: the one shape in which every reader hands rows on: text, with its line and what is wrong with it.

And the handle by which a function hands a table of the session on: whoever reads it was given it, and knows no name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.columns import Column
from altyn.model.sql import identifier

# Where a row stood, and what a reader found wrong with it: these columns stand before the register's own.
STAGED = (("line_no", "BIGINT"), ("_problem", "VARCHAR"), ("_problem_column", "VARCHAR"), ("_raw", "VARCHAR"))


@dataclass(frozen=True, slots=True)
class TempTable:
    """A temporary table or view of one session, as the function that made it hands it on.

    In SQL it stands for its name: `f"SELECT count(*) FROM {rows}"`. Its maker says how long it lives: until it drops it, or
    until it makes the next of that name. No other module spells the name.

    >>> with Session() as session:
    ...     rows = TempTable.make(session, "_shown", "SELECT 1 AS line_no, true AS _ok")
    ...     f"SELECT count(*) FROM {rows}", rows.columns
    ('SELECT count(*) FROM _shown', ('line_no', '_ok'))
    """

    name: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, session: Session, name: str, query: str) -> Self:
        """Write a query's rows into table `name`, in place of the one before."""
        session.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        return cls(name, _columns(session, name))

    @classmethod
    def view(cls, session: Session, name: str, query: str) -> Self:
        """Make view `name` of a query, in place of the one before. Its rows are worked out whenever they are read."""
        session.run(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")
        return cls(name, _columns(session, name))

    def having(self, *columns: str) -> Self:
        """The same, for a reader that needs these columns: to be given another table is a mistake of ours."""
        assert set(columns) <= set(self.columns), f"{self.name} has no {set(columns) - set(self.columns)}"
        return self

    def drop(self, session: Session) -> None:
        """Give the memory of a table back."""
        session.run(f"DROP TABLE {self.name}")


def _columns(session: Session, name: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in session.run(f"DESCRIBE SELECT * FROM {name}"))


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
