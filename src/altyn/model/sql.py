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
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

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
            "sql.syntax", what=say("The text holds no query, or several."), mend=say("Write one SELECT in DuckDB's SQL.")
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
    from sqlglot import exp  # noqa: PLC0415

    tree = _parse(text)
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return frozenset(
        ".".join(part.name for part in table.parts) for table in tree.find_all(exp.Table) if table.name
    ) - frozenset(own)


@functools.lru_cache(maxsize=1024)
def without_literals(text: str) -> str:
    """The query with every constant replaced by ?, for the log: a constant may be somebody's number."""
    from sqlglot import exp  # noqa: PLC0415

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
    from sqlglot import exp  # noqa: PLC0415

    tree = _parse(text)
    faults: list[Message] = []
    for aggregate in tree.find_all(exp.ArrayAgg, exp.GroupConcat):
        if aggregate.find(exp.Order):
            faults.append(say("An ordered aggregate loses its order elsewhere: use list_sort(list(...))."))
    for node in tree.find_all(exp.DateDiff):
        if str(node.args.get("unit") or "").strip("'").upper() in {"YEAR", "MONTH", "QUARTER", "YEARS", "MONTHS"}:
            faults.append(say("date_diff in years or months counts boundaries: compare dates instead."))
    for node in tree.find_all(exp.Div):
        if isinstance(node.expression, exp.Literal) and node.expression.name in {"0", "0.0"}:
            faults.append(say("Division by zero is infinite here and an error elsewhere."))
    for node in tree.find_all(exp.Substring):
        start = node.args.get("start")
        if isinstance(start, exp.Literal) and start.name == "0":
            faults.append(say("substr(text, 0, n) starts before the text: count from 1."))
    for node in tree.find_all(exp.Cast):
        source, kind = node.this, node.to.sql(dialect="duckdb").upper()
        if isinstance(source, exp.Literal) and "." in source.name and kind in {"INT", "INTEGER", "BIGINT"}:
            faults.append(say("Casting a fraction to a whole number rounds here and cuts elsewhere: use round or floor."))
    return tuple(faults)


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
