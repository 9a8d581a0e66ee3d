"""Names: which tables a statement reads, by the scopes of its WITH parts, over DuckDB's own tree.

One law for every room. A WITH name is known in its own query and below, and in the parts that follow it; never before, beside
or above. A part that names itself reads the table of that name, unless it is the second half of a recursion. Whoever collected
such names for a whole text let one scope's name hide a table, or a file, in another.

What gives rows and is no table (SHOW, a function that stands as a table) is refused, unless it reads only its arguments:
it would read what no name tells.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import duckdb

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import say
from altyn.model.sql import fold
from altyn.model.tokens import require_readable

# Functions that stand where a table stands and read nothing but their arguments.
TABLE_FUNCTIONS = frozenset(
    {"generate_series", "generate_subscripts", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"}
)

# Inside its second half, a recursion may call all rows so far by this schema's name.
_RECURRING = "recurring"


@dataclass(frozen=True, slots=True)
class Scope:
    """What WITH names a place of a statement knows, and those of the recursions it stands in."""

    own: frozenset[str] = frozenset()
    recursions: frozenset[str] = frozenset()

    def with_name(self, name: str, *, recursion: bool = False) -> Scope:
        """The scope with one name more."""
        folded = fold(name)
        return Scope(self.own | {folded}, self.recursions | {folded} if recursion else self.recursions)

    def holds(self, path: tuple[str, ...]) -> bool:
        """Whether a table's name means a WITH part here."""
        if len(path) == 1:
            return fold(path[0]) in self.own
        # Two parts mean a table, whatever is called like its last part: `main.births` passes by every WITH part.
        return len(path) == 2 and fold(path[0]) == _RECURRING and fold(path[1]) in self.recursions  # noqa: PLR2004


def read_names(session: Session, text: str) -> tuple[tuple[str, ...], ...]:
    """The tables one SELECT reads, as paths in their written parts, sorted; its WITH names left out.

    Two spellings of one name are two paths. A text without a table gives none.

    Raises:
        AltynError: `sql.syntax`, or `sql.forbidden` where it reads by SHOW or by a function what no name tells.
    """
    tables: set[tuple[str, ...]] = set()
    for node, scope in nodes(tree_of(session, text)):
        kind = node.get("type")
        if kind == "BASE_TABLE":
            path = path_of(node)
            if not scope.holds(path):
                tables.add(path)
        elif kind == "SHOW_REF" or (kind == "TABLE_FUNCTION" and function_of(node) not in TABLE_FUNCTIONS):
            raise AltynError(
                "sql.forbidden",
                what=say("A part of the query reads what no table's name tells."),
                mend=say("Read tables by their names."),
            )
    return tuple(sorted(tables))


def tree_of(session: Session, text: str) -> dict[str, Any]:
    """One SELECT as the engine's parser reads it.

    Raises:
        AltynError: `sql.syntax`, or `sql.forbidden` for what is no SELECT, is too long or too deeply nested.
    """
    require_readable(text)
    try:
        document = json.loads(str(session.one("SELECT json_serialize_sql($text::VARCHAR)", {"text": text})[0]))
    except RecursionError:
        raise _too_deep() from None
    except duckdb.Error:
        # Its words quote the statement.
        raise _unreadable({}, text) from None
    if document.get("error"):
        raise _unreadable(document, text)
    statements = document.get("statements", [])
    if len(statements) != 1:
        raise AltynError(
            "sql.syntax",
            what=say("The text holds {count} statements.", count=len(statements)),
            mend=say("Ask one question at a time."),
        )
    return cast("dict[str, Any]", statements[0]["node"])


def nodes(tree: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Scope]]:
    """Every node of a tree with the scope it stands in; no recursion, for trees are as deep as people write them."""
    waiting: list[tuple[Any, Scope]] = [(tree, Scope())]
    while waiting:
        value, scope = waiting.pop()
        if isinstance(value, list):
            waiting += [(inner, scope) for inner in cast("list[Any]", value)]
        elif isinstance(value, dict):
            node = cast("dict[str, Any]", value)
            scope, parts = _parts(node, scope)
            yield node, scope
            waiting += parts


def _parts(node: dict[str, Any], scope: Scope) -> tuple[Scope, list[tuple[Any, Scope]]]:
    """The scope inside a node, and what it is made of, each part with the scope it is read in."""
    parts: list[tuple[Any, Scope]] = []
    cte_map = node.get("cte_map")
    entries = cast("dict[str, Any]", cte_map).get("map", []) if isinstance(cte_map, dict) else []
    for entry in entries:
        parts.append((entry.get("value"), scope))
        scope = scope.with_name(str(entry["key"]))
    rest = {key: value for key, value in node.items() if key != "cte_map"}
    if node.get("type") == "RECURSIVE_CTE_NODE":
        parts.append((rest.pop("right", None), scope.with_name(str(node.get("cte_name")), recursion=True)))
    return scope, [*parts, *((value, scope) for value in rest.values())]


def path_of(node: dict[str, Any]) -> tuple[str, ...]:
    """A table's name in its parts, as written."""
    path = tuple(str(p) for p in (node.get("qualified_name") or {}).get("path", []))
    named = tuple(str(p) for p in (node.get("catalog_name"), node.get("schema_name"), node.get("table_name")) if p)
    return path if len(path) >= len(named) else named


def function_of(node: dict[str, Any]) -> str:
    """The name of the function that stands where a table stands."""
    return fold(str((node.get("function") or {}).get("function_name", "")))


def _too_deep() -> AltynError:
    return AltynError(
        "sql.forbidden",
        what=say("The statement is nested too deeply."),
        mend=say("Write it in steps, each a part of WITH."),
    )


def _unreadable(document: dict[str, Any], text: str) -> AltynError:
    if document.get("error_type") == "not implemented":
        if re.search(r"\b(?:un)?pivot", text, re.IGNORECASE):
            # Which columns come out would be known from the rows alone: the engine runs such a text as several statements.
            return AltynError(
                "sql.forbidden",
                what=say("{construct} is not allowed here.", construct=say("PIVOT without the list of its values")),
                mend=say("List them: PIVOT t ON c IN ('a', 'b') USING sum(x)."),
            )
        return AltynError(
            "sql.forbidden",
            what=say("{construct} is not allowed here.", construct=say("Anything but SELECT")),
            mend=say("Write one SELECT in DuckDB's SQL."),
        )
    try:
        # The engine counts bytes.
        before = text.encode()[: int(document["position"])].decode(errors="ignore")
        where = f"line {before.count(chr(10)) + 1}, sign {len(before) - before.rfind(chr(10))}"
    except (TypeError, ValueError, KeyError):
        where = ""
    return AltynError(
        "sql.syntax",
        what=say("The query cannot be read as SQL."),
        where=where,
        mend=say("Write one SELECT in DuckDB's SQL."),
    )
