"""Statements: DESCRIBE, SUMMARIZE and SHOW TABLES are taken off; everything else stands as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.policy.statements import statement_of


@pytest.mark.parametrize(
    ("text", "kind", "query"),
    [
        ("SELECT 1;", "select", "SELECT 1;"),
        ("describe areas;", "describe", "SELECT * FROM areas"),
        ("desc TABLE areas", "describe", "SELECT * FROM areas"),
        ("Show areas", "describe", "SELECT * FROM areas"),
        ("summarize (select 1)", "summarize", "(select 1)"),
        ("summarize\nwith x as (select 1) from x ; ", "summarize", "with x as (select 1) from x"),
        ("describe from areas", "describe", "from areas"),
        ("show tables;", "tables", ""),
        ("SHOW ALL TABLES", "tables", ""),
        ("show;", "tables", ""),
        ("describe", "tables", ""),
        ("summarize;", "select", "summarize;"),
        ("", "select", ""),
        ("кесте", "select", "кесте"),
    ],
)
def test_the_first_word_says_what_is_asked(text: str, kind: str, query: str) -> None:
    found = statement_of(text)

    assert (found.kind, found.query) == (kind, query)
    if kind in {"describe", "summarize"}:
        assert found.text == f"{kind.upper()} {query}"


@pytest.mark.parametrize("word", ["PIVOT", "unpivot", "pivot_wider"])
def test_a_pivot_is_put_in_brackets_that_a_comment_at_its_end_does_not_eat(word: str) -> None:
    found = statement_of(f"{word} areas ON title -- last;")

    assert (found.kind, found.text) == ("select", found.query)
    assert found.query == f"SELECT * FROM ({word} areas ON title -- last\n)"


@given(st.text(max_size=20))
def test_any_other_text_runs_unchanged(text: str) -> None:
    found = statement_of(f"SELECT {text}")

    assert (found.kind, found.query, found.text) == ("select", f"SELECT {text}", f"SELECT {text}")
