"""SQL text: canonical form, what it reads, its spelling for the log. The tree never leaves this room (see portable.py)."""

from __future__ import annotations

import functools
import logging
import string
from typing import TYPE_CHECKING

from altyn.errors import AltynError
from altyn.language import say
from altyn.model.tokens import require_readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
# It says what it cannot read, with the statement around it: on standard error, where a person's number would stand.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())
logging.getLogger("sqlglot").propagate = False


def tree_of(text: str) -> exp.Query:
    """The text as sqlglot's tree: for this room alone.

    Raises:
        AltynError: `sql.syntax`, `sql.forbidden` where it is too long or too deeply nested.
    """
    require_readable(text)
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
    except RecursionError:
        raise AltynError(
            "sql.forbidden",
            what=say("The statement is nested too deeply."),
            mend=say("Write it in steps, each a part of WITH."),
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
    """Names of the tables a query reads, its own WITH names left out where they are known (the law of engines/names.py).

    >>> sorted(tables_read("WITH births AS (SELECT * FROM births) SELECT * FROM births"))
    ['births']
    >>> sorted(tables_read("SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x), x"))
    ['x']
    """
    from sqlglot import exp

    names = set[str]()
    for table in tree_of(text).find_all(exp.Table):
        parts = [part.name for part in table.parts]
        if table.name and not (len(parts) == 1 and _is_own(table, fold(table.name))):
            names.add(".".join(parts))
    return frozenset(names)


def _is_own(table: exp.Expr, name: str) -> bool:
    """Whether a name means a WITH part where it stands: one of a query around it, defined before the place it is read in."""
    from sqlglot import exp

    below: exp.Expr = table
    for above in _ancestors(table):
        if isinstance(above, exp.With):
            parts = above.expressions
            before = parts[: next(i for i, part in enumerate(parts) if part is below)]
            if any(fold(part.alias_or_name) == name for part in before):
                return True
        elif isinstance(above, exp.CTE):
            if fold(above.alias_or_name) == name and _is_recursion(above, table):
                return True
        elif below.arg_key not in {"with", "with_"}:
            own = above.args.get("with") or above.args.get("with_")
            if own is not None and any(fold(part.alias_or_name) == name for part in own.expressions):
                return True
        below = above
    return False


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    while node.parent is not None:
        node = node.parent
        yield node


def _is_recursion(part: exp.Expr, table: exp.Expr) -> bool:
    """Whether a table stands in the second half of a recursive WITH part."""
    from sqlglot import exp

    query = part.this
    if not (isinstance(part.parent, exp.With) and part.parent.args.get("recursive")):
        return False
    return isinstance(query, exp.Union) and any(above is query.expression for above in (table, *_ancestors(table)))


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


def fold(name: str) -> str:
    """A name as DuckDB compares it: only the letters A to Z have two cases.

    >>> fold("Births Ә")
    'births Ә'
    """
    return name.translate(_FOLD)


def identifier(name: str) -> str:
    """A name quoted for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"
