"""Expressions: the SQL that contracts write, kept to what a check needs: no file, no other table, no second statement.

Contracts come from trusted authors; this guard turns a slip or a copied query into a clear error. DuckDB's own parser
(`json_serialize_sql`) says what the text holds, so nothing is guessed from its letters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import duckdb

from altyn.engines.duckdb import Rows, Session
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.model.sql import identifier, literal


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


def require_query_over(session: Session, sql: str, table: str, where: str) -> None:
    """Refuse a table check that reads anything but `table`.

    Raises:
        AltynError: `contract.profile`.
    """
    mend = say("Write one SELECT over {table} that gives one number.", table=table)
    node = _select(session, sql, where, mend)
    own = {
        str(entry.get("key", "")).lower()
        for n in _nodes(node)
        if "cte_map" in n
        for entry in n["cte_map"].get("map", [])
    }
    for found in _nodes(node):
        kind = found.get("type")
        name = str(found.get("table_name", "")).lower()
        qualified = found.get("schema_name") or found.get("catalog_name")
        if kind == "TABLE_FUNCTION" or (kind == "BASE_TABLE" and (qualified or name not in own | {table.lower()})):
            raise _refused(say("The check reads more than its own register."), where, mend)


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
    evaluate = (
        f"CREATE OR REPLACE TEMP TABLE _rule_results AS SELECT * FROM (SELECT _row_id, {listed} "
        f"FROM (SELECT _row_id, {columns} FROM ({rows}) AS r) AS b) WHERE {wrong}"
    )
    names = ", ".join(name for name, _ in rules)
    _evaluated(session, evaluate, f"{where}, rules {names}", say("A row rule cannot be evaluated."))
    return [f"SELECT _row_id FROM _rule_results WHERE _r{number} IS FALSE" for number in range(len(rules))]


def number_of(session: Session, sql: str, table: str, rows: str, where: str) -> float | None:
    """The one number of a table check over `rows`, which it knows as `table`; None where it gives NULL or no row.

    Raises:
        AltynError: `contract.profile` where the query fails or gives something else.
    """
    require_query_over(session, sql, table, where)
    what = say("The check does not give one number.")
    text = sql.strip().rstrip(";")
    found = _evaluated(
        session, f"WITH {identifier(table)} AS ({rows}) SELECT * FROM (\n{text}\n) AS q LIMIT 2", where, what
    )
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


def _evaluated(session: Session, sql: str, where: str, what: Message) -> Rows:
    try:
        return session.run(sql)
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException) as error:
        # These speak of names in the contract. Every other error may quote a value, so its text is not shown.
        reason = str(error).strip().splitlines()[0]
        raise _refused(what, where, say("DuckDB says: {reason}", reason=reason)) from None
    except duckdb.Error:
        mend = say("It fails on some value: use TRY_CAST and nullif where a value may not fit.")
        raise _refused(what, where, mend) from None


def _select(session: Session, sql: str, where: str, mend: Message) -> dict[str, Any]:
    parsed = json.loads(session.one(f"SELECT json_serialize_sql({literal(sql)})")[0])
    if parsed.get("error") or len(parsed.get("statements", [])) != 1:
        raise _refused(say("The text is not one SELECT that DuckDB can read."), where, mend)
    return parsed["statements"][0]["node"]


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
