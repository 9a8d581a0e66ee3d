"""The guard: reads a person's SQL with DuckDB's own parser and lets through only what is on the lists.

The text is never rewritten: rewriting free SQL loses filters in silence (measured: PIVOT, TABLESAMPLE, DELETE). Either every
part of it is known and allowed, and it runs as it stands against governed views, or it is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from altyn.engines.duckdb import Session
from altyn.engines.names import TABLE_FUNCTIONS, function_of, nodes, path_of, tree_of
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.policy.allowed import COLLATIONS, FUNCTIONS, NODES, TYPES
from altyn.policy.reasons import near

_RANGE_LIMIT = 1_000_000
_NAME_PARTS = 2  # pack.register


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a statement reads: table names as written, one or two parts."""

    tables: tuple[tuple[str, ...], ...]


def parse(session: Session, text: str) -> Parsed:
    """Read a statement and refuse whatever is not on the lists.

    Raises:
        AltynError: `sql.syntax`, or `sql.forbidden` naming the construct.
    """
    tables: set[tuple[str, ...]] = set()
    for node, scope in nodes(tree_of(session, text)):
        table = _checked(node)
        if table is not None and not scope.holds(table):
            tables.add(table)
    return Parsed(tuple(sorted(tables)))


def _checked(node: dict[str, Any]) -> tuple[str, ...] | None:
    """Refuse a node that is not on the lists; return the table it reads, if it does."""
    kind = node.get("type")
    if not isinstance(kind, str) or ("class" not in node and not _is_tree_node(node)):
        return None
    if kind == "TABLE_FUNCTION":
        _check_table_function(node)
        return None
    if kind not in NODES:
        raise _forbidden(say("{construct} is not allowed here.", construct=kind.replace("_", " ").lower()), whole=True)
    if kind == "BASE_TABLE":
        return _table(node)
    if kind == "SHOW_REF" and (node.get("table_name") or not node.get("query")):
        raise _forbidden(say("SHOW inside a query"))
    if kind == "FUNCTION" or "function_name" in node:
        _check_function(node)
    elif kind in {"TYPE", "COLLATE"}:
        _check_named(kind, node)
    elif kind == "STAR" and node.get("expr") is not None and node.get("columns"):
        _check_columns(node)
    return None


def _check_named(kind: str, node: dict[str, Any]) -> None:
    """A type of a cast and a collation are known by name."""
    if kind == "COLLATE":
        collation = str(node.get("collation", ""))
        if any(part.lower() not in COLLATIONS for part in collation.split(".")):
            raise _forbidden(say("The collation {name}", name=collation[:40]))
        return
    # TIME WITH TIME ZONE is as harmless as TIME.
    name = str(node.get("type_name", ""))
    if name.upper().split(" WITH ")[0] not in TYPES or node.get("schema") or node.get("catalog"):
        raise _forbidden(say("The type {name}", name=name[:40]))


def _is_tree_node(node: dict[str, Any]) -> bool:
    return any(
        k in node
        for k in (
            "query_location",
            "sample",
            "cte_map",
            "orders",
            "limit",
            "expression",
            "distinct_on_targets",
            "modifiers",
        )
    )


def _check_columns(node: dict[str, Any]) -> None:
    if not isinstance(node["expr"], dict):
        raise _forbidden(say("COLUMNS with this argument"))


def _table(node: dict[str, Any]) -> tuple[str, ...]:
    if node.get("at_clause") is not None:
        raise _forbidden(say("AT (another version of a table); use --known-at instead:"))
    path = path_of(node)
    if len(path) > _NAME_PARTS:
        raise _forbidden(say("A table name of more than two parts"))
    return path


def _check_function(node: dict[str, Any]) -> None:
    # What stands before the name is a schema, or, where it is called like a method, a column: `title.length()`, `a.title.upper()`.
    # No schema holds a function of a listed name that does more than its arguments say (a test looks at all there are).
    name = str(node.get("function_name", "")).lower()
    if name not in FUNCTIONS | TABLE_FUNCTIONS:
        raise _forbidden(say("The function {name}", name=name[:40]), near=near(name[:40], FUNCTIONS - {name}))
    if name in {"range", "generate_series"}:
        _check_bounds(node)


def _check_table_function(node: dict[str, Any]) -> None:
    if function_of(node) not in TABLE_FUNCTIONS:
        raise _forbidden(say("The table function {name}", name=function_of(node)[:40]))


def _check_bounds(node: dict[str, Any]) -> None:
    """Bounds that are written out must be small: a series would fill the memory from nothing. The child's limits hold the others."""
    for inner, _ in nodes({"arguments": node.get("arguments") or node.get("children") or []}):
        if inner.get("type") == "VALUE_CONSTANT":
            digits = "".join(c if c.isdigit() else " " for c in json.dumps(inner.get("literal", {})))
            if any(len(d) > len(str(_RANGE_LIMIT)) or int(d) > _RANGE_LIMIT for d in digits.split()):
                raise _forbidden(say("A series with bounds beyond {count}", count=_RANGE_LIMIT))


def _forbidden(what: Message, *, whole: bool = False, near: Sequence[str] = ()) -> AltynError:
    return AltynError(
        "sql.forbidden",
        what=what if whole else say("{construct} is not allowed here.", construct=what),
        mend=say("Did you mean {near}? docs/explanation/gate.md lists the functions.", near=", ".join(near))
        if near
        else say("Only SELECT over the open registers, with the functions listed in docs/explanation/gate.md."),
    )
