"""SQL text: canonical form, what it reads, its spelling for the log. The tree never leaves this room (see portable.py)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from altyn.errors import AltynError
from altyn.language import say

if TYPE_CHECKING:
    from sqlglot import exp


def tree_of(text: str) -> exp.Query:
    """The text as sqlglot's tree: for this room alone.

    Raises:
        AltynError: `sql.syntax`.
    """
    # sqlglot costs 0.25 CPU seconds to import; a command that parses nothing must not pay for it.
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        raise AltynError(
            "sql.syntax",
            what=say("The query cannot be read as SQL."),
            where=_place(error),
            mend=say("Write one SELECT in DuckDB's SQL."),
        ) from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Query) or (isinstance(tree, exp.Select) and not tree.expressions):
        raise AltynError(
            "sql.syntax",
            what=say("The text holds no query, or several."),
            mend=say("Write one SELECT in DuckDB's SQL."),
        )
    return tree


def _place(error: Exception) -> str:
    details = getattr(error, "errors", None) or [{}]
    line, column = details[0].get("line"), details[0].get("col")
    return f"line {line}, column {column}" if line else ""


@functools.lru_cache(maxsize=1024)
def canonical(text: str) -> str:
    """The one spelling of a query: comments gone, keywords upper case, spaces normal."""
    return tree_of(text).sql(dialect="duckdb", comments=False)


@functools.lru_cache(maxsize=1024)
def tables_read(text: str) -> frozenset[str]:
    """Names of the tables a query reads, its own WITH names left out."""
    from sqlglot import exp

    tree = tree_of(text)
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return frozenset(
        ".".join(part.name for part in table.parts) for table in tree.find_all(exp.Table) if table.name
    ) - frozenset(own)


@functools.lru_cache(maxsize=1024)
def columns_read(text: str) -> frozenset[str]:
    """Names of the columns a query mentions, of whichever table; `*` where it takes all there are.

    >>> sorted(columns_read("SELECT k.code, n FROM births AS k WHERE level = 1"))
    ['code', 'level', 'n']
    """
    from sqlglot import exp

    tree = tree_of(text)
    names = {column.name for column in tree.find_all(exp.Column) if column.name}
    counted = {id(count.this) for count in tree.find_all(exp.Count)}
    return frozenset(names | {"*" for star in tree.find_all(exp.Star) if id(star) not in counted})


@functools.lru_cache(maxsize=1024)
def without_literals(text: str) -> str:
    """The query with every constant replaced by ?, for the log: a constant may be somebody's number."""
    from sqlglot import exp

    try:
        tree = tree_of(text).copy()
    except AltynError:
        return "(unreadable)"
    for literal in list(tree.find_all(exp.Literal)):
        literal.replace(exp.Placeholder())
    return tree.sql(dialect="duckdb", comments=False)


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"
