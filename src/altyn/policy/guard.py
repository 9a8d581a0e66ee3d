"""The guard: reads a person's SQL with DuckDB's own parser and lets through only what is on the lists.

The text is never rewritten: rewriting free SQL loses filters in silence (measured: PIVOT, TABLESAMPLE, DELETE). Either every
part of it is known and allowed, and it runs as it stands against governed views, or it is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import Message, say
from altyn.policy.allowed import COLLATIONS, FUNCTIONS, NODES, TABLE_FUNCTIONS, TYPES
from altyn.policy.reasons import near

MAX_LENGTH = 100_000
MAX_DEPTH = 200

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
    if len(text) > MAX_LENGTH or "\0" in text:
        raise _forbidden(say("A statement of this length or with such signs"))
    document = json.loads(str(session.one("SELECT json_serialize_sql($text::VARCHAR)", {"text": text})[0]))
    if document.get("error"):
        raise _unreadable(document, text)
    statements = document.get("statements", [])
    if len(statements) != 1:
        raise AltynError(
            "sql.syntax",
            what=say("The text holds {count} statements.", count=len(statements)),
            mend=say("Ask one question at a time."),
        )
    root = statements[0]["node"]
    own = _own_names(root)
    tables: set[tuple[str, ...]] = set()
    for node in _nodes(root, 0):
        table = _checked(node)
        if table is not None and not (len(table) == 1 and table[0].lower() in own):
            tables.add(table)
    return Parsed(tuple(sorted(tables)))


def _nodes(value: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > MAX_DEPTH:
        raise _forbidden(say("So deep a nesting"))
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner, depth + 1)


def _own_names(root: object) -> frozenset[str]:
    """Names the statement gives to its own WITH parts."""
    names: set[str] = set()
    for node in _nodes(root, 0):
        entries = node.get("cte_map", {}).get("map", []) if isinstance(node.get("cte_map"), dict) else []
        names |= {str(entry["key"]).lower() for entry in entries}
    return frozenset(names)


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
    if kind == "FUNCTION" or "function_name" in node:
        _check_function(node)
    elif kind == "TYPE":
        if str(node.get("type_name", "")).upper() not in TYPES or node.get("schema") or node.get("catalog"):
            raise _forbidden(say("The type {name}", name=str(node.get("type_name"))[:40]))
    elif kind == "COLLATE" and any(
        part.lower() not in COLLATIONS for part in str(node.get("collation", "")).split(".")
    ):
        raise _forbidden(say("The collation {name}", name=str(node.get("collation"))[:40]))
    elif kind == "STAR" and node.get("expr") is not None and node.get("columns"):
        _check_columns(node)
    return None


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
    path = tuple(str(p) for p in (node.get("qualified_name") or {}).get("path", [])) or (str(node.get("table_name")),)
    named = tuple(p for p in (node.get("catalog_name"), node.get("schema_name"), node.get("table_name")) if p)
    if len(path) > _NAME_PARTS or len(named) > _NAME_PARTS or (named and named[-1] != path[-1]):
        raise _forbidden(say("A table name of more than two parts"))
    return path if len(path) >= len(named) else named


def _check_function(node: dict[str, Any]) -> None:
    name = str(node.get("function_name", "")).lower()
    path = (node.get("qualified_name") or {}).get("path", [name])
    if (
        name not in FUNCTIONS
        or node.get("schema") not in {"", None, "main"}
        or node.get("catalog") not in {"", None, "system"}
        or len(path) > _NAME_PARTS
    ):
        raise _forbidden(say("The function {name}", name=name[:40]), near=near(name[:40], FUNCTIONS - {name}))
    if name in {"range", "generate_series"}:
        _check_bounds(node)


def _check_table_function(node: dict[str, Any]) -> None:
    function = node.get("function") or {}
    if str(function.get("function_name", "")).lower() not in TABLE_FUNCTIONS:
        raise _forbidden(say("The table function {name}", name=str(function.get("function_name"))[:40]))


def _check_bounds(node: dict[str, Any]) -> None:
    """Bounds of a series must be written out, and small: it would fill the memory from nothing."""
    for argument in node.get("arguments") or node.get("children") or []:
        inner = argument.get("expression", argument) if isinstance(argument, dict) else {}
        constant = next((n for n in _nodes(inner, 0) if n.get("type") == "VALUE_CONSTANT"), None)
        literal = (constant or {}).get("literal", {})
        text = json.dumps(literal)
        digits = [int(d) for d in "".join(c if c.isdigit() else " " for c in text).split()]
        if inner.get("type") not in {"VALUE_CONSTANT", "FUNCTION", "OPERATOR_CAST"} or any(
            d > _RANGE_LIMIT for d in digits
        ):
            raise _forbidden(say("A series without small constant bounds"))


def _forbidden(what: Message, *, whole: bool = False, near: Sequence[str] = ()) -> AltynError:
    return AltynError(
        "sql.forbidden",
        what=what if whole else say("{construct} is not allowed here.", construct=what),
        mend=say("Did you mean {near}? docs/explanation/gate.md lists the functions.", near=", ".join(near))
        if near
        else say("Only SELECT over the open registers, with the functions listed in docs/explanation/gate.md."),
    )


def _unreadable(document: dict[str, Any], text: str) -> AltynError:
    if document.get("error_type") == "not implemented":
        return _forbidden(say("Anything but SELECT"))
    try:
        line = text[: int(document.get("position") or 0)].count("\n") + 1
        where = f"line {line}, sign {int(document['position']) - (text.rfind(chr(10), 0, int(document['position'])) + 1) + 1}"
    except (TypeError, ValueError, KeyError):
        where = ""
    return AltynError(
        "sql.syntax",
        what=say("The query cannot be read as SQL."),
        where=where,
        mend=say("Write one SELECT in DuckDB's SQL."),
    )
