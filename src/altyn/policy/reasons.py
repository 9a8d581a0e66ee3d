"""Reasons: why a statement failed, in words that hold no value.

The engine's own words quote values, so they never leave the child. What leaves is a kind from a closed list and the names
those words speak of; the parent says a name again only where it is near to one that may be seen.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb
from arro3.core import Table

from altyn.engines.duckdb import Session
from altyn.errors import AltynError
from altyn.language import Message, say

_LONGEST = 2_000
_SHOWN = 40
_NEAR = 3
_CLOSENESS = 0.6

# kind -> what the engine's binder says, with the name in it. Only the binder's words are looked at: it has not seen a row.
_BINDER = {
    "table": re.compile(r'Referenced table "([^"]{1,200})" not found'),
    "group": re.compile(r'olumn "([^"]{1,200})" must appear in the GROUP BY'),
    "ambiguous": re.compile(r'Ambiguous reference to column name "([^"]{1,200})"'),
    "column": re.compile(
        r'(?:Referenced column|does not have a column named|Column) "([^"]{1,200})"(?: not found| in | does not exist|$)'
    ),
    "arguments": re.compile(r"argument types '([a-z_0-9!%&*+/<=>@^|~-]{1,40}\([A-Z0-9_, ]{0,300}\))'"),
    "aggregate": re.compile(r"(WHERE) clause cannot contain aggregates"),
}
_QUOTED = re.compile(r'"([^"]{1,200})"')
_TYPE = re.compile(r"(?:to|type) (INT\d{1,3}|UINT\d{1,3}|DOUBLE|FLOAT|DECIMAL\(\d{1,2},\d{1,2}\)|BOOL(?:EAN)?|DATE)\b")
_DATES = re.compile(r"(date|timestamp|time) field (?:format|value)")


def reason_of(error: Exception) -> dict[str, Any]:
    """In the child: the kind of an engine's error and the name it speaks of; nothing else of its words."""
    words = str(error).split("\n\nLINE", 1)[0][:_LONGEST]
    kind = type(error).__name__
    if kind == "BinderException":
        for name, pattern in _BINDER.items():
            found = pattern.search(words.split("\n", 1)[0])
            if found:
                # What the query could have meant: names of its own and of the views it may see.
                candidates = [c for line in words.split("\n")[1:] if "andidate" in line for c in _QUOTED.findall(line)]
                return {"kind": name, "name": found[1], "candidates": candidates}
    if kind == "ConversionException":
        found = _TYPE.search(words) or _DATES.search(words)
        return {"kind": "conversion", "name": found[1].lower() if found else "", "candidates": []}
    if kind == "InvalidInputException" and words.startswith("Invalid Input Error: Division by zero"):
        return {"kind": "zero", "name": "", "candidates": []}
    return {"kind": "", "name": "", "candidates": []}


def near(name: str, names: Iterable[str]) -> list[str]:
    """The names nearest to one that was meant, nearest first; case does not count.

    >>> near("KODD", ["kod", "title"])
    ['kod']
    """
    by_fold = {known.lower(): known for known in names}
    return [by_fold[k] for k in difflib.get_close_matches(name.lower(), by_fold, n=_NEAR, cutoff=_CLOSENESS)]


def table_of(session: Session, sql: str, parameters: dict[str, object] | None) -> Table:
    """The rows of a relation of the product's own.

    Raises:
        AltynError: `sql.failed`, without the engine's words.
    """
    try:
        return session.table(sql, parameters)
    except duckdb.Error as error:
        raise failed(reason_of(error), "", (), ()) from None


def failed(reason: Mapping[str, Any], sql: str, columns: Sequence[str], tables: Sequence[str]) -> AltynError:
    """The error of a statement that failed, from what the child says of it.

    Args:
        reason: what `reason_of` gave.
        sql: the statement.
        columns: names of the columns it may see.
        tables: names it gives its tables.
    """
    kind, name = str(reason.get("kind") or ""), str(reason.get("name") or "")
    where = _place(sql, name) if kind in {"column", "table", "group", "ambiguous"} else ""
    what: Message | None = None
    mend = say("Check column names and types; use try_cast where a text may not be a number.")
    if kind in {"column", "table"}:
        known = [*columns, *map(str, reason.get("candidates") or [])] if kind == "column" else list(tables)
        what = _missing(kind, name, near(name, known))
        shown = list(dict.fromkeys(columns if kind == "column" else tables))
        listed = ", ".join(shown[:_SHOWN]) + (" …" if len(shown) > _SHOWN else "")
        mend = (
            say("Columns: {names}. A text stands between 'single' quotes.", names=listed or "-")
            if kind == "column"
            else say("Tables of this query: {names}.", names=listed or "-")
        )
    elif kind == "group" and near(name, columns):
        what = say("The column {name} is neither grouped by nor inside an aggregate.", name=name)
        mend = say("Add it to GROUP BY, or take any_value of it.")
    elif kind == "ambiguous" and near(name, columns):
        what = say("The column {name} is in several tables of the query.", name=name)
        mend = say("Write its table before it: t.{name}.", name=name)
    elif kind == "arguments":
        what = say("No function takes these arguments: {call}.", call=name)
        mend = say("Cast them: try_cast(x AS BIGINT); DESCRIBE shows the types of a table.")
    elif kind == "aggregate":
        what = say("WHERE looks at single rows and knows no sums or counts.")
        mend = say("Write the condition on an aggregate behind HAVING.")
    elif kind == "zero":
        what = say("A number is divided by zero.")
        mend = say("Divide by nullif(x, 0), which gives NULL there.")
    elif kind == "conversion":
        what = say("A value does not fit the type it is to have ({type}).", type=name or "?")
        mend = say("Use try_cast, which gives NULL where a value does not fit.")
    return AltynError(
        "sql.failed",
        what=what or say("The query was read, but could not be carried out."),
        where=where,
        mend=mend,
    )


def _missing(kind: str, name: str, found: Sequence[str]) -> Message:
    if found:
        names = {"name": name, "near": ", ".join(found)}
        return (
            say("There is no column {name}: did you mean {near}?", **names)
            if kind == "column"
            else say("The query has no table {name}: did you mean {near}?", **names)
        )
    # Nothing is near: it may be a text in the wrong quotes, somebody's name, and is not said again. `where` shows it.
    if kind == "column":
        return say("The query names a column that its tables do not have.")
    return say("The query names a table that it does not read.")


def _place(sql: str, name: str) -> str:
    """Where a name stands in a statement for the first time, as a word of its own."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE)
    if found is None:
        return ""
    line_start = sql.rfind("\n", 0, found.start()) + 1
    return f"line {sql[: found.start()].count(chr(10)) + 1}, sign {found.start() - line_start + 1}"
