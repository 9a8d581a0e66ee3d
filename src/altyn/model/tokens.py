"""Tokens: SQL text cut into words and signs in one pass, before any parser has seen it.

A parser's work grows faster than its text does: brackets nested eight thousand deep take DuckDB's more than 20 seconds, and
10 MB of `1+1+` take another one 7 GB. So length and nesting are looked at here, and a text for the log is made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, cast

from altyn.errors import AltynError
from altyn.language import Message, say

MAX_LENGTH = 100_000
MAX_NESTING = 200

TokenKind = Literal["comment", "text", "quoted", "number", "word", "space", "sign"]
# Possessive everywhere: no text makes it look twice at a sign. What is begun and not closed reaches to the end.
_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]*+ | /\*.*?(?:\*/|\Z) )
  | (?P<text> [eE]'(?:[^'\\]|\\.|'')*+(?:'|\\?\Z) | (?:[bBnNuUxX]&?)?'(?:[^']|'')*+(?:'|\Z)
            | \$(?P<tag>(?:[^\W\d]\w*+)?)\$.*?(?:\$(?P=tag)\$|\Z) )
  | (?P<quoted> "(?:[^"]|"")*+(?:"|\Z) )
  | (?P<number> \.?\d[\w.]*+ | [$?]\w++ )
  | (?P<word> [^\W\d][\w$]*+ )
  | (?P<space> \s++ )
  | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN, _CLOSED = frozenset("([{"), frozenset(")]}")


def tokens(text: str) -> Iterator[tuple[TokenKind, str]]:
    """The tokens of a text: kind and spelling; all of them together are the text.

    >>> [kind for kind, _ in tokens("SELECT 'a''b', $$c$$ -- d")]
    ['word', 'space', 'text', 'sign', 'space', 'text', 'space', 'comment']
    """
    for found in _TOKEN.finditer(text):
        # The last group closed is the outer one, so a dollar quote's tag is never it.
        yield cast("TokenKind", found.lastgroup), found[0]


def require_readable(text: str) -> None:
    """Refuse a text that no parser is to see: too long, too deeply nested, or with signs that are no text.

    Raises:
        AltynError: `sql.forbidden`.
    """
    if len(text) > MAX_LENGTH:
        raise _refused(say("A statement of more than {count} signs", count=MAX_LENGTH))
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise _refused(say("A statement with signs that are no text"))
    # The raw signs too: whoever found a literal that this file and the parser end in different places gains nothing by it.
    if _nesting(text) > MAX_NESTING or _nesting(part for kind, part in tokens(text) if kind == "sign") > MAX_NESTING:
        raise _refused(say("Nesting deeper than {count} brackets", count=MAX_NESTING))


def _nesting(signs: Iterable[str]) -> int:
    depth = deepest = 0
    for sign in signs:
        if sign in _OPEN:
            depth += 1
            deepest = max(deepest, depth)
        elif sign in _CLOSED:
            depth = max(0, depth - 1)
    return deepest


def without_constants(text: str, is_known: Callable[[str], bool]) -> str:
    """A statement for the log: words that are known, and signs; every other token is `?`.

    A constant may be somebody's number, and so may a name that nobody declared: an alias, a key of a struct, a name in quotes.

    >>> without_constants("select a as ivanov from t where n = 'x' -- y", {"select", "a", "as", "from", "t", "where", "n"}.__contains__)
    'select a as ? from t where n = ?'
    """
    made: list[str] = []
    for kind, part in tokens(text):
        if kind in {"comment", "space"}:
            made.append(" ")
        elif kind == "sign":
            # Only signs of SQL: a sign of another alphabet may be a name in itself.
            made.append(part if part in _SIGNS else "?")
        elif kind == "word":
            made.append(part if is_known(part.lower()) else "?")
        elif kind == "quoted":
            made.append(part if is_known(part[1:-1].lower()) else "?")
        else:
            made.append("?")
    return " ".join("".join(made).split())


_SIGNS = frozenset("()[]{}<>=!+-*/%^&|~.,;:@#")


def _refused(what: Message) -> AltynError:
    return AltynError(
        "sql.forbidden",
        what=say("{construct} is not allowed here.", construct=what),
        mend=say("Ask for less at a time, or join a register that holds the values."),
    )
