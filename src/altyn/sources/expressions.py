"""Expressions: the SQL that contracts write, kept to what a check needs: no file, no other table, no second statement.

A rule or check answers yes or no and for how many rows; nothing of a row, and no number made of rows, comes out. The engine's
own parser says what the text reads, the portable subset which functions it may use: `run` does not trust that `check` ran. What is
not modest by its construction (a text that grows, a join) is worked out in a confined process over a copy of the rows.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, cast

import duckdb

from altyn.engines.builds import BuildFailedError, BuildLimits, Builds
from altyn.engines.duckdb import Rows, Session
from altyn.engines.names import read_names, tree_of
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.portable import is_modest, require_portable
from altyn.model.sql import fold, identifier, literal

# What a rule or check may take where its text does not tell that it takes little.
_ROWS = "_rule_rows"
LIMITS = BuildLimits(memory_mb=600, cpu_s=300, wall_s=600, file_mb=4096)


def require_expression(session: Session, sql: str, where: str) -> None:
    """Refuse a row rule that is not one expression over the row (and windows of its batch).

    Raises:
        AltynError: `contract.profile`.
    """
    mend = say("Write one SQL expression over the register's columns; window functions are fine, subqueries are not.")
    node = _select(session, f"SELECT {sql}\n", where, mend)
    parts = (node.get("where_clause"), node.get("having"), node.get("qualify"), node.get("sample"))
    items: list[dict[str, Any]] = node.get("select_list", [])
    if (
        node.get("type") != "SELECT_NODE"
        or node["from_table"]["type"] != "EMPTY"
        or len(items) != 1
        or any(parts)
        or items[0].get("alias")
    ):
        raise _refused(say("The rule is not one expression."), where, mend)
    if (
        node.get("modifiers")
        or node.get("group_expressions")
        or any(n.get("class") in {"SUBQUERY", "STAR"} for n in _nodes(node))
    ):
        raise _refused(say("The rule holds a subquery or a clause of a query."), where, mend)
    require_portable(f"SELECT ({sql}\n) FROM {identifier(_ROWS)}", where)


def require_query_over(session: Session, sql: str, table: str, where: str) -> None:
    """Refuse a table check that reads anything but `table`.

    Raises:
        AltynError: `contract.profile`.
    """
    mend = say("Write one SELECT over {table} that gives one number.", table=table)
    try:
        foreign = [path for path in read_names(session, sql) if tuple(map(fold, path)) != (fold(table),)]
    except AltynError as error:
        what = say("The check reads more than its own register.") if error.code == "sql.forbidden" else error.what
        raise _refused(what, where, mend) from None
    if foreign:
        raise _refused(say("The check reads more than its own register."), where, mend)
    require_portable(sql, where)


def false_rows(session: Session, rows: str, columns: str, rules: list[tuple[str, str]], where: str) -> list[str]:
    """Evaluate row rules over `rows` and return, for each, SQL of the row ids where it is false.

    Args:
        session: holds the rows.
        rows: SQL of the rows, with `_row_id`.
        columns: SQL list of the columns a rule may name.
        rules: (name, SQL) of each.
        where: register, for messages.

    Raises:
        AltynError: `contract.profile` where a rule cannot be evaluated.
    """
    for name, sql in rules:
        require_expression(session, sql, f"{where}, rule {name}")
    listed = ", ".join(f"(\n{sql}\n) AS _r{number}" for number, (_, sql) in enumerate(rules))
    wrong = " OR ".join(f"_r{number} IS FALSE" for number in range(len(rules)))
    source = f"SELECT _row_id, {columns} FROM ({rows}) AS r"

    def evaluate(given: str) -> str:
        return f"SELECT * FROM (SELECT _row_id, {listed} FROM {given} AS b) WHERE {wrong}"

    names = ", ".join(name for name, _ in rules)
    place, what = f"{where}, rules {names}", say("A row rule cannot be evaluated.")
    modest = all(is_modest(f"SELECT ({sql}\n) FROM {identifier(_ROWS)}") for _, sql in rules)
    with _worked_out(session, evaluate, source, place, what, modest=modest) as found:
        _evaluated(session, f"CREATE OR REPLACE TEMP TABLE _rule_results AS {found}", place, what)
    return [f"SELECT _row_id FROM _rule_results WHERE _r{number} IS FALSE" for number in range(len(rules))]


def number_of(session: Session, sql: str, table: str, rows: str, where: str) -> float | None:
    """The one number of a table check over `rows`, which it knows as `table`; None where it gives NULL or no row.

    Raises:
        AltynError: `contract.profile` where the query fails or gives something else.
    """
    require_query_over(session, sql, table, where)
    what = say("The check does not give one number.")
    text = sql.strip().rstrip(";")

    def query(given: str) -> str:
        return f"WITH {identifier(table)} AS (SELECT * FROM {given}) SELECT * FROM (\n{text}\n) AS q LIMIT 2"

    with _worked_out(session, query, rows, where, what, modest=is_modest(sql)) as given:
        found = _evaluated(session, given, where, what)
    if not found:
        return None
    if len(found) > 1 or len(found[0]) != 1:
        raise _refused(what, where, say("Write one SELECT over {table} that gives one number.", table=table))
    if found[0][0] is None:
        return None
    try:
        return float(found[0][0])
    except (TypeError, ValueError):
        raise _refused(what, where, say("Write one SELECT over {table} that gives one number.", table=table)) from None


@contextlib.contextmanager
def _worked_out(
    session: Session, query: Callable[[str], str], rows: str, where: str, what: Message, *, modest: bool
) -> Generator[str]:
    """SQL of what a query over rows gives: the query itself, or a file that a confined process wrote."""
    if modest:
        yield query(f"({rows})")
        return
    spill = str(session.one("SELECT current_setting('temp_directory')")[0])
    with contextlib.ExitStack() as stack:
        if spill:
            Path(spill).mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=spill or None)))
        given, result = folder / "rows.parquet", folder / "result.parquet"
        session.write_parquet(rows, given)
        bound = {_ROWS: f"read_parquet({literal(str(given.resolve()))})"}
        made = stack.enter_context(Builds(folder / "spill", LIMITS))
        try:
            made.write(query(identifier(_ROWS)), bound, [given], result)
        except BuildFailedError as error:
            raise _failed(error, where, what) from None
        yield f"SELECT * FROM read_parquet({literal(str(result))})"


def _failed(error: BuildFailedError, where: str, what: Message) -> AltynError:
    if error.is_limit:
        mend = say("It takes more memory or time than it may: let no text grow, and join nothing.")
    elif error.kind in _OF_NAMES:
        mend = say("It names a column or function that is not there, or gives it the wrong type.")
    else:
        mend = say("It fails on some value: use TRY_CAST and nullif where a value may not fit.")
    return _refused(what, where, mend)


# The engine's errors about the text itself: it has not seen a row.
_OF_NAMES = frozenset({"BinderException", "ParserException", "CatalogException"})


def _evaluated(session: Session, sql: str, where: str, what: Message) -> Rows:
    try:
        return session.run(sql)
    except duckdb.Error as error:
        # Its words quote values, and names of what else is in the session.
        raise _failed(BuildFailedError(type(error).__name__), where, what) from None


def _select(session: Session, sql: str, where: str, mend: Message) -> dict[str, Any]:
    try:
        return tree_of(session, sql)
    except AltynError:
        raise _refused(say("The text is not one SELECT that DuckDB can read."), where, mend) from None


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        node = cast("dict[str, Any]", tree)
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in cast("list[object]", tree):
            yield from _nodes(value)


def _refused(what: Message, where: str, mend: Message) -> AltynError:
    return AltynError("contract.profile", what=what, where=where, mend=mend)
