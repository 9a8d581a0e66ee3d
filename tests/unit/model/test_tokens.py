"""Tokens: a text falls into its tokens and nothing is lost; what no parser may see is refused; the log keeps no constant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.errors import AltynError
from altyn.model.tokens import MAX_LENGTH, MAX_NESTING, require_readable, tokens, without_constants

WORDS = frozenset({"select", "from", "t", "a", "where", "n", "халық"})


@given(st.text(alphabet="ab'\"$-/*\\ \n1.eE&?(){}ңӘ_;", max_size=40))
def test_tokens_together_are_the_text(text: str) -> None:
    assert "".join(part for _, part in tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("'a''b'", ["text"]), (r"e'a\'b'", ["text"]), (r"'a\' b", ["text", "space", "word"]), ("'never closed", ["text"]),
        ("$$a$b$$", ["text"]), ("$ә$ $$ $ә$", ["text"]), ("$1", ["number"]), ('"a""b"', ["quoted"]), ("/* never closed", ["comment"]),
        ("a-- b\nc", ["word", "comment", "space", "word"]), ("1e5.2", ["number"]), (".5", ["number"]), ("U&'x'", ["text"]), ("Қала", ["word"]),
        ("", []),
    ],
)  # fmt: skip
def test_what_a_token_is(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in tokens(text)] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "x" * (MAX_LENGTH + 1),
        "(" * (MAX_NESTING + 1),
        "[" * MAX_NESTING + "{",
        "'" + "(" * (MAX_NESTING + 1) + "'",
        "''(" * (MAX_NESTING + 1),
        "select '\0'",
        "select '\ud800'",
    ],
    ids=["long", "deep", "mixed", "in a text", "among texts", "nul", "surrogate"],
)
def test_what_no_parser_may_see_is_refused(text: str) -> None:
    with pytest.raises(AltynError) as caught:
        require_readable(text)

    assert caught.value.code == "sql.forbidden"


def test_what_is_just_short_and_flat_enough_is_read() -> None:
    require_readable("x" * MAX_LENGTH)
    require_readable("(" * MAX_NESTING + ")" * MAX_NESTING)
    require_readable("()" * (MAX_NESTING + 1))
    require_readable(")" * 1000 + "(" * MAX_NESTING)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SELECT a FROM t WHERE n = 900101300017", "SELECT a FROM t WHERE n = ?"),
        ("select a from t where n = 'Айгүл' /* Айгүл */", "select a from t where n = ?"),
        ('select "a", "Айгүл" from t', "select ?, ? from t".replace("?", '"a"', 1)),
        ("select ивановой from t", "select ? from t"),
        ("select халық from t where n > $1", "select халық from t where n > ?"),
        ("select a ⊕ n", "select a ? n"),
        ("select $$Айгүл$$", "select ?"),
    ],
)  # fmt: skip
def test_a_statement_for_the_log_has_no_constant_and_no_name_nobody_declared(text: str, kept: str) -> None:
    assert without_constants(text, WORDS.__contains__) == kept


@given(st.text(min_size=1, max_size=12))
def test_no_constant_comes_through_whatever_it_is(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"

    assert without_constants(f"select {quoted}", WORDS.__contains__) == "select ?"
