"""The portable subset lets in what both engines were asked, entry by entry; and the page for people names no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlglot import exp

from altyn.model import portable
from altyn.model.sql import tree_of
from tests.spark.test_subset import EXPRESSIONS, PARAMETERS, QUERIES, of_kind

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "portable-sql.md"
COMPARED = [*(of_kind(kind) for kind in EXPRESSIONS), *QUERIES, PARAMETERS]
NODES = [node for sql in COMPARED for node in tree_of(sql).walk()]
# Let in by name, to be refused in every form by a sentence that says what to write instead.
ALWAYS_REFUSED = {"AnyValue": "any_value(s)", "Bracket": "list(id)[1]"}


def entries() -> set[str]:
    return set(portable._PARTS | portable._FUNCTIONS)  # pyright: ignore[reportPrivateUsage]


def test_each_entry_stands_in_a_statement_that_both_engines_are_asked() -> None:
    asked = {type(node).__name__ for node in NODES}

    assert entries() - asked == set(ALWAYS_REFUSED)


def test_each_type_stands_in_one_too() -> None:
    types = portable._TYPES  # pyright: ignore[reportPrivateUsage]

    assert types == {node.this.name for node in NODES if isinstance(node, exp.DataType)}


@pytest.mark.parametrize(
    "expression", [*ALWAYS_REFUSED.values(), "any_value(s) OVER (ORDER BY id)", "n >= ALL (SELECT 1)"]
)
def test_what_was_not_compared_is_refused(expression: str) -> None:
    assert portable.portable_faults(f"SELECT {expression} FROM t")


def test_the_page_names_functions_that_were_compared() -> None:
    listed = re.search(r"CAST;\n`([^`]+)`", PAGE.read_text(encoding="utf-8"))
    assert listed
    text = " ".join(COMPARED).lower()
    names = re.findall(r"[a-z_0-9]+(?=\s|\(|$)", listed[1])

    assert len(names) > 50
    assert [n for n in names if not re.search(rf"\b{n}\(", text)] == []
