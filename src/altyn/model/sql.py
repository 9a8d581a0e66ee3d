"""SQL text: canonical form, what it reads, whether it stays in the portable subset. The tree never leaves this file."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from altyn.errors import AltynError
from altyn.language import Message, say

if TYPE_CHECKING:
    from sqlglot import exp


def _parse(text: str) -> exp.Query:
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
    return _parse(text).sql(dialect="duckdb", comments=False)


@functools.lru_cache(maxsize=1024)
def tables_read(text: str) -> frozenset[str]:
    """Names of the tables a query reads, its own WITH names left out."""
    from sqlglot import exp

    tree = _parse(text)
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

    tree = _parse(text)
    names = {column.name for column in tree.find_all(exp.Column) if column.name}
    counted = {id(count.this) for count in tree.find_all(exp.Count)}
    return frozenset(names | {"*" for star in tree.find_all(exp.Star) if id(star) not in counted})


@functools.lru_cache(maxsize=1024)
def without_literals(text: str) -> str:
    """The query with every constant replaced by ?, for the log: a constant may be somebody's number."""
    from sqlglot import exp

    try:
        tree = _parse(text).copy()
    except AltynError:
        return "(unreadable)"
    for literal in list(tree.find_all(exp.Literal)):
        literal.replace(exp.Placeholder())
    return tree.sql(dialect="duckdb", comments=False)


def portable_faults(text: str) -> tuple[Message, ...]:
    """What in a query would mean something else on another engine; empty when it stays in the subset.

    Source: one-line probes of DuckDB against Spark through sqlglot (docs/explanation/portable-sql.md).
    """
    from sqlglot import exp

    tree = _parse(text)
    whole, past = {"INT", "INTEGER", "BIGINT"}, {"YEAR", "MONTH", "QUARTER", "YEARS", "MONTHS"}
    found: list[tuple[object, Message]] = [
        *(
            (node.find(exp.Order), say("An ordered aggregate loses its order elsewhere: use list_sort(list(...))."))
            for node in tree.find_all(exp.ArrayAgg, exp.GroupConcat)
        ),
        *(
            (
                str(node.args.get("unit") or "").strip("'").upper() in past,
                say("date_diff in years or months counts boundaries: compare dates instead."),
            )
            for node in tree.find_all(exp.DateDiff)
        ),
        *(
            (
                _constant(node.expression) in {"0", "0.0"},
                say("Division by zero is infinite here and an error elsewhere."),
            )
            for node in tree.find_all(exp.Div)
        ),
        *(
            (_constant(node.args.get("start")) == "0", say("substr(text, 0, n) starts before the text: count from 1."))
            for node in tree.find_all(exp.Substring)
        ),
        *(
            (
                "." in _constant(node.this) and node.to.sql(dialect="duckdb").upper() in whole,
                say("Casting a fraction to a whole number rounds here and cuts elsewhere: use round or floor."),
            )
            for node in tree.find_all(exp.Cast)
        ),
    ]
    return tuple(message for is_fault, message in found if is_fault)


def _constant(node: object) -> str:
    """The text of a constant; empty for anything else."""
    from sqlglot import exp

    return node.name if isinstance(node, exp.Literal) else ""


def require_portable(text: str, where: str) -> None:
    """Refuse SQL outside the subset that DuckDB and Spark give one meaning.

    Raises:
        AltynError: `sql.subset` with the first fault.
    """
    faults = portable_faults(text)
    if faults:
        raise AltynError("sql.subset", what=faults[0], where=where, mend=say("See docs/explanation/portable-sql.md."))


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"
