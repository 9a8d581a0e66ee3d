"""Statements: what a person's text asks for. A SELECT, or one of the three that say what there is to ask.

DESCRIBE, SUMMARIZE and SHOW TABLES are no part of what DuckDB's parser gives as a tree, so the word is taken off, and what it is
about passes the guard as a SELECT like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StatementKind = Literal["select", "describe", "summarize", "tables"]
# What the parser takes for a statement of its own, but for a query where brackets stand around it.
_TURNED = {"pivot", "unpivot", "pivot_wider", "pivot_longer"}
_ENDS = "; \r\n\t"
_QUERIES = {"select", "with", "from", "values"}
_WORDS: dict[str, StatementKind] = {
    "describe": "describe",
    "desc": "describe",
    "summarize": "summarize",
    "show": "describe",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement: its kind, the SELECT that the guard looks at, and the text that runs."""

    kind: StatementKind
    query: str
    text: str


def statement_of(text: str) -> Statement:
    """Read the first word of a statement.

    >>> statement_of("describe areas;")
    Statement(kind='describe', query='SELECT * FROM areas', text='DESCRIBE SELECT * FROM areas')
    >>> statement_of("SHOW TABLES").kind
    'tables'
    """
    word, rest = (*text.split(None, 1), "", "")[:2]
    word, rest = word.lower().rstrip(";"), rest.rstrip(_ENDS)
    kind = _WORDS.get(word)
    if word in _TURNED:
        # A line end, for a comment may stand at the end.
        query = f"SELECT * FROM ({text.rstrip(_ENDS)}\n)"
        return Statement("select", query, query)
    if kind is None:
        return Statement("select", text, text)
    about = rest.lower()
    if (word == "show" and about in {"tables", "all tables"}) or (not rest and kind == "describe"):
        return Statement("tables", "", text)
    if not rest:
        return Statement("select", text, text)
    if about.startswith("table "):
        rest = rest[len("table ") :].strip()
    query = rest if rest.startswith("(") or rest.split(None, 1)[0].lower() in _QUERIES else f"SELECT * FROM {rest}"
    return Statement(kind, query, f"{kind.upper()} {query}")
