"""What the log keeps of a statement: its words that are SQL's own or a declared name, and its signs; of all else, a question mark.

The other way round, taking out what looks like a constant, was left through dollar quotes, escapes, paths into JSON, keys of
structs, quoted names and aliases. A list of what may stay needs no list of what must go.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from altyn.engines.duckdb import Session
from altyn.engines.names import TABLE_FUNCTIONS
from altyn.model.tokens import MAX_LENGTH, without_constants
from altyn.policy.allowed import COLLATIONS, FUNCTIONS, TYPES
from altyn.policy.statements import Statement

_SHOW = frozenset({"show", "describe", "desc", "summarize", "tables"})
_LONGEST = 10_000


def told(statement: Statement, names: Iterable[str]) -> str:
    """A statement for the log, without its constants.

    Args:
        statement: what was asked.
        names: declared names: of registers, indicators, and their columns.
    """
    if statement.kind == "tables":
        return "SHOW TABLES"
    if len(statement.query) > MAX_LENGTH:
        return f"({len(statement.query)} signs)"
    declared = {part.lower() for name in names for part in (name, *name.split("."))}
    known = _words() | declared
    text = without_constants(statement.query, known.__contains__)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]} …"
    return text if statement.kind == "select" else f"{statement.kind.upper()} {text}"


@functools.lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """Every word of SQL itself: the engine's keywords, and the functions, types and collations that may be named."""
    with Session(threads=1) as session:
        keywords = frozenset(str(word) for (word,) in session.run("SELECT keyword_name FROM duckdb_keywords()"))
    return keywords | _SHOW | {word.lower() for word in FUNCTIONS | TYPES | COLLATIONS | TABLE_FUNCTIONS}
