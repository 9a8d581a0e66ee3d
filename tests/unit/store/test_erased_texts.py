"""Erased texts: what was a record's own is found wherever it is said, and what others have too is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altyn.engines.duckdb import Session
from altyn.model.columns import INTEGER, TEXT, Column
from altyn.model.registers import Register
from altyn.store.erased_texts import ErasedWords, own_texts, without
from altyn.store.snapshots import Batch, Snapshot

PEOPLE = Register(
    "local.people",
    "1",
    (Column("id", INTEGER), Column("name", TEXT), Column("town", TEXT), Column("n", INTEGER)),
    ("id",),
    "hash",
)


def test_a_text_that_no_other_record_has_is_its_own() -> None:
    rows = [(10_000 + i, f"Name {i}", ("Алматы", "Ақтөбе")[i % 2], 777_777) for i in range(40)] + [
        (90_001, "Name 7", "Семей", 888_888)
    ]
    with Session(threads=1) as session:
        session.insert("t", [("id", "BIGINT"), ("name", "VARCHAR"), ("town", "VARCHAR"), ("n", "BIGINT")], rows)

        assert own_texts(session, PEOPLE, "t", "id = 10005") == {"10005", "Name 5"}
        # Another has the name too; the town says little of anybody, though only this one lives there.
        assert own_texts(session, PEOPLE, "t", "id = 90001") == {"90001"}
        assert own_texts(session, PEOPLE, "t", "id IN (90001, 10007)") == {"90001", "10007", "Name 7"}
        assert own_texts(session, PEOPLE, "t", "false") == set()


@pytest.mark.parametrize(
    ("texts", "text", "cut"),
    [
        (["Айгүл Исина"], "row of Айгүл Исина, line 2", "row of [erased], line 2"),
        (["7777"], "77771 7777 a7777 7777-1", "77771 [erased] a7777 [erased]-1"),
        (["Иса"], "Исаев Иса", "Исаев [erased]"), (["(Иса)"], "x (Иса) y", "x [erased] y"),
        (["Айгүл", "Айгүл Исина"], "Айгүл Исина", "[erased] Исина"),
        (["!!!"], "!!!", "!!!"), ([], "as it is", "as it is"), (["a b"], "a  b a b", "a  b [erased]"), (["x"], "", ""),
    ],
)  # fmt: skip
def test_whole_words_are_cut(texts: list[str], text: str, cut: str) -> None:
    assert ErasedWords(texts).cut(text) == cut


@given(st.lists(st.sampled_from(["Айгүл", "900101", "x", ",", " "]), max_size=8).map("".join))
def test_no_word_that_was_erased_is_left(text: str) -> None:
    import re

    assert "Айгүл" not in re.findall(r"\w+", ErasedWords(["Айгүл"]).cut(text))


def snapshot() -> Snapshot:
    batch = Batch(
        1,
        "local.people",
        "whole",
        "csv",
        ({"display": "Иса.csv", "size_bytes": 1, "sha256": "Иса"},),
        "Иса",
        "who",
        "then",
    )
    return Snapshot(
        1, datetime(2026, 3, 1, tzinfo=UTC), "run", "who", {}, {}, (batch,), 2, "table",
        findings=({"register": "Иса", "rows": 3, "message": {"en": "a header Иса", "kk": "Иса"}},),
        report=({"register": "Иса", "error": {"what": "Иса", "where": ["Иса", {"file": "Иса", "rule": "x"}]}},),
    )  # fmt: skip


def test_only_what_was_said_in_words_is_cleaned() -> None:
    cleaned, places = without(snapshot(), ErasedWords(["Иса"]))

    assert places == 6
    assert cleaned.batches[0].files[0] == {"display": "[erased].csv", "size_bytes": 1, "sha256": "Иса"}
    assert cleaned.findings[0] == {
        "register": "Иса",
        "rows": 3,
        "message": {"en": "a header [erased]", "kk": "[erased]"},
    }
    assert cleaned.report[0] == {
        "register": "Иса", "error": {"what": "[erased]", "where": ["[erased]", {"file": "[erased]", "rule": "x"}]},
    }  # fmt: skip


def test_a_snapshot_that_says_nothing_of_it_stays() -> None:
    made = replace(snapshot(), findings=(), report=())

    cleaned, places = without(made, ErasedWords(["other"]))

    assert (cleaned, places) == (made, 0)
